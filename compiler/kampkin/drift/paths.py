"""Which endpoint's requests a path takes, as clouds write paths."""

from __future__ import annotations

from kampkin.plan import Plan, TargetName


def endpoint_of(path: str, plan: Plan, target: TargetName) -> str | None:
    """The one endpoint whose requests a path takes, which may end in a star; None where it takes several's, or nobody's."""
    start = path.rstrip("*")
    mine = {one.route.path: one.name for one in plan.endpoints if target in one.targets}
    taken = {name for route, name in mine.items() if path.endswith("*") and route.startswith(start)}
    around = [route for route in mine if is_within(start, route)]
    taken |= {mine[max(around, key=len)]} if around else set()
    return taken.pop() if len(taken) == 1 else None


def is_within(path: str, ours: str) -> bool:
    """Whether a path is ours or below it; what only begins like it is passed on anyhow."""
    below = path.removeprefix(ours)
    return path.startswith(ours) and (ours.endswith("/") or below == "" or below[0] in "/?*")
