"""What tells that a file has changed."""

from __future__ import annotations

from pathlib import Path

Stamp = tuple[int, int] | None
"""Time and size; None while it is not there, as between an editor's two writes."""


def stamp(file: Path) -> Stamp:
    """Another one whenever the file is."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
