"""The outage: healthy, answering 500, hanging, healed. Each phase ends on what the breakers did, not on a clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kampkin.local.status import BreakerStatus
from kampkin.plan import TargetName

ENDPOINT = "api"
HANGING = "hanging"

EXPECTED = ("closed", "open", "half-open", "open", "half-open", "closed")
"""Tripped by the 500s, probed and opened again while the origin hangs, probed and closed once it has healed."""

HEALTHY_S = 6.0
AFTER_OPEN_S = 2.0
"""Long enough to be seen, well before the cooldown of demo.yaml ends: the first probe must meet the hang."""

HEALED_S = 6.0
LOOK_EVERY_S = 0.25
PHASE_LIMIT_S = 20.0
"""No phase takes longer, whatever the breakers do; the verdict at the end says what was missing."""


class Stage(Protocol):
    """What the outage is played on."""

    def read(self, target: TargetName) -> BreakerStatus:
        """The breaker's record, from the store itself."""

    def fault(self, mode: str) -> None:
        """Makes the origin fail this way from now on."""


@dataclass
class Phase:
    """A stretch of the outage, in seconds since the traffic began."""

    name: str
    began: float
    ended: float | None = None


@dataclass
class Outage:
    """The script as it is played: phases so far, and each breaker as last seen."""

    stage: Stage
    targets: tuple[TargetName, ...]
    on_phase: Callable[[str], None]
    on_look: Callable[[], None] = lambda: None
    phases: list[Phase] = field(default_factory=list)
    seen: dict[TargetName, BreakerStatus] = field(default_factory=dict)
    began: float = field(default_factory=time.time)

    def play(self) -> None:
        """Runs all phases; about 30 seconds."""
        self._phase("healthy", "heal")
        self._for(HEALTHY_S)
        self._phase("500s", "500")
        self._until(2)
        self._for(AFTER_OPEN_S)
        self._phase(HANGING, "hang")
        self._until(4)
        self._for(AFTER_OPEN_S)
        self._phase("healed", "heal")
        self._until(len(EXPECTED))
        self._for(HEALED_S)
        self.phases[-1].ended = self._now()

    def _phase(self, name: str, mode: str) -> None:
        if self.phases:
            self.phases[-1].ended = self._now()
        self.stage.fault(mode)
        self.phases.append(Phase(name, self._now()))
        self.on_phase(name)

    def _for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._look()

    def _until(self, states: int) -> None:
        """Until each breaker has been in as many states, closed at the start included."""
        end = time.monotonic() + PHASE_LIMIT_S
        while time.monotonic() < end:
            self._look()
            if all(len(status.events) + 1 >= states for status in self.seen.values()):
                return

    def _look(self) -> None:
        self.seen = {target: self.stage.read(target) for target in self.targets}
        self.on_look()
        time.sleep(LOOK_EVERY_S)

    def _now(self) -> float:
        return time.time() - self.began


def states_of(status: BreakerStatus) -> tuple[str, ...]:
    """Every state the breaker has been in, in order."""
    return ("closed", *(event.to for event in status.events))


def verdict(seen: Mapping[TargetName, BreakerStatus], sent: int, enough: int) -> str | None:
    """What keeps the demonstration from having shown what it claims; None when nothing does."""
    for target, status in seen.items():
        states = states_of(status)
        if states != EXPECTED:
            return f"{target} went {', '.join(states)}; expected {', '.join(EXPECTED)}"
    if sent < enough:
        return f"{sent} requests on each way; expected at least {enough}"
    return None
