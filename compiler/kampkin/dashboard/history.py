"""A breaker's past: its numbers in steps of an hour, a day or fourteen, and the states that it was in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kampkin.dashboard.archive import Archive
from kampkin.errors import Cannot
from kampkin.operate.edge import Edge, Event, Minute, Place, at_once
from kampkin.operate.numbers import Numbers, numbers


@dataclass(frozen=True)
class Span:
    """How far back, and in what steps, in minutes."""

    length: int
    step: int


SPANS: Mapping[str, Span] = {"hour": Span(60, 1), "day": Span(24 * 60, 10), "fortnight": Span(14 * 24 * 60, 120)}
"""Fourteen days is as long as minutes are kept."""

COLUMNS = {
    "requests": "requests",
    "failures": "failures",
    "rejects": "rejected",
    "probes": "probes",
    "fallbacks": "fallbacks",
    "wouldReject": "would_reject",
    "p50": "p50_ms",
    "p90": "p90_ms",
    "p99": "p99_ms",
}
"""Of the page, and of `Numbers`."""


def history(
    archive: Archive,
    edges: Sequence[Edge],
    breaker: str,
    name: str,
    events: Mapping[Place, Sequence[Event]],
    now_ms: int,
) -> dict[str, Any]:
    """What the page draws. `events` are the breaker's, oldest first."""
    span = SPANS[name]
    last = now_ms // 60_000
    first = (last - span.length) // span.step * span.step + span.step
    told: dict[Place, Sequence[Minute]] = {}
    silent: list[tuple[Place, Cannot]] = []
    for edge, got in at_once(edges, lambda edge: archive.minutes(edge, breaker, first, last, now_ms)):
        if isinstance(got, Cannot):
            silent.append((edge.place, got))
        else:
            told[edge.place] = got
    steps = range(first, last + 1, span.step)
    by_step: dict[int, list[Minute]] = defaultdict(list)
    for one in (one for minutes in told.values() for one in minutes):
        by_step[(one["minute"] - first) // span.step].append(one)
    sums = [numbers(by_step[at]) for at in range(len(steps))]
    begin_ms, end_ms = first * 60_000, now_ms
    return {
        "span": name,
        "stepMs": span.step * 60_000,
        "from": begin_ms,
        "to": end_ms,
        "series": {"at": [minute * 60_000 for minute in steps]}
        | {column: [getattr(one, field) for one in sums] for column, field in COLUMNS.items()},
        "states": [
            {"place": str(place), "spans": list(states(events.get(place, ()), begin_ms, end_ms))}
            for place in sorted(edge.place for edge in edges)
        ],
        "places": [{"place": str(place)} | summary(numbers(minutes)) for place, minutes in sorted(told.items())],
        "unanswered": [{"place": str(place), "problem": said.message} for place, said in silent],
    }


def summary(told: Numbers) -> dict[str, Any]:
    """Numbers as the page reads them; the share of failed calls in basis points, null without a call."""
    return {
        "requests": told.requests,
        "calls": told.calls,
        "failures": told.failures,
        "errorBp": told.failures * 10_000 // told.calls if told.calls else None,
        "rejects": told.rejected,
        "fallbacks": told.fallbacks,
        "probes": told.probes,
        "wouldReject": told.would_reject,
        "p50": told.p50_ms,
        "p90": told.p90_ms,
        "p99": told.p99_ms,
    }


def states(events: Sequence[Event], begin_ms: int, end_ms: int) -> Iterator[dict[str, Any]]:
    """The states of a breaker at a place in a stretch of time, one behind the other."""
    moves = [event for event in events if "to" in event]
    state, since = (moves[0]["from"] if moves else "closed"), begin_ms
    for move in moves:
        if since < move["at"] <= end_ms:
            yield {"from": since, "to": move["at"], "state": state}
        state, since = move["to"], max(begin_ms, move["at"])
    yield {"from": since, "to": end_ms, "state": state}
