"""Who changed what last: the newest commit on the lines of an endpoint, by `git blame`.

It is for people who read a message in the night, and for nothing else: it is no part of a plan or of its digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from kampkin.errors import Cannot
from kampkin.git import git

NOT_COMMITTED = "0" * 40


@dataclass(frozen=True)
class Change:
    """A commit that touched an endpoint."""

    commit: str
    author: str


@dataclass(frozen=True)
class Line:
    """What blame says of one line."""

    number: int
    change: Change
    time: int
    """When it was committed, seconds since 1970."""


def last_changes(path: Path, lines: Mapping[str, Mapping[str, Set[int]]]) -> dict[str, Change]:
    """The last change of each name's lines, which are given by file. A name whose lines were never committed is left out.

    Raises `Cannot` where git does not know: no git, no repository, or a clone without history.
    """
    if git(path, "rev-parse", "--is-shallow-repository").strip() != "false":
        raise Cannot("the clone has no history to tell an endpoint's last change", "check out with fetch-depth: 0")
    known = {file: lines_of(Path(file)) for file in sorted({file for files in lines.values() for file in files})}
    found: dict[str, Change] = {}
    for name, files in lines.items():
        told = [known[file][number] for file, numbers in files.items() for number in numbers if number in known[file]]
        committed = (line for line in told if line.change.commit != NOT_COMMITTED)
        if newest := max(committed, key=age, default=None):
            found[name] = newest.change
    return found


def lines_of(file: Path) -> dict[int, Line]:
    """What blame says of a file's lines, by number. Moving a line within the file, or indenting it, is no change of it."""
    told = git(file, "blame", "-w", "-M", "--line-porcelain", "--", file.resolve().name)
    return {line.number: line for line in parse(told)}


def age(line: Line) -> tuple[int, str]:
    """What orders lines: when, and of two at one time always the same."""
    return line.time, line.change.commit


def parse(porcelain: str) -> Iterator[Line]:
    """The lines of `git blame --line-porcelain`: a head with commit and number, fields, and the text behind a tab."""
    commit, number, fields = "", 0, dict[str, str]()
    for text in porcelain.split("\n"):
        word, _, rest = text.partition(" ")
        if text.startswith("\t"):
            yield Line(number, Change(commit, fields.get("author", "")), int(fields.get("committer-time", 0)))
            commit, fields = "", {}
        elif commit:
            fields[word] = rest
        elif word:
            commit, number = word, int(rest.split(" ")[1])
