"""Which of a zone's routes take requests that are ours: of several that fit Cloudflare takes the most specific one, and any route
of a host before its custom domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kampkin.drift.paths import is_within


def takes(route: Mapping[str, Any], host: str, declared: Iterable[str]) -> bool:
    """Whether a route that nobody declared takes requests of the host's from us. `declared` are our patterns; none where the host
    is a custom domain."""
    their_host, path = parts_of(route["pattern"])
    ours = [parts_of(pattern)[1].removesuffix("*") for pattern in declared]
    if ours:
        return their_host == host and any(is_within(path, one) for one in ours)
    return bool(route.get("script")) and is_of(host, their_host)


def parts_of(pattern: str) -> tuple[str, str]:
    """A pattern's host and path, whatever its scheme."""
    host, _, path = pattern.rpartition("://")[2].partition("/")
    return host.lower(), f"/{path}"


def is_of(host: str, theirs: str) -> bool:
    """Whether a host is what a pattern says, which may begin with a star."""
    return host.endswith(theirs[1:]) if theirs.startswith("*") else host == theirs
