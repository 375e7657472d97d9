"""Shows findings the same way in every command."""

from __future__ import annotations

import sys
from pathlib import Path

from kampkin.diagnostics import as_text
from kampkin.load import Loaded, load
from kampkin.plan import Plan


def plan_or_code(path: Path, environment: str | None) -> Plan | int:
    """The file's plan; or its findings are shown on standard error and this is the exit code.

    Warnings are shown either way. Raises `Cannot` for an environment the file does not have.
    """
    loaded = load(path, environment)
    code = found_or_code(loaded)
    return loaded.plan or code


def found_or_code(loaded: Loaded) -> int:
    """Shows the findings on standard error; the exit code: 0 with a plan, 1 without, 2 where there was nothing to read."""
    if loaded.diagnostics:
        print(as_text(loaded.diagnostics, loaded.texts), file=sys.stderr)
    if loaded.plan:
        return 0
    return 1 if loaded.readable else 2
