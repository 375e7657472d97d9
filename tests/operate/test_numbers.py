"""Sums over minutes are the runtime's: the same buckets, the same quantiles."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kampkin.local.toolchain import node
from kampkin.operate.numbers import BOUNDS, bucket_of, ms_of, numbers

METRICS = Path(__file__).parents[2] / "compiler" / "kampkin" / "runtime" / "metrics.mjs"
TIMES = [0, 1, 7, 19, 20, 21, 22, 23, 99, 100, 1_234, 59_999, 250_000, 300_000, 10_000_000]


@pytest.fixture(scope="module")
def runtime() -> dict[str, Any]:
    """What the runtime makes of the same times."""
    program = (
        f"import {{ bucketOf, msOf, quantile }} from {json.dumps(METRICS.as_uri())};"
        f"const times = {TIMES}; const buckets = times.map(bucketOf);"
        "const latency = [...new Set(buckets)].sort((a, b) => a - b).map((bucket) => [bucket, buckets.filter((b) => b === bucket).length]);"
        "console.log(JSON.stringify({ buckets, ms: buckets.map(msOf), latency, quantiles: [0.5, 0.9, 0.99].map((s) => quantile(latency, s)) }));"
    )
    run = subprocess.run([node(), "--input-type=module", "-e", program], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_buckets_are_the_runtimes(runtime: dict[str, Any]) -> None:
    """Where each time falls, and as what it is read."""
    assert [bucket_of(ms) for ms in TIMES] == runtime["buckets"]
    assert [ms_of(bucket_of(ms)) for ms in TIMES] == runtime["ms"]


def test_quantiles_are_the_runtimes(runtime: dict[str, Any]) -> None:
    """Over several minutes as over one."""
    halves = [runtime["latency"][::2], runtime["latency"][1::2]]
    found = numbers({"minute": at, "counts": {}, "latency": half} for at, half in enumerate(halves))
    assert [found.p50_ms, found.p90_ms, found.p99_ms] == runtime["quantiles"]


def test_a_bucket_is_read_within_five_percent() -> None:
    """From 20 ms on; below a ms is a bucket."""
    for ms in range(20, 300_000, 997):
        assert abs(ms_of(bucket_of(ms)) - ms) <= ms * 0.05
    assert [ms_of(bucket) for bucket in range(20)] == list(BOUNDS[:20])


def test_counts_are_added_up() -> None:
    """By what they are; a release to come may count more."""
    one = {
        "requests": 10,
        "success": 6,
        "timeout": 1,
        "rejectsOpen": 2,
        "rejectsForced": 1,
        "fallbacks": 1,
        "storeCalls": 3,
    }
    other = {"requests": 5, "service": 2, "network": 1, "void": 1, "probes": 2, "wouldReject": 4, "somethingNew": 9}
    found = numbers({"minute": at, "counts": counts, "latency": []} for at, counts in enumerate((one, other)))
    assert (found.requests, found.calls, found.failures, found.probes) == (15, 11, 4, 2)
    assert (found.rejects, found.rejected) == ({"open": 2, "forced": 1}, 3)
    assert (found.fallbacks, found.would_reject, found.store_calls) == (1, 4, 3)
    assert (found.p50_ms, found.p99_ms) == (None, None)


def test_nothing_is_nothing() -> None:
    """Neither a request nor a time."""
    found = numbers([])
    assert (found.requests, found.calls, found.rejected, found.p50_ms) == (0, 0, 0, None)
