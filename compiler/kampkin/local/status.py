"""A breaker's record as the store holds it, read without the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kampkin.operate.aws import Table
from kampkin.plan import MAX_WINDOW_MS

EVENTS_READ = 1000


@dataclass(frozen=True)
class Event:
    """One transition, written together with the record by whoever won it."""

    from_state: str
    to: str
    reason: str
    numbers: Mapping[str, int]
    epoch: int
    edge: str
    region: str
    node: str
    at: int
    """Milliseconds since 1970, by the store's clock or, where it has none, the node's."""


@dataclass(frozen=True)
class BreakerStatus:
    """The shared record at one moment."""

    state: str
    epoch: int
    level: int
    why: str
    streak: int
    retry_in_ms: int
    events: tuple[Event, ...]
    """Oldest first."""


def from_durable_object(read: Mapping[str, Any]) -> BreakerStatus:
    """From what the Durable Object's `read` answers."""
    snapshot = read["snapshot"]
    return BreakerStatus(
        state=snapshot["state"],
        epoch=snapshot["epoch"],
        level=snapshot["level"],
        why=snapshot["why"],
        streak=snapshot["streak"],
        retry_in_ms=snapshot["retryInMs"],
        events=tuple(to_event(event) for event in reversed(read["events"]) if "to" in event),
    )


def from_dynamodb(client: Any, table: str, region: str, breaker: str) -> BreakerStatus:
    """From the items of one breaker in one region."""
    place = Table(client, table, region, who=str)
    record, page = place.status(breaker, MAX_WINDOW_MS), place.events(breaker, None, EVENTS_READ)
    return BreakerStatus(
        state=record.state,
        epoch=record.epoch,
        level=record.level,
        why=record.why,
        streak=record.streak,
        retry_in_ms=record.retry_in_ms,
        events=tuple(to_event(event) for event in reversed(page.events) if "to" in event),
    )


def to_event(event: Mapping[str, Any]) -> Event:
    """A transition as a store tells it."""
    told = ("to", "reason", "numbers", "epoch", "edge", "region", "node", "at")
    return Event(from_state=event["from"], **{key: event[key] for key in told})
