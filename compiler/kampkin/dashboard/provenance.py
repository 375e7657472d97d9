"""Where an endpoint comes from: the commit that changed it last, and links into the forge that holds the repository.

Links are made of the remote's URL and nothing is asked of the forge. What stands before the host in that URL, a password or a
token, is in none of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from kampkin.blame import last_changes
from kampkin.diagnostics import on_one_line
from kampkin.errors import Cannot
from kampkin.git import git
from kampkin.repository import work_tree
from kampkin.typed import Typed

Kind = Literal["github", "gitlab", "bitbucket", "gitea"]

HOSTS: dict[str, Kind] = {
    "github.com": "github",
    "gitlab.com": "gitlab",
    "bitbucket.org": "bitbucket",
    "codeberg.org": "gitea",
}
PREFIXES: dict[str, Kind] = {"github.": "github", "gitlab.": "gitlab", "gitea.": "gitea", "forgejo.": "gitea"}
"""How the names of hosts begin that run a forge of their own."""
ELSEWHERE = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}
"""Hosts that take ssh where a firewall lets 443 alone through, and the pages' own."""

SCP = re.compile(r"(?:[^/]*@)?([A-Za-z0-9.-]+):(?!//)/?(.+)")
"""`git@host:owner/name.git`: a form of git's alone."""
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
NAME = re.compile(r"(?!\.{1,2}$)[\w.-]+", re.ASCII)
"""Of an owner, a group or a repository."""

EDIT: dict[Kind, Callable[[str, str], str]] = {
    "github": lambda at, line: f"/edit/{at}{line and f'#L{line}'}",
    "gitlab": lambda at, line: f"/-/edit/{at}{line and f'#L{line}'}",
    "bitbucket": lambda at, line: f"/src/{at}?mode=edit{line and f'#lines-{line}'}",
    "gitea": lambda at, line: f"/_edit/{at}{line and f'#L{line}'}",
}
COMMIT: dict[Kind, str] = {
    "github": "/commit/",
    "gitlab": "/-/commit/",
    "bitbucket": "/commits/",
    "gitea": "/commit/",
}


@dataclass(frozen=True)
class Forge:
    """A repository's pages on a forge."""

    kind: Kind
    base: str
    """`https://github.com/acme/edge`."""

    def edit(self, branch: str, path: str, line: int | None = None) -> str:
        """The page that edits a file of a branch, at a line; `path` is from the root of the repository, as it is."""
        return self.base + EDIT[self.kind](f"{quote(branch)}/{quote(path)}", str(line or ""))

    def commit(self, sha: str) -> str:
        """The page that shows a commit."""
        return f"{self.base}{COMMIT[self.kind]}{quote(sha)}"


@dataclass(frozen=True)
class Links:
    """From a file here to the forge."""

    forge: Forge | None
    """None: no remote, or a host that is not known to have pages."""
    root: Path | None
    """The repository's; None without one."""
    branch: str
    """Where changes go in the end."""

    def edit(self, file: str, line: int | None = None) -> str | None:
        """The page that edits a line of a file, which is named as findings name it; None where there is none."""
        path = Path(file).resolve()
        if self.forge is None or self.root is None or not path.is_relative_to(self.root):
            return None
        return self.forge.edit(self.branch, path.relative_to(self.root).as_posix(), line)

    def commit(self, sha: str) -> str | None:
        """The page that shows a commit; None where there is none."""
        return self.forge.commit(sha) if self.forge else None


@dataclass(frozen=True)
class LastChange:
    """The commit that changed an endpoint last."""

    commit: str
    author: str
    at: int
    """When it was committed, ms since 1970."""
    subject: str


def last_change(file: Path, typed: Typed, endpoint: str) -> LastChange | None:
    """The newest commit on the lines of an endpoint; None where they were never committed.

    Raises `Cannot` where git does not know: no git, no repository, or a clone without history.
    """
    found = last_changes(file, {endpoint: typed.lines_of(endpoint)}).get(endpoint)
    if found is None:
        return None
    told = git(file, "log", "-1", "--no-patch", "--no-show-signature", "--no-color", "--format=%ct%x00%s", found.commit)
    at, _, subject = told.rstrip("\n").partition("\0")
    return LastChange(found.commit, found.author, int(at) * 1000, on_one_line(subject))


def links(file: Path) -> Links:
    """The links of the repository that a file is in, as far as it has any. Raises `Cannot` where git refuses to tell."""
    root, remote = work_tree(file), remote_of(file)
    url = asked(file, "remote", "get-url", "--", remote) if remote else None
    return Links(forge_of(url) if url else None, root, default_branch(file))


def remote_of(file: Path) -> str | None:
    """The remote that the repository is pushed to: origin, else the only one; None where that is not known."""
    names = (asked(file, "remote") or "").split()
    return "origin" if "origin" in names else names[0] if len(names) == 1 else None


def default_branch(file: Path) -> str:
    """The remote's default branch as last fetched, else the one that is checked out, else main."""
    remote = "refs/remotes/origin/"
    known = (asked(file, "symbolic-ref", "--quiet", f"{remote}HEAD") or "").removeprefix(remote)
    return known or asked(file, "symbolic-ref", "--quiet", "--short", "HEAD") or "main"


def asked(file: Path, *arguments: str) -> str | None:
    """What git says; None where it does not know."""
    try:
        return git(file, *arguments).strip() or None
    except Cannot:
        return None


def forge_of(url: str) -> Forge | None:
    """The forge that a remote's URL leads to; None where it is not known to be one of these."""
    place = place_of(url)
    if place is None:
        return None
    scheme, host, port, path = place
    host = ELSEWHERE.get(host, host)
    kind = HOSTS.get(host) or next((kind for start, kind in PREFIXES.items() if host.startswith(start)), None)
    names = path.strip("/").removesuffix(".git").split("/")
    enough = len(names) >= 2 if kind == "gitlab" else len(names) == 2  # its groups are in groups
    if kind is None or not HOST.fullmatch(host) or not enough or not all(map(NAME.fullmatch, names)):
        return None
    return Forge(kind, f"{scheme}://{host}{f':{port}' if port else ''}/{'/'.join(names)}")


def place_of(url: str) -> tuple[str, str, int | None, str] | None:
    """Scheme, host, port and path of the pages beside which a repository is; None for a path on this machine and the like.

    A port of ssh's is none of the pages'.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme in ("http", "https") and host:
        return parts.scheme, host, port, parts.path
    if parts.scheme in ("ssh", "git", "git+ssh", "ssh+git") and host:
        return "https", host, None, parts.path
    if "://" not in url and (found := SCP.fullmatch(url)):
        return "https", found[1].lower(), None, found[2]
    return None
