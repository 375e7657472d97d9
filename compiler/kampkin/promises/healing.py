"""How long a healed origin waits for all of its callers."""

from __future__ import annotations

from dataclasses import dataclass

from kampkin.plan import Policy
from kampkin.promises.arrivals import Arrivals
from kampkin.promises.cooldown import longest
from kampkin.promises.words import Part, as_sum, many, span, total

CERTAIN_EVERY_MS = 1_000
"""runtime/breaker.mjs: without a probe for so long any request is one."""


@dataclass(frozen=True)
class Healing:
    """The longest from when the origin is well, the breaker being open or half-open, until every request passes again.
    Requests are evenly spaced, the store answers at once, no lease is lost, and every probe succeeds after `probe_ms`."""

    arrivals: Arrivals
    probe_ms: int
    parts: tuple[Part, ...]
    """Empty where nobody was kept out."""
    never: str | None
    """Why it may stay open for ever."""
    proof: tuple[str, ...]

    @property
    def ms(self) -> int | None:
        """All of it; None: it may be for ever."""
        return None if self.never else total(self.parts)

    @property
    def text(self) -> str:
        """In words."""
        subject = f"At {many(self.arrivals.rate, 'request')} a second a healed origin"
        if self.never:
            return f"{subject} may never be back in full service: {self.never}."
        if not self.parts:
            return f"{subject} is in full service at once: the breaker only monitors, nobody was kept out."
        return f"{subject} is back in full service within {span(total(self.parts))}: {as_sum(self.parts)}."


def healing(policy: Policy, arrivals: Arrivals, probe_ms: int) -> Healing:
    """What it comes to where a probe takes so long."""
    if policy.monitor:
        return Healing(arrivals, probe_ms, (), None, ("monitor.passes",))
    if why := unanswered(policy, probe_ms):
        proof = ("half.slow",) if probe_ms < policy.probe_timeout_ms else ("half.failure", "outcome.timeout")
        return Healing(arrivals, probe_ms, (), why, proof)
    first_ms = arrivals.span(1) - 1  # a request that came 1 ms too early was rejected
    probes_ms = arrivals.span(1 + steps(policy, arrivals, probe_ms)) - arrivals.span(1) + probe_ms
    parts = (
        Part("for a last probe that times out", policy.probe_timeout_ms),
        Part("of cooldown", longest(policy)),
        Part("for the next request", first_ms),
        Part(f"for {many(policy.successes, 'good probe')}", probes_ms),
        Part("of ramp", policy.ramp_ms),
    )
    return Healing(arrivals, probe_ms, parts, None, PROOF)


def unanswered(policy: Policy, probe_ms: int) -> str | None:
    """Why no probe can be a good one."""
    if probe_ms >= policy.probe_timeout_ms:
        return f"a probe that takes {span(probe_ms)} is over its probe_timeout of {span(policy.probe_timeout_ms)}"
    if policy.slow_ratio_bp and probe_ms >= policy.slow_after_ms:
        return f"a probe that takes {span(probe_ms)} is slow, which is {span(policy.slow_after_ms)} or more"
    return None


def steps(policy: Policy, arrivals: Arrivals, probe_ms: int) -> int:
    """Requests from the first probe to the last one needed, where only the one a second that is certain is a probe, and a request
    waits for a free lease where `max_probes` are under way."""
    second = arrivals.surely(CERTAIN_EVERY_MS)
    lease = arrivals.surely(probe_ms + 1)
    further = policy.successes - 1
    return further * second + further // policy.max_probes * max(0, lease - policy.max_probes * second)


PROOF = ("test_a_healed_origin_is_back_in_time", "half.successes", "verdict.second", "ramp.end")
