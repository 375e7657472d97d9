"""Openings, played on the breaker that ships."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import count

import pytest

from kampkin.local.process import Process
from kampkin.plan import Endpoint, Policy, TargetName
from kampkin.promises.arrivals import Arrivals
from kampkin.promises.opening import Opening, failing_of, openings
from tests.promises.machine import Opened, Outage, endpoint_of, play, program
from tests.promises.settings import RULES, Setting, setting

SETTINGS = 120
PLACES = 6
"""Places in a slot that are tried beside the worst."""


@pytest.fixture(scope="module")
def machine() -> Iterator[Process]:
    """The breaker in Node."""
    with program("machine.mjs") as process:
        yield process


@pytest.fixture(scope="module")
def edge() -> Iterator[Process]:
    """The middleware in Node."""
    with program("edge.mjs") as process:
        yield process


def outage_of(endpoint: Endpoint, one: Opening, phase_ms: int) -> Outage:
    """What was promised, at a place in a slot; long enough for all that can happen to have happened."""
    failing = failing_of(endpoint, one.arrivals, one.fault, one.start)
    return Outage(endpoint, one.arrivals, one.fault, one.start, phase_ms, failing.settled_ms)


def promised(one: Opening) -> Opened | None:
    """The promise as the machine would tell it."""
    return Opened(one.trip.at_ms, one.trip.rule, one.callers or 0) if one.trip else None


def test_it_opens_when_promised(machine: Process) -> None:
    """At the place in a slot that a promise names, the machine opens at that very millisecond, by that rule, and has let as many
    callers through; at no other place is it later. What may never open does not."""
    dice = random.Random(11)
    rules: Counter[str] = Counter()
    for seed in range(SETTINGS):
        one = setting(seed)
        endpoint = endpoint_of(one.policy, one.timeout_ms)
        width = failing_of(endpoint, one.arrivals, "hang", "empty").width
        for opening in openings(endpoint, one.arrivals):
            said = promised(opening)
            worst = opening.trip.phase_ms if opening.trip else dice.randrange(width)
            places = [worst, *(dice.randrange(width) for _ in range(PLACES))]
            first, *others = play(machine, [outage_of(endpoint, opening, place) for place in places])
            rules[said.rule if said else "never"] += 1
            if said is None:
                continue
            assert first == said, (seed, opening)
            for other in others:
                assert other and other.after_ms <= said.after_ms and other.callers <= said.callers, (
                    seed,
                    opening,
                    other,
                )
    assert all(rules[rule.removesuffix("_bp")] >= 10 for rule in RULES), rules
    assert rules["never"] >= 10, rules


def latest_of(machine: Process, endpoint: Endpoint, opening: Opening) -> Opened | None:
    """The latest that the machine opens, every place in a slot tried; None where there is one at which it does not."""
    width = failing_of(endpoint, opening.arrivals, opening.fault, opening.start).width
    opened = play(machine, [outage_of(endpoint, opening, place) for place in range(width)])
    found = [one for one in opened if one]
    return max(found, key=lambda one: (one.after_ms, one.callers)) if len(found) == width else None


@pytest.mark.parametrize("seed", range(40))
def test_no_place_in_a_slot_is_worse(machine: Process, seed: int) -> None:
    """Of a slot of 100 or 250 ms every place is tried: the latest opening is the promise, and where it may never open there is
    a place where it does not."""
    dice = random.Random(seed)
    one = setting(1_000 + seed)
    arrivals = Arrivals(Fraction(dice.choice(["0.3", "1", "7/3", "9.9", "10", "12.5", "33.3", "100"])))
    window_ms = dice.choice([1_000, 1_000, 2_500])
    number = max(1, arrivals.within(window_ms) + dice.randint(-2, 2))
    changes = {"window_ms": window_ms, "minimum_requests": number}
    changes |= {rule: number for rule in RULES[:3] if getattr(one.policy, rule)}
    endpoint = endpoint_of(one.policy.model_copy(update=changes), dice.choice([1, 130, 600, 1_050]))
    for opening in openings(endpoint, arrivals):
        said, latest = promised(opening), latest_of(machine, endpoint, opening)
        assert (latest and (latest.after_ms, latest.callers)) == (said and (said.after_ms, said.callers)), (
            seed,
            opening,
        )


@pytest.mark.parametrize(
    ("spacing_ms", "latest_ms"), [(1_000, 1_000), (1_001, 2_002), (1_099, 100 * 1_099), (1_100, None)]
)
def test_where_the_window_holds_just_enough(machine: Process, spacing_ms: int, latest_ms: int | None) -> None:
    """Two failures within a window of 1 s, whose oldest slot counts whole: up to 1 s apart they always open it, up to 1,099 ms
    once the second comes late enough in its slot, further apart never."""
    policy = Policy(window_ms=1_000, consecutive_failures=0, failure_ratio_bp=0, network_failures=2)
    endpoint = endpoint_of(policy)
    arrivals = Arrivals(Fraction(1_000, spacing_ms))
    refused = [one for one in openings(endpoint, arrivals) if one.fault == "refused"]
    for opening in refused:
        latest = latest_of(machine, endpoint, opening)
        assert (latest and latest.after_ms) == (opening.trip and opening.trip.at_ms) == latest_ms


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("target", ["aws", "cloudflare"])
def test_it_opens_when_promised_by_the_whole_way(edge: Process, seed: int, target: TargetName) -> None:
    """The same through the middleware and its store, which speak to each other as they do at the edge."""
    one = slow_setting(seed)
    endpoint = endpoint_of(one.policy, one.timeout_ms, targets=(target,))
    for opening in openings(endpoint, one.arrivals):
        if said := promised(opening):
            assert by_the_whole_way(edge, endpoint, target, opening) == said, (seed, opening)


@pytest.mark.parametrize("seed", range(12))
def test_what_cloudfront_calls_is_unseen(edge: Process, seed: int) -> None:
    """With `large_bodies` statuses alone open a breaker on AWS, as promised; hangs and refused connections never do."""
    one = slow_setting(seed)
    endpoint = endpoint_of(one.policy, one.timeout_ms, large_bodies=True)
    for opening in openings(endpoint, one.arrivals):
        if "aws" in opening.targets:
            seen = by_the_whole_way(edge, endpoint, "aws", opening)
            assert seen == promised(opening)
            assert (opening.fault == "500s") == ("cloudflare" in opening.targets)


def slow_setting(seed: int) -> Setting:
    """A setting of so few requests that each can go the whole way."""
    return next(
        one for number in count(0, 100) if (one := setting(seed + number)).arrivals.within(one.policy.window_ms) < 60
    )


def by_the_whole_way(edge: Process, endpoint: Endpoint, target: TargetName, opening: Opening) -> Opened | None:
    """When it opens at the worst place in a slot; None where it does not for several windows."""
    outage = outage_of(endpoint, opening, opening.trip.phase_ms if opening.trip else 0)
    short = replace(outage, until_ms=(opening.trip.at_ms if opening.trip else 5 * endpoint.policy.window_ms) + 10_000)
    said = edge.ask("outage", {**short.as_json(), "endpoint": endpoint.to_json(), "target": target})
    return Opened(said["afterMs"], said["rule"], said["callers"]) if said else None
