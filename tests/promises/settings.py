"""Settings from a seed: policies of every rule and window, at every rate."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

from kampkin.plan import Policy
from kampkin.promises.arrivals import Arrivals

RATES = [Fraction(text) for text in ("0.1", "0.3", "1", "7/3", "10", "12.5", "33.3", "100", "437", "999", "1000")]
WINDOWS_MS = [1_000, 1_700, 2_500, 4_000, 10_000, 30_000, 45_000, 100_000, 3_000_000]
MOST_IN_A_WINDOW = 12_000
RULES = ("network_failures", "service_failures", "consecutive_failures", "failure_ratio_bp", "slow_ratio_bp")


@dataclass(frozen=True)
class Setting:
    """A policy, its endpoint's timeout, and the requests that come."""

    policy: Policy
    timeout_ms: int
    arrivals: Arrivals


def setting(seed: int) -> Setting:
    """The setting of a seed. Each rule in turn is armed alone; then any of them together."""
    dice = random.Random(seed)
    window_ms = dice.choice(WINDOWS_MS)
    arrivals = Arrivals(dice.choice([rate for rate in RATES if rate * window_ms / 1_000 <= MOST_IN_A_WINDOW]))
    timeout_ms = dice.choice([1, 300, 1_000, 2_000, 5_000, 29_000])
    lone = RULES[seed % (2 * len(RULES))] if seed % (2 * len(RULES)) < len(RULES) else None
    in_a_window = arrivals.within(window_ms)

    def armed(rule: str, value: int) -> int:
        return value if lone == rule or (lone is None and dice.random() < 0.5) else 0

    def some() -> int:
        """A number of calls: few, about as many as a window holds, or more."""
        few, about = dice.randint(1, 12), max(1, in_a_window + dice.randint(-2, 3))
        return dice.choice([few, max(1, in_a_window // 2), about, about, 2 * in_a_window + 2])

    policy = Policy(
        window_ms=window_ms,
        network_failures=armed("network_failures", some()),
        service_failures=armed("service_failures", some()),
        consecutive_failures=armed("consecutive_failures", some()),
        failure_ratio_bp=armed("failure_ratio_bp", dice.choice([1, 1_000, 3_334, 5_000, 9_000, 10_000])),
        minimum_requests=some(),
        slow_ratio_bp=armed("slow_ratio_bp", dice.choice([500, 5_000, 9_999])),
        slow_after_ms=dice.choice([1, timeout_ms // 3, timeout_ms - 1, timeout_ms, timeout_ms + 700]),
        failure_statuses=((500, 599),),
    )
    return Setting(policy, timeout_ms, arrivals)
