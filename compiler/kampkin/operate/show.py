"""Records and events as a person reads them at a terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypeAlias

from kampkin.errors import Cannot
from kampkin.operate.edge import Event, Override, Place, Status
from kampkin.operate.lasting import lasting

Problem: TypeAlias = tuple[Place, str | None, Cannot]
"""What could not be had: where, of which breaker (None: the whole place), and why."""


def status_line(status: Status, now: int) -> tuple[str, ...]:
    """Breaker, place, state and the rest in words."""
    state = status.state
    if status.override and status.override.mode != "monitor":
        state = f"{status.override.mode} ({status.state})"
    told = []
    if status.since_ms is not None:
        told.append(f"for {lasting(status.since_ms)}, {status.why}")
    if status.state == "open":
        told.append(f"probes in {lasting(status.retry_in_ms)}" if status.retry_in_ms else "the next request probes")
    if status.state == "half-open":
        told.append("probes: " + ", ".join(f"{count} {what}" for what, count in status.probes.items()))
    counted = [f"{count} {what}" for what, count in status.counts.items() if count and what != "aged"]
    if counted:
        told.append(f"window: {', '.join(counted)}")
    if status.override:
        told.append(override_in_words(status.override))
    if status.dead_letters:
        told.append(f"{status.dead_letters} messages to its owner were not taken")
    if status.heard:
        told.append(f"heard {lasting(max(0, now - max(status.heard.values())))} ago")
    return (status.breaker, str(status.place), state, "; ".join(told))


def override_in_words(override: Override) -> str:
    """Whose word it is, for how long, and why."""
    return f"{override.mode} for {lasting(override.left_ms)} more by {override.owner}: {override.reason}"


def event_line(event: Event) -> tuple[str, ...]:
    """Time, place and what happened."""
    when = datetime.fromtimestamp(event["at"] / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    where = f"{event['edge']} {event['region']}"
    if "to" in event:
        numbers = ", ".join(f"{name} {value}" for name, value in (event["numbers"] or {}).items())
        what = f"{event['from']} to {event['to']}: {event['reason']}{f' ({numbers})' if numbers else ''}"
    elif said := event["override"]:
        what = f"{said['mode']} by {said['owner']}: {said['reason']}"
    else:
        what = "override let go of"
    return (when, where, what, event["node"])


def aligned(rows: Iterable[Sequence[str]]) -> str:
    """Rows as columns; the last is as long as it likes."""
    rows = [*rows]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)] if rows else []
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    )


def status_json(status: Status) -> dict[str, Any]:
    """For programs."""
    return asdict(status) | {"place": place_json(status.place)}


def place_json(place: Place) -> dict[str, str]:
    """For programs."""
    return {"target": place.target, "place": place.name}


def unanswered(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """What could not be had, for programs."""
    return [
        {"place": place_json(place), "breaker": name, "problem": problem.message, "hint": problem.hint}
        for place, name, problem in problems
    ]


def as_json(value: object) -> str:
    """As JSON that a person can read too."""
    return json.dumps(value, indent=2, ensure_ascii=False)
