"""Files that would change as one unified diff, as `git apply` takes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

PLAIN = re.compile(r"[\w./@+,=~-]+", re.ASCII)
"""A name that needs no quotes in a patch."""


@dataclass(frozen=True)
class FileChange:
    """A file that would be another; both texts are UTF-8."""

    path: Path
    """Where it is, every symlink followed."""
    name: str
    """From the root of the repository, with `/` between its parts."""
    before: bytes
    after: bytes


def patch(changes: Iterable[FileChange]) -> str:
    """The changes in the order given, to be applied in the root of the repository."""
    return "".join("".join(lines(one)) for one in changes)


def lines(change: FileChange) -> Iterator[str]:
    """A file's part of the patch, each line with its end."""
    old, new = quoted(f"a/{change.name}"), quoted(f"b/{change.name}")
    yield f"diff --git {old} {new}\n"
    for line in unified_diff(lines_of(change.before), lines_of(change.after), old, new):
        yield ended(line)


def ended(line: str) -> str:
    """A line of a patch with its end, or with what says that it has none."""
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def lines_of(text: bytes) -> list[str]:
    """The lines as git counts them: nothing but a line feed ends one, so that a carriage return stays."""
    return re.findall(r"[^\n]*\n|[^\n]+", text.decode())


def quoted(name: str) -> str:
    """The name as git has it in a patch: in quotes, byte by byte, where anything in it could be taken for something else."""
    if PLAIN.fullmatch(name):
        return name
    return '"' + "".join(chr(byte) if PLAIN.fullmatch(chr(byte)) else f"\\{byte:03o}" for byte in name.encode()) + '"'
