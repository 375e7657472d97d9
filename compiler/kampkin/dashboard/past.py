"""What is known of a breaker's past at one place, and what is not: its events as far as they could be read, and its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kampkin.operate.edge import Event, Status

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Past:
    """At one place."""

    events: Sequence[Event] = ()
    """By epoch, the oldest first."""
    status: Status | None = None
    """The record as it was seen last."""
    problem: str | None = None
    """Why events could not be read; None where they were."""
    cut: bool = False
    """Whether there are older events that were not read."""
    until_ms: int | None = None
    """When the record was seen last; None where it is to be seen now."""

    @property
    def moves(self) -> list[Event]:
        """Its transitions."""
        return [event for event in self.events if "to" in event]

    @property
    def words(self) -> list[Event]:
        """What people have said of it."""
        return [event for event in self.events if "to" not in event]


def states(past: Past, begin_ms: int, end_ms: int, kept_from_ms: int) -> Iterator[dict[str, Any]]:
    """Its states in a stretch of time, one behind the other; `unknown` where nobody can tell: before what is kept, where
    events could not be read, and since the place has answered last. Events are kept since `kept_from_ms`."""
    known_ms = end_ms if past.until_ms is None else min(past.until_ms, end_ms)
    for state, since, until in joined([*changes(past, kept_from_ms, known_ms), (UNKNOWN, known_ms, end_ms)]):
        if (first := max(since, begin_ms)) < (last := min(until, end_ms)):
            yield {"from": first, "to": last, "state": state}


def changes(past: Past, kept_from_ms: int, end_ms: int) -> Iterator[tuple[str, int, int]]:
    """State, from and to, from the beginning of time on."""
    status, moves = past.status, past.moves
    if not moves:
        yield from without_events(past, end_ms)
        return
    first = moves[0]
    began = first["epoch"] == 1 and not past.cut
    reaches = 0 if began else kept_from_ms if first["from"] == "closed" and not past.cut else first["at"]
    yield UNKNOWN, 0, reaches
    state, since = first["from"], reaches
    for move in moves:
        yield state, since, max(since, move["at"])
        state, since = move["to"], max(since, move["at"])
    if status is not None and status.epoch > moves[-1]["epoch"]:  # it has moved since, and when is not known yet
        yield UNKNOWN, since, end_ms
        return
    yield state, since, end_ms


def without_events(past: Past, end_ms: int) -> Iterator[tuple[str, int, int]]:
    """By the record alone."""
    status = past.status
    if status is None:
        yield UNKNOWN, 0, end_ms
    elif status.epoch == 0:
        yield status.state, 0, end_ms
    else:
        since = end_ms - (status.since_ms or 0)
        yield UNKNOWN, 0, since
        yield status.state, since, end_ms


def holds(past: Past, begin_ms: int, end_ms: int) -> Iterator[dict[str, Any]]:
    """When a person's word was in force, in a stretch of time: until it ends, another one comes, or it is let go of."""
    ends = [event["at"] for event in past.words[1:]] + [end_ms]
    for event, following in zip(past.words, ends, strict=False):
        if said := event["override"]:
            first, last = max(event["at"], begin_ms), min(said["until"], following, end_ms)
            if first < last:
                yield {"from": first, "to": last, "mode": said["mode"]}


def joined(spans: Sequence[tuple[str, int, int]]) -> Iterator[tuple[str, int, int]]:
    """Neighbours of one state as one."""
    held: tuple[str, int, int] | None = None
    for state, since, until in spans:
        if held and held[0] == state:
            held = (state, held[1], until)
        else:
            if held:
                yield held
            held = (state, since, until)
    if held:
        yield held
