"""The two sides of a review: a file as it is, and as it was at another commit, each in every environment.

What was is read from a checkout of that commit, beside the repository and gone afterwards: includes, the files
of fallbacks and the rules about what belongs to a repository hold there as they do here, and nothing of the work tree is seen.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from shutil import which

from kampkin.config import Document, Endpoint
from kampkin.diagnostics import Diagnostic
from kampkin.errors import Cannot
from kampkin.explain.settings import leaves, origin_of
from kampkin.git import commit_of, git
from kampkin.load import Loaded, load_every
from kampkin.plan import Plan
from kampkin.repository import root_of, work_tree
from kampkin.review.change import Where
from kampkin.review.changes import Placing
from kampkin.source import Node, Reading
from kampkin.source import read as from_disk

PATIENCE_S = 120
YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class Side:
    """A file in each of its environments; None is the document without any. Empty where there is no such file."""

    label: str
    """As a person reads it: a file, or a commit."""
    root: Path
    """What its files' names begin with."""
    loaded: Mapping[str | None, Loaded] = field(default_factory=dict)
    file: Path | None = None
    """Where it is read from; None where there is no such file."""

    @property
    def environments(self) -> tuple[str | None, ...]:
        """Those that are deployed: without any, the document as it stands."""
        named = tuple(name for name in self.loaded if name is not None)
        return named or tuple(self.loaded)

    def at(self, environment: str | None) -> Loaded | None:
        """What is deployed there: of a file with environments, nothing without one."""
        return self.loaded.get(environment) if environment in self.environments else None

    def plan(self, environment: str | None) -> Plan | None:
        """Its plan there."""
        found = self.at(environment)
        return found.plan if found else None

    def document(self, environment: str | None) -> Document | None:
        """The file there, as typed."""
        found = self.at(environment)
        return found.typed.document if found and found.typed else None

    @property
    def broken(self) -> Loaded | None:
        """What has findings that are errors, where anything has."""
        return next((one for one in self.loaded.values() if one.plan is None), None)

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """Of all environments, which each file tells at once."""
        return next(iter(self.loaded.values())).diagnostics if self.loaded else ()

    def placing(self, environment: str | None) -> Placing:
        """Where each setting of an endpoint is written."""
        loaded = self.loaded.get(environment)

        @cache
        def written(endpoint: str) -> dict[str, Node]:
            if loaded is None or loaded.typed is None or endpoint not in loaded.typed.merged:
                return {}
            return dict(leaves(loaded.typed.merged[endpoint], Endpoint))

        def where(endpoint: str, key: str) -> Where | None:
            known = written(endpoint)
            found = known.get(key) or next((one for name, one in known.items() if name.startswith(f"{key}.")), None)
            if loaded is None or found is None:
                return None
            layer, place = origin_of(found, loaded.documents)
            return Where(layer, self.named(place.file), place.line) if place else Where(layer)

        return where

    def named(self, file: str) -> str:
        """A file as it is called in the repository."""
        path = Path(file)
        try:
            return path.resolve().relative_to(self.root).as_posix()
        except ValueError:
            return file


def here(file: Path, environment: str | None, reading: Reading = from_disk) -> Side:
    """The file as it is, or as it would be where `reading` gives its files. Raises `Cannot` where it is not there to read."""
    side = read(file, str(file), root_of(file), environment, reading)
    if side.broken and not side.broken.readable:
        raise Cannot(f"there is no {file} to compare", "name the file: kampkin diff FILE")
    return side


@contextmanager
def base(file: Path, said: str | None, environment: str | None, certain: bool = False) -> Iterator[Side]:
    """What is compared with: another file, or the same at a commit. Raises `Cannot` for a commit that is none, and where
    none is said and it must be `certain` which it is."""
    if said and said.endswith(YAML):
        other = read(Path(said), said, root_of(Path(said)), environment)
        if other.broken and not other.broken.readable:
            raise Cannot(
                f"there is no {said} to compare with", "--base FILE, or --base REF for the same file as it was"
            )
        yield other
        return
    if which("git") and work_tree(file) is None:
        folder = "this folder" if file.parent == Path() else str(file.parent)
        raise Cannot(f"{folder} is in no git repository", "--base FILE")
    ref = said or usual_base(file, certain)
    commit = commit_of(file, ref, "a commit, a branch or a tag that is here: git fetch; or another kampkin.yaml")
    root = root_of(file)
    with snapshot(file, commit, root) as there:
        then = there / file.resolve().relative_to(root)
        label = f"{ref} ({commit[:12]})" if ref != commit else commit[:12]
        yield read(then, label, there.resolve(), environment) if then.is_file() else Side(label, there.resolve())


def read(file: Path, label: str, root: Path, environment: str | None, reading: Reading = from_disk) -> Side:
    """A file in one environment, or in all that it has."""
    every = load_every(file, reading)
    if environment is None:
        return Side(label, root, every, file)
    found = every.get(environment) or (every[None] if every[None].plan is None else None)
    return Side(label, root, {environment: found} if found else {}, file)


def usual_base(file: Path, certain: bool) -> str:
    """Where this branch left the remote's default branch; without a remote, the last commit.

    Raises `Cannot` where there is one and this is not known and must be `certain`: in a pipeline the last commit is what
    is asked about, and nothing would be held against itself.
    """
    try:
        default = git(file, "symbolic-ref", "--quiet", "refs/remotes/origin/HEAD").strip()
        return git(file, "merge-base", "HEAD", default).strip()
    except Cannot:
        if certain and git(file, "remote").strip():
            hint = "--base REF, the commit before the change, with a clone that has it: fetch-depth: 0"
            raise Cannot("where this branch left the remote's default branch is not known here", hint) from None
        return "HEAD"


@contextmanager
def snapshot(file: Path, commit: str, root: Path) -> Iterator[Path]:
    """The repository's files at a commit, in a folder of the same name. It borrows the repository's objects: so it needs
    no branch that leads to the commit, and no history behind it."""
    objects = file.resolve().parent / git(file, "rev-parse", "--git-path", "objects").strip()
    hashes = git(file, "rev-parse", "--show-object-format").strip()
    with tempfile.TemporaryDirectory(prefix="kampkin-") as folder:
        there = Path(folder) / root.name
        run("init", "--quiet", "--template=", f"--object-format={hashes}", "--", str(there))
        info = there / ".git" / "objects" / "info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "alternates").write_text(f"{objects.resolve()}\n")
        run("-C", str(there), "-c", "advice.detachedHead=false", "checkout", "--quiet", "--detach", commit)
        yield there


def run(*arguments: str) -> None:
    """A command of git's that runs nobody's hooks. Raises `Cannot` with what it said."""
    git_is = which("git")
    if git_is is None:
        raise Cannot("git is not here, and what was before is in it", "--base FILE compares with another file")
    quiet = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": "/nonexistent",
        "PATH": "/usr/bin:/bin",
    }
    try:
        done = subprocess.run(
            [git_is, "-c", "core.hooksPath=/dev/null", *arguments],
            env=quiet,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Cannot(f"git could not be asked: {problem}") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise Cannot(f"git could not give what was before: {said[-1] if said else 'it said nothing'}")
