"""Which of a zone's routes take requests that are ours: of several that fit Cloudflare takes the most specific one, and any route
of a host before its custom domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kampkin.plan import Plan, TargetName


def takes(route: Mapping[str, Any], host: str, declared: Iterable[str]) -> bool:
    """Whether a route that nobody declared takes requests of the host's from us. `declared` are our patterns; none where the host
    is a custom domain."""
    their_host, path = parts_of(route["pattern"])
    ours = [parts_of(pattern)[1].removesuffix("*") for pattern in declared]
    if ours:
        return their_host == host and any(is_within(path, one) for one in ours)
    return bool(route.get("script")) and is_of(host, their_host)


def endpoint_of(pattern: str, plan: Plan, target: TargetName) -> str | None:
    """The one endpoint whose requests a pattern takes; None where it takes several's, or nobody's."""
    path = parts_of(pattern)[1]
    start = path.rstrip("*")
    mine = {one.route.path: one.name for one in plan.endpoints if target in one.targets}
    taken = {name for route, name in mine.items() if path.endswith("*") and route.startswith(start)}
    around = [route for route in mine if is_within(start, route)]
    taken |= {mine[max(around, key=len)]} if around else set()
    return taken.pop() if len(taken) == 1 else None


def parts_of(pattern: str) -> tuple[str, str]:
    """A pattern's host and path, whatever its scheme."""
    host, _, path = pattern.rpartition("://")[2].partition("/")
    return host.lower(), f"/{path}"


def is_of(host: str, theirs: str) -> bool:
    """Whether a host is what a pattern says, which may begin with a star."""
    return host.endswith(theirs[1:]) if theirs.startswith("*") else host == theirs


def is_within(path: str, ours: str) -> bool:
    """Whether a pattern's path is ours or below it; what only begins like it is passed on anyhow."""
    below = path.removeprefix(ours)
    return path.startswith(ours) and (ours.endswith("/") or below == "" or below[0] in "/?*")
