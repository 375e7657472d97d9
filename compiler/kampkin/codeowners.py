"""`CODEOWNERS` out of `owners`: who reviews which file, https://docs.github.com/articles/about-code-owners."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from kampkin.assets import path_of
from kampkin.errors import Cannot
from kampkin.load import Loaded
from kampkin.repository import root_of
from kampkin.typed import Typed

HEAD = "# By `kampkin codeowners`, from the owners of {file}: the last line that matches a path counts."
DEPLOYING = "# What decides what is deployed, and as what: for safety.approvers."
NOBODYS = (
    "# Nobody reviews what decides what is deployed, as {file} names no safety.approvers: name some there, and print this again;",
    "# or have your own in the place of @organisation/team, and take out the # of these lines.",
)
BESIDE = (".venv/", "requirements.txt", "stacks/")
"""Beside the document: what the stacks run on, what pins it, and the stacks with their settings."""

SPACE, COMMENT = re.compile(r"(?<!\\)\s+"), re.compile(r"(?<!\\)#.*")
SPECIAL = str.maketrans({character: f"\\{character}" for character in " #!*?[]\\"})


def codeowners(loaded: Loaded, file: Path) -> str:
    """The lines for the document, each file that it includes, and each file that a fallback names.

    The document itself is for `safety.approvers` to review and, without any, for all owners with an endpoint in it. What no
    owner has is the approvers' too, and so is what deploys: behind all else, so that no other line is the last to match it;
    without approvers it is a comment. Raises `Cannot` where there is nobody at all.
    """
    typed = loaded.typed
    assert typed is not None, "asked of a sound file only"
    root, approvers = root_of(file), approvers_of(typed)
    reviewers = {Path(name).resolve(): set[str]() for name in loaded.documents} | reviewers_of(typed)
    if approvers:
        reviewers[file.resolve()] = approvers
    lines = sorted(
        line(path.relative_to(root).as_posix(), who or approvers) for path, who in reviewers.items() if who or approvers
    )
    if not lines:
        hint = 'such as owners: {shop: {github: "@acme/shop"}}; and safety: {approvers: ["@acme/platform"]} for what deploys'
        raise Cannot(f"no owner in {file} has a github", hint)
    if approvers:
        last = [DEPLOYING, *(line(path, approvers) for path in deploying(file))]
    else:
        last = [text.format(file=file.name) for text in NOBODYS]
        last += [f"# {line(path, ['@organisation/team'])}" for path in deploying(file)]
    return "\n".join([HEAD.format(file=file.name), *lines, *last]) + "\n"


def line(path: str, who: Iterable[str]) -> str:
    """One line, of a path from the repository's root; a folder's ends with a slash."""
    return f"/{path.translate(SPECIAL)} {' '.join(sorted(who))}"


def approvers_of(typed: Typed) -> set[str]:
    """Those whom the document's `safety` names."""
    safety = typed.document.safety
    return set(safety.approvers or ()) if safety else set()


def deploying(file: Path) -> list[str]:
    """What decides what is deployed, and as what, from the repository's root: workflows, stacks, and what these run on."""
    folder = file.resolve().parent.relative_to(root_of(file))
    return [".github/", *((folder / name).as_posix() + "/" * name.endswith("/") for name in BESIDE)]


def words(written: str) -> list[str]:
    """A line's pattern and its owners, without the comment; nothing of a line that has none."""
    said = COMMENT.sub("", written).strip()
    return SPACE.split(said) if said else []


def unowned(text: str, file: Path) -> list[str]:
    """What of it a CODEOWNERS leaves without an owner: the last line that matches counts."""
    found = dict.fromkeys((path.translate(SPECIAL) for path in deploying(file)), False)
    for pattern, *who in filter(None, map(words, text.splitlines())):
        for path in found:
            anchored = f"{pattern.strip('/')}/"
            if pattern in ("*", "**") or f"{path.strip('/')}/".startswith(anchored):
                found[path] = bool(who)
            elif not who and anchored.startswith(path):
                found[path] = False
    return [f"/{path}" for path, is_owned in found.items() if not is_owned]


def reviewers_of(typed: Typed) -> dict[Path, set[str]]:
    """Who reviews each file: the owners of the endpoints that it is about."""
    found: dict[Path, set[str]] = {}
    owners = typed.document.owners or {}
    for name, endpoint in typed.endpoints.items():
        owner = owners.get(endpoint.owner or "")
        for path in files_of(typed, name):
            found.setdefault(path, set()).update([owner.github] if owner and owner.github else [])
    return found


def files_of(typed: Typed, name: str) -> Iterator[Path]:
    """The files that say something of an endpoint: where it stands, and what its fallbacks name."""
    yield Path(typed.name_of(name).file.name).resolve()
    for fallback in typed.fallbacks_of(name):
        if fallback.file is not None:
            yield path_of(fallback.file)
