"""What the tests here share: an edge that is waited for, and what it may say."""

from __future__ import annotations

from typing import Any

from kampkin.plan import TargetName
from kampkin.wait.sight import Running, Sight
from kampkin.wait.standing import Front, Look, Standing, Wanted

NEW, OLD = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
RUNTIME, RUNTIME_BEFORE = f"sha256:{'c' * 64}", f"sha256:{'d' * 64}"
BEGUN_S = 14 * 3600 + 2 * 60 + 3
"""14:02:03."""

TARGETS: tuple[TargetName, ...] = ("cloudflare", "aws")
WANTED = {str(target): Wanted(target, NEW, RUNTIME, "shop", "prod") for target in TARGETS}
PLACES = {"cloudflare": "FRA", "aws": "eu-central-1"}


def running(target: str, **other: Any) -> Running:
    """What an edge says that runs what it should, but for what is given."""
    said = {"version": 1, "plan": NEW, "runtime": RUNTIME, "edge": target, "project": "shop", "environment": "prod"}
    return Running(**{**said, "place": PLACES[target], **other})


def standing(target: str) -> Standing:
    """An edge nobody has looked at."""
    return Standing(WANTED[target], f"https://{target}.test", BEGUN_S)


def look(after_s: float, *sights: Sight, front: Front | None = None) -> Look:
    """One poll, so long after the beginning."""
    return Look(BEGUN_S + after_s, sights, front)


def front(status: str, *versions: str) -> Front:
    """What CloudFront says."""
    return Front(status, versions, "d1.cloudfront.net")
