"""Rules about the routes that owners claim."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.plan import Route
from kampkin.rules.owners import place
from kampkin.rules.rule import Problem, Rule
from kampkin.rules.territory import around, nearest, standing
from kampkin.typed import Typed
from kampkin.urls import pattern

SOURCE = "docs/language.md#routes-and-the-protected-url"


def every_claim(typed: Typed) -> Iterator[tuple[Route, str, int]]:
    """Each claim, whose it is, and which of theirs."""
    for name, owner in (typed.document.owners or {}).items():
        for index, route in enumerate(owner.routes or ()):
            yield route, name, index


def claims(typed: Typed) -> dict[Route, str]:
    """Who claims which route; of two who claim one the first."""
    found: dict[Route, str] = {}
    for route, owner, _ in every_claim(typed):
        found.setdefault(route, owner)
    return found


def claimed_twice(typed: Typed) -> Iterator[Problem]:
    """Two owners of one route."""
    first: dict[Route, tuple[str, int]] = {}
    for route, owner, index in every_claim(typed):
        other, at = first.setdefault(route, (owner, index))
        if other != owner:
            yield Problem(
                place(typed, owner, "routes", index),
                f"{owner} claims {pattern(route)}, which {other} claims too",
                "let one of them have it; the other may claim what lies within",
                ((place(typed, other, "routes", at), f"the claim of {other}"),),
            )


def route_claimed(typed: Typed) -> Iterator[Problem]:
    """An endpoint where another owner's claim is the most specific; one of an unknown owner is told of that alone."""
    claimed = claims(typed)
    if not claimed:
        return
    owners = typed.document.owners or {}
    where = {route: place(typed, owner, "routes", index) for route, owner, index in reversed([*every_claim(typed)])}
    for name, endpoint in typed.endpoints.items():
        route = typed.route_of(name)
        claim = nearest((route, *around(route)), claimed)
        if claim is None or claim[1] == endpoint.owner or endpoint.owner not in (None, *owners):
            continue
        whose = f"it belongs to {endpoint.owner}" if endpoint.owner else "it has no owner"
        yield Problem(
            typed.span(name, "route"),
            f"{name} is on {pattern(route)}, within what {claim[1]} claims, and {whose}",
            f"set owner: {claim[1]}, or give it a route of its own",
            ((where[claim[0]], f"the claim of {claim[1]}"),),
        )


def claim_unguarded(typed: Typed) -> Iterator[Problem]:
    """A claim that another's endpoint answers for, as it reaches around and none of theirs stands before it."""
    stand = standing(typed)
    for route, owner, index in every_claim(typed):
        for held in stand.values():
            around_it = nearest((route, *around(route)), held)
            if around_it is None or around_it[0] == route or typed.endpoints[around_it[1]].owner == owner:
                continue
            name = around_it[1]
            yield Problem(
                typed.span(name, "route"),
                f"{name} answers for {pattern(route)}, which {owner} claims: no endpoint of theirs takes all of it",
                f"give {owner} an endpoint there, or {name} a narrower route",
                ((place(typed, owner, "routes", index), f"the claim of {owner}"),),
            )
            break


RULES = (
    Rule("claimed-twice", "error", "A route that two owners claim is nobody's to decide about.", claimed_twice, SOURCE),
    Rule(
        "route-claimed",
        "error",
        "An endpoint stands on its owner's claims or on routes that nobody claims, so that no team takes another's callers.",
        route_claimed,
        SOURCE,
    ),
    Rule(
        "claim-unguarded",
        "warning",
        "What an owner claims and no endpoint of theirs takes goes to whoever's wider route reaches around it.",
        claim_unguarded,
        SOURCE,
    ),
)
