"""Requests that come evenly spaced, as a clock of whole milliseconds sees them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from kampkin.errors import Cannot

SLOWEST = Fraction(1, 1_000)
FASTEST = Fraction(1_000)
MOST_DIGITS = 5
"""Beyond them the places in a slot of the window do not recur within any sensible time."""


@dataclass(frozen=True)
class Arrivals:
    """Request `n` comes at floor(n × 1000 / rate) ms; those before the one numbered 0 have negative numbers."""

    rate: Fraction
    """Requests a second."""

    def __post_init__(self) -> None:
        if not SLOWEST <= self.rate <= FASTEST or self.rate.numerator >= 10**MOST_DIGITS:
            expected = f"{float(SLOWEST):g} to {FASTEST}, with at most {MOST_DIGITS} digits: 10, 0.1 or 100/3"
            raise Cannot(f"a rate of {self.rate} requests a second is not reckoned with", expected)

    @cached_property
    def spacing(self) -> Fraction:
        """Ms between two of them."""
        return 1_000 / self.rate

    @cached_property
    def parts(self) -> tuple[int, int]:
        """The spacing's numerator and denominator: whole numbers are quicker, and some ask for millions."""
        return self.spacing.numerator, self.spacing.denominator

    def at(self, number: int) -> int:
        """When that one comes, ms."""
        numerator, denominator = self.parts
        return number * numerator // denominator

    def by(self, ms: int) -> int:
        """How many have come at that time or before it, from the one numbered 0 on."""
        return -(-(ms + 1) // self.spacing)

    def within(self, ms: int) -> int:
        """The most that come in any time so long."""
        return -(-ms // self.spacing)

    def span(self, steps: int) -> int:
        """The longest that so many steps from one to the next may take, ms."""
        return -(-steps * self.spacing.numerator // self.spacing.denominator)

    def surely(self, ms: int) -> int:
        """The fewest steps that always take so long."""
        return -(-ms // self.spacing)

    def possibly(self, ms: int) -> int:
        """The fewest steps that may take so long, at least one."""
        return max(1, (ms - 1) // self.spacing + 1)
