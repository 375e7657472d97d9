"""The bill of a set of endpoints, from runs of each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kampkin.cost.bill import MONTH_S, Bill, Quantities, Setting, campion_used, together, used
from kampkin.cost.measure import TRAFFIC, Measured, Meter, Run, Store, Traffic, load_of
from kampkin.plan import Policy, TargetName

BUDGET = 10_000
"""Requests that a run plays, about."""
BUDGET_OF_ALL = 100_000
FEWEST = 2_000

CPU_MS: dict[TargetName, float] = {"cloudflare": 0.09, "aws": 0.1}
"""Processor time of a request, from the tables of docs/performance.md: compiled Worker, compiled function."""


@dataclass(frozen=True)
class Served:
    """An endpoint, as far as it costs."""

    name: str
    share: float
    """Of all requests, 0 to 1."""
    stores: dict[TargetName, Store]
    """The clouds that serve it."""
    policy: Policy
    timeout_ms: int


@dataclass(frozen=True)
class Asked:
    """What is to be estimated."""

    requests: float
    """A month."""
    rate: float
    """Requests a second of one node."""
    origin_ms: int
    """How long the origin takes to answer."""
    cpu_ms: float | None = None
    """None: `CPU_MS`."""
    response_gb: float = 0


@dataclass(frozen=True)
class Estimate:
    """A month of one kind of traffic on one cloud."""

    target: TargetName
    traffic: Traffic
    bill: Bill
    endpoints: dict[str, Bill]
    operations_per_s: float
    """Calls of all stores, on average."""


def estimate(meter: Meter, served: Sequence[Served], asked: Asked) -> list[Estimate]:
    """An estimate for each cloud that serves an endpoint, with each kind of traffic; all requests go to that cloud."""
    runs = dict(runs_of(served, asked))
    found = []
    for target in sorted({target for one in served for target in one.stores}, reverse=True):
        for traffic in TRAFFIC:
            mine = [(one, runs[one.name, target, traffic]) for one in served if target in one.stores]
            found.append(one_estimate(meter, target, traffic, mine, asked))
    return found


def runs_of(served: Sequence[Served], asked: Asked) -> Iterator[tuple[tuple[str, TargetName, Traffic], Run]]:
    """The runs that tell: fewer requests in each, the more of them there are."""
    kinds = {(one.policy, one.timeout_ms, one.share, target) for one in served for target in one.stores}
    budget = max(FEWEST, min(BUDGET, BUDGET_OF_ALL // (len(kinds) * len(TRAFFIC))))
    for one in served:
        for target, store in one.stores.items():
            load = load_of(target, asked.requests * one.share / MONTH_S, asked.rate, budget)
            for traffic in TRAFFIC:
                run = Run(target, store, one.policy, one.timeout_ms, traffic, load, asked.origin_ms)
                yield (one.name, target, traffic), run


def one_estimate(
    meter: Meter, target: TargetName, traffic: Traffic, mine: Sequence[tuple[Served, Run]], asked: Asked
) -> Estimate:
    """One cloud with one kind of traffic."""
    cpu_ms = CPU_MS[target] if asked.cpu_ms is None else asked.cpu_ms
    setting = Setting(cpu_ms, asked.response_gb)
    parts: list[tuple[Served, Measured, Quantities]] = []
    for one, run in mine:
        measured = meter.measure(run)
        parts.append((one, measured, used(target, run.store, measured, setting)))

    def bill(parts: Sequence[tuple[Served, Measured, Quantities]]) -> Bill:
        requests = sum(asked.requests * one.share for one, _, _ in parts)
        ours = together((asked.requests * one.share, quantities) for one, _, quantities in parts)
        campion = together((asked.requests * one.share, campion_used(target, measured)) for one, measured, _ in parts)
        return Bill(target, requests, ours, campion, cpu_ms)

    operations = sum(asked.requests * one.share * measured.operations / measured.requests for one, measured, _ in parts)
    endpoints = {part[0].name: bill([part]) for part in parts}
    return Estimate(target, traffic, bill(parts), endpoints, operations / MONTH_S)
