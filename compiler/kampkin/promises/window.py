"""When the rules of a policy open a breaker whose calls have begun to fail: the arithmetic of runtime/window.mjs and trip.mjs.

The window counts in slots, and its oldest slot counts whole. So how far it looks back depends on where in a slot it
looks: from `window` to `window` and a slot less a millisecond. When calls fail is known, so at each look a rule holds for a
range of looks back, and that is for a range of places in a slot at which the first failing request may have come. The
breaker is sure to be open once these ranges have covered the whole slot.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kampkin.plan import Policy
from kampkin.promises.arrivals import Arrivals

BP = 10_000
WIDTHS_MS = (100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000)
FAR_MS = 10**15


@dataclass(frozen=True)
class Trip:
    """The latest that a breaker opens."""

    at_ms: int
    """After the first failing request."""
    rule: str
    failed: int
    """Calls that have failed by then, the one that opens it among them."""
    phase_ms: int
    """How far into a slot the first failing request came, where it takes so long."""


@dataclass(frozen=True)
class Failing:
    """From request 0 on every call fails. Each before it had its answer at once, where the window was healthy; else there was
    none."""

    policy: Policy
    arrivals: Arrivals
    network: bool
    """Whether failures are the network's, or else the service's."""
    fails_ms: int
    """After its request a call has failed."""
    slow_ms: int | None
    """After its request a call is slow, no later than it fails; None where it never is."""
    healthy: bool

    @property
    def width(self) -> int:
        """Of a slot, ms: the smallest of which ten cover the window."""
        return next(width for width in WIDTHS_MS if width * 10 >= self.policy.window_ms)

    @property
    def settled_ms(self) -> int:
        """From then on all repeats itself: the window has held nothing but failures, at each place in a slot that comes."""
        period = math.lcm(self.arrivals.spacing.numerator, self.width)
        return self.fails_ms + self.policy.window_ms + self.width + period

    def live(self) -> Policy:
        """The policy without the rules for which the fullest window never holds enough."""
        policy, fullest = self.policy, self.policy.window_ms + self.width - 1

        def enough(number: int) -> bool:
            return self.arrivals.at(number - 1) <= fullest

        ratio = enough(policy.minimum_requests)
        keep = {
            "network_failures": self.network and enough(policy.network_failures),
            "service_failures": not self.network and enough(policy.service_failures),
            "failure_ratio_bp": ratio,
            "slow_ratio_bp": ratio and self.slow_ms is not None,
        }
        return policy.model_copy(update={rule: 0 for rule, kept in keep.items() if not kept})

    def looks(self) -> Iterator[tuple[int, int, int]]:
        """Whenever the breaker judges: the time, and how many calls have failed and how many were slow by then."""
        failed = slow = 0
        while True:
            fails_at = self.arrivals.at(failed) + self.fails_ms
            slow_at = FAR_MS if self.slow_ms is None else self.arrivals.at(slow) + self.slow_ms
            if (slow_at, slow) <= (fails_at, failed):
                slow += 1
                yield slow_at, failed, slow
            else:
                failed += 1
                yield fails_at, failed, slow

    def holding(self, now: int, failed: int, slow: int) -> Iterator[tuple[str, int, int]]:
        """The rules that hold now, in the order in which they are judged, each with the shortest and the longest look back (ms)
        for which it does."""
        policy = self.policy
        kind = "network_failures" if self.network else "service_failures"
        number = policy.network_failures if self.network else policy.service_failures
        if 0 < number <= failed:
            yield kind, now - self.arrivals.at(failed - number) - self.fails_ms, FAR_MS
        if 0 < policy.consecutive_failures <= failed:
            yield "consecutive_failures", 0, FAR_MS
        yield from self.ratio("failure_ratio", policy.failure_ratio_bp, now, failed, self.fails_ms)
        yield from self.ratio("slow_ratio", policy.slow_ratio_bp, now, slow, self.slow_ms or 0)

    def ratio(self, rule: str, ratio_bp: int, now: int, bad: int, after_ms: int) -> Iterator[tuple[str, int, int]]:
        """It looks back far enough to see `minimum_requests`, and not so far that too many good ones come in."""
        oldest = bad - self.policy.minimum_requests
        if ratio_bp == 0 or bad == 0 or (oldest < 0 and not self.healthy):
            return
        shortest = now - self.arrivals.at(oldest) - (after_ms if oldest >= 0 else 0)
        good = bad * (BP - ratio_bp) // ratio_bp
        longest = now - self.arrivals.at(-good - 1) - 1 if self.healthy else FAR_MS
        yield rule, shortest, longest


def latest_trip(failing: Failing) -> Trip | None:
    """The trip at the worst place in a slot; None where there is a place at which it never trips."""
    failing = replace(failing, policy=failing.live())
    if not is_armed(failing.policy):
        return None
    width, window, settled_ms = failing.width, failing.policy.window_ms, failing.settled_ms
    places = (1 << width) - 1
    """Those at which it has not tripped yet, a bit for each."""
    last, rule_of_last = 0, ""
    for now, failed, slow in failing.looks():
        if now > settled_ms:
            break
        for rule, shortest, longest in failing.holding(now, failed, slow):
            low, high = max(shortest - window, 0), min(longest - window, width - 1)
            taken = places & ring(low - now, high - low + 1, width) if low <= high else 0
            if taken:
                places ^= taken
                last, rule_of_last = taken, rule
        if not places:
            place = (last & -last).bit_length() - 1
            return Trip(now, rule_of_last, failed, (place + window) % width)
    return None


def is_armed(policy: Policy) -> bool:
    """Whether any rule can trip it."""
    counts = policy.network_failures or policy.service_failures or policy.consecutive_failures
    return bool(counts or policy.failure_ratio_bp or policy.slow_ratio_bp)


def ring(start: int, length: int, width: int) -> int:
    """So many bits from `start` on, round a ring of `width` bits."""
    bits = ((1 << length) - 1) << start % width
    return (bits | bits >> width) & ((1 << width) - 1)
