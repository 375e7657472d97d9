"""Which route lies in which, and which endpoint answers where: by whole segments, the most specific first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from kampkin.plan import Route, TargetName
from kampkin.typed import Typed

Holder = TypeVar("Holder")


def around(route: Route) -> Iterator[Route]:
    """The routes that lie around this one, the nearest first."""
    path = route.path
    if not route.prefix:
        yield Route(path=path, prefix=True)
    while path not in ("", "/"):
        path = path.rpartition("/")[0]
        yield Route(path=path or "/", prefix=True)


def nearest(routes: Iterable[Route], held: Mapping[Route, Holder]) -> tuple[Route, Holder] | None:
    """The first of the routes that somebody holds, and who."""
    return next(((route, held[route]) for route in routes if route in held), None)


def standing(typed: Typed) -> dict[TargetName, dict[Route, str]]:
    """Which endpoint stands on which route, by target; of two on one route the first."""
    found: dict[TargetName, dict[Route, str]] = {target: {} for target in typed.targets}
    for name in typed.endpoints:
        for target in typed.targets_of(name):
            found[target].setdefault(typed.route_of(name), name)
    return found


def neighbours(typed: Typed) -> Iterator[tuple[str, str]]:
    """Each endpoint that stands within another's route, and the nearest of those, once."""
    stand = standing(typed)
    seen: set[tuple[str, str]] = set()
    for name in typed.endpoints:
        for target in typed.targets_of(name):
            outer = nearest(around(typed.route_of(name)), stand[target])
            if outer and (name, outer[1]) not in seen:
                seen.add((name, outer[1]))
                yield name, outer[1]
