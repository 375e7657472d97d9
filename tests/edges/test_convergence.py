"""Fifty nodes at once, in real time, on the Durable Object in workerd and on DynamoDB in moto."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kampkin.bundle import Bundle
from kampkin.local.toolchain import node
from kampkin.plan import Policy, TargetName

from .conftest import TARGETS, Stage

PROGRAM = Path(__file__).parents[1] / "runtime" / "nodes.mjs"
NODES = 50
REQUESTS = int(os.environ.get("KAMPKIN_REQUESTS", "600"))
EVERY_MS: dict[TargetName, int] = {"cloudflare": 5, "aws": 20}
"""moto does about 200 operations a second: past that its answers are late, and a node that waits for a lease goes alone."""

PATIENCE_S = 60 + REQUESTS // 20

FORWARD = b"""
    export default {
      async fetch(request, env) {
        const { breaker, delta } = await request.json();
        return Response.json(await env.STATE.get(env.STATE.idFromName(breaker)).sync(delta, breaker));
      },
    };
"""
"""A Worker that hands deltas to the object."""


@pytest.fixture(scope="module")
def set_up(stage: Callable[..., Stage]) -> Callable[[], Stage]:
    """Both stores, each with a way in."""

    def forwarding(made: Bundle) -> Bundle:
        return replace(made, worker={"main.mjs": FORWARD})

    return lambda: stage(change=forwarding, nodes=1)


def requests(target: TargetName) -> int:
    """As many as take the same time on each store."""
    return REQUESTS * EVERY_MS["cloudflare"] // EVERY_MS[target]


def run(stage: Stage, target: TargetName, policy: Policy, phases: list[dict[str, int]]) -> dict[str, Any]:
    """Lets the nodes live through the phases, then a heartbeat later each speak once more."""
    if target == "cloudflare":
        store: dict[str, str] = {"kind": "worker", "url": stage.url(target)}
    else:
        client, table, region = stage.edges.database()
        store = {"kind": "dynamodb", "url": client.meta.endpoint_url, "table": table, "region": region}
    beat_ms = min(10_000, policy.window_ms // 4) + 100
    said = {"store": store, "nodes": NODES, "policy": policy.to_json(), "phases": phases}
    said |= {"everyMs": EVERY_MS[target], "beatMs": beat_ms}
    done = subprocess.run(
        [node(), str(PROGRAM), json.dumps(said)], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    assert result.pop("wrong") == []
    return result


def counted(stage: Stage, target: TargetName) -> Mapping[str, int]:
    """What the record holds: successes and failures with a status."""
    if target == "cloudflare":
        buckets = stage.edges.call("cart", "read")["snapshot"]["buckets"]
        return {"200": sum(bucket[1] for bucket in buckets), "500": sum(bucket[3] for bucket in buckets)}
    client, table, region = stage.edges.database()
    key = {"pk": {"S": f"b#cart#{region}"}, "sk": {"S": "state"}}
    item = client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
    sums = {"o": 0, "s": 0}
    for name, value in item.items():
        if found := re.fullmatch(r"([os])0w\d+_\d+", name):
            sums[found[1]] += int(value["N"])
    return {"200": sums["o"], "500": sums["s"]}


@pytest.mark.parametrize("target", TARGETS)
def test_no_count_is_lost(set_up: Callable[[], Stage], target: TargetName) -> None:
    """Five in a hundred calls fail: the record holds every failure, and all successes but each node's newest."""
    stage = set_up()
    policy = Policy(window_ms=min(3_000_000, 12_000 + 4 * REQUESTS * EVERY_MS["cloudflare"]), consecutive_failures=0)
    came = run(stage, target, policy, [{"requests": requests(target), "failing": 5}])["came"]
    held = counted(stage, target)
    assert held["500"] == came["500"] > 0
    assert came["200"] - NODES <= held["200"] <= came["200"]
    assert stage.edges.read(target, "cart").epoch == 0


@pytest.mark.parametrize("target", TARGETS)
def test_each_transition_happens_once(set_up: Callable[[], Stage], target: TargetName) -> None:
    """Two outages: the epochs of the events are 1 to n without a gap, and never more probes than allowed."""
    stage = set_up()
    policy = Policy(
        window_ms=10_000,
        cooldown_ms=500,
        cooldown_max_ms=500,
        cooldown_factor=1,
        cooldown_jitter_bp=0,
        admit_bp=10_000,
        max_probes=3,
        probe_timeout_ms=1_000,
    )
    phases = [{"requests": requests(target) // 5, "failing": share} for share in (0, 100, 0, 100, 0)]
    done = run(stage, target, policy, phases)
    events = stage.edges.read(target, "cart").events
    assert [event.epoch for event in events] == list(range(1, len(events) + 1))
    assert [event.to for event in events].count("open") >= 2
    assert events[-1].to == "closed"
    assert 1 <= done["probesAtOnce"] <= 3
