"""What an origin sees of its callers while its breaker is open."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from kampkin.plan import Policy, Target, TargetName
from kampkin.promises.arrivals import Arrivals
from kampkin.promises.cooldown import BP, levels, shortest
from kampkin.promises.words import CLOUDS, many, share, span

MINUTE_MS = 60_000
CERTAIN_EVERY_MS = 1_000
"""runtime/breaker.mjs: without a probe for so long any request is one."""


@dataclass(frozen=True)
class Probes:
    """Of a minute in an outage."""

    most: int
    """Whatever the coins."""
    mean: Fraction
    """No more than this on average, since each request but one a second is a probe by `admit` alone."""


@dataclass(frozen=True)
class Pressure:
    """The most probes in any minute of an outage in which each of them fails; requests are evenly spaced."""

    target: TargetName
    arrivals: Arrivals
    at_first: Probes
    """Once it has opened."""
    grown: Probes
    """Once the cooldown has grown as long as it can."""
    cooldown_ms: int
    """The shortest then."""
    scope: str
    """Whose probes are counted together."""
    rejects: bool
    """False where it only monitors: then the origin sees everything."""
    proof: tuple[str, ...]

    @property
    def requests(self) -> int:
        """The most that come in a minute."""
        return self.arrivals.within(MINUTE_MS)

    @property
    def share(self) -> Fraction:
        """Of the requests of a minute, once the cooldown has grown."""
        return Fraction(self.grown.most, self.requests)

    @property
    def text(self) -> str:
        """In words."""
        where = f"On {CLOUDS[self.target]}"
        if not self.rejects:
            return (
                f"{where} the origin sees all {many(self.requests, 'request')} of a minute: the breaker only monitors."
            )
        return (
            f"{where} an origin that is down sees at most {amount(self.at_first)} a minute from {self.scope}, and once the "
            f"cooldown has grown, to {span(self.cooldown_ms)} at least, {amount(self.grown)}: {share(self.share)} of "
            f"{many(self.requests, 'request')}."
        )


def amount(probes: Probes) -> str:
    """`3 probes`, `90 probes (66 on average)`"""
    mean = math.ceil(probes.mean)
    return many(probes.most, "probe") + (f" ({mean} on average)" if mean < probes.most else "")


def pressure(policy: Policy, name: TargetName, target: Target, arrivals: Arrivals) -> Pressure:
    """What it comes to on one target."""
    grown = levels(policy)
    all_of_them = arrivals.within(MINUTE_MS)
    everything = Probes(all_of_them, Fraction(all_of_them))
    return Pressure(
        target=name,
        arrivals=arrivals,
        at_first=everything if policy.monitor else probes(policy, arrivals, 1),
        grown=everything if policy.monitor else probes(policy, arrivals, grown),
        cooldown_ms=shortest(policy, grown),
        scope=scope_of(target),
        rejects=not policy.monitor,
        proof=("monitor.passes",) if policy.monitor else PROOF,
    )


def probes(policy: Policy, arrivals: Arrivals, level: int) -> Probes:
    """Of a minute that begins with half-open, the cooldown after that being of this level."""
    requests = arrivals.within(MINUTE_MS)
    unlucky = -(-requests // arrivals.possibly(min(CERTAIN_EVERY_MS, shortest(policy, level))))
    rounds = used = 0
    while used < requests:
        used += arrivals.possibly(shortest(policy, level + rounds))
        rounds += 1
    most = min(requests, rounds * (policy.failures - 1 + policy.max_probes))
    if policy.admit_bp == 0:
        most = min(most, unlucky)
    return Probes(most, min(Fraction(most), Fraction(requests * policy.admit_bp, BP) + unlucky))


def scope_of(target: Target) -> str:
    """Who shares the leases."""
    if target.store == "durable-object":
        return "all nodes together"
    if target.store == "dynamodb":
        regions = len(target.regions)
        return "all nodes together" if regions == 1 else f"all nodes of each of {regions} regions together"
    return "each node"


PROOF = ("test_no_minute_sees_more_probes", "lease.max", "half.failures", "verdict.second")
