"""Cooldowns, as the runtime reckons them."""

from __future__ import annotations

import random

from kampkin.plan import MAX_COOLDOWN_MS, Policy
from kampkin.promises.cooldown import levels, longest, shortest
from tests.promises.machine import program


def test_cooldowns_are_the_runtimes() -> None:
    """The shortest of each level, and the longest of all, to the millisecond: with the luckiest coin, and with the unluckiest where
    the origin asks for ever."""
    dice = random.Random(5)
    with program("machine.mjs") as machine:
        for _ in range(300):
            initial = dice.choice([1, 7, 999, dice.randrange(1, 60_000), MAX_COOLDOWN_MS])
            policy = Policy(
                cooldown_ms=initial,
                cooldown_factor=dice.choice([1, 2, 3, 10]),
                cooldown_max_ms=dice.choice([initial, MAX_COOLDOWN_MS, min(MAX_COOLDOWN_MS, initial * 9)]),
                cooldown_jitter_bp=dice.choice([0, 1, 2_000, 3_333, 9_999, 10_000]),
                obey_retry_after=dice.random() < 0.5,
            )
            for level in (0, 1, 2, 5, 40):
                least, most = machine.ask("cooldowns", {"policy": policy.to_json(), "level": level})
                assert shortest(policy, level) == least
                assert most <= longest(policy)
                assert (most == longest(policy)) or level < levels(policy)
