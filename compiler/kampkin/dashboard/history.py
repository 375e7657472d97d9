"""A breaker's past: its numbers in steps of an hour, a day or fourteen, and the states that it was in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kampkin.dashboard.archive import Archive
from kampkin.dashboard.past import Past, holds, states
from kampkin.errors import Cannot
from kampkin.operate.aws import EVENT_KEEP_S
from kampkin.operate.edge import Edge, Minute, Place, at_once
from kampkin.operate.numbers import Numbers, numbers
from kampkin.plan import MINUTE_MS


@dataclass(frozen=True)
class Span:
    """How far back, and in what steps, in minutes."""

    length: int
    step: int


SPANS: Mapping[str, Span] = {"hour": Span(60, 1), "day": Span(24 * 60, 10), "fortnight": Span(14 * 24 * 60, 120)}
"""Fourteen days is as long as minutes are kept."""

KEPT_MS = EVENT_KEEP_S * 1_000
"""As long as places keep events, docs/state.md."""

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
    pasts: Mapping[Place, Past],
    away: Mapping[Place, Cannot],
    now_ms: int,
) -> dict[str, Any]:
    """What the page draws. Places that are `away` are not asked, and said."""
    span = SPANS[name]
    last = now_ms // MINUTE_MS
    first = (last - span.length) // span.step * span.step + span.step
    told: dict[Place, Sequence[Minute]] = {}
    silent: list[tuple[Place, Cannot]] = [*away.items()]
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
    begin_ms, end_ms = first * MINUTE_MS, now_ms
    return {
        "span": name,
        "stepMs": span.step * MINUTE_MS,
        "from": begin_ms,
        "to": end_ms,
        "series": {"at": [minute * MINUTE_MS for minute in steps]}
        | {column: [getattr(one, field) if told else None for one in sums] for column, field in COLUMNS.items()},
        "states": [
            {
                "place": str(place),
                "spans": list(states(past, begin_ms, end_ms, now_ms - KEPT_MS)),
                "holds": list(holds(past, begin_ms, end_ms)),
            }
            for place, past in sorted(pasts.items())
        ],
        "places": [{"place": str(place)} | summary(numbers(minutes)) for place, minutes in sorted(told.items())],
        "unanswered": [{"place": str(place), "problem": said.message} for place, said in silent],
    }


def error_bp(each: Sequence[Numbers]) -> int | None:
    """The share of failed calls in basis points; None without a call."""
    calls = sum(one.calls for one in each)
    return sum(one.failures for one in each) * 10_000 // calls if calls else None


def summary(told: Numbers) -> dict[str, Any]:
    """Numbers as the page reads them; the share of failed calls in basis points, null without a call."""
    return {
        "requests": told.requests,
        "calls": told.calls,
        "failures": told.failures,
        "errorBp": error_bp([told]),
        "rejects": told.rejected,
        "fallbacks": told.fallbacks,
        "probes": told.probes,
        "wouldReject": told.would_reject,
        "p50": told.p50_ms,
        "p90": told.p90_ms,
        "p99": told.p99_ms,
    }
