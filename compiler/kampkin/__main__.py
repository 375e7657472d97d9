"""`python -m kampkin` is the command `kampkin`."""

import sys

from kampkin.cli import main

sys.exit(main())
