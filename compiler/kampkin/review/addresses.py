"""The protected URLs that a change brings, that it takes away, and those that another endpoint answers at from then on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kampkin.plan import Endpoint, Plan, Route, TargetName
from kampkin.urls import host_of, url_of


@dataclass(frozen=True)
class Urls:
    """Of one endpoint, by target."""

    come: Mapping[str, str] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    """Nobody answers there any more."""
    taken: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """URLs, and the endpoint that answers there from now on."""

    def __bool__(self) -> bool:
        return bool(self.come or self.gone or self.taken)


NO_URLS = Urls()


class Addresses:
    """Where a plan's endpoints are reached."""

    def __init__(self, plan: Plan | None) -> None:
        self.hosts = {target: host_of(plan, target) for target in plan.targets} if plan else {}
        self._holders: dict[tuple[TargetName, str, bool], str] = {
            (target, endpoint.route.path, endpoint.route.prefix): endpoint.name
            for endpoint in (plan.endpoints if plan else ())
            for target in endpoint.targets
        }

    def of(self, endpoint: Endpoint | None) -> dict[TargetName, str]:
        """An endpoint's URLs; none of what is not there."""
        return {target: url_of(self.hosts[target], endpoint.route) for target in endpoint.targets} if endpoint else {}

    def holder(self, target: TargetName, host: str, route: Route) -> str | None:
        """The endpoint that answers at all of a route on a host; None where none does."""
        if self.hosts.get(target) != host:
            return None
        exact = [] if route.prefix else [(target, route.path, False)]
        asked = (*exact, *((target, path, True) for path in upwards(route.path)))
        return next((self._holders[one] for one in asked if one in self._holders), None)


def upwards(path: str) -> Iterator[str]:
    """The path, and every path that it is below: `/a/b`, `/a`, `/`."""
    while path != "/":
        yield path
        path = path.rpartition("/")[0] or "/"
    yield "/"


def urls_between(before: Addresses, after: Addresses, old: Endpoint | None, new: Endpoint | None) -> Urls:
    """What becomes of an endpoint's URLs; None where it is not there."""
    was, will = before.of(old), after.of(new)
    gone: dict[str, str] = {}
    taken: dict[str, tuple[str, str]] = {}
    for target, url in was.items():
        assert old is not None
        holder = after.holder(target, before.hosts[target], old.route)
        if holder is None:
            gone[target] = f"{url}/*" if will.get(target) == url else url
        elif holder != old.name:
            taken[target] = url, holder
    come = {target: url for target, url in will.items() if was.get(target) != url}
    return Urls({str(target): url for target, url in come.items()}, gone, taken)
