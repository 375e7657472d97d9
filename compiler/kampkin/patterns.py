"""The files that a pattern of paths means. It is walked in time that grows with the folders there are, and in none but these."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from kampkin.values import ANY_FOLDERS

BUT_THE_STAR = re.compile(r"[\[?]")
"""What means something to a shell, and here itself."""


def below(start: Path, pattern: list[str]) -> Iterator[Path]:
    """What is no folder and fits a pattern, part by part. No symlink is followed: one that leads on is found itself."""
    waiting = [(start, pattern)]
    while waiting:
        folder, (part, *rest) = waiting.pop()
        if part == ANY_FOLDERS:
            waiting.append((folder, rest))
        for entry in entries_in(folder):
            inner = Path(entry.path)
            is_folder = entry.is_dir(follow_symlinks=False)
            if part == ANY_FOLDERS:
                waiting += [(inner, [part, *rest])] if is_folder and entry.name != ".git" else []
            elif fnmatchcase(entry.name, BUT_THE_STAR.sub(r"[\g<0>]", part)):
                if is_folder and rest:
                    waiting.append((inner, rest))
                elif not is_folder and (not rest or entry.is_dir()):
                    yield inner


def entries_in(folder: Path) -> list[os.DirEntry[str]]:
    """What stands in a folder; nothing where it cannot be looked at."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
