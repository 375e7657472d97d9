"""What the minutes of a breaker at a place come to: the last hour's, and counters that only grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kampkin.operate.edge import Minute
from kampkin.operate.numbers import Numbers, numbers

MINUTES = 60
AGAIN = 3
"""A node tells a minute with its next word after it, so the last ones are asked for again."""


@dataclass
class Tally:
    """Of one breaker at one place. A minute that is told again takes the place of what it was."""

    asked_ms: int | None = None
    """When minutes were asked for last."""
    minutes: dict[int, Minute] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    """Of the minutes that have left the hour."""
    latency: Counter[int] = field(default_factory=Counter)

    def wanted(self, minute: int) -> int:
        """The first minute that has to be asked for now."""
        first = minute - MINUTES + 1
        return first if self.asked_ms is None else max(first, self.asked_ms // 60_000 - AGAIN)

    def take(self, told: Iterable[Minute], at_ms: int) -> None:
        """Takes up what a place has told."""
        self.minutes.update((one["minute"], one) for one in told)
        self.asked_ms = at_ms
        for old in sorted(minute for minute in self.minutes if minute <= at_ms // 60_000 - MINUTES):
            left = self.minutes.pop(old)
            self.counts.update(left["counts"])
            self.latency.update(dict(left["latency"]))

    def hour(self, minute: int) -> Iterator[Minute]:
        """The last hour's minutes, up to this one."""
        return (one for at, one in sorted(self.minutes.items()) if minute - MINUTES < at <= minute)

    def totals(self) -> tuple[Counter[str], Counter[int]]:
        """All that was ever told here, by name and by bucket of latency: they only grow."""
        counts, latency = Counter(self.counts), Counter(self.latency)
        for one in self.minutes.values():
            counts.update(one["counts"])
            latency.update(dict(one["latency"]))
        return counts, latency


def summed(tallies: Iterable[Tally], minute: int) -> Numbers | None:
    """The last hour of several places together; None where none has told a minute of it."""
    minutes = [one for tally in tallies for one in tally.hour(minute)]
    return numbers(minutes) if minutes else None


def by_minute(tallies: Iterable[Tally], minute: int) -> list[Numbers]:
    """The last hour minute by minute, oldest first, all places together."""
    kept = list(tallies)
    return [
        numbers(tally.minutes[at] for tally in kept if at in tally.minutes)
        for at in range(minute - MINUTES + 1, minute + 1)
    ]
