"""Runtime and model, driven by the same traces, come to the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kampkin.conformance.core import Core
from kampkin.conformance.run import Played
from kampkin.conformance.vectors import EVENT, NODES, Step, Vector
from tests.model.breaker import play
from tests.model.traces import Trace, some_policy, trace

TRACES = int(os.environ.get("KAMPKIN_TRACES", "2000"))
EXAMPLES = 300


@pytest.fixture(scope="module")
def core() -> Iterator[Core]:
    """The runtime in one long-lived Node process."""
    with Core() as core:
        yield core


def both(core: Core, one: Trace) -> tuple[Played, Played]:
    """The trace on the runtime, and on the model."""
    return core.play(one.vector, one.policy, one.later), play(one.vector, (one.policy, one.later))


def difference(one: Trace, runtime: Played, model: Played) -> str:
    """The trace up to where the two part, as a vector's steps."""
    lines = [f"{one.vector.name}, {one.policy.model_dump(exclude_defaults=True)}"]
    for step, seen, other in zip(one.vector.steps, runtime.seen, model.seen, strict=True):
        lines.append(f"  {step.at_ms} {step.node} {step.event} coin {step.coin} after {step.after_s}: {seen}")
        if seen != other:
            return "\n".join([*lines, f"  the model says {other}"])
    return ""


def test_generated_traces_come_to_the_same(core: Core) -> None:
    """Under generated policies and traffic no verdict, wait, state, epoch or level differs; and the traces are worth it:
    at least 30 % of them reach half-open, and 10 % open again from there."""
    half_open = reopened = 0
    for seed in range(1, TRACES + 1):
        one = trace(seed)
        runtime, model = both(core, one)
        assert runtime.seen == model.seen, difference(one, runtime, model)
        states = [seen.state for seen in runtime.seen]
        half_open += "half-open" in states
        reopened += any(before in ("half-open", "ramp") and after == "open" for before, after in pairwise(states))
    assert half_open >= 0.3 * TRACES, f"{half_open} of {TRACES} reach half-open"
    assert reopened >= 0.1 * TRACES, f"{reopened} of {TRACES} open again"


def fits_an_item(one: Trace) -> bool:
    """Whether the trace is of what a DynamoDB item knows: no person's flip, which is kampkin.operate's to write, and no clock
    set back, of which only an object with a clock of its own can tell."""
    times = [step.at_ms for step in one.vector.steps]
    return times == sorted(times) and not any(step.part("flip") for step in one.vector.steps)


def test_the_dynamodb_store_comes_to_the_same(core: Core) -> None:
    """Over the item of a table, its conditions evaluated, every trace that fits ends as in the model."""
    played = 0
    for one in filter(fits_an_item, map(trace, range(1, TRACES // 2 + 1))):
        runtime = core.play(one.vector, one.policy, one.later, "dynamodb")
        model = play(one.vector, (one.policy, one.later))
        assert runtime.seen == model.seen, difference(one, runtime, model)
        played += 1
    assert played >= TRACES / 6, f"{played} of {TRACES // 2}"


events = st.one_of(
    st.sampled_from(["call 200", "call 200", "call 500", "call 500", "call timeout", "call network", "call void"]),
    st.sampled_from(["call 404", "begin x", "end x 200", "end x 500", "begin y", "end y 200", "end y timeout"]),
    st.sampled_from(["store down", "store up", "store lost", "restart", "deploy", "release", "wait"]),
    st.sampled_from(["override forced-open for 5s", "override forced-closed for 5s", "override monitor for 5s"]),
    st.sampled_from(["flip open", "flip half-open", "flip closed"]),
)
moments = st.sampled_from([0, 1, 100, 250, 1000, 2500, 5000, 10_000, 30_000, -1, -3000, -10_000, -10_001])


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """A policy, and a trace that shrinks to few and plain steps."""
    policy = some_policy(draw(st.randoms(use_true_random=False)))
    going: set[str] = set()
    steps: list[Step] = []
    now = 0
    for event, after_ms, node, coin in draw(
        st.lists(
            st.tuples(events, moments, st.sampled_from(NODES), st.sampled_from([0, 5000, 9999])),
            min_size=5,
            max_size=80,
        )
    ):
        found = EVENT.fullmatch(event)
        assert found, event
        if found["begin"] in going or (found["end"] and found["end"] not in going):
            continue
        going ^= {name for name in (found["begin"], found["end"]) if name}
        now = max(0, now + after_ms)
        steps.append(Step(now, event, "-", "closed", node=node, coin=coin))
    return Trace(Vector("shrunk", ("trace.generated",), {}, None, None, tuple(steps), "traces"), policy, policy)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
@given(one=traces())
def test_shrinkable_traces_come_to_the_same(core: Core, one: Trace) -> None:
    """The same under Hypothesis, which finds the smallest trace that differs."""
    runtime, model = both(core, one)
    assert runtime.seen == model.seen, difference(one, runtime, model)
