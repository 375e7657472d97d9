"""A proposal as a branch with one commit on top of HEAD. The work tree, the index and HEAD stay as they are.

The commit is made of its parts, in an index of its own, so nothing is checked out and no hook is run. What HEAD does not have is
nobody's to commit here: a file with changes of somebody's is refused.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from kampkin.dashboard.patch import FileChange
from kampkin.dashboard.proposal import ChangedSetting, Proposal, plainly
from kampkin.dashboard.provenance import asked, remote_of
from kampkin.diagnostics import on_one_line
from kampkin.edit.draft import contents
from kampkin.errors import Cannot
from kampkin.git import git
from kampkin.repository import work_tree

INERT = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false")
"""A branch that comes calls the hook reference-transaction, and an index the one of a monitor of files."""
OWN_NAME = ("-c", "user.useConfigOnly=true")
"""Git makes up no name out of the machine's."""

PLAIN_FILES = ("100644", "100755")
LONGEST_NAME = 200
LONGEST_VALUE = 60
"""Characters of a value in a commit's message; its body may have a whole page in it."""
SIGNED = "Proposed on kampkin dashboard"

PATCH = "or take the patch: git apply puts it on top"


@dataclass(frozen=True)
class Branch:
    """A branch that was made."""

    branch: str
    commit: str
    commands: tuple[str, ...]
    """What to type next, in the repository."""


@dataclass(frozen=True)
class Entry:
    """A file of the proposal as HEAD has it."""

    change: FileChange
    name: str
    mode: str
    reading: str
    """The option of hash-object that makes of the file's bytes what is in HEAD."""


@dataclass(frozen=True)
class Ground:
    """What a commit is made on."""

    head: str
    entries: tuple[Entry, ...]


def branch(file: Path, proposal: Proposal, name: str) -> Branch:
    """Makes the branch. Raises `Cannot`, and makes none, where it has no repository, commit, author or good name to stand on,
    where there is one of the name already, and where a file of it is not as HEAD has it."""
    with plainly():
        require_name(file, name)
        ground = ground_of(file, proposal)
        if asked(file, "show-ref", "--verify", "--", f"refs/heads/{name}"):
            raise Cannot(
                f"there is a branch {name} already", f"take another name, such as {default_name(file, proposal)}"
            )
        commit = commit_on(file, ground, message(proposal))
        try:
            here = f"refs/heads/{name}"
            git(file, *INERT, "update-ref", "-m", SIGNED, here, commit, "0" * len(commit))
        except Cannot as problem:
            raise Cannot(f"git did not make the branch {name}: {said_by(problem)}", "take another name") from None
        return Branch(name, commit, next_commands(file, name))


def obstacle(file: Path, proposal: Proposal) -> Cannot | None:
    """What would keep the proposal from being a branch of a good name; None where nothing does."""
    try:
        with plainly():
            ground_of(file, proposal)
    except Cannot as problem:
        return problem
    return None


def default_name(file: Path, proposal: Proposal) -> str:
    """A name for the branch that none has here, and none that was fetched: `kampkin/cart-breaker-cooldown`."""
    heads, remotes = (
        (asked(file, "for-each-ref", f"--format=%(refname:lstrip={depth})", place) or "").split("\n")
        for place, depth in (("refs/heads", 2), ("refs/remotes", 3))
    )
    # git keeps branches as files: beside a branch `kampkin` there is none `kampkin/…`, beside `a/b` none `a`
    taken = {
        "/".join(parts[: end + 1])
        for one in (*heads, *remotes)
        for parts in [one.split("/")]
        for end in range(len(parts))
    }
    keys = [one.key for one in proposal.settings]
    what = f"{proposal.endpoint}-{keys[0] if len(keys) == 1 else 'settings'}"
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", what).strip("-")[: LONGEST_NAME // 2]
    start = f"kampkin{'-' if 'kampkin' in heads else '/'}{plain}"
    return next(one for number in count(1) if (one := start if number == 1 else f"{start}-{number}") not in taken)


def require_name(file: Path, name: str) -> None:
    """Raises `Cannot` for what is no name of a branch. What git takes for another's, as `@{-1}`, is none either."""
    fits = 0 < len(name) <= LONGEST_NAME and name.isprintable() and name != "@" and not name.startswith(("-", "+"))
    if not fits or asked(file, "check-ref-format", "--branch", name) != name:
        raise Cannot(f"{name!r} is no name of a branch", "such as kampkin/cart-breaker-cooldown")


