"""The protected URLs that a change brings, that it takes away, and those that another endpoint answers at from then on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from kampkin.names import names_for
from kampkin.plan import Plan, Route, TargetName
from kampkin.urls import host_of, pattern


@dataclass(frozen=True)
class Urls:
    """What becomes of one endpoint's."""

    come: tuple[tuple[str, str | None], ...] = ()
    """URLs, and the endpoint that answered there until now, where one did."""
    gone: tuple[str, ...] = ()
    """Nobody answers there any more."""
    taken: tuple[tuple[str, str], ...] = ()
    """URLs, all of an address or a part of it, and the endpoint that answers there from now on."""

    def __bool__(self) -> bool:
        return bool(self.come or self.gone or self.taken)


NO_URLS = Urls()


@dataclass(frozen=True)
class Site:
    """Where callers come in on a target."""

    host: str
    deployment: str
    """Whose host it is where the platform gives it: what only the account knows of it is another for each."""


@dataclass(frozen=True)
class Address:
    """Where an endpoint is reached on a target."""

    target: TargetName
    site: Site
    route: Route

    def __str__(self) -> str:
        return f"https://{self.site.host}{pattern(self.route)}"


class Addresses:
    """Where a plan's endpoints are reached."""

    def __init__(self, plan: Plan | None) -> None:
        self.sites = {target: site_of(plan, target) for target in plan.targets} if plan else {}
        self.each = [
            (endpoint.name, Address(target, self.sites[target], endpoint.route))
            for endpoint in (plan.endpoints if plan else ())
            for target in endpoint.targets
        ]
        self._holders = {(one.target, one.route.path, one.route.prefix): name for name, one in self.each}

    def holder(self, address: Address) -> str | None:
        """The endpoint that answers at all of an address; None where none does."""
        target, route = address.target, address.route
        if self.sites.get(target) != address.site:
            return None
        exact = [] if route.prefix else [(target, route.path, False)]
        asked = (*exact, *((target, path, True) for path in upwards(route.path)))
        return next((self._holders[one] for one in asked if one in self._holders), None)


def site_of(plan: Plan, target: TargetName) -> Site:
    """A host that the file names is the same whoever is behind it."""
    return Site(host_of(plan, target), "" if plan.targets[target].host else names_for(plan).base)


def upwards(path: str) -> Iterator[str]:
    """The path, and every path that it is below: `/a/b`, `/a`, `/`."""
    while path != "/":
        yield path
        path = path.rpartition("/")[0] or "/"
    yield "/"


def urls_between(before: Plan | None, after: Plan | None) -> dict[str, Urls]:
    """What becomes of the URLs of each endpoint of which any changes."""
    there, then = Addresses(before), Addresses(after)
    come: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    gone: dict[str, list[str]] = defaultdict(list)
    taken: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, address in there.each:
        holder = then.holder(address)
        if holder is None:
            gone[name].append(str(address))
        elif holder != name:
            taken[name].append((str(address), holder))
    for name, address in then.each:
        former = there.holder(address)
        if former != name:
            come[name].append((str(address), former))
            if former:
                taken[former].append((str(address), name))
    return {
        name: Urls(tuple(come[name]), tuple(gone[name]), tuple(dict.fromkeys(taken[name])))
        for name in {*come, *gone, *taken}
    }
