"""A breaker's record as the store holds it, read without the edge."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
    key = f"b#{breaker}#{region}"
    found = client.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": key}},
        ConsistentRead=True,
    )["Items"]
    items = {item["sk"]["S"]: {name: plain(value) for name, value in item.items()} for item in found}
    record = items.pop("state", {})
    epoch = record.get("e", 0)
    return BreakerStatus(
        state=record.get("st", "closed"),
        epoch=epoch,
        level=record.get("lv", 0),
        why=record.get("why", ""),
        streak=record.get(f"k{epoch}", 0),
        retry_in_ms=max(0, record.get("ra", 0) - int(time.time() * 1000)),
        events=tuple(to_event(event) for _, event in sorted(items.items()) if "to" in event),
    )


def to_event(event: Mapping[str, Any]) -> Event:
    """A transition as a store tells it."""
    told = ("to", "reason", "numbers", "epoch", "edge", "region", "node", "at")
    return Event(from_state=event["from"], **{key: event[key] for key in told})


def plain(value: Mapping[str, Any]) -> Any:
    """A DynamoDB attribute as a Python value; numbers are whole here."""
    (kind, inner), *_ = value.items()
    if kind == "M":
        return {name: plain(part) for name, part in inner.items()}
    return int(inner) if kind == "N" else inner