def ground_of(file: Path, proposal: Proposal) -> Ground:
    """HEAD, and the proposal's files in it. Raises `Cannot` where a commit would not be the proposal alone."""
    if not proposal.ok:
        raise Cannot("there is nothing to propose")
    root = work_tree(file)
    if root is None:
        raise Cannot(f"{file} is in no git repository", "take the patch: git apply, or patch -p1, puts it on top")
    head = asked(file, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head is None:
        raise Cannot("the repository has no commit yet", "make the first one, " + PATCH)
    for role in ("AUTHOR", "COMMITTER"):
        if asked(file, *OWN_NAME, "var", f"GIT_{role}_IDENT") is None:
            hint = "git config user.name NAME, and git config user.email ADDRESS"
            raise Cannot("git does not know whose commit it would be", hint)
    return Ground(head, tuple(entry_of(root, head, one) for one in proposal.files))


def entry_of(root: Path, head: str, change: FileChange) -> Entry:
    """A file as HEAD has it. Raises `Cannot` where the proposal was made of anything else."""
    if not change.path.is_relative_to(root):
        raise Cannot(f"{change.name} is outside of the repository", "take the patch")
    name = change.path.relative_to(root).as_posix()
    if contents(change.path) != change.before:
        raise Cannot(f"{name} has changed since it was proposed", "propose it again")
    listed = git(change.path, "--literal-pathspecs", "ls-tree", "-z", "--full-tree", head, "--", name)
    mode, _, rest = listed.partition(" ")
    if mode not in PLAIN_FILES:
        raise Cannot(f"{name} is not in the last commit", f"git add it and commit it first, {PATCH}")
    blob = rest.partition(" ")[2].partition("\t")[0]
    # as git would add it; or as it is, where what HEAD has was not made so: with the line ends of another machine
    for reading in (f"--path={change.path.name}", "--no-filters"):
        if git(change.path, *INERT, "hash-object", "--stdin", reading, given=change.before).strip() == blob:
            return Entry(change, name, mode, reading)
    message = f"{name} has changes that are in no commit, and the branch would carry them"
    raise Cannot(message, f"commit them first or put them aside, {PATCH}")


def commit_on(file: Path, ground: Ground, said: str) -> str:
    """A commit that nothing leads to yet."""
    with tempfile.TemporaryDirectory(prefix="kampkin-") as folder:
        own = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git(file, *INERT, "read-tree", ground.head, environment=own)
        for one in ground.entries:
            made = git(
                one.change.path, *INERT, "hash-object", "-w", "--stdin", one.reading, given=one.change.after
            ).strip()
            git(file, *INERT, "update-index", "--cacheinfo", f"{one.mode},{made},{one.name}", environment=own)
        tree = git(file, *INERT, "write-tree", environment=own).strip()
    # not signed: a key may ask for its passphrase where nobody is
    how = (*INERT, *OWN_NAME, "-c", "i18n.commitEncoding=utf-8", "commit-tree", "--no-gpg-sign")
    return git(file, *how, "-p", ground.head, "-F", "-", tree, given=said.encode()).strip()


def message(proposal: Proposal) -> str:
    """What the commit says: what changes in one line, each setting in one of its own, and where it comes from."""
    where = f" in {proposal.environment}" if proposal.environment else ""
    settings = [told(one) for one in proposal.settings]
    what = settings[0] if len(settings) == 1 else f"{len(settings)} settings"
    subject = on_one_line(f"{proposal.endpoint}{where}: {what}")
    return "\n".join([subject, "", *settings, "", SIGNED]) + "\n"


def told(one: ChangedSetting) -> str:
    """`breaker.cooldown 7s to 20s`."""
    before = "" if one.before is None else f" {shortened(one.before)} to"
    return f"{on_one_line(one.key)}{before} {shortened(one.after)}"


def shortened(value: str) -> str:
    """A value on one line, without its end where it is long."""
    value = on_one_line(value)
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…"


def next_commands(file: Path, name: str) -> tuple[str, ...]:
    """How it gets to where it is reviewed; with no remote, how to look at it."""
    remote = remote_of(file)
    return (shlex.join(["git", "push", "-u", remote, name] if remote else ["git", "switch", name]),)


def said_by(problem: Cannot) -> str:
    """What git itself said."""
    return problem.message.partition(": ")[2].removeprefix("fatal: ")
