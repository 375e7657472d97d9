"""What is promised of an endpoint as a whole: its words, its proofs, and what holds instead."""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from kampkin.conformance.vectors import read_vectors
from kampkin.errors import Cannot
from kampkin.load import load
from kampkin.plan import Override, Plan, Policy, Target, TargetName
from kampkin.promises import HEARTBEAT_MAX_MS, Promises, promises
from kampkin.promises.opening import Opening
from kampkin.promises.words import Part, as_sum, many, moment, share, span
from tests.promises.machine import endpoint_of, program

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "promises.md"
EXAMPLE = re.compile(r"^```yaml kampkin\n(?P<file>.*?)^```\n.*?^```text\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)

TARGETS: dict[TargetName, Target] = {
    "aws": Target(store="dynamodb", regions=("us-east-1",)),
    "cloudflare": Target(store="durable-object"),
}


def of(policy: Policy, **fields: Any) -> Promises:
    """The promises of an endpoint with that policy."""
    return promises(endpoint_of(policy, **fields), TARGETS)


def opening(said: Promises, fault: str, target: TargetName = "cloudflare") -> Opening:
    """One opening, from an empty window."""
    (found,) = (one for one in said.openings if (one.fault, one.start) == (fault, "empty") and target in one.targets)
    return found


def varied() -> list[Promises]:
    """Promises of every kind there is."""
    policies = [
        Policy(),
        Policy(monitor=True),
        Policy(consecutive_failures=0, failure_ratio_bp=0, network_failures=1),
        Policy(consecutive_failures=0, failure_ratio_bp=0, service_failures=2),
        Policy(consecutive_failures=0, failure_ratio_bp=0, service_failures=10**6),
        Policy(consecutive_failures=0, failure_ratio_bp=0, slow_ratio_bp=5_000, slow_after_ms=50),
        Policy(consecutive_failures=0, failure_statuses=((503, 503),), probe_timeout_ms=100),
    ]
    return [of(policy, large_bodies=large) for policy in policies for large in (False, True)]


def test_every_proof_can_be_played() -> None:
    """A promise names its proofs: each is what a vector proves, or a test of this folder."""
    tests = {
        node.name
        for path in HERE.glob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }
    proven = {name for vector in read_vectors() for name in vector.proves}
    named: set[str] = set()
    for said in varied():
        for one in said.each:
            assert one.proof
            named.update(one.proof)
    assert named <= tests | proven
    page = PAGE.read_text()
    assert all(name in page for name in named), named


def test_the_page_shows_what_the_code_says(tmp_path: Path) -> None:
    """Each example of docs/promises.md is what its file promises."""
    examples = list(EXAMPLE.finditer(PAGE.read_text()))
    assert examples
    for example in examples:
        path = tmp_path / "kampkin.yaml"
        path.write_text(example["file"])
        plan = load(path).plan
        assert plan
        assert as_page(plan) == example["text"]


def as_page(plan: Plan) -> str:
    """All promises of a plan's endpoints, as the page prints them."""
    return "".join(f"{promises(endpoint, plan.targets).text}\n" for endpoint in plan.endpoints)


def test_the_numbers_of_the_page_are_the_codes() -> None:
    """The table of what an uncommon policy comes to."""
    rows = re.findall(r"^\| `(\{.*?\})` \| ([\d.]+) \| (.*?) \| (.*?) \|$", PAGE.read_text(), re.MULTILINE)
    assert len(rows) >= 4
    for trip, rate, fault, told in rows:
        policy = Policy(**{"consecutive_failures": 0, "failure_ratio_bp": 0} | ast.literal_eval(trip))
        endpoint = endpoint_of(policy)
        said = {f"{one.fault}, {one.start}": one for one in promises(endpoint, TARGETS, Fraction(rate)).openings}
        assert summary(said[fault]) == told


def summary(one: Opening) -> str:
    """An opening as the table of the page has it."""
    return (
        f"{span(one.trip.at_ms)}, {one.trip.rule}, {many(one.callers or 0, 'caller')}" if one.trip else f"{one.never}"
    )


def test_it_says_why_it_never_opens() -> None:
    """A status that is not listed, a rule that does not count, too few requests, a call that is not seen."""
    unlisted = opening(of(Policy(failure_statuses=((503, 503),))), "500s")
    assert unlisted.trip is None
    assert unlisted.text.endswith("never opens it: 500 is not among its failure_statuses.")
    lone = of(Policy(consecutive_failures=0, failure_ratio_bp=0, network_failures=1))
    assert opening(lone, "refused").trip
    assert opening(lone, "500s").text.endswith("never opens it: none of its rules counts that.")
    slow = of(Policy(consecutive_failures=0, failure_ratio_bp=0, slow_ratio_bp=1, slow_after_ms=9))
    assert opening(slow, "refused").never == opening(lone, "500s").never
    many_needed = opening(of(Policy(consecutive_failures=0, failure_ratio_bp=0, network_failures=10**6)), "refused")
    assert many_needed.text.endswith("may never open it: too few requests come within its window.")
    unseen = of(Policy(), large_bodies=True)
    assert opening(unseen, "hang", "aws").text.endswith("CloudFront makes the calls and tells of no time-out.")
    assert opening(unseen, "hang", "cloudflare").trip
    assert opening(unseen, "500s", "aws").trip


@pytest.mark.parametrize(
    ("mode", "words"),
    [("forced-open", "every caller is rejected"), ("forced-closed", "it cannot open"), ("monitor", "rejects nobody")],
)
def test_an_override_says_what_holds_instead(mode: Any, words: str) -> None:
    """Until it ends, which is said; the promises are those from then on."""
    override = Override(mode=mode, until=1_796_104_800_000, owner="dana", reason="CHG-1182")
    held, free = of(Policy(override=override)), of(Policy())
    (instead,) = held.instead
    assert instead.startswith(f"Until 2026-12-01 06:00:00 UTC it is on {mode}: ")
    assert words in instead
    assert held.text == f"{instead}\n{free.text}"
    assert free.instead == ()


def test_monitor_says_that_nobody_is_rejected() -> None:
    """Its record opens as ever."""
    said = of(Policy(monitor=True))
    assert said.instead == ("It only monitors: it opens and closes as said here, and rejects nobody.",)
    assert said.openings == of(Policy()).openings


def test_with_many_nodes_the_store_is_heard_at_the_heartbeat() -> None:
    """Where the store shares counts; where it does not, each opens by itself."""
    endpoint = endpoint_of(Policy(window_ms=4_000))
    shared = promises(endpoint, TARGETS).assumption
    assert shared.endswith("until they have spoken to the store: at most the heartbeat later, 1 s.")
    mixed = promises(endpoint, TARGETS | {"cloudflare": Target(store="kv")}).assumption
    assert mixed == f"{shared} On Cloudflare nodes share no counts: each opens by what it sees itself."
    alone = promises(endpoint, {name: Target(store="memory") for name in TARGETS}).assumption
    assert (
        alone == "One node is assumed. On AWS and Cloudflare nodes share no counts: each opens by what it sees itself."
    )


@pytest.mark.parametrize("window_ms", [1_000, 4_001, 30_000, 40_000, 3_000_000])
def test_the_heartbeat_is_the_runtimes(window_ms: int) -> None:
    """As long as node.mjs reckons."""
    policy = Policy(window_ms=window_ms)
    with program("machine.mjs") as machine:
        assert of(policy).heartbeat_ms == machine.ask("heartbeat", {"policy": policy.to_json()}) <= HEARTBEAT_MAX_MS


def test_only_the_targets_of_the_endpoint_promise() -> None:
    """An endpoint that is on one cloud promises nothing of the other."""
    said = of(Policy(), targets=("cloudflare",))
    assert {one.target for one in said.waits} == {one.target for one in said.pressures} == {"cloudflare"}
    assert "AWS" not in said.text


@pytest.mark.parametrize(
    "rate", [Fraction(0), Fraction(-1), Fraction(1, 1_001), Fraction(1_001), Fraction(999_999, 1_000)]
)
def test_a_rate_beyond_reckoning_is_refused(rate: Fraction) -> None:
    """With what is expected."""
    with pytest.raises(Cannot) as refused:
        promises(endpoint_of(Policy()), TARGETS, rate)
    assert f"{rate} requests a second" in refused.value.message
    assert "0.001 to 1000" in (refused.value.hint or "")


def test_bounds_are_rounded_up() -> None:
    """No text says less than was reckoned."""
    times = {
        0: "0 ms",
        999: "999 ms",
        1_000: "1 s",
        5_401: "5.5 s",
        119_999: "120 s",
        120_001: "2 min 1 s",
        240_000: "4 min",
    }
    times |= {3_599_001: "1 h", 3_600_001: "1 h 1 min", 86_400_000: "24 h"}
    assert {ms: span(ms) for ms in times} == times
    shares = {
        Fraction(1, 200): "0.5 %",
        Fraction(1, 3): "34 %",
        Fraction(1, 70): "1.5 %",
        Fraction(1): "100 %",
        Fraction(1, 9_000): "0.02 %",
    }
    assert {part: share(part) for part in shares} == shares
    assert [many(1, "call"), many(2_000, "call"), many(Fraction(1, 10), "call"), many(Fraction(10, 3), "call")] == [
        "1 call", "2,000 calls", "0.1 calls", "10/3 calls",
    ]  # fmt: skip
    assert as_sum((Part("for a", 300), Part("for b", 0), Part("for c", 5_000))) == "300 ms for a, 5 s for c"
    assert moment(0) == "1970-01-01 00:00:00 UTC"
