"""Commits as folders of data: what stands in one is read, and nothing of it is run.

No symlink is made, no hook and no filter is called, no submodule is fetched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kampkin.errors import Cannot
from kampkin.git import LED_ELSEWHERE, commit_of, git
from kampkin.load import environments_of, load
from kampkin.plan import Plan

INERT = (
    *("-c", "core.symlinks=false", "-c", f"core.hooksPath={os.devnull}", "-c", "submodule.recurse=false"),
    *("-c", "filter.lfs.smudge=", "-c", "filter.lfs.process=", "-c", "filter.lfs.required=false"),
)
PERSON = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "kampkin"), ("EMAIL", "kampkin@localhost"), ("DATE", "2000-01-01T00:00:00Z"))
}
"""Whose the merges are that are only looked at: the same commit for the same two, on any machine."""


@dataclass(frozen=True)
class Revision:
    """A commit, as far as it says what Kampkin deploys."""

    plans: Mapping[str | None, Plan]
    """By environment; without any, the file's own. Empty where there is no file."""


def merge(file: Path, base: str, head: str) -> str:
    """The commit that the merge of `head` into `base` would be; neither branch nor work tree is touched.

    Raises `Cannot` where they do not merge by themselves.
    """
    ours, theirs = commit_of(file, base), commit_of(file, head)
    try:
        tree = git(file, *INERT, "merge-tree", "--write-tree", "--no-messages", ours, theirs).split("\n", 1)[0]
    except Cannot:
        hint = "merge the base into the branch, and settle there what both have changed"
        raise Cannot(f"{head} does not merge into {base} by itself", hint) from None
    run = subprocess.run(
        ["git", "commit-tree", "-m", "merged, to look at", "-p", ours, "-p", theirs, tree],
        cwd=file.resolve().parent,
        env={key: value for key, value in os.environ.items() if key not in LED_ELSEWHERE} | PERSON,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise Cannot(f"git could not write the merge: {run.stderr.strip()}")
    return run.stdout.strip()


def check_out(file: Path, commit: str, folder: Path) -> Path:
    """Puts a commit into a new folder, as data. The file's path there, whether it is there or not."""
    top = Path(git(file, "rev-parse", "--show-toplevel").rstrip("\n")).resolve()
    if folder.exists() and any(folder.iterdir()):
        raise Cannot(f"{folder} is there already", "name a folder that is not there, or an empty one")
    git(file, *INERT, "worktree", "add", "--quiet", "--detach", "--force", str(folder.resolve()), commit)
    return folder.resolve() / file.resolve().relative_to(top)


@contextmanager
def checked_out(file: Path, commit: str) -> Iterator[Path]:
    """The same for a while: the file's path in a folder of its own, of the repository's name, as a project may be named so."""
    top = Path(git(file, "rev-parse", "--show-toplevel").rstrip("\n")).resolve()
    with tempfile.TemporaryDirectory(prefix="kampkin-") as place:
        folder = Path(place) / (top.name or "repository")
        try:
            yield check_out(file, commit, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            git(file, "worktree", "prune")


MOST_COMMITS = 200


def history(file: Path, touching: bool = False) -> list[str]:
    """The commits that are in what is checked out, the newest first; `touching`: the last that changed what may be data."""
    if not touching:
        return git(file, "rev-list", "HEAD").split()
    limit = ("--first-parent", f"--max-count={MOST_COMMITS}")
    return git(file, "log", "--format=%H", *limit, "HEAD", "--", ":(top)*.yaml", ":(top)*.yml").split()


def revision(file: Path, commit: str) -> Revision:
    """What a commit deploys. Raises `Cannot` where its file is not sound."""
    with checked_out(file, commit) as path:
        if not path.exists():
            return Revision({})
        loaded = load(path)
        if loaded.plan is None:
            raise Cannot(f"{file.name} is not sound at {commit[:12]}", "kampkin check says what is wrong")
        names = environments_of(next(iter(loaded.documents.values())))
        plans = {name: load(path, name).plan for name in names} if names else {None: loaded.plan}
        return Revision({name: plan for name, plan in plans.items() if plan})
