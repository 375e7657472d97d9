"""The DynamoDB store's own expressions, on moto: what the vectors cannot bring about with one call at a time on a node."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from kampkin.local.dynamodb import CREDENTIALS, LocalDynamoDB
from kampkin.local.ports import free_ports
from kampkin.local.toolchain import node
from kampkin.plan import Policy

PROGRAM = Path(__file__).with_name("sync.mjs")
TABLE, REGION = "breakers", "us-east-1"
NOW = 1_800_000_000_000
POLICY = Policy(consecutive_failures=3, failure_ratio_bp=0, max_probes=3, probe_timeout_ms=5_000)
HOUR_MS = 3_600_000

Sync = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[LocalDynamoDB]:
    """A table of breakers."""
    with LocalDynamoDB(free_ports(1)[0], [TABLE], REGION) as running:
        running.ready()
        yield running


@pytest.fixture
def sync(dynamodb: LocalDynamoDB, request: pytest.FixtureRequest) -> Sync:
    """Puts an item, where one is given, and sends deltas to its breaker; the snapshots they are answered with."""

    def sync(*deltas: dict[str, Any], item: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        breaker = request.node.name
        if item:
            key = {"pk": {"S": f"b#{breaker}#{REGION}"}, "sk": {"S": "state"}}
            dynamodb.client().put_item(TableName=TABLE, Item=key | item)
        credentials = {
            "accessKeyId": CREDENTIALS["AWS_ACCESS_KEY_ID"],
            "secretAccessKey": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        }
        said = {"url": dynamodb.url, "table": TABLE, "region": REGION, "credentials": credentials}
        argument = json.dumps(said | {"breaker": breaker, "deltas": deltas})
        run = subprocess.run([node(), PROGRAM, argument], capture_output=True, text=True, timeout=30, check=False)
        assert run.returncode == 0, run.stderr
        snapshots: list[dict[str, Any]] = json.loads(run.stdout)
        return snapshots

    return sync


numbers = count(1)


def delta(**says: Any) -> dict[str, Any]:
    """A delta that says nothing but what is given."""
    silent = {"any": False, "head": 0, "tail": 0, "after": 0, "buckets": [], "probe": None, "ask": False, "epoch": 0}
    envelope = {"v": 1, "plan": "sha256:test", "node": "test/a", "seq": next(numbers), "w": 5_000, "metrics": None}
    return envelope | {"at": NOW, "policy": POLICY.to_json()} | silent | says


def half_open(**more: Any) -> dict[str, Any]:
    """The item of a half-open breaker in its second epoch."""
    item = {"v": {"N": "1"}, "e": {"N": "2"}, "st": {"S": "half-open"}, "at": {"N": str(NOW - 1000)}, "lv": {"N": "0"}}
    return item | {name: {"N": str(value)} for name, value in more.items()}


def lease(until_ms: int, slot: int) -> int:
    """A lease as the item holds it."""
    return until_ms * 1000 + slot


def test_a_lease_that_ends_further_off_than_any_can_is_taken_over(sync: Sync) -> None:
    """A clock that was an hour ahead left its lease in the first slot: the next ask gets that slot."""
    (answer,) = sync(delta(epoch=2, ask=True), item=half_open(p0=lease(NOW + HOUR_MS, 0)))
    assert answer["lease"] == {"id": lease(NOW + 6_000, 0), "ttlMs": 6_000}


def test_a_live_lease_is_not(sync: Sync) -> None:
    """The next ask gets the next slot; with all of them taken it is told when to ask again."""
    live = {f"p{slot}": lease(NOW + 3_000, slot) for slot in range(3)}
    (answer,) = sync(delta(epoch=2, ask=True), item=half_open(p0=live["p0"]))
    assert answer["lease"]["id"] % 10 == 1
    (refused,) = sync(delta(epoch=2, ask=True), item=half_open(**live))
    assert (refused["lease"], refused["again"]) == (None, 3_000)


def test_counts_beside_the_result_of_a_lost_lease_are_counted(sync: Sync) -> None:
    """Three failures and the result of a probe of another epoch, in one delta to a closed breaker, open it."""
    stale = {"lease": lease(NOW, 0), "result": "timeout", "slow": False}
    (answer,) = sync(delta(buckets=[[0, 0, 0, 3, 0, 0]], head=3, tail=3, probe=stale))
    assert (answer["state"], answer["why"]) == ("open", "consecutive_failures")


def test_a_result_beside_counts_is_counted(sync: Sync) -> None:
    """A probe's result in its slot opens a half-open breaker again, though the delta brings counts too."""
    held = lease(NOW + 3_000, 0)
    failed = {"lease": held, "result": "service", "slow": False}
    (answer,) = sync(delta(epoch=2, buckets=[[0, 1, 0, 0, 0, 0]], any=True, probe=failed), item=half_open(p0=held))
    assert (answer["state"], answer["why"], answer["level"]) == ("open", "probe_failed", 1)


def test_a_failure_too_old_for_a_bucket_still_bears_on_the_streak(sync: Sync) -> None:
    """Only its number is told, and it is the third in a row."""
    first, second = sync(
        delta(buckets=[[0, 0, 0, 2, 0, 0]], head=2, tail=2),
        delta(at=NOW + 120_000, head=1, tail=1),
    )
    assert (first["streak"], second["state"]) == (2, "open")


