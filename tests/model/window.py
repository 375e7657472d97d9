"""What was counted lately, in buckets (Arithmetic, Window)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

WIDTHS_MS = (100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000)
KEPT = 12
"""Buckets of one width."""
WIDTHS_KEPT = 2


class Counts(NamedTuple):
    """Of one bucket, of a window, or of one call."""

    ok: int = 0
    net: int = 0
    svc: int = 0
    slow: int = 0
    aged: int = 0

    @property
    def failures(self) -> int:
        return self.net + self.svc

    @property
    def requests(self) -> int:
        return self.ok + self.failures

    @property
    def pressing(self) -> bool:
        """Holds a failure or a slow call: what is judged, and told at once."""
        return self.failures + self.slow > 0

    def plus(self, other: Counts) -> Counts:
        return Counts(*(one + two for one, two in zip(self, other, strict=True)))


Aged = tuple[int, Counts]
"""A bucket and its age, in whole buckets before now."""


def width_of(window_ms: int) -> int:
    """The width of a window's buckets, ms."""
    return next(width for width in WIDTHS_MS if width * 10 >= window_ms)


@dataclass
class Sample:
    """Buckets by width and number, the widths in the order in which they were last counted in."""

    widths: dict[int, dict[int, Counts]] = field(default_factory=dict)

    def add(self, width: int, number: int, counts: Counts) -> None:
        """Counts into a bucket."""
        buckets = self.widths.pop(width, {})
        self.widths[width] = buckets
        buckets[number] = buckets.get(number, Counts()).plus(counts)
        while len(self.widths) > WIDTHS_KEPT:
            del self.widths[next(iter(self.widths))]

    def add_aged(self, width: int, now: int, buckets: Iterable[Aged]) -> None:
        """Counts what another clock has counted; what is too old is dropped."""
        for age, counts in buckets:
            if age < KEPT:
                self.add(width, now // width - age, counts)

    def aged(self, width: int, now: int) -> tuple[Aged, ...]:
        """The buckets kept of a width, by age; what is older is forgotten."""
        newest = now // width
        buckets = self.widths.get(width, {})
        for number in [one for one in buckets if newest - one >= KEPT]:
            del buckets[number]
        return tuple((max(0, newest - number), counts) for number, counts in buckets.items())

    def total(self, window_ms: int, now: int) -> Counts:
        """All that the window at `now` holds; its oldest bucket counts whole."""
        width = width_of(window_ms)
        total = Counts()
        for number, counts in self.widths.get(width, {}).items():
            if (number + 1) * width > now - window_ms:
                total = total.plus(counts)
        return total
