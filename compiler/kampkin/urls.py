"""The protected URLs: where callers reach each endpoint, on each target."""

from __future__ import annotations

from kampkin.names import names_for
from kampkin.plan import Plan, Route, TargetName


def protected_urls(plan: Plan, target: TargetName, host: str | None = None) -> dict[str, str]:
    """The protected URL of each endpoint on the target, by name; without a `host` that of the plan."""
    where = host or host_of(plan, target)
    on = [endpoint for endpoint in plan.endpoints if target in endpoint.targets]
    return {endpoint.name: f"https://{where}{path_of(endpoint.route)}" for endpoint in on}


def host_of(plan: Plan, target: TargetName) -> str:
    """The target's host; where the file names none, the platform's, `<…>` standing for what only the account knows."""
    platform = {"cloudflare": f"{names_for(plan).worker}.<account>.workers.dev", "aws": "<id>.cloudfront.net"}
    return plan.targets[target].host or platform[target]


def path_of(route: Route) -> str:
    """What follows the host; nothing where the route is the whole host."""
    return "" if route.prefix and route.path == "/" else route.path
