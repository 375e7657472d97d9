"""Rules about where callers come in."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import Endpoint
from kampkin.plan import Route, TargetName
from kampkin.rules.claims import claims
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.rules.territory import around, nearest, neighbours
from kampkin.typed import Typed
from kampkin.urls import pattern

ADMIN_API = Route(path="/.kampkin/v1", prefix=True)
"""What `runtime/admin.mjs` takes for itself."""


def no_targets(typed: Typed) -> Iterator[Problem]:
    """Nothing would be deployed."""
    if not typed.targets:
        message = "no target is left: there is nothing to deploy to"
        yield Problem(typed.place("targets"), message, "name cloudflare, aws or both")


def unknown_target(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """An endpoint on a target that the file does not have."""
    for target in endpoint.targets or ():
        if target not in typed.targets:
            known = ", ".join(typed.targets) or "none"
            message = f"{name} is on {target}, which is no target of this file"
            yield Problem(typed.span(name, "targets"), message, f"targets here: {known}")


def route_taken(typed: Typed) -> Iterator[Problem]:
    """Two endpoints on one route of a shared target; methods do not distinguish them."""
    taken: dict[tuple[TargetName, Route], str] = {}
    for name in typed.endpoints:
        for target in typed.targets_of(name):
            other = taken.setdefault((target, typed.route_of(name)), name)
            if other != name:
                there = typed.span(other, "route")
                yield Problem(
                    typed.span(name, "route"),
                    f"{name} is on the route {pattern(typed.route_of(name))}, which {other} has",
                    "give one of them another route",
                    ((there, f"{other} has it here"),),
                )
                break


def routes_alike(typed: Typed) -> Iterator[Problem]:
    """Two routes that a caller may take for one."""
    known: dict[tuple[TargetName, str, bool], str] = {}
    for name in typed.endpoints:
        route = typed.route_of(name)
        for target in typed.targets_of(name):
            other = known.setdefault((target, route.path.lower().rstrip("/"), route.prefix), name)
            if typed.route_of(other) != route:
                yield Problem(
                    typed.span(name, "route"),
                    f"{pattern(route)} of {name} and {pattern(typed.route_of(other))} of {other} are two routes: "
                    "case and a slash at the end count",
                    "give them names that differ in more than that",
                    ((typed.span(other, "route"), f"the route of {other}"),),
                )
                break


def route_cut(typed: Typed) -> Iterator[Problem]:
    """What one owner's endpoint has taken in, another's takes out of it again, and no claim says whose it is."""
    claimed = claims(typed)
    for name, outer in neighbours(typed):
        owner, other = typed.endpoints[name].owner, typed.endpoints[outer].owner
        route = typed.route_of(name)
        if owner is None or other is None or owner == other or nearest((route, *around(route)), claimed):
            continue
        yield Problem(
            typed.span(name, "route"),
            f"{name} of {owner} takes {pattern(route)} out of {pattern(typed.route_of(outer))}, "
            f"where {outer} of {other} answers",
            f"let {owner} claim it, so that both know: owners: {{{owner}: {{routes: [{pattern(route)}]}}}}",
            ((typed.span(outer, "route"), f"the route of {outer}"),),
        )


def methods_do_not_split(typed: Typed) -> Iterator[Problem]:
    """A route within another, and each takes the methods that the other does not."""
    for name, outer in neighbours(typed):
        methods, others = typed.endpoints[name].methods, typed.endpoints[outer].methods
        if methods and others and not set(methods).intersection(others):
            route = pattern(typed.route_of(name))
            yield Problem(
                typed.span(name, "methods"),
                f"{others[0]} {route} gets 405: {name} answers there for every method, and {outer} is not asked",
                "let one endpoint take all the methods of a route",
                ((typed.span(outer, "methods"), f"the methods of {outer}"),),
            )


def route_of_the_admin_api(typed: Typed, name: str, _endpoint: Endpoint) -> Iterator[Problem]:
    """Where Kampkin itself answers."""
    route = typed.route_of(name)
    if "cloudflare" in typed.targets_of(name) and ADMIN_API in (route, *around(route)):
        if route == Route(path=ADMIN_API.path, prefix=False):
            return
        message = f"with an admin token {pattern(route)} is the admin API's, and {name} is never asked there"
        yield Problem(typed.span(name, "route"), message, "give it another route")


RULES = (
    Rule(
        "no-targets",
        "error",
        "Without a target there is nothing to deploy, and no endpoint has a URL.",
        no_targets,
        "docs/language.md#the-file",
    ),
    Rule(
        "unknown-target",
        "error",
        "An endpoint names a target that the file, or this environment, does not have.",
        of_each(unknown_target),
        "docs/language.md#an-endpoint",
    ),
    Rule(
        "route-taken",
        "error",
        "Two endpoints stand on the same route of a target; methods do not distinguish them.",
        route_taken,
        "docs/language.md#routes-and-the-protected-url",
    ),
    Rule(
        "routes-alike",
        "warning",
        "Routes that differ in case or in a slash at the end are two, and callers take them for one.",
        routes_alike,
        "https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2.1",
    ),
    Rule(
        "route-cut",
        "warning",
        "The most specific route wins, so one owner's endpoint takes paths that another's answers, and only a claim tells both.",
        route_cut,
        "docs/language.md#routes-and-the-protected-url",
    ),
    Rule(
        "methods-do-not-split",
        "warning",
        "The most specific route answers for every method: what it does not take gets 405, and no endpoint around it is asked.",
        methods_do_not_split,
        "docs/language.md#routes-and-the-protected-url",
    ),
    Rule(
        "route-of-the-admin-api",
        "warning",
        "Where the Worker has an admin token everything under `/.kampkin/v1/` is the admin API's; `/.kampkin/v1/running` is each edge's own always.",
        of_each(route_of_the_admin_api),
        "docs/operate.md#cloudflare-the-admin-api",
    ),
)
