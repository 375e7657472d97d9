"""Points endpoints of a plan at services on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from kampkin.closest import meant
from kampkin.errors import Cannot
from kampkin.plan import Origin, Plan, seal_endpoint, seal_plan

PORTS = {"http": 80, "https": 443}


def redirect(plan: Plan, origins: Mapping[str, str]) -> Plan:
    """The plan with the named endpoints' origins replaced by URLs, `http` and addresses included.

    Raises `Cannot` for a name the plan does not have and for what is no URL.
    """
    known = {endpoint.name for endpoint in plan.endpoints}
    for name in origins:
        if name not in known:
            raise Cannot(f"there is no endpoint {name!r}", meant(name, sorted(known)))
    endpoints = [
        seal_endpoint(**(fields(endpoint) | {"origin": origin_of(origins[endpoint.name])}))
        if endpoint.name in origins
        else endpoint
        for endpoint in plan.endpoints
    ]
    return seal_plan(**(fields(plan) | {"endpoints": endpoints}))


def origin_of(url: str) -> Origin:
    """An origin from a URL; raises `Cannot` where it is none."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise Cannot(f"{url!r} is no origin", "write it as http://127.0.0.1:3000")
    return Origin.model_validate(
        {
            "scheme": parts.scheme,
            "host": parts.hostname,
            "port": port or PORTS[parts.scheme],
            "path": parts.path.rstrip("/"),
        }
    )


def fields(part: object) -> dict[str, object]:
    """A sealed part's fields without its digest."""
    return {name: value for name, value in vars(part).items() if name != "digest"}
