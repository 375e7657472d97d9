"""`CODEOWNERS` out of `owners`: who reviews which file, https://docs.github.com/articles/about-code-owners."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kampkin.assets import path_of
from kampkin.errors import Cannot
from kampkin.load import Loaded
from kampkin.repository import root_of
from kampkin.typed import Typed

HEAD = "# By `kampkin codeowners`, from the owners of {file}: the last line that matches a path counts."
SPECIAL = str.maketrans({character: f"\\{character}" for character in " #!*?[]\\"})


def codeowners(loaded: Loaded, file: Path) -> str:
    """The lines for the document, each file that it includes, and each file that a fallback names.

    The document itself is for `safety.approvers` to review and, without any, for all owners with an endpoint in it. Raises
    `Cannot` where no owner has a `github`.
    """
    typed = loaded.typed
    assert typed is not None, "asked of a sound file only"
    root = root_of(file)
    reviewers = reviewers_of(typed)
    safety = typed.document.safety
    if approvers := safety and safety.approvers:
        reviewers[file.resolve()] = set(approvers)
    lines = sorted(
        f"/{path.relative_to(root).as_posix().translate(SPECIAL)} {' '.join(sorted(who))}"
        for path, who in reviewers.items()
        if who
    )
    if not lines:
        raise Cannot(f"no owner in {file} has a github", 'such as owners: {shop: {github: "@acme/shop"}}')
    return "\n".join([HEAD.format(file=file.name), *lines]) + "\n"


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