def override(mode: str, until_ms: int) -> dict[str, Any]:
    """What a person has decided, as the item holds it."""
    words = {"mode": {"S": mode}, "owner": {"S": "dana"}, "reason": {"S": "a move"}}
    return {"ov": {"M": {**words, "until": {"N": str(until_ms)}}}}


def held(dynamodb: LocalDynamoDB, breaker: str, sk: str = "state", kind: str = "b") -> dict[str, Any]:
    """The breaker's item."""
    key = {"pk": {"S": f"{kind}#{breaker}#{REGION}"}, "sk": {"S": sk}}
    return dict(dynamodb.client().get_item(TableName=TABLE, Key=key).get("Item", {}))


FAILURES = {"buckets": [[0, 0, 0, 3, 0, 0]], "head": 3, "tail": 3}


@pytest.mark.parametrize("mode", ["forced-open", "forced-closed"])
def test_nothing_is_counted_under_a_forced_mode_that_the_node_has_not_heard_of(
    sync: Sync, dynamodb: LocalDynamoDB, request: pytest.FixtureRequest, mode: str
) -> None:
    """Three failures change no attribute; the node hears of the mode."""
    item = half_open() | {"st": {"S": "closed"}} | override(mode, NOW + 1)
    (answer,) = sync(delta(epoch=2, **FAILURES), item=item)
    assert (answer["state"], answer["override"]["mode"]) == ("closed", mode)
    assert not [name for name in held(dynamodb, request.node.name) if name.startswith(("s2", "k2"))]


def test_a_forced_mode_that_is_over_holds_back_nothing(sync: Sync) -> None:
    """`until` has come: the same failures open it, once its end is a transition of its own."""
    item = {"e": {"N": "2"}, "st": {"S": "closed"}, "at": {"N": str(NOW - 1000)}} | override("monitor", NOW + HOUR_MS)
    (answer,) = sync(delta(epoch=2, **FAILURES), item=item)
    assert answer["state"] == "open"
    item |= override("forced-open", NOW)
    (ended,) = sync(delta(epoch=2, **FAILURES), item=item)
    assert (ended["state"], ended["why"], ended["epoch"]) == ("half-open", "override_ended", 3)


def test_a_result_under_a_forced_mode_frees_its_lease_and_decides_nothing(
    sync: Sync, dynamodb: LocalDynamoDB, request: pytest.FixtureRequest
) -> None:
    """The slot is free again, and no tally has been begun."""
    lent = lease(NOW + 3_000, 0)
    failed = {"lease": lent, "result": "service", "slow": False}
    (answer,) = sync(delta(epoch=2, probe=failed), item=half_open(p0=lent) | override("forced-open", NOW + 1))
    assert answer["half"][:3] == [0, 0, 0]
    assert not {"p0", "x2"} & set(held(dynamodb, request.node.name))


def test_an_item_of_a_later_version_is_read_and_left_as_it_is(
    sync: Sync, dynamodb: LocalDynamoDB, request: pytest.FixtureRequest
) -> None:
    """Neither counts nor a result nor an ask changes it."""
    lent = lease(NOW + 3_000, 0)
    item = half_open(p0=lent) | {"v": {"N": "2"}}
    failed = {"lease": lent, "result": "service", "slow": False}
    answers = sync(delta(epoch=2, **FAILURES), delta(epoch=2, probe=failed), delta(epoch=2, ask=True), item=item)
    assert [(answer["state"], answer["lease"]) for answer in answers] == [("half-open", None)] * 3
    left = held(dynamodb, request.node.name)
    assert {name: left[name] for name in item} == item
    assert set(left) == {*item, "pk", "sk"}


def test_minutes_of_several_nodes_add_up(sync: Sync, dynamodb: LocalDynamoDB, request: pytest.FixtureRequest) -> None:
    """One item a minute, beside the record; two nodes told of the same minute at different times."""
    told = {"counts": {"requests": 3, "success": 3}, "latency": [[12, 2], [40, 1]]}
    sync(
        delta(metrics={"ago": 1, **told}),
        delta(at=NOW + 60_000, node="test/b", metrics={"ago": 2, **told}),
    )
    item = held(dynamodb, request.node.name, f"{NOW // 60_000 - 1:010}", kind="m")
    counted = {name: value["N"] for name, value in item.items() if name not in ("pk", "sk", "ttl")}
    assert counted == {"requests": "6", "success": "6", "l12": "4", "l40": "2"}


def test_a_transition_is_told_in_the_item_beside_it(
    sync: Sync, dynamodb: LocalDynamoDB, request: pytest.FixtureRequest
) -> None:
    """What tripped, with the numbers and when it probes."""
    sync(delta(at=NOW + 2_000, buckets=[[1, 0, 0, 3, 0, 0]], head=3, tail=3))
    event = held(dynamodb, request.node.name, "event#000000000001")
    assert event["id"] == {"S": f"aws/{REGION}/{request.node.name}/1-{NOW + 2_000}"}
    assert (event["from"]["S"], event["to"]["S"], event["reason"]["S"]) == ("closed", "open", "consecutive_failures")
    assert int(event["retryAt"]["N"]) > NOW
    numbers = {name: int(value["N"]) for name, value in event["numbers"]["M"].items()}
    assert (numbers["service"], numbers["streak"]) == (3, 3)
    assert 2_000 <= numbers["firstFailureAgoMs"] <= 7_000
