"""Outages and healings as vectors without verdicts, for the middleware and the store that ship: one node, one request at a time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction

from kampkin.conformance.core import Core
from kampkin.conformance.run import Seen
from kampkin.conformance.vectors import Step, Vector
from kampkin.plan import Policy

LUCKY, UNLUCKY = 0, 9_999
"""The coin that makes probes of requests and takes all jitter off; the one that makes none and adds it."""

Seens = list[tuple[Step, Seen]]


def step(at_ms: int, event: str, coin: int, after_s: int | None = None) -> Step:
    """An event; what comes of it is for the machine to say. `after_s`: the origin's own Retry-After."""
    return Step(at_ms, event, "-", "closed", coin=coin, after_s=after_s)


def calls(times: Sequence[int], result: str, takes_ms: int, coins: Iterator[int]) -> list[Step]:
    """Requests at these times, each with its result after so long; at the same time requests come first."""
    steps: list[tuple[int, bool, Step]] = []
    for number, at in enumerate(times):
        coin = next(coins)
        if takes_ms == 0:
            steps.append((at, False, step(at, f"call {result}", coin)))
            continue
        steps.append((at, False, step(at, f"begin r{number}", coin)))
        steps.append((at + takes_ms, True, step(at + takes_ms, f"end r{number} {result}", coin)))
    return [one for _, _, one in sorted(steps, key=lambda one: one[:2])]


def play(core: Core, policy: Policy, steps: Sequence[Step]) -> Seens:
    """What came of each step."""
    vector = Vector("promised", ("promised",), {}, None, None, tuple(steps), "promises")
    return list(zip(steps, core.play(vector, policy, policy).seen, strict=True))


def some_policy(dice: random.Random) -> Policy:
    """A policy that trips at once, and whose cooldown grows within a minute."""
    initial = dice.choice([1, 700, 1_000, 2_000, 5_000])
    return Policy(
        consecutive_failures=1,
        cooldown_ms=initial,
        cooldown_factor=dice.choice([1, 2, 3]),
        cooldown_max_ms=dice.choice([initial, 2 * initial, 7 * initial]),
        cooldown_jitter_bp=dice.choice([0, 2_000, 3_333, 10_000]),
        obey_retry_after=dice.random() < 0.2,
        admit_bp=dice.choice([0, 1_000, 1_000, 5_000, 10_000]),
        max_probes=dice.choice([1, 1, 2, 3, 10]),
        successes=dice.choice([1, 2, 3, 5, 8]),
        failures=dice.choice([1, 1, 1, 2, 5]),
        probe_timeout_ms=dice.choice([500, 2_000, 5_000]),
        ramp_ms=dice.choice([0, 0, 4_000]),
    )


RATES = [Fraction(text) for text in ("0.1", "0.5", "1", "3", "10", "12.5", "20", "1000/999")]
