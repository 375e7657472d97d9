"""What the demo found, as one table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from kampkin.local.demo.outage import Outage, states_of
from kampkin.local.demo.traffic import Way
from kampkin.local.status import BreakerStatus, Event

STEPS = ("opened by 500s", "half-open, probing", "opened by the hang", "half-open, probing", "closed")
"""What the transitions of `outage.EXPECTED` mean in this script."""


def facts(
    outage: Outage,
    ways: list[Way],
    breakers: Mapping[str, BreakerStatus],
    origin_calls: Mapping[str, int],
    failed: str | None,
) -> dict[str, Any]:
    """Everything that was measured: times in seconds since the traffic began, latencies in ms."""
    return {
        "ok": failed is None,
        "problem": failed,
        "phases": [{"name": p.name, "began_s": round(p.began, 2)} for p in outage.phases],
        "ways": [
            {
                "name": way.name,
                "requests": way.sent,
                "ok": way.count("ok"),
                "failed": way.count("failed"),
                "gave_up": way.count("gave up"),
                "answered_by_breaker": way.count("breaker"),
                "origin_calls": origin_calls[way.name],
                "origin_calls_saved": way.sent - origin_calls[way.name],
                "latency_ms": {
                    phase.name: {
                        "p50": rounded(way.percentile(phase.name, 0.5)),
                        "p99": rounded(way.percentile(phase.name, 0.99)),
                    }
                    for phase in outage.phases
                },
                "states": list(states_of(breakers[way.name])) if way.name in breakers else [],
                "transitions": [told(event, outage.began) for event in status_events(breakers, way.name)],
            }
            for way in ways
        ],
    }


def status_events(breakers: Mapping[str, BreakerStatus], name: str) -> tuple[Event, ...]:
    """The way's transitions, none where it has no breaker."""
    return breakers[name].events if name in breakers else ()


def told(event: Event, began: float) -> dict[str, Any]:
    """A transition with its time since the traffic began."""
    return {
        "at_s": round(event.at / 1000 - began, 2),
        "from": event.from_state,
        "to": event.to,
        "reason": event.reason,
        "numbers": dict(event.numbers),
        "node": event.node,
    }


def rounded(ms: float | None) -> float | None:
    """To a tenth of a millisecond."""
    return None if ms is None else round(ms, 1)


def table(found: Mapping[str, Any]) -> Table:
    """The facts side by side, a column for each way."""
    ways = found["ways"]
    grid = Table(title="One outage, three ways to the same origin", title_justify="left")
    grid.add_column("", no_wrap=True)
    for way in ways:
        grid.add_column(way["name"], justify="right")

    def row(label: str, *cells: str) -> None:
        grid.add_row(label, *cells)

    row("requests", *(str(way["requests"]) for way in ways))
    for step, label in enumerate(STEPS):
        row(label, *(at(way, step) for way in ways))
    grid.add_section()
    for phase in found["phases"]:
        row(f"p50 / p99, {phase['name']}", *(latency(way["latency_ms"][phase["name"]]) for way in ways))
    grid.add_section()
    row("callers with an error", *(str(way["failed"]) for way in ways))
    row("callers who gave up", *(str(way["gave_up"]) for way in ways))
    row("answered by the breaker", *(str(way["answered_by_breaker"]) for way in ways))
    row("origin calls", *(str(way["origin_calls"]) for way in ways))
    row("origin calls saved", *(str(way["origin_calls_saved"]) for way in ways))
    return grid


def at(way: Mapping[str, Any], step: int) -> str:
    """When the way's breaker took this step."""
    transitions = way["transitions"]
    return f"{transitions[step]['at_s']:.1f} s" if step < len(transitions) else "-"


def latency(times: Mapping[str, float | None]) -> str:
    """p50 and p99 as a person reads them."""
    return " / ".join(
        "-" if ms is None else (f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s")
        for ms in (times["p50"], times["p99"])
    )
