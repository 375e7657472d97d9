"""From counts to a bill, by figures that were reckoned by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from kampkin.cost.bill import LAMBDA_GB, MONTH_S, Bill, Setting, campion_used, together, used
from kampkin.cost.estimate import CPU_MS
from kampkin.cost.measure import LAMBDA_MOST_PER_S, QUIETEST_PER_S, Measured, load_of
from kampkin.targets.aws.function import MEMORY_MB

ROOT = Path(__file__).parents[2]
MILLION = 10**6
CAMPION = {"reads": 1000, "lists": 1000, "writes": 1000}


def measured(**counts: Any) -> Measured:
    """A run of 1,000 requests, each answered within 100 ms."""
    return Measured(1000, 1000, 100_000, ((),), counts, CAMPION)


def month(target: Any, store: Any, counts: Measured, requests: float, setting: Setting) -> Bill:
    """A month of so many requests."""
    ours = together([(requests, used(target, store, counts, setting))])
    return Bill(target, requests, ours, together([(requests, campion_used(target, counts))]), setting.cpu_ms)


def test_a_month_on_cloudflare() -> None:
    """100 M requests of 2 ms; a call of the object for every tenth, a row written for every fifth."""
    counts = measured(requests=100, rowsRead=100, rowsWritten=200)
    bill = month("cloudflare", "durable-object", counts, 100 * MILLION, Setting(2))
    requests = 90 * 0.30
    cpu = (200 - 30) * 0.02
    objects = (10 - 1) * 0.15
    assert bill.month == pytest.approx(5 + requests + cpu + objects)  # 20 M rows and 12,800 GB-s are included
    duration = 10 * MILLION * 0.010 * 0.128 / MILLION * 12.5
    store = 10 * 0.15 + 20 * 1.00 + 10 * 0.001 + duration
    assert bill.store_per_million == pytest.approx(store / 100)
    assert bill.per_million == pytest.approx((100 * 0.30 + 200 * 0.02 + store) / 100)


def test_a_month_on_aws() -> None:
    """100 M requests of 100 ms and a whole one of ours; a write unit for every tenth, a read unit for every hundredth."""
    counts = measured(writeUnits=100, readUnits=10, calls={})
    bill = month("aws", "dynamodb", counts, 100 * MILLION, Setting(0.2, response_gb=20e-6))
    lambda_ = 100 * 0.60 + 100 * MILLION * 0.101 * 0.25 * 0.00005001
    store = 10 * 0.625 + 1 * 0.125
    assert bill.month == pytest.approx(90 * 1.00 + lambda_ + store + (2000 - 1000) * 0.085)
    assert bill.store_per_million == pytest.approx(store / 100)


def test_what_campion_asks_of_its_store() -> None:
    """Healthy: a read, a list and a write a request; on AWS reads are halves of a unit."""
    one = measured(requests=1, rowsRead=0, rowsWritten=0)
    assert month("cloudflare", "durable-object", one, MILLION, Setting(0)).campion_per_million == pytest.approx(10.50)
    table = measured(writeUnits=1, readUnits=0)
    assert month("aws", "dynamodb", table, MILLION, Setting(0)).campion_per_million == pytest.approx(0.75)


def test_whether_workers_free_will_do() -> None:
    """100,000 requests a day fit and one more does not; rows and processor time have limits of their own."""
    little = measured(requests=10, rowsRead=10, rowsWritten=10)
    much = measured(requests=10, rowsRead=10, rowsWritten=1100)

    def beyond(counts: Measured, a_day: float, cpu_ms: float) -> list[str]:
        bill = month("cloudflare", "durable-object", counts, 30 * a_day, Setting(cpu_ms))
        return [price.what for price, _ in bill.beyond_free()]

    assert beyond(little, 100_000, 10) == []
    assert beyond(little, 100_001, 10) == ["Worker requests"]
    assert beyond(much, 100_000, 10) == ["Durable Object rows written"]
    assert beyond(little, 100_000, 11) == ["CPU of a request, ms"]


@pytest.mark.parametrize("target", ["cloudflare", "aws"])
@pytest.mark.parametrize("rate", [0.1, 1.0, 10.0, 100.0])
@pytest.mark.parametrize("a_month", [1, 1e4, 1e8, 1e11])
def test_a_load_is_of_the_traffic(target: Any, rate: float, a_month: float) -> None:
    """No node is busier than asked, than all requests make it, or than Lambda lets it be; and a run stays a few seconds."""
    load = load_of(target, a_month / MONTH_S, rate, 10_000)
    assert load.rate <= rate and load.nodes * load.rate <= max(a_month / MONTH_S, QUIETEST_PER_S) * 1.5
    assert target != "aws" or load.rate <= LAMBDA_MOST_PER_S
    assert load.stretch_s % 300 == 0
    assert load.nodes * load.rate * load.stretch_s <= 60_000


def test_defaults_are_what_was_measured_and_what_is_deployed() -> None:
    """Processor time is that of docs/performance.md, within a fifth; the function has the memory that it is billed for."""
    page = (ROOT / "docs" / "performance.md").read_text()
    for target, row in (("cloudflare", "compiled Worker"), ("aws", "compiled function")):
        found = re.search(rf"^\| {row} \| ([\d.]+) µs", page, re.MULTILINE)
        assert found and CPU_MS[target] == pytest.approx(float(found[1]) / 1000, rel=0.2)  # type: ignore[index]
    assert LAMBDA_GB == MEMORY_MB / 1024
