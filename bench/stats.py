"""What is said of many rounds: never one number without its spread."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """A median with its quartiles and the least value."""

    least: float
    low: float
    median: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """The spread of some values, at least one."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(min(values), low, median, high)


def ratios(values: Sequence[float], bases: Sequence[float]) -> Spread:
    """The spread of the ratios of each round: what is slow for both in a round falls out."""
    return spread([value / base for value, base in zip(values, bases, strict=True)])


def rotated(names: Sequence[str], rounds: int) -> Iterator[list[str]]:
    """The names in another order each round: each comes first, and follows each other one, equally often."""
    for number in range(rounds):
        at = number % len(names)
        order = [*names[at:], *names[:at]]
        yield order[::-1] if number // len(names) % 2 else order


def percent(ratio: float) -> str:
    """A ratio as what it adds: 1.034 is `+3.4 %`."""
    return f"{(ratio - 1) * 100:+.1f} %"
