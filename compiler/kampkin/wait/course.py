"""Waiting: every edge is polled until all of them run what they should, or patience has ended. Time and looks are handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from kampkin.plan import TargetName
from kampkin.wait.standing import Look, Standing

EVERY_S = 5.0
SOON_S = 1.0
"""Between polls while an edge answers as it should, and only has not done so often enough."""

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
    """What all edges have come to. `tell` hears of each after each poll. Where patience ends within a row of answers that are
    as they should be there is one more poll: to say late that an edge is not live when it is would be worse."""
    standings, end, is_over = list(begun), clock.now() + patience_s, False
    while True:
        with ThreadPoolExecutor(max_workers=len(standings)) as pool:
            looking = [pool.submit(looks[one.wanted.target], clock.now()) for one in standings]
        standings = [one.after(look.result()) for one, look in zip(standings, looking, strict=True)]
        for one in standings:
            tell(one)
        in_a_row = any(one.is_agreeing for one in standings)
        left_s = end - clock.now()
        if all(one.is_live for one in standings) or (left_s <= 0 and (is_over or not in_a_row)):
            return standings
        is_over = left_s <= 0
        clock.rest(SOON_S if in_a_row else min(EVERY_S, left_s))
