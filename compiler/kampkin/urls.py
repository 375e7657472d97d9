"""The protected URLs: where callers reach an endpoint in place of its service."""

from __future__ import annotations

from kampkin.names import names_for
from kampkin.plan import Endpoint, Plan, Route, TargetName


def protected_urls(plan: Plan, endpoint: Endpoint) -> dict[TargetName, str]:
    """An endpoint's URL on each of its targets; where the platform gives the host, what is not known yet is in `<>`."""
    return {target: url_of(host_of(plan, target), endpoint.route) for target in endpoint.targets}


def host_of(plan: Plan, target: TargetName) -> str:
    """A target's host: its own, or the platform's."""
    given = {"cloudflare": f"{names_for(plan).worker}.<account>.workers.dev", "aws": "<id>.cloudfront.net"}
    return plan.targets[target].host or given[target]


def url_of(host: str, route: Route) -> str:
    """The URL of a route on a host."""
    return f"https://{host}{pattern(route)}"


def pattern(route: Route) -> str:
    """The route as it is written."""
    if not route.prefix:
        return route.path
    return "/*" if route.path == "/" else f"{route.path}/*"
