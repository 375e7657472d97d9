"""What is seen of a breaker, in words. Times are UTC: every place and every log has the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from kampkin.operate.board import Board, Sight
from kampkin.operate.edge import Event, Override, Status
from kampkin.operate.lasting import lasting
from kampkin.operate.numbers import Numbers

DAY_MS = 86_400_000
SIGNS = {"closed": "○", "open": "●", "half-open": "◐", "ramp": "◔"}
"""States by shape, for those who do not see the colours."""

TONES = {"closed": "green", "open": "bold red", "half-open": "yellow", "ramp": "yellow"}
HELD = "bold magenta"
FIRST = "firstFailureAgoMs"
NEAR_MS = 2_000
"""Ends of an override that are nearer than that are one: each look takes its time."""


def moment(at_ms: int, now_ms: int | None = None) -> str:
    """A time; without its date where that is today's."""
    when = datetime.fromtimestamp(at_ms / 1000, UTC)
    if now_ms is not None and at_ms // DAY_MS == now_ms // DAY_MS:
        return f"{when:%H:%M:%S}Z"
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


def state(status: Status) -> str:
    """With its shape; and whose word stands before it."""
    own = f"{SIGNS.get(status.state, '?')} {status.state}"
    if status.override and forced(status):
        return f"{own}, {status.override.mode}"
    return f"{own}, monitor" if status.override else own


def forced(status: Status) -> bool:
    """Whether a person's word, not the state, decides about requests."""
    return status.override is not None and status.override.mode != "monitor"


def tone(status: Status) -> str:
    """The state's colour, in rich's words."""
    return HELD if status.override else TONES.get(status.state, "")


def since(status: Status, now_ms: int) -> str:
    """When it came into its state, and how long ago."""
    if status.since_ms is None:
        return "never moved"
    return f"{moment(now_ms - status.since_ms, now_ms)} ({lasting(status.since_ms)})"


def told(sight: Sight, board: Board) -> Iterator[str]:
    """All the rest, what matters most first."""
    status, now = sight.status, board.at_ms
    if status.state == "open" and not forced(status):
        if status.retry_in_ms:
            yield f"the next request after {moment(now + status.retry_in_ms, now)} probes"
        else:
            yield "the next request probes"
    if status.state == "half-open" and not forced(status):
        yield "probes: " + ", ".join(f"{count} {what}" for what, count in status.probes.items())
    if status.override:
        yield held(status.override, now)
    if status.why:
        yield reason(status.why, sight.turn["numbers"] if sight.turn else None)
    if counted := [f"{count} {what}" for what, count in status.counts.items() if count and what != "aged"]:
        yield f"window: {', '.join(counted)}"
    if sight.numbers:
        yield from hour(sight.numbers)
    if status.dead_letters:
        yield f"{status.dead_letters} messages to its owner were not taken"
    if status.heard:
        yield "last sync: " + ", ".join(
            f"{region} {lasting(max(0, now - at))} ago" for region, at in sorted(status.heard.items())
        )
    if status.plan and board.plan and status.plan != board.plan:
        yield f"runs another plan than the file's: {status.plan[:19]}"


def held(override: Override, now_ms: int) -> str:
    """Whose word it is, until when, and why."""
    until = moment(now_ms + override.left_ms, now_ms)
    owner = f"{override.owner} (in the file)" if override.in_file else override.owner
    return f"{override.mode} until {until} ({lasting(override.left_ms)}) by {owner}: {override.reason}"


def reason(why: str, counts: Mapping[str, Any] | None) -> str:
    """Which rule moved it, with its numbers; zeros say nothing, and the level of the cooldown is the breaker's own affair."""
    known = {name: value for name, value in (counts or {}).items() if value and name != "level"}
    first = known.pop(FIRST, None)
    said = [f"{value} {name}" for name, value in known.items()]
    said += [f"first failure {lasting(first)} earlier"] if first else []
    return f"{why} ({', '.join(said)})" if said else why


def hour(found: Numbers) -> Iterator[str]:
    """What the last hour's minutes come to."""
    if not found.requests and not found.calls:
        yield "no traffic reported in the last hour"
        return
    parts = [f"{found.requests} requests", f"{found.failures} failed"]
    if found.rejects:
        parts.append(", ".join(f"{count} rejected {why}" for why, count in found.rejects.items()))
    if found.fallbacks:
        parts.append(f"{found.fallbacks} of them with the fallback")
    if found.would_reject:
        parts.append(f"{found.would_reject} would have been rejected: monitor")
    if found.p50_ms is not None:
        parts.append(f"p50 {found.p50_ms} ms, p99 {found.p99_ms} ms")
    if found.store_calls:
        parts.append(f"{found.store_calls} store calls")
    yield f"last hour: {', '.join(parts)}"


def event_cells(event: Event) -> tuple[str, ...]:
    """Time, breaker, place, who saw to it and what happened: that can be long, and is last."""
    return (
        moment(event["at"]),
        event["breaker"],
        f"{event['edge']} {event['region']}",
        event["node"],
        happened(event),
    )


def happened(event: Event) -> str:
    """What an event tells."""
    if "to" in event:
        return f"{event['from']} to {event['to']}: {reason(event['reason'], event['numbers'])}"
    if said := event["override"]:
        return f"{said['mode']} by {said['owner']}: {said['reason']}"
    return "override let go of"


def mark(status: Status) -> tuple[object, ...]:
    """What moves when something has happened to a breaker; of an override all but its end, which is told as a time left."""
    own, said = (status.epoch, status.state), status.override
    return (*own, said.mode, said.owner, said.reason) if said else own


def moved(before: Status, after: Status, apart_ms: int) -> bool:
    """Whether something has happened to a breaker between two looks so far apart."""
    if mark(before) != mark(after):
        return True
    old, new = before.override, after.override
    return old is not None and new is not None and abs(old.left_ms - apart_ms - new.left_ms) > NEAR_MS
