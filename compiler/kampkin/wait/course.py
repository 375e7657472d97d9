"""Waiting: every edge is polled until all of them run what they should, or patience has ended. Time and looks are handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from kampkin.plan import TargetName
from kampkin.wait.standing import Look, Standing

EVERY_S = 5.0
SOON_S = 1.0
"""Between polls of edges that all answer as they should, and only have not done so often enough."""

Looks = Mapping[TargetName, Callable[[float], Look]]
"""How each edge is polled, at a time."""


class Clock(Protocol):
    """Time."""

    def now(self) -> float:
        """S since 1970."""

    def rest(self, seconds: float) -> None:
        """Waits."""


def wait(
    begun: Sequence[Standing], looks: Looks, clock: Clock, patience_s: float, tell: Callable[[Standing], None]
) -> list[Standing]:
    """What all edges have come to. `tell` hears of each after each poll."""
    standings, end = list(begun), clock.now() + patience_s
    while True:
        with ThreadPoolExecutor(max_workers=len(standings)) as pool:
            looking = [pool.submit(looks[one.wanted.target], clock.now()) for one in standings]
        standings = [one.after(look.result()) for one, look in zip(standings, looking, strict=True)]
        for one in standings:
            tell(one)
        left_s = end - clock.now()
        if left_s <= 0 or all(one.is_live for one in standings):
            return standings
        soon = all(one.fits and not one.is_rolling_out for one in standings)
        clock.rest(min(SOON_S if soon else EVERY_S, left_s))
