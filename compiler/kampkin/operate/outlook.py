"""What a change will come to, said before it is made and when it has been."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kampkin.operate import words
from kampkin.operate.edge import FlipState, Mode, Override, Status
from kampkin.operate.lasting import lasting
from kampkin.plan import Endpoint, Policy

HEARTBEAT_MS = 10_000
BEATS_A_WINDOW = 4
"""A node speaks with its store once in so much of its window, docs/state.md."""


def heartbeat_ms(policies: Iterable[Policy]) -> int:
    """How long it can take until every node that has requests has heard, of the slowest of these breakers."""
    return max((min(HEARTBEAT_MS, policy.window_ms // BEATS_A_WINDOW) for policy in policies), default=HEARTBEAT_MS)


def of_flip(endpoint: Endpoint, state: FlipState, statuses: Sequence[Status], now_ms: int) -> list[str]:
    """What a transition by hand leads to: as the records stand an override may decide in its place."""
    held = decided(statuses, now_ms)
    return held if statuses and all(one.override for one in statuses) else [by_itself(endpoint, state), *held]


def by_itself(endpoint: Endpoint, state: FlipState) -> str:
    """What a state entered by hand leads to where nothing goes before it."""
    policy = endpoint.policy
    if state == "open":
        return (
            f"callers get {answer(endpoint)} at once for about {lasting(policy.cooldown_ms)}; "
            "then it probes, and closes by itself when the service answers"
        )
    if state == "half-open":
        return (
            f"{policy.admit_bp / 100:g}% of the requests probe the service, at most {policy.max_probes} at a time; "
            f"{policy.successes} successes close it, {policy.failures} failed opens it"
        )
    return "every request goes to the service again; what failed before is forgotten"


def of_hold(mode: Mode, for_ms: int) -> str:
    """What an override leads to."""
    time = lasting(for_ms)
    return {
        "forced-open": f"callers are answered at once for {time}, no request reaches the service; then it is half-open and probes",
        "forced-closed": f"every request goes to the service for {time}, whatever becomes of it; then the breaker judges again",
        "monitor": f"every request goes to the service for {time}; what would have been rejected is counted and logged",
    }[mode]


def decided(statuses: Iterable[Status], now_ms: int) -> list[str]:
    """The overrides in force, which go before any state, and what ends them."""
    alike: dict[tuple[str, Override], tuple[Override, list[str]]] = {}
    for one in statuses:
        if said := one.override:
            alike.setdefault((one.breaker, replace(said, left_ms=0)), (said, []))[1].append(str(one.place))
    return [
        f"{breaker}, {', '.join(places)}: {words.held(said, now_ms)}; until then that decides about requests: "
        + ("only the file ends it" if said.in_file else f"`kampkin release {breaker}` first")
        for (breaker, _), (said, places) in alike.items()
    ]


OF_RELEASE = (
    "overrides set at run time end now: forced-open in half-open, the others where the breaker stands by itself"
)


def answer(endpoint: Endpoint) -> str:
    """What a caller is answered while it is open."""
    return "its fallback" if any("open" in entry.when for entry in endpoint.fallback) else "503 with Retry-After"


def acknowledged(statuses: Iterable[Status], heartbeat: int) -> str:
    """Where it stands in the store, and from when on it is obeyed."""
    places = {str(one.place): one.epoch for one in statuses}
    where = ", ".join(f"{place} (epoch {epoch})" if len(places) < 10 else place for place, epoch in places.items())
    return f"acknowledged by {where}; every request that starts more than {seconds(heartbeat)} from now obeys"


def seconds(ms: int) -> str:
    """A short time."""
    return f"{ms / 1000:g} s"
