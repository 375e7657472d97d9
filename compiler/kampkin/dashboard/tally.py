"""What the minutes of a breaker at a place come to: the last hour's, and counters that only grow."""

from __future__ import annotations

import threading
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kampkin.operate.edge import Minute
from kampkin.operate.numbers import Numbers, numbers
from kampkin.plan import MINUTE_MS

MINUTES = 60
AGAIN = 3
"""A node tells a minute with its next word after it, so the last ones are asked for again."""

WHOLE_MS = 10 * MINUTE_MS
"""How often the whole hour is: a node that has slept tells its minutes late."""


class Pairs:
    """Buckets of latency and their calls, in a tenth of the room."""

    def __init__(self, pairs: Iterable[Sequence[int]]) -> None:
        self._flat = array("q", [number for pair in pairs for number in pair])

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self._flat[::2], self._flat[1::2], strict=True))


def compact(minute: Mapping[str, Any]) -> Minute:
    """A minute to be kept."""
    return {"minute": minute["minute"], "counts": dict(minute["counts"]), "latency": Pairs(minute["latency"])}


class Tally:
    """Of one breaker at one place. A minute that is told again takes the place of what it was. For any thread."""

    def __init__(self) -> None:
        self.tried_ms: int | None = None
        """When minutes were asked for last, whatever came of it."""
        self.asked_ms: int | None = None
        """When they were told last."""
        self._whole_ms: int | None = None
        self._minutes: dict[int, Minute] = {}
        self._counts: Counter[str] = Counter()  # of the minutes that have left the hour
        self._latency: Counter[int] = Counter()
        self._guard = threading.Lock()

    def wanted(self, now_ms: int) -> int:
        """The first minute that has to be asked for now."""
        first = now_ms // MINUTE_MS - MINUTES + 1
        if self.asked_ms is None or self._whole_ms is None or now_ms - self._whole_ms >= WHOLE_MS:
            return first
        return max(first, self.asked_ms // MINUTE_MS - AGAIN)

    def take(self, told: Iterable[Minute], first: int, at_ms: int) -> None:
        """Takes up what a place has told of the minutes from `first` on. Nothing of it where one of them is none."""
        kept = [compact(one) for one in told]
        with self._guard:
            self._minutes.update((one["minute"], one) for one in kept)
            self.asked_ms = at_ms
            if first <= at_ms // MINUTE_MS - MINUTES + 1:
                self._whole_ms = at_ms
            for old in sorted(minute for minute in self._minutes if minute <= at_ms // MINUTE_MS - MINUTES):
                left = self._minutes.pop(old)
                self._counts.update(left["counts"])
                self._latency.update(dict(left["latency"]))

    def hour(self, minute: int) -> list[Minute]:
        """The last hour's minutes, up to this one."""
        with self._guard:
            return [one for at, one in sorted(self._minutes.items()) if minute - MINUTES < at <= minute]

    def totals(self) -> tuple[Counter[str], Counter[int]]:
        """All that was ever told here, by name and by bucket of latency: they only grow."""
        with self._guard:
            counts, latency = Counter(self._counts), Counter(self._latency)
            for one in self._minutes.values():
                counts.update(one["counts"])
                latency.update(dict(one["latency"]))
        return counts, latency


def summed(tallies: Iterable[Tally], minute: int) -> Numbers | None:
    """The last hour of several places together; None where none has told a minute of it."""
    minutes = [one for tally in tallies for one in tally.hour(minute)]
    return numbers(minutes) if minutes else None


def by_minute(tallies: Iterable[Tally], minute: int) -> list[Numbers | None]:
    """The last hour minute by minute, oldest first, all places together. None for a minute that a place was not asked for
    after it was over."""
    kept = [*tallies]
    over = min((tally.asked_ms // MINUTE_MS if tally.asked_ms else 0 for tally in kept), default=0)
    told: dict[int, list[Minute]] = {}
    for one in (one for tally in kept for one in tally.hour(minute)):
        told.setdefault(one["minute"], []).append(one)
    return [
        numbers(told.get(at, ())) if at < over or at in told else None for at in range(minute - MINUTES + 1, minute + 1)
    ]


@dataclass(frozen=True)
class Hour:
    """The last hour of a breaker, all places together."""

    sums: Numbers | None
    each: list[Numbers | None]
    """Minute by minute, oldest first."""


class Hours:
    """The last hour of each breaker, reckoned anew when a minute is over or was told and not at every look."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[object, Hour]] = {}

    def of(self, breaker: str, tallies: Sequence[Tally], minute: int) -> Hour:
        """Up to a minute."""
        told = (minute, *((id(tally), tally.asked_ms) for tally in tallies))
        kept = self._kept.get(breaker)
        if kept is None or kept[0] != told:
            kept = told, Hour(summed(tallies, minute), by_minute(tallies, minute))
            self._kept[breaker] = kept
        return kept[1]
