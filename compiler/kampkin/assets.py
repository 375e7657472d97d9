"""The files that fallbacks name, read from within the repository: what was reviewed there is what runs."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from difflib import get_close_matches
from os.path import normpath
from pathlib import Path

from kampkin.config import LARGEST_ANSWER
from kampkin.diagnostics import Diagnostic, Span, error
from kampkin.errors import Cannot
from kampkin.git import git


def read_assets(file: Path, named: Iterable[tuple[str, Span]]) -> tuple[dict[str, bytes], list[Diagnostic]]:
    """What is in the files that `file` names, by the path as written, and a finding at each place that names another.

    `named` has the paths, relative to the folder of `file`, and the places where they stand.
    """
    places: dict[str, list[Span]] = {}
    for written, span in named:
        places.setdefault(written, []).append(span)
    contents: dict[str, bytes] = {}
    findings: list[Diagnostic] = []
    repository = work_tree(file) if places else None
    for written, spans in places.items():
        path = beside(file, written)
        if wrong := flaw(path, repository or file.resolve().parent) or untracked(file, path, repository):
            findings += [error("bad-file", span, f"{written} {wrong[0]}", wrong[1]) for span in spans]
            continue
        try:
            with path.open("rb") as opened:
                contents[written] = opened.read(LARGEST_ANSWER + 1)
        except OSError as problem:
            message = f"{written} cannot be read: {problem.strerror or problem}"
            findings += [error("bad-file", span, message) for span in spans]
            continue
        if len(contents[written]) > LARGEST_ANSWER:
            message = f"{written} has more than 64 KiB, the most that a fallback's body has"
            findings += [error("too-large", span, message, "make it smaller") for span in spans]
    return contents, findings


def beside(file: Path, written: str) -> Path:
    """The path that `file` names; nothing on the way is followed."""
    return Path(normpath(file.resolve().parent / written))


def flaw(path: Path, root: Path) -> tuple[str, str] | None:
    """Why the path is no regular file below `root` with no symlink on the way, as the end of a sentence, and what to do."""
    if not path.is_relative_to(root):
        return "is outside of the repository", "move it there: what nobody can review does not run"
    try:
        for part in (*reversed(path.parents), path):
            if part.is_relative_to(root) and part != root and part.is_symlink():
                whole = part == path
                return "is a symlink" if whole else f"leads through the symlink {part.name}", "name the file itself"
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        close = get_close_matches(path.name, names_in(path.parent), 1)
        hint = f"did you mean {close[0]}?" if close else "a path is relative to the file that names it"
        return "is not there", hint
    except OSError as problem:
        return f"cannot be read: {problem.strerror or problem}", "a path is relative to the file that names it"
    return None if stat.S_ISREG(mode) else ("is no regular file", "name a file with the answer's body")


def names_in(folder: Path) -> list[str]:
    """What stands in a folder, sorted; nothing where it cannot be looked at."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def work_tree(file: Path) -> Path | None:
    """The root of the git work tree that the file is in; None where it is in none, and where there is no git."""
    try:
        return Path(git(file, "rev-parse", "--show-toplevel").rstrip("\n")).resolve()
    except Cannot:
        return None


def untracked(file: Path, path: Path, repository: Path | None) -> tuple[str, str] | None:
    """That git does not track the path, and what to do; None without a repository."""
    if repository is None:
        return None
    try:
        git(file, "--literal-pathspecs", "ls-files", "--error-unmatch", "--", str(path))
    except Cannot:
        return "is not tracked by git: nobody could review it", f"git add {path.relative_to(repository).as_posix()}"
    return None
