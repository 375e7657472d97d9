"""Waits, played on the middleware that ships, with a store and origins that do their worst."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Literal, get_args

import pytest

from kampkin.local.process import Process
from kampkin.plan import Alternate, Answer, Endpoint, FallbackEntry, Occasion, Origin, Policy, Stale, Target, TargetName
from kampkin.promises import promises
from kampkin.promises.waits import CLOUDFRONT_CONNECTS_MS, Wait
from kampkin.targets.aws.distribution import declared_origin
from tests.promises.machine import endpoint_of, program

LATE_MS = 299
"""The latest that a store answers and is heard."""
SLACK_MS = 4
"""What is missing from the promise where a store answers just in time, 1 ms for each time."""
SHARED: dict[TargetName, Target] = {
    "aws": Target(store="dynamodb", regions=("us-east-1",)),
    "cloudflare": Target(store="durable-object"),
}
ALONE: dict[TargetName, Target] = {"aws": Target(store="memory"), "cloudflare": Target(store="memory")}

Record = Literal["closed", "open", "due", "full"]
SCRIPTS = [script for length in range(3) for script in product(get_args(Record), repeat=length)]
"""What the store says, in turn, before it falls silent."""


@pytest.fixture(scope="module")
def edge() -> Iterator[Process]:
    """The middleware in Node."""
    with program("edge.mjs") as process:
        yield process


def some_endpoint(seed: int) -> Endpoint:
    """An endpoint of a seed: fallbacks of all kinds in any order, methods that may be repeated or not."""
    dice = random.Random(seed)
    policy = Policy(window_ms=1_000, probe_timeout_ms=dice.choice([100, 400, 2_000]), consecutive_failures=1)
    methods = dice.choice([None, None, ("GET", "POST"), ("POST",)])
    fallback = tuple(some_fallback(dice, number) for number in range(dice.randrange(6)))
    return endpoint_of(
        policy, dice.choice([100, 700, 2_000, 9_000]), methods=methods, fallback=fallback, large_bodies=seed % 4 == 0
    )


def some_fallback(dice: random.Random, number: int) -> FallbackEntry:
    """An entry of any kind, for any occasion."""
    when: tuple[Occasion, ...] = dice.choice([("open",), ("failure",), ("open", "failure")])
    roll = dice.random()
    if roll < 0.3:
        return Answer(when=when, status=503)
    if roll < 0.4:
        return Stale(when=when, max_age_ms=60_000)
    origin = Origin(scheme="https", host=f"other-{number}.test", port=443, path="")
    return Alternate(when=when, origin=origin, timeout_ms=dice.choice([300, 1_500]))


def waits_of(endpoint: Endpoint, targets: dict[TargetName, Target], target: TargetName) -> dict[str, Wait]:
    """What is promised on one target."""
    return {one.who: one for one in promises(endpoint, targets).waits if one.target == target}


def seen_of(edge: Process, endpoint: Endpoint, target: TargetName) -> Iterator[tuple[str, int]]:
    """Who waited for how long, whatever the store said; CloudFront's own part, which nothing here can play, as the worst of it."""
    at = {"endpoint": endpoint.to_json(), "target": target}
    cloudfront = CLOUDFRONT_CONNECTS_MS + edge.ask("reads", {"timeoutMs": endpoint.timeout_ms})
    later = {"handed back before": cloudfront + edge.ask("heard", at), "handed back after": cloudfront}
    for script, large in product(SCRIPTS, ("", "request", "answer") if target == "aws" else ("",)):
        says = [{"record": record, "lateMs": LATE_MS} for record in script]
        one = edge.ask("wait", {**at, "says": says, "large": large})
        yield one["who"].removesuffix(" before").removesuffix(" after"), one["tookMs"] + later.get(one["who"], 0)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("target", ["aws", "cloudflare"])
def test_no_caller_waits_longer(edge: Process, seed: int, target: TargetName) -> None:
    """Whatever the store says or keeps back, with every origin silent, nobody waits longer than promised, and somebody waits so
    long, but for 1 ms each time that the store answers."""
    endpoint = some_endpoint(seed)
    said = {who: wait.ms for who, wait in waits_of(endpoint, SHARED, target).items()}
    longest = dict.fromkeys(said, 0)
    for who, ms in seen_of(edge, endpoint, target):
        longest[who] = max(longest[who], ms)
    assert all(said[who] - SLACK_MS <= longest[who] <= said[who] for who in said), (said, longest)


@pytest.mark.parametrize("seed", range(0, 40, 5))
@pytest.mark.parametrize("target", ["aws", "cloudflare"])
def test_where_nothing_is_shared_nobody_waits_for_it(edge: Process, seed: int, target: TargetName) -> None:
    """With the store `memory` the waits are those for origins, to the millisecond."""
    some = some_endpoint(seed)
    quick = some.policy.model_copy(update={"probe_timeout_ms": some.timeout_ms})
    endpoint = some.model_copy(update={"large_bodies": False, "policy": quick})
    said = waits_of(endpoint, ALONE, target)
    first, second = edge.ask("alone", {"endpoint": endpoint.to_json(), "target": target, "callers": 2})
    assert (first, second) == (said["answered"].ms, said["rejected"].ms)


def test_the_waits_are_the_runtimes(edge: Process) -> None:
    """How long CloudFront connects is what the stack says; how long it reads is what the function tells it."""
    assert (declared_origin().connection_attempts, declared_origin().connection_timeout) == (
        1,
        CLOUDFRONT_CONNECTS_MS / 1_000,
    )
    for timeout_ms in (1, 3_999, 4_000, 4_001, 29_000, 60_001):
        wait = waits_of(endpoint_of(Policy(), timeout_ms, large_bodies=True), SHARED, "aws")["handed back"]
        (reads,) = (part.ms for part in wait.parts if part.what == "for CloudFront to hear")
        assert reads == edge.ask("reads", {"timeoutMs": timeout_ms})
