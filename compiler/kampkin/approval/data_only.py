"""Whether a pull request is Kampkin's YAML and nothing else, so that credentials may look at what it would come to.

A path is data where Kampkin reads it and nothing else does: the file itself, what it includes, what its fallbacks name. What
the base has and does not name as data is code, whatever the pull request calls it; so is everything in a folder whose files
are run by their place or name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kampkin.approval.revisions import INERT, checked_out, merge
from kampkin.git import commit_of, git
from kampkin.load import load
from kampkin.lower import CONTENT_TYPES

FILE, NOTHING = "100644", "000000"
"""Git's modes of a plain file and of none."""

KINDS = {"120000": "a symlink", "160000": "a submodule", "100755": "an executable file"}
SCRIPTS = {".js"}
"""Answers that programs run, too."""

INCLUDED = {".yaml", ".yml"}
PROJECT = {"Pulumi.yaml", "Pulumi.yml"}
"""What makes a folder a program of Pulumi's."""


@dataclass(frozen=True)
class Entry:
    """A path that differs between two commits."""

    path: str
    before: str
    """Its mode."""
    after: str


def reasons(file: Path, base: str, head: str) -> list[str]:
    """Why the merge of `head` into `base` changes more than data, sorted; nothing where it does not.

    Raises `Cannot` where git does not know.
    """
    ours, merged = commit_of(file, base), merge(file, base, head)
    top = Path(git(file, "rev-parse", "--show-toplevel").rstrip("\n")).resolve()
    document = file.resolve().relative_to(top).as_posix()
    changed = entries(file, ours, merged)
    if not changed:
        return []
    base_data, data = data_of(file, ours), data_of(file, merged)
    if data is None:
        return [f"{document}: is not sound: kampkin check says what is wrong"]
    there = paths_of(file, ours)
    look = Look(
        document,
        base_data,
        data,
        set(there),
        {str(one.parent) for one in map(PurePosixPath, there) if one.name in PROJECT},
    )
    found = {entry.path: why for entry in changed if (why := look.reason(entry))}
    for path in (data - (base_data or set())) & set(there):
        found.setdefault(path, "is named by kampkin.yaml from now on, and is code to the base")
    return sorted(f"{path}: {why}" for path, why in found.items())


@dataclass(frozen=True)
class Look:
    """What is known of the two commits."""

    document: str
    base_data: set[str] | None
    """None where the base's file is not sound."""
    data: set[str]
    there: set[str]
    """Every path of the base."""
    programs: set[str]
    """The folders of the base that are programs of Pulumi's."""

    def reason(self, entry: Entry) -> str | None:
        """Why a change is none of data; None where it is."""
        modes = {entry.before, entry.after} - {FILE, NOTHING}
        if modes:
            return f"is {KINDS.get(modes.pop(), 'no plain file')}, or was"
        if entry.path == self.document:
            return None
        return self.code(PurePosixPath(entry.path)) or self.unknown(entry)

    def code(self, path: PurePosixPath) -> str | None:
        """Why a path is one that is run, or that a tool takes for its settings."""
        if any(part.startswith(".") for part in path.parts):
            return "has a name on its way that begins with a dot, where tools look for their settings"
        if path.name.startswith("Pulumi.") or any(str(parent) in self.programs for parent in path.parents):
            return "belongs to a program of Pulumi's"
        if path.suffix not in INCLUDED and (path.suffix not in CONTENT_TYPES or path.suffix in SCRIPTS):
            return f"has a suffix that may be run: {path.suffix or 'none'}"
        return None

    def unknown(self, entry: Entry) -> str | None:
        """Why a path is nothing that Kampkin reads, before and after."""
        if self.base_data is None and entry.path in self.there:
            return "is there already, and the base's file is not sound: whether it is data is not known"
        if entry.path in self.there and entry.path not in (self.base_data or ()):
            return "is code to the base: it neither includes it nor has a fallback that names it"
        if entry.after != NOTHING and entry.path not in self.data:
            return "is nothing that kampkin.yaml includes or a fallback names"
        return None


def data_of(file: Path, commit: str) -> set[str] | None:
    """The paths beside the file that Kampkin reads at a commit, in any environment; None where the file is not sound."""
    with checked_out(file, commit) as path:
        if not path.exists():
            return set()
        loaded = load(path)
        top = Path(git(path, "rev-parse", "--show-toplevel").rstrip("\n")).resolve()
        if loaded.plan is None:
            return None
        return {asset.relative_to(top).as_posix() for asset in loaded.assets if asset.is_relative_to(top)}


def entries(file: Path, one: str, other: str) -> list[Entry]:
    """What differs between two commits, with modes; a renamed file is one gone and one new."""
    raw = git(file, *INERT, "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", one, other)
    return list(parse(raw.split("\0")))


def parse(fields: list[str]) -> Iterator[Entry]:
    """Entries out of `diff-tree --raw -z`: `:modes ids status`, then the path."""
    for head, path in zip(fields[0::2], fields[1::2], strict=False):
        before, after = head.lstrip(":").split(" ")[:2]
        yield Entry(path, before, after)


def paths_of(file: Path, commit: str) -> list[str]:
    """Every path of a commit."""
    return git(file, "ls-tree", "-r", "-z", "--full-tree", "--name-only", commit).rstrip("\0").split("\0")
