"""The protected URLs: where callers reach each endpoint, on each target."""

from __future__ import annotations

from kampkin.names import names_for
from kampkin.plan import Endpoint, Plan, Route, TargetName


def protected_urls(plan: Plan, target: TargetName, host: str | None = None) -> dict[str, str]:
    """The protected URL of each endpoint on the target, by name; without a `host` that of the plan."""
    where = host or host_of(plan, target)
    on = [endpoint for endpoint in plan.endpoints if target in endpoint.targets]
    return {endpoint.name: url_of(where, endpoint.route) for endpoint in on}


def urls_of(plan: Plan, endpoint: Endpoint) -> dict[TargetName, str]:
    """An endpoint's protected URL on each of its targets."""
    return {target: url_of(host_of(plan, target), endpoint.route) for target in endpoint.targets}


def host_of(plan: Plan, target: TargetName) -> str:
    """The target's host; where the file names none, the platform's, `<…>` standing for what only the account knows."""
    platform = {"cloudflare": f"{names_for(plan).worker}.<account>.workers.dev", "aws": "<id>.cloudfront.net"}
    return plan.targets[target].host or platform[target]


def url_of(host: str, route: Route) -> str:
    """The URL that callers begin with: the route's own, and for a prefix all below it."""
    return f"https://{host}{'' if route.prefix and route.path == '/' else route.path}"


def pattern(route: Route) -> str:
    """The route as it is written."""
    if not route.prefix:
        return route.path
    return "/*" if route.path == "/" else f"{route.path}/*"
