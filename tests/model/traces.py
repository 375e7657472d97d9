"""Traces: generated policies under generated traffic, from a seed, so that any of them can be played again."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from kampkin.conformance.run import EPOCH_MS
from kampkin.conformance.vectors import NODES, Step, Vector
from kampkin.plan import Override, Policy

HOUR_MS = 3_600_000
FAILURES = ("500", "503", "timeout", "network", "522")
NEUTRAL = ("404", "429", "void")


@dataclass(frozen=True)
class Trace:
    """A vector without verdicts, and the policies it is played under."""

    vector: Vector
    policy: Policy
    later: Policy


def trace(seed: int) -> Trace:
    """The trace of a seed: 40 to 80 events on one to three nodes."""
    dice = random.Random(seed)
    policy = some_policy(dice)
    steps = Traffic(dice, policy).steps()
    later = some_policy(dice) if dice.random() < 0.7 else policy
    return Trace(Vector(f"seed {seed}", ("trace.generated",), {}, None, None, steps, "traces"), policy, later)


def some_policy(dice: random.Random) -> Policy:
    """A policy that trips and heals within minutes."""
    slow = dice.random() < 0.3
    initial = dice.choice([500, 1000, 5000, 10_000])
    return Policy(
        window_ms=dice.choice([1000, 2500, 10_000, 30_000, 45_000]),
        network_failures=dice.choice([0, 0, 0, 2, 5]),
        service_failures=dice.choice([0, 0, 0, 2, 4]),
        consecutive_failures=dice.choice([0, 1, 2, 3, 5]),
        failure_ratio_bp=dice.choice([0, 1000, 3333, 5000, 10_000]),
        minimum_requests=dice.choice([1, 3, 5, 10]),
        slow_ratio_bp=dice.choice([1000, 5000, 10_000]) if slow else 0,
        slow_after_ms=dice.choice([300, 1000, 3000]) if slow else 0,
        cooldown_ms=initial,
        cooldown_factor=dice.choice([1, 2, 3]),
        cooldown_max_ms=initial * dice.choice([1, 2, 10]),
        cooldown_jitter_bp=dice.choice([0, 0, 2000, 10_000]),
        obey_retry_after=dice.random() < 0.3,
        admit_bp=dice.choice([0, 1000, 5000, 10_000]),
        max_probes=dice.choice([1, 2, 3, 10]),
        successes=dice.choice([1, 2, 3, 4]),
        failures=dice.choice([1, 1, 1, 2, 3]),
        probe_timeout_ms=dice.choice([500, 3000, 5000]),
        ramp_ms=dice.choice([0, 0, 0, 2000, 20_000]),
        monitor=dice.random() < 0.08,
        override=file_override(dice) if dice.random() < 0.08 else None,
        failure_statuses=dice.choice([((500, 500), (502, 504)), ((429, 429), (500, 599))]),
    )


def file_override(dice: random.Random) -> Override:
    """An override of the file, that ends early in the trace, late, or never."""
    mode = dice.choice(["forced-open", "forced-closed", "monitor"])
    until = EPOCH_MS + dice.choice([5000, 20_000, HOUR_MS])
    return Override.model_validate({"mode": mode, "until": until, "owner": "trace", "reason": "by chance"})


@dataclass
class Traffic:
    """What happens to a breaker of that policy: phases of health and sickness, with the rest strewn in."""

    dice: random.Random
    policy: Policy
    now: int = 0
    going: list[tuple[str, str]] = field(default_factory=list)
    """Calls that go on: id and node."""
    begun: int = 0

    def steps(self) -> tuple[Step, ...]:
        """The events, in the order of time but for the clock's own steps back."""
        nodes = self.dice.choice([1, 2, 2, 3])
        odd = self.dice.random() < 0.5
        found: list[Step] = []
        phase = 0
        sick = False
        for _ in range(self.dice.randint(40, 80)):
            if phase == 0:
                sick, phase = not sick, self.dice.randint(3, 14)
            phase -= 1
            self.pass_time(odd)
            found.append(self.event(NODES[self.dice.randrange(nodes)], sick, odd))
        return tuple(found)

    def pass_time(self, odd: bool) -> None:
        """Mostly moments, at times as long as a setting of the policy, to the ms before, at and after it."""
        policy, dice = self.policy, self.dice
        if odd and dice.random() < 0.03:
            self.now = max(0, self.now - dice.choice([1, 3000, 10_000, 10_001, 60_000]))
            return
        if dice.random() < 0.7:
            self.now += dice.choice([0, 1, 50, 100, 249, 250, 400, 1000, 1000, 2000])
            return
        exact = [policy.window_ms, policy.window_ms // 2, policy.cooldown_ms, policy.cooldown_max_ms]
        exact += [policy.probe_timeout_ms + 1000, policy.ramp_ms or 4000, policy.slow_after_ms or 10_000, HOUR_MS // 60]
        self.now += max(0, dice.choice(exact) + dice.choice([-1, 0, 0, 1]))

    def event(self, node: str, sick: bool, odd: bool) -> Step:
        """One event at this time."""
        dice = self.dice
        coin = dice.choice([0, 9999, dice.randrange(10_000)])
        after = dice.choice([None, None, 0, 1, 7, 100]) if self.policy.obey_retry_after else None
        roll = dice.random()
        if roll < 0.12 or (self.going and roll < 0.2):
            return self.going_on(node, sick, coin, after, end=bool(self.going) and dice.random() < 0.6)
        if odd and roll > 0.9:
            return self.odd_event(node, coin)
        return self.at(f"call {self.result(sick)}", node, coin, after)

    def going_on(self, node: str, sick: bool, coin: int, after: int | None, end: bool) -> Step:
        """A call that goes on begins, or one ends."""
        if end:
            name, node = self.going.pop(self.dice.randrange(len(self.going)))
            return self.at(f"end {name} {self.result(sick)}", node, coin, after)
        self.begun += 1
        name = f"c{self.begun}"
        self.going.append((name, node))
        return self.at(f"begin {name}", node, coin)

    def odd_event(self, node: str, coin: int) -> Step:
        """What is no traffic: the store's mishaps, fresh isolates, releases, people."""
        dice = self.dice
        events = ["store down", "store down", "store up", "store up", "store up", "store lost", "restart", "restart"]
        events += ["deploy", "release", "wait"]
        events += [f"flip {state}" for state in ("open", "half-open", "closed")]
        modes = ("forced-open", "forced-closed", "monitor")
        events += [f"override {mode} for {dice.choice(['1s', '10s', '1h'])}" for mode in modes]
        return self.at(dice.choice(events), node, coin)

    def result(self, sick: bool) -> str:
        """What a call comes to."""
        if self.dice.random() < (0.8 if sick else 0.06):
            return self.dice.choice(FAILURES)
        return self.dice.choice(NEUTRAL) if self.dice.random() < 0.15 else "200"

    def at(self, event: str, node: str, coin: int, after: int | None = None) -> Step:
        """The step; what it should come to is for the two readings to say."""
        name = next(letter for letter in NODES if letter == node)
        return Step(self.now, event, "-", "closed", node=name, coin=coin, after_s=after)
