"""The Durable Object in Node takes the rows that it takes in workerd."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from kampkin.bundle import bundle
from kampkin.load import load
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.toolchain import node
from kampkin.plan import Policy

FOLDER = Path(__file__).parent
FILE = """
version: 1
targets: {cloudflare: {}}
endpoints: {cart: {origin: https://cart.example.com}}
"""
POLICY = Policy(consecutive_failures=1, cooldown_ms=1, cooldown_jitter_bp=0)


def delta(seq: int, **says: Any) -> dict[str, Any]:
    """A delta that says nothing but what is given."""
    silent = {
        "any": False,
        "head": 0,
        "tail": 0,
        "after": 0,
        "buckets": [],
        "probe": None,
        "ask": False,
        "metrics": None,
    }
    envelope = {"v": 1, "plan": "sha256:test", "node": "test/a", "seq": seq, "epoch": 0, "w": 5_000}
    return envelope | {"policy": POLICY.to_json()} | silent | says


MINUTE = {"ago": 1, "counts": {"requests": 3}, "latency": [[4, 3]]}
FAILED = {"buckets": [[0, 0, 0, 1, 0, 0]], "head": 1, "tail": 1}
DELTAS = [
    delta(1),
    delta(2, buckets=[[0, 3, 0, 0, 0, 0]], any=True),
    delta(2, buckets=[[0, 3, 0, 0, 0, 0]], any=True),
    delta(3, metrics=MINUTE),
    delta(4, metrics=MINUTE),
    delta(5, **FAILED),
    delta(6, epoch=1),
    delta(7, epoch=1, ask=True),
]


def in_workerd(folder: Path) -> list[list[int]]:
    """Rows read and written by each delta, as workerd counts them."""
    path = folder / "kampkin.yaml"
    path.write_text(FILE)
    plan = load(path).plan
    assert plan
    deployment = deployment_of(bundle(plan))
    assert deployment.workers
    state = deployment.workers["state"]
    modules = state["modules"] | {"counting.mjs": FOLDER.joinpath("counting.mjs").read_text()}
    workers = deployment.workers | {"state": state | {"main": "counting.mjs", "modules": modules}}
    with LocalEdges(replace(deployment, workers=workers), nodes=1) as edges:
        return [edges.call("cart", "count", delta, "cart") for delta in DELTAS]


def in_node() -> dict[str, Any]:
    """Rows read and written by each delta, as `kampkin cost` counts them, and all requests."""
    command = [str(node()), "--disable-warning=ExperimentalWarning", str(FOLDER / "object.mjs"), json.dumps(DELTAS)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 0, run.stderr
    said: dict[str, Any] = json.loads(run.stdout)
    return said


def test_rows_are_those_that_workerd_counts(tmp_path: Path) -> None:
    """A heartbeat, counts, what was heard before, a minute, the same minute again, a trip, an ask."""
    ours = in_node()
    assert ours["took"] == in_workerd(tmp_path)
    assert ours["requests"] == len(DELTAS)
