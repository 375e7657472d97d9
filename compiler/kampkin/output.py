"""Writes a compiled plan into a folder: all of it, or nothing."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from kampkin.bundle import bundle
from kampkin.errors import Cannot
from kampkin.plan import Plan

MANIFEST = "manifest.json"


def write(plan: Plan, folder: Path) -> list[str]:
    """Writes the plan's files below the folder, and removes those that an earlier compile wrote and this one does not.

    Files that Kampkin did not write stay. Raises `Cannot` where the folder cannot be written; it is then as it was,
    but for files already moved into place.
    """
    files = bundle(plan).files()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stale = earlier(folder) - set(files)
        with tempfile.TemporaryDirectory(prefix=".kampkin-", dir=folder) as draft:
            for name, data in files.items():
                path = Path(draft, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            for name in files:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(Path(draft, name), folder / name)
        for name in stale:
            (folder / name).unlink(missing_ok=True)
        for emptied in sorted({(folder / name).parent for name in stale}, reverse=True):
            if emptied != folder and emptied.is_dir() and not any(emptied.iterdir()):
                shutil.rmtree(emptied)
    except OSError as problem:
        raise Cannot(
            f"cannot write to {folder}: {problem.strerror or problem}", "name another folder with --out"
        ) from None
    return sorted(files)


def earlier(folder: Path) -> set[str]:
    """The files that the folder's manifest lists, none outside of it."""
    try:
        listed = json.loads((folder / MANIFEST).read_text())["files"]
        names = {str(name) for name in listed}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    root = folder.resolve()
    return {name for name in names if (root / name).resolve().is_relative_to(root)}
