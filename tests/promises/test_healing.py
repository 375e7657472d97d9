"""Healings, played on the middleware and the store that ship."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import repeat

import pytest

from kampkin.conformance.core import Core
from kampkin.plan import Policy
from kampkin.promises.arrivals import Arrivals
from kampkin.promises.cooldown import levels, longest
from kampkin.promises.healing import Healing, healing
from tests.promises.outage import RATES, UNLUCKY, calls, play, some_policy, step

SECOND_MS = 1_000
DAY_S = 86_400


@pytest.fixture(scope="module")
def core() -> Iterator[Core]:
    """The middleware and its store in Node."""
    with Core() as core:
        yield core


def last_probe(core: Core, policy: Policy) -> tuple[list[int], int]:
    """Failing calls, one a second, up to a probe that would open the breaker for its longest cooldown; and that probe's time."""
    times = list(range(0, 600_000, SECOND_MS))
    seen = play(core, policy, calls(times, "500", 0, repeat(UNLUCKY)))
    before = [0, *(one.level for _, one in seen)]
    at = next(
        step.at_ms
        for (step, one), level in zip(seen, before, strict=False)
        if one.verdict == "probe" and one.state == "open" and level >= max(1, levels(policy))
    )
    return [time for time in times if time < at], at


def back_in_service(core: Core, policy: Policy, said: Healing) -> tuple[int, int]:
    """From when the origin is well to full service, ms, and the last rejection in between: an outage whose last probe was sent just
    before the origin healed and fails as late as it can; then good answers, to requests of which one came 1 ms before the cooldown was
    over."""
    before, healed = last_probe(core, policy)
    opened = healed + policy.probe_timeout_ms
    missed = opened + longest(policy) - 1
    enough = said.arrivals.by(said.ms or 0) + 20
    times = [
        missed + said.arrivals.at(number) for number in range(-3, enough) if missed + said.arrivals.at(number) > opened
    ]
    steps = [
        *calls(before, "500", 0, repeat(UNLUCKY)),
        step(healed, "begin last", UNLUCKY),
        step(opened, "end last 500", UNLUCKY, DAY_S),
        *calls(times, "200", said.probe_ms, repeat(UNLUCKY)),
    ]
    seen = [(step.at_ms, one) for step, one in play(core, policy, steps) if step.at_ms >= opened]
    assert seen[0][1].state == "open" and seen[0][1].level > levels(policy)
    full = next(at for at, one in seen if one.state in ("ramp", "closed")) + policy.ramp_ms
    rejected = [at for at, one in seen if one.verdict == "reject"]
    assert all(at <= full for at in rejected), "it rejects, and is back in full service"
    return full - healed, max(rejected, default=opened) - healed


@pytest.mark.parametrize("seed", range(60))
def test_a_healed_origin_is_back_in_time(core: Core, seed: int) -> None:
    """With every coin unlucky and the next request just missed, full service is back at the very millisecond promised; where
    requests do not come at whole ms, up to 1 ms before; where all may probe, no later."""
    dice = random.Random(seed)
    policy, arrivals = some_policy(dice), Arrivals(dice.choice(RATES))
    said = healing(policy, arrivals, dice.choice([1, 100, 450, 1_000, 1_900]))
    if said.never:
        assert said.probe_ms >= policy.probe_timeout_ms
        said = healing(policy, arrivals, policy.probe_timeout_ms - 1)
    assert said.ms is not None
    came, rejected = back_in_service(core, policy, said)
    if policy.admit_bp == 10_000:
        assert came <= said.ms
        return
    assert said.ms - (arrivals.spacing.denominator > 1) <= came <= said.ms, said.text
    if policy.ramp_ms > arrivals.spacing:
        assert came - rejected <= arrivals.span(1), "the ramp rejects the unlucky to its end"


def test_where_no_probe_is_a_good_one_it_stays_open() -> None:
    """A probe that takes as long as its time-out fails; where slow calls trip, so does one that takes `slow_after`."""
    arrivals = Arrivals(Fraction(10))
    slow = Policy(probe_timeout_ms=2_000, slow_ratio_bp=5_000, slow_after_ms=800)
    assert healing(Policy(probe_timeout_ms=2_000), arrivals, 1_999).ms is not None
    assert healing(Policy(probe_timeout_ms=2_000), arrivals, 2_000).ms is None
    assert healing(slow, arrivals, 799).ms is not None
    assert healing(slow, arrivals, 800).ms is None
    assert "a probe that takes 800 ms is slow" in healing(slow, arrivals, 800).text


def test_where_nobody_is_kept_out_nobody_waits() -> None:
    """A breaker that only monitors has rejected nobody, whatever its record says."""
    said = healing(Policy(monitor=True), Arrivals(Fraction(10)), 9_000)
    assert said.ms == 0
    assert "in full service at once" in said.text
