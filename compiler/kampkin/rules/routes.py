"""Rules about where callers come in and where the calls go."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.plan import Route, TargetName
from kampkin.rules.rule import Problem, Rule
from kampkin.typed import Typed
from kampkin.urls import pattern


def no_targets(typed: Typed) -> Iterator[Problem]:
    """Nothing would be deployed."""
    if not typed.targets:
        yield typed.place("targets"), "no target is left: there is nothing to deploy to", "name cloudflare, aws or both"


def unknown_target(typed: Typed) -> Iterator[Problem]:
    """An endpoint on a target that the file does not have."""
    for name, endpoint in typed.endpoints.items():
        for target in endpoint.targets or ():
            if target not in typed.targets:
                known = ", ".join(typed.targets) or "none"
                yield (
                    typed.span(name, "targets"),
                    f"{name} is on {target}, which is no target of this file",
                    f"targets here: {known}",
                )


def route_taken(typed: Typed) -> Iterator[Problem]:
    """Two endpoints on one route of a shared target; methods do not distinguish them."""
    taken: dict[tuple[TargetName, Route], str] = {}
    for name in typed.endpoints:
        for target in typed.targets_of(name):
            other = taken.setdefault((target, typed.route_of(name)), name)
            if other != name:
                line = typed.span(other, "route").line
                route = pattern(typed.route_of(name))
                yield (
                    typed.span(name, "route"),
                    f"{name} is on the route {route}, which {other} has",
                    f"{other} stands at line {line}; give one another route",
                )
                break


def origin_loop(typed: Typed) -> Iterator[Problem]:
    """An origin that is an edge itself: every request would go round until the platform cuts it."""
    hosts = {target.host for target in typed.targets.values() if target.host}
    for name, endpoint in typed.endpoints.items():
        if endpoint.origin.host in hosts:
            yield (
                typed.span(name, "origin"),
                f"the origin of {name} is the edge's own host, {endpoint.origin.host}",
                "name the service behind it",
            )
        for index, fallback in enumerate(typed.fallbacks_of(name)):
            if fallback.origin and fallback.origin.host in hosts:
                yield (
                    typed.span(name, "fallback", index, "origin"),
                    f"a fallback of {name} is the edge's own host, {fallback.origin.host}",
                    "name a service that is no edge",
                )


def plain_http(typed: Typed) -> Iterator[Problem]:
    """Between the edge and the service the request goes over the open internet."""
    for name, endpoint in typed.endpoints.items():
        if endpoint.origin.scheme == "http":
            yield (
                typed.span(name, "origin"),
                f"the edge would call {name} without encryption",
                "write https:// if the service has it",
            )
        for index, fallback in enumerate(typed.fallbacks_of(name)):
            if fallback.origin and fallback.origin.scheme == "http":
                yield (
                    typed.span(name, "fallback", index, "origin"),
                    f"the edge would call a fallback of {name} without encryption",
                    "write https:// if the service has it",
                )


RULES = (
    Rule("no-targets", "error", "Without a target there is nothing to deploy, and no endpoint has a URL.", no_targets),
    Rule(
        "unknown-target",
        "error",
        "An endpoint names a target that the file, or this environment, does not have.",
        unknown_target,
    ),
    Rule(
        "route-taken",
        "error",
        "Two endpoints stand on the same route of a target; methods do not distinguish them.",
        route_taken,
    ),
    Rule(
        "origin-loop",
        "error",
        "An origin has the host of an edge, so every request would go round in a loop.",
        origin_loop,
    ),
    Rule("plain-http", "warning", "An origin without TLS is called over the open internet.", plain_http),
)
