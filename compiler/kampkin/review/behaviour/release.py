"""A release's runtime: this one's, or the one in a folder that `kampkin compile` of another release wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from kampkin import __version__
from kampkin.bundle import LAMBDA, STATE, WORKER, runtime
from kampkin.errors import Cannot
from kampkin.plan import TargetName
from kampkin.review.behaviour.player import shipped

ENTRY = "middleware.mjs"
GENERATED = {"changes.mjs", "owners.mjs", "plan.mjs", "site.mjs"}
"""From a plan; what they say is no part of the runtime."""
TARGETS: tuple[TargetName, ...] = ("cloudflare", "aws")


@dataclass(frozen=True)
class Release:
    """The modules of one release, and where they can be played."""

    version: str | None
    """None: its folder does not say."""
    folder: Path
    """With `middleware.mjs`."""
    digests: dict[str, str]
    """The sha256 of each module, by its path in a bundle."""


def this() -> Release:
    """The release that is running."""
    modules = {
        "cloudflare": runtime(WORKER, "main.cloudflare.mjs") | runtime(STATE),
        "aws": runtime(LAMBDA, "main.aws.mjs"),
    }
    digests = {
        f"{target}/{name}": sha256(code).hexdigest() for target, each in modules.items() for name, code in each.items()
    }
    return Release(__version__, shipped(), digests)


def compiled(folder: Path) -> Release:
    """The one that compiled a folder. Raises `Cannot` for a folder with no bundle in it."""
    found = [folder / target for target in TARGETS if (folder / target / ENTRY).is_file()]
    if not found:
        raise Cannot(
            f"there is no compiled runtime in {folder}",
            f"a folder that `kampkin compile` wrote, with {' or '.join(f'{target}/{ENTRY}' for target in TARGETS)}",
        )
    try:
        digests = {
            path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
            for target in found
            for path in sorted(target.rglob("*.mjs"))
            if path.name not in GENERATED
        }
    except OSError as problem:
        raise Cannot(f"{problem.filename} cannot be read: {problem.strerror}") from None
    return Release(version_of(folder), found[0], digests)


def version_of(folder: Path) -> str | None:
    """The version of Kampkin that wrote the folder, as its manifest says."""
    try:
        said = json.loads((folder / "manifest.json").read_bytes())["kampkin"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return said if isinstance(said, str) else None


def changed_modules(before: Release, after: Release) -> tuple[str, ...]:
    """The modules that are not the same in both, by name, sorted. One that only one of them has is taken in by another that
    both have, so that is not the same either: and plans for other clouds and stores have other modules of one runtime.

    Raises `Cannot` where they have none in common.
    """
    both = before.digests.keys() & after.digests.keys()
    if not both:
        raise Cannot(
            f"the runtimes in {before.folder} and {after.folder} are of different clouds",
            "compile both from a plan with the same targets",
        )
    return tuple(sorted({path.partition("/")[2] for path in both if before.digests[path] != after.digests[path]}))
