"""How long a fault lasts until the breaker is open, and for how many callers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kampkin.plan import Endpoint, Policy, TargetName
from kampkin.promises.arrivals import Arrivals
from kampkin.promises.window import Failing, Trip, is_armed, latest_trip
from kampkin.promises.words import clouds, many, span

Fault = Literal["hang", "500s", "refused"]
Start = Literal["healthy", "empty"]

FAULTS: dict[Fault, str] = {"hang": "a hang", "500s": "a stream of 500s", "refused": "a stream of refused connections"}
STARTS: dict[Start, str] = {"healthy": "a healthy window", "empty": "an empty window"}
UNSEEN: dict[Fault, str] = {"hang": "no time-out", "refused": "no refused connection"}
"""What CloudFront does not tell of where it makes the calls."""
TOO_FEW = "too few requests come within its window"


@dataclass(frozen=True)
class Opening:
    """The longest from the first failing request until every further one is rejected, wherever in a slot of the window it
    comes; requests are evenly spaced, callers wait to the end, and what is answered is answered at once."""

    fault: Fault
    start: Start
    """What came before: as many requests with good answers, or none."""
    targets: tuple[TargetName, ...]
    arrivals: Arrivals
    trip: Trip | None
    """None: it may never open."""
    callers: int | None
    """Let through until then: with a hang they wait for their time-out, else their calls have failed."""
    never: str | None
    """Why it may never open."""
    proof: tuple[str, ...]

    @property
    def text(self) -> str:
        """In words."""
        subject = f"On {clouds(self.targets)} {FAULTS[self.fault]} at {many(self.arrivals.rate, 'request')} a second"
        if self.trip is None:
            never = "may never open" if self.never == TOO_FEW else "never opens"
            return f"{subject}, after {STARTS[self.start]}, {never} it: {self.never}."
        waiting = "let through to wait" if self.fault == "hang" else "failed"
        return (
            f"{subject}, after {STARTS[self.start]}, opens it within {span(self.trip.at_ms)} by {self.trip.rule}; "
            f"{many(self.callers or 0, 'caller')} {'is' if self.callers == 1 else 'are'} {waiting} until then."
        )


def openings(endpoint: Endpoint, arrivals: Arrivals) -> Iterator[Opening]:
    """One for each fault and start; more where targets differ."""
    for fault in FAULTS:
        unseen = tuple(one for one in endpoint.targets if one == "aws" and endpoint.large_bodies and fault in UNSEEN)
        seen = tuple(one for one in endpoint.targets if one not in unseen)
        for start in STARTS:
            if seen:
                yield opening(endpoint, arrivals, fault, start, seen)
            if unseen:
                why = f"CloudFront makes the calls and tells of {UNSEEN[fault]}"
                yield Opening(
                    fault, start, unseen, arrivals, None, None, why, ("test_what_cloudfront_calls_is_unseen",)
                )


def opening(
    endpoint: Endpoint, arrivals: Arrivals, fault: Fault, start: Start, targets: tuple[TargetName, ...]
) -> Opening:
    """Where the fault is seen."""
    failing = failing_of(endpoint, arrivals, fault, start)
    if fault == "500s" and not any(first <= 500 <= last for first, last in endpoint.policy.failure_statuses):
        why = "500 is not among its failure_statuses"
        return Opening(fault, start, targets, arrivals, None, None, why, ("outcome.listed",))
    if not is_armed(counting(failing)):
        why = "none of its rules counts that"
        return Opening(fault, start, targets, arrivals, None, None, why, ("rule.off",))
    trip = latest_trip(failing)
    if trip is None:
        return Opening(fault, start, targets, arrivals, None, None, TOO_FEW, PROOF)
    callers = arrivals.by(trip.at_ms) if fault == "hang" else trip.failed
    return Opening(fault, start, targets, arrivals, trip, callers, None, (*PROOF, RULES[trip.rule]))


def failing_of(endpoint: Endpoint, arrivals: Arrivals, fault: Fault, start: Start) -> Failing:
    """The calls of a fault; one that hangs is slow first where slow calls trip."""
    policy = endpoint.policy
    hangs = fault == "hang"
    is_slow = hangs and policy.slow_ratio_bp > 0 and policy.slow_after_ms <= endpoint.timeout_ms
    return Failing(
        policy=policy,
        arrivals=arrivals,
        network=fault != "500s",
        fails_ms=endpoint.timeout_ms if hangs else 0,
        slow_ms=policy.slow_after_ms if is_slow else None,
        healthy=start == "healthy",
    )


def counting(failing: Failing) -> Policy:
    """The policy without the rules that do not count such a failure at all."""
    off = {"service_failures" if failing.network else "network_failures": 0}
    return failing.policy.model_copy(update=off | ({"slow_ratio_bp": 0} if failing.slow_ms is None else {}))


PROOF = ("test_it_opens_when_promised", "test_no_place_in_a_slot_is_worse")
RULES = {
    "network_failures": "rule.network",
    "service_failures": "rule.service",
    "consecutive_failures": "rule.consecutive",
    "failure_ratio": "rule.ratio",
    "slow_ratio": "rule.slow-pending",
}
"""The vectors that prove what each rule says."""
