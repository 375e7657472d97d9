"""The demo's outage, where the service cannot be told to fail: its path says when it does."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.live.calls import Answer, Caller

ENDPOINT = "api"
BREAKER: Mapping[str, Any] = {
    "window": "10s",
    "trip": {"consecutive_failures": 5},
    "cooldown": {"initial": "3s", "factor": 1, "max": "3s", "jitter": "0%"},
    "half_open": {"successes": 2},
}
HEALTHY_S = 3.0
FAILING_S = 8.0
LONGEST_S = 60.0
EVERY_S = 0.2

Events = Callable[[], Sequence[Mapping[str, Any]]]
"""The breaker's transitions, oldest first: each with `from`, `to` and `reason`."""


@dataclass
class Outage:
    """What callers and the breaker met."""

    answers: list[tuple[float, Answer]] = field(default_factory=list)
    """Each with when it came, in seconds since the first request."""
    states: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        """Callers who met the outage."""
        return sum(one.status is None or (one.status >= 400 and not one.rejected) for _, one in self.answers)

    @property
    def rejected(self) -> int:
        """Calls that the service was spared."""
        return sum(one.rejected for _, one in self.answers)

    @property
    def rejection_ms(self) -> float:
        """How long a rejection took, as the caller has it: the way to the edge and back."""
        return median([one.ms for _, one in self.answers if one.rejected] or [0.0])

    @property
    def problem(self) -> str | None:
        """What keeps the outage from having shown what a breaker is for."""
        if self.states[:2] != ("closed", "open"):
            return f"the breaker did not open: {', '.join(self.states) or 'nothing happened to it'}"
        if self.states[-1] != "closed" or "half-open" not in self.states:
            return f"the breaker did not close by its probes: {', '.join(self.states)}"
        if not self.rejected:
            return "no caller was answered by the breaker"
        if not self.answers or self.answers[-1][1].status != 200:
            return "callers were not served again"
        return None


def play(base: str, events: Events) -> Outage:
    """Calls on and on, before, in and after the outage, until the breaker has closed and a caller was served."""
    found, caller = Outage(), Caller(base)
    began = time.monotonic()
    first_ms = int((time.time() + HEALTHY_S) * 1000)
    path = f"/{ENDPOINT}/{first_ms}/{first_ms + int(FAILING_S * 1000)}/x"
    looked = 0.0
    try:
        while (now := time.monotonic() - began) < LONGEST_S:
            answer = caller.get(path)
            found.answers.append((now, answer))
            if now > HEALTHY_S + FAILING_S and now - looked > 1:
                looked, found.states = now, states_of(events())
                if found.problem is None:
                    break
            time.sleep(EVERY_S)  # the callers' rate, on real accounts
    finally:
        caller.close()
    found.states = states_of(events())
    return found


def states_of(events: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every state that the breaker has been in, in order."""
    return (events[0]["from"], *(one["to"] for one in events)) if events else ()
