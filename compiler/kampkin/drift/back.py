"""The ways back: into the file what is live, or live again what the file says."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from kampkin.drift.model import Drift
from kampkin.edit.command import set_
from kampkin.explain.settings import settings_of
from kampkin.load import Loaded
from kampkin.plan import TargetName
from kampkin.review.written import OFF

TAKES: dict[TargetName, str] = {"cloudflare": "seconds", "aws": "minutes: CloudFront rolls out to every edge"}


def revert(drifts: Sequence[Drift], stack: str | None) -> Iterator[str]:
    """The command that makes each cloud what the file says, and how long it takes."""
    chosen = f" --stack {stack}" if stack else ""
    for target in sorted({one.target for one in drifts if not one.is_harmless}):
        yield f"pulumi up --refresh{chosen} --cwd stacks/{target}   # takes {TAKES[target]}"


def adopt(drifts: Sequence[Drift], loaded: Loaded, file: Path, environment: str | None) -> Iterator[str]:
    """Writes live values of endpoints into the file, where it says something of them itself, comments kept; else the
    lines that somebody may write. What came of each."""
    for one in drifts:
        if one.is_harmless or not one.endpoint:
            continue
        if not one.key:
            verb = "declare it, or let it go" if one.desired is None else "take it out of the file, or deploy it"
            yield f"{one.endpoint}: {verb}: that is no setting to adopt"
            continue
        value = "null" if one.live == OFF else str(one.live)
        if one.key in own_keys(loaded, one.endpoint, file):
            done = set_(argparse.Namespace(name=one.endpoint, settings=[f"{one.key}={value}"], file=file, env=None))
            yield (
                f"{one.endpoint}: {one.key} is {value} in {file}"
                if done == 0
                else f"{one.endpoint}: {one.key} was not written"
            )
        else:
            where = f" --env {environment}" if environment else ""
            yield f"{one.endpoint}: {file} does not set {one.key} there itself; to do so: kampkin set {one.endpoint} {one.key}={value}{where}"


def own_keys(loaded: Loaded, endpoint: str, file: Path) -> set[str]:
    """The settings that the file itself writes at the endpoint."""
    if loaded.typed is None or endpoint not in loaded.typed.merged:
        return set()
    return {
        one.key
        for one in settings_of(loaded.typed, endpoint, loaded.documents)
        if one.layer == f"endpoint {endpoint}" and one.place and one.place.file == str(file)
    }
