"""What belongs to the repository: regular files within it, on no symlink's way, known to git. Only those were reviewed."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from os.path import normpath
from pathlib import Path
from shutil import which

from kampkin.closest import closest
from kampkin.errors import Cannot
from kampkin.git import git

AT_ONCE = 500
"""Paths in one command: a command line has an end."""

Flaw = tuple[str, str]
"""Why a file will not do, as the end of a sentence, and what to do."""


def beside(file: str, written: str) -> Path:
    """The path that a file of this name means by what is written in it; nothing on the way is followed."""
    return Path(normpath(Path(file).resolve().parent / written))


def flaws(file: Path, paths: Iterable[Path]) -> dict[Path, Flaw]:
    """Those of the paths that will not do, and why. The repository is the one that `file` is in; without git, its folder."""
    wanted = list(dict.fromkeys(paths))
    tree = work_tree(file) if wanted else None
    root = tree or file.resolve().parent
    found = {path: wrong for path in wanted if (wrong := flaw(path, root))}
    sound = [path for path in wanted if path not in found]
    if tree and sound:
        known = tracked(file, tree, sound)
        for path in sound:
            if path not in known:
                add = f"git add {path.relative_to(tree).as_posix()}"
                found[path] = ("is not tracked by git: nobody could review it", add)
    return found


def flaw(path: Path, root: Path) -> Flaw | None:
    """Why the path is no regular file below `root` with no symlink on the way."""
    if not path.is_relative_to(root) or ".." in path.parts:
        return "is outside of the repository", "move it there: what nobody can review does not run"
    try:
        for part in (*reversed(path.parents), path):
            if part.is_relative_to(root) and part != root and part.is_symlink():
                whole = part == path
                return "is a symlink" if whole else f"leads through the symlink {part.name}", "name the file itself"
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        close = closest(path.name, names_in(path.parent))
        return "is not there", f"did you mean {close}?" if close else "a path is relative to the file that names it"
    except (OSError, ValueError) as problem:
        said = getattr(problem, "strerror", None) or problem
        return f"cannot be read: {said}", "a path is relative to the file that names it"
    return None if stat.S_ISREG(mode) else ("is no regular file", "name a regular file")


def names_in(folder: Path) -> list[str]:
    """What stands in a folder, sorted; nothing where it cannot be looked at."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def root_of(file: Path) -> Path:
    """The root of the repository that the file is in; without git, its folder."""
    return work_tree(file) or file.resolve().parent


def work_tree(file: Path) -> Path | None:
    """The root of the git work tree that the file is in; None where it is in none, and where there is no git.

    Raises `Cannot` where there is one that git does not want to know: what is tracked could not be told.
    """
    try:
        return Path(git(file, "rev-parse", "--show-toplevel").rstrip("\n")).resolve()
    except Cannot as problem:
        if which("git") and any((folder / ".git").exists() for folder in file.resolve().parents):
            raise Cannot(problem.message, "mend that first: only files that git tracks are taken") from None
        return None


def tracked(file: Path, tree: Path, paths: list[Path]) -> set[Path]:
    """Those of the paths that git tracks."""
    found: set[Path] = set()
    for first in range(0, len(paths), AT_ONCE):
        some = paths[first : first + AT_ONCE]
        listed = git(file, "--literal-pathspecs", "ls-files", "-z", "--full-name", "--", *map(str, some))
        found |= {tree / name for name in listed.split("\0") if name}
    return found
