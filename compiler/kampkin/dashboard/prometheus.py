"""What is known of the breakers, for Prometheus. Names and labels are told in docs/dashboard.md."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from kampkin.dashboard.looker import Look, Looker
from kampkin.operate.numbers import CALLS, REJECTS, ms_of

OLD_MS = 5_000
"""A scrape looks by itself where nobody has just now."""

STATES = ("closed", "open", "half-open", "ramp")
MODES = ("forced-open", "forced-closed", "monitor")
LE_MS = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000)
"""Prometheus's usual bounds, on to the longest call of Lambda@Edge."""

WHERE = ("breaker", "place")


def exposition(looker: Looker, accept: str) -> tuple[bytes, str]:
    """The text of one scrape and its type: OpenMetrics where it is asked for."""
    registry = CollectorRegistry()
    registry.register(Breakers(looker))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class Breakers(Collector):
    """Every breaker at every place."""

    def __init__(self, looker: Looker) -> None:
        self.looker = looker

    def describe(self) -> Iterable[Metric]:
        """None before a scrape, so that to register it asks nobody."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All of it, from one look."""
        look = self.looker.look(OLD_MS)
        yield from places(look)
        yield from records(look)
        yield from counted(look, self.looker)


def places(look: Look) -> Iterator[Metric]:
    """Of the plan, and of the places that hold its breakers."""
    plan = look.source.session.plan
    info = InfoMetricFamily("kampkin_plan", "The file's plan.")
    info.add_metric([], {"project": plan.project, "environment": plan.environment or "", "digest": plan.digest})
    yield info
    yield GaugeMetricFamily("kampkin_look_timestamp_seconds", "When the places were asked last.", look.at_ms / 1000)
    answered = GaugeMetricFamily("kampkin_place_answered", "Whether a store of breakers answers.", labels=["place"])
    for place in look.places:
        if place["keeps"]:
            answered.add_metric([place["place"]], float(place["answered"]))
    yield answered


def records(look: Look) -> Iterator[Metric]:
    """What the records say."""
    state = GaugeMetricFamily(
        "kampkin_breaker_state", "1 for the state a breaker is in.", labels=[*WHERE, "owner", "state"]
    )
    held = GaugeMetricFamily("kampkin_breaker_override", "1 for a person's word in force.", labels=[*WHERE, "mode"])
    since = GaugeMetricFamily("kampkin_breaker_changed_timestamp_seconds", "When it came into its state.", labels=WHERE)
    epoch = CounterMetricFamily("kampkin_breaker_transitions", "Transitions since its record began.", labels=WHERE)
    window = GaugeMetricFamily(
        "kampkin_breaker_window_calls", "Calls in its window, by outcome.", labels=[*WHERE, "outcome"]
    )
    for name, one in sights(look):
        where = [name, one["place"]]
        owner = look.rows[name]["owner"] or ""
        mode = one["override"]["mode"] if one["override"] else None
        for each in STATES:
            state.add_metric([*where, owner, each], float(each == one["state"]))
        for each in MODES:
            held.add_metric([*where, each], float(each == mode))
        epoch.add_metric(where, one["epoch"])
        if one["since"] is not None:
            since.add_metric(where, one["since"] / 1000)
        for outcome, count in one["counts"].items():
            window.add_metric([*where, outcome], count)
    yield from (state, held, since, epoch, window)


def sights(look: Look) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each breaker at each place where its record is known, by name."""
    for name in sorted(look.rows):
        yield from ((name, one) for one in look.rows[name]["places"] if one["state"] is not None)


def counted(look: Look, looker: Looker) -> Iterator[Metric]:
    """What minutes come to, from the first that was asked for on."""
    requests = CounterMetricFamily("kampkin_breaker_requests", "Requests that reached the endpoint.", labels=WHERE)
    calls = CounterMetricFamily("kampkin_breaker_calls", "Calls to the origin.", labels=[*WHERE, "outcome"])
    rejects = CounterMetricFamily("kampkin_breaker_rejects", "Requests it answered itself.", labels=[*WHERE, "state"])
    probes = CounterMetricFamily("kampkin_breaker_probes", "Calls that were probes.", labels=WHERE)
    fallbacks = CounterMetricFamily("kampkin_breaker_fallbacks", "Rejects that a fallback answered.", labels=WHERE)
    would = CounterMetricFamily("kampkin_breaker_would_reject", "Passed, while it only monitored.", labels=WHERE)
    store = CounterMetricFamily("kampkin_breaker_store_calls", "Calls of nodes to the store.", labels=WHERE)
    asked = GaugeMetricFamily("kampkin_breaker_minutes_timestamp_seconds", "When they were told.", labels=WHERE)
    took = HistogramMetricFamily("kampkin_breaker_call_seconds", "How long calls took, within 5 %.", labels=WHERE)
    tallies = {(name, str(place)): tally for (name, place), tally in list(looker.memory.tallies.items())}
    for name, one in sights(look):
        tally = tallies.get((name, one["place"]))
        if tally is None or tally.asked_ms is None:
            continue
        where = [name, one["place"]]
        counts, latency = tally.totals()
        requests.add_metric(where, counts["requests"])
        probes.add_metric(where, counts["probes"])
        fallbacks.add_metric(where, counts["fallbacks"])
        would.add_metric(where, counts["wouldReject"])
        store.add_metric(where, counts["storeCalls"])
        for outcome in CALLS:
            calls.add_metric([*where, outcome], counts[outcome])
        for field, while_ in REJECTS.items():
            rejects.add_metric([*where, while_], counts[field])
        asked.add_metric(where, tally.asked_ms / 1000)
        took.add_metric(where, *histogram(latency))
    yield from (requests, calls, rejects, probes, fallbacks, would, store, asked, took)


def histogram(latency: Counter[int]) -> tuple[list[tuple[str, float]], float]:
    """Calls at or below each bound, and the sum of all in seconds."""
    below = [0] * (len(LE_MS) + 1)
    for bucket, count in latency.items():
        below[bisect_left(LE_MS, ms_of(bucket))] += count
    names = [*(str(ms / 1000) for ms in LE_MS), "+Inf"]
    running = [float(sum(below[: at + 1])) for at in range(len(below))]
    total_s = sum(ms_of(bucket) * count for bucket, count in latency.items()) / 1000
    return list(zip(names, running, strict=True)), total_s
