"""Where Kampkin keeps on a machine what can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def cache() -> Path:
    """Kampkin's cache folder, by the XDG convention."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kampkin"
