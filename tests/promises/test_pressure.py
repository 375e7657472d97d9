"""What an origin sees of an outage, played on the middleware and the store that ship."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import repeat

import pytest

from kampkin.conformance.core import Core
from kampkin.plan import Policy, Target
from kampkin.promises.arrivals import Arrivals
from kampkin.promises.cooldown import levels
from kampkin.promises.pressure import MINUTE_MS, pressure
from tests.promises.outage import LUCKY, RATES, calls, play, some_policy

SHARED = Target(store="durable-object")
LASTS_MS = 160_000
"""Within a minute and a half every cooldown has grown."""


@pytest.fixture(scope="module")
def core() -> Iterator[Core]:
    """The middleware and its store in Node."""
    with Core() as core:
        yield core


def probes_of(
    core: Core, policy: Policy, arrivals: Arrivals, takes_ms: int, coins: Iterator[int]
) -> list[tuple[int, int]]:
    """When the origin saw probes in an outage, and the breaker's level at each."""
    times = [arrivals.at(number) for number in range(arrivals.by(LASTS_MS))]
    seen = play(core, policy, calls(times, "500", takes_ms, coins))
    before = [0, *(one.level for _, one in seen)]
    return [(step.at_ms, level) for (step, one), level in zip(seen, before[:-1], strict=True) if one.verdict == "probe"]


def busiest(probes: list[tuple[int, int]]) -> int:
    """The most in any minute."""
    times = [at for at, _ in probes]
    return max((sum(at <= other < at + MINUTE_MS for other in times) for at in times), default=0)


@pytest.mark.parametrize("seed", range(40))
def test_no_minute_sees_more_probes(core: Core, seed: int) -> None:
    """With every coin lucky and every probe failing, at once or while others are under way, no minute sees more probes than
    promised, at first nor once the cooldown has grown."""
    dice = random.Random(seed)
    policy, arrivals = some_policy(dice), Arrivals(dice.choice(RATES))
    said = pressure(policy, "cloudflare", SHARED, arrivals)
    assert said.at_first.most <= said.requests == arrivals.within(MINUTE_MS)
    chance = (dice.randrange(10_000) for _ in repeat(None))
    takes = {0: repeat(LUCKY), arrivals.span(1): chance, arrivals.span(policy.max_probes): repeat(LUCKY)}
    for takes_ms, coins in takes.items():
        probes = probes_of(core, policy, arrivals, min(takes_ms, policy.probe_timeout_ms), coins)
        assert busiest(probes) <= said.at_first.most, takes_ms
        assert busiest([one for one in probes if one[1] + 1 >= levels(policy)]) <= said.grown.most, takes_ms


@pytest.mark.parametrize("seed", range(24))
def test_a_minute_sees_as_many(core: Core, seed: int) -> None:
    """Where one probe at a time fails at once and requests come at whole ms, the busiest minute sees exactly as many as promised,
    and so does the busiest once the cooldown has grown."""
    dice = random.Random(seed)
    lone = {"max_probes": 1, "failures": 1}
    policy = some_policy(dice).model_copy(update=lone)
    arrivals = Arrivals(dice.choice([rate for rate in RATES if 1_000 % rate == 0]))
    said = pressure(policy, "cloudflare", SHARED, arrivals)
    probes = probes_of(core, policy, arrivals, 0, repeat(LUCKY))
    assert busiest(probes) == said.at_first.most
    assert busiest([one for one in probes if one[1] + 1 >= levels(policy)]) == said.grown.most


@pytest.mark.parametrize(("max_probes", "failures"), [(3, 1), (10, 1), (3, 4)])
def test_several_probes_come_close_together(core: Core, max_probes: int, failures: int) -> None:
    """Where requests come close, a round takes all its leases and a failure more than is needed: the promise is reached, but for
    what such a round takes longer, here one round in twenty."""
    policy = Policy(
        consecutive_failures=1, cooldown_ms=4_000, cooldown_factor=1, cooldown_max_ms=4_000, cooldown_jitter_bp=0,
        max_probes=max_probes, failures=failures,
    )  # fmt: skip
    arrivals = Arrivals(Fraction(100))
    said = pressure(policy, "cloudflare", SHARED, arrivals)
    probes = probes_of(core, policy, arrivals, arrivals.span(max_probes), repeat(LUCKY))
    assert said.grown.most * 0.9 <= busiest(probes) <= said.grown.most


@pytest.mark.parametrize("admit_bp", [0, 1_000, 5_000])
def test_the_mean_is_bounded_by_the_share(core: Core, admit_bp: int) -> None:
    """Where a round needs many failures, luck alone bounds nothing: over many minutes there are no more probes than the share and one
    a second, and no fewer than two thirds of that."""
    policy = Policy(
        consecutive_failures=1, cooldown_ms=3_000, cooldown_factor=1, cooldown_max_ms=3_000, cooldown_jitter_bp=0,
        max_probes=10, failures=1_000, admit_bp=admit_bp,
    )  # fmt: skip
    arrivals = Arrivals(Fraction(10))
    said = pressure(policy, "cloudflare", SHARED, arrivals)
    dice = random.Random(3)
    probes = probes_of(core, policy, arrivals, 0, (dice.randrange(10_000) for _ in repeat(None)))
    mean = Fraction(len(probes) * MINUTE_MS, LASTS_MS)
    assert said.grown.mean * Fraction(2, 3) <= mean <= said.grown.mean
    if admit_bp == 0:
        assert busiest(probes) == said.grown.most == said.grown.mean


def test_monitor_keeps_nothing_back() -> None:
    """An origin whose breaker only monitors sees every request."""
    said = pressure(Policy(monitor=True), "cloudflare", SHARED, Arrivals(Fraction(10)))
    assert said.at_first.most == said.grown.most == 600
    assert said.share == 1
    assert "sees all 600 requests" in said.text


def test_it_says_whose_probes_are_counted_together() -> None:
    """A lease is of a store: what shares none has leases of its own."""
    stores = [
        (Target(store="durable-object"), "all nodes together"),
        (Target(store="dynamodb", regions=("us-east-1",)), "all nodes together"),
        (Target(store="dynamodb", regions=("eu-west-1", "us-east-1")), "all nodes of each of 2 regions together"),
        (Target(store="kv"), "each node"),
        (Target(store="memory"), "each node"),
    ]
    for target, scope in stores:
        assert pressure(Policy(), "aws", target, Arrivals(Fraction(10))).scope == scope
