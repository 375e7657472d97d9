"""How the promises say numbers. What bounds something is rounded up, never down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from kampkin.plan import TargetName

CLOUDS: dict[TargetName, str] = {"cloudflare": "Cloudflare", "aws": "AWS"}
MINUTES_FROM_MS = 120_000
HOURS_FROM_S = 3_600


@dataclass(frozen=True)
class Part:
    """A part of a time that is promised."""

    what: str
    """`for the store`"""
    ms: int


def total(parts: Sequence[Part]) -> int:
    """How long all of it takes, ms."""
    return sum(part.ms for part in parts)


def as_sum(parts: Sequence[Part]) -> str:
    """`300 ms for the store, 5 s for the origin`; parts that take no time are left out."""
    return ", ".join(f"{span(part.ms)} {part.what}" for part in parts if part.ms)


def span(ms: int) -> str:
    """`300 ms`, `5.4 s`, `4 min 12 s`, `1 h 3 min`."""
    if ms < 1_000:
        return f"{ms} ms"
    if ms < MINUTES_FROM_MS:
        return f"{-(-ms // 100) / 10:g} s"
    seconds = -(-ms // 1_000)
    if seconds < HOURS_FROM_S:
        return together((seconds // 60, "min"), (seconds % 60, "s"))
    minutes = -(-seconds // 60)
    return together((minutes // 60, "h"), (minutes % 60, "min"))


def together(*amounts: tuple[int, str]) -> str:
    """`4 min 12 s`, and nothing of what is 0."""
    return " ".join(f"{amount} {unit}" for amount, unit in amounts if amount)


def share(part: Fraction) -> str:
    """`0.5 %`, with two figures below 10 %."""
    percent = part * 100
    step = Fraction(1) if percent >= 10 else Fraction(1, 10) if percent >= 1 else Fraction(1, 100)
    return f"{float(-(-percent // step) * step):g} %"


def many(number: int | Fraction, what: str) -> str:
    """`1 call`, `2 calls`, `0.1 requests`, `10/3 requests`."""
    if Fraction(number).denominator == 1:
        return f"{int(number):,} {what}{'' if number == 1 else 's'}"
    exact = f"{float(number):g}"
    return f"{exact if Fraction(exact) == number else number} {what}s"


def moment(ms: int) -> str:
    """`2026-12-01 06:00:00 UTC`, from ms since 1970."""
    return f"{datetime.fromtimestamp(ms / 1_000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def clouds(targets: Sequence[TargetName]) -> str:
    """`Cloudflare and AWS`"""
    return " and ".join(CLOUDS[target] for target in targets)
