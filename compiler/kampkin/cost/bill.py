"""From counts to a bill. Arithmetic only; a month has 30 days."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kampkin.cost.measure import Measured, Store
from kampkin.cost.prices import FREE_CPU_MS, MILLION, OBJECT_GB, PRICES, WORKERS_PAID_USD, Part, Price
from kampkin.plan import TargetName

DAYS = 30
MONTH_S = DAYS * 86_400
LAMBDA_GB = 0.25
OBJECT_MS = 10
"""How long a Durable Object is taken to be busy with one call: what Cloudflare's own examples take."""

Quantities = Mapping[str, float]
"""How much of each price's thing."""


@dataclass(frozen=True)
class Setting:
    """What the measurement does not know."""

    cpu_ms: float
    """Processor time of a request at the edge."""
    response_gb: float = 0
    """What an answer has, where it is to be billed."""


def used(target: TargetName, store: Store, measured: Measured, setting: Setting) -> Quantities:
    """What one request uses, of the edge and of the store, on average over a run."""
    edge = worker_used(setting) if target == "cloudflare" else lambda_used(measured, setting)
    return edge | STORES[store](measured)


def worker_used(setting: Setting) -> dict[str, float]:
    """Of Workers. What is transferred costs nothing there."""
    return {"worker_requests": 1, "worker_cpu": setting.cpu_ms}


def lambda_used(measured: Measured, setting: Setting) -> dict[str, float]:
    """Of CloudFront and Lambda@Edge, which is billed by the whole millisecond, also those that it waits."""
    busy_ms = measured.busy_ms / measured.requests + math.ceil(setting.cpu_ms)
    transferred = {"cloudfront_out": setting.response_gb} if setting.response_gb else {}
    duration = busy_ms / 1000 * LAMBDA_GB
    return {"cloudfront_requests": 1, "lambda_invocations": 1, "lambda_duration": duration} | transferred


def object_used(measured: Measured) -> dict[str, float]:
    """Of the Durable Object."""
    counts = {name: count / measured.requests for name, count in measured.counts.items()}
    return {
        "object_requests": counts["requests"],
        "object_duration": counts["requests"] * OBJECT_MS / 1000 * OBJECT_GB,
        "rows_written": counts["rowsWritten"],
        "rows_read": counts["rowsRead"],
    }


def table_used(measured: Measured) -> dict[str, float]:
    """Of the DynamoDB table."""
    requests, counts = measured.requests, measured.counts
    return {"dynamodb_writes": counts["writeUnits"] / requests, "dynamodb_reads": counts["readUnits"] / requests}


def campion_used(target: TargetName, measured: Measured) -> Quantities:
    """What one of the same requests uses of Campion's store. On AWS reads are eventually consistent, and its Scan
    comes to the least that one can."""
    reads, lists, writes = (measured.campion[what] / measured.requests for what in ("reads", "lists", "writes"))
    if target == "cloudflare":
        return {"kv_reads": reads, "kv_lists": lists, "kv_writes": writes}
    return {"dynamodb_reads": (reads + lists) / 2, "dynamodb_writes": writes}


def keys_used(measured: Measured) -> dict[str, float]:
    """Of Workers KV."""
    return {f"kv_{what}": count / measured.requests for what, count in measured.counts.items()}


STORES: dict[Store, Callable[[Measured], dict[str, float]]] = {
    "durable-object": object_used,
    "kv": keys_used,
    "dynamodb": table_used,
    "memory": lambda _: {},
}


def together(shares: Iterable[tuple[float, Quantities]]) -> Quantities:
    """The sum of quantities, each so many times."""
    sum_: dict[str, float] = {}
    for times, quantities in shares:
        for what, amount in quantities.items():
            sum_[what] = sum_.get(what, 0) + times * amount
    return sum_


def listed(what: str, amount: float) -> float:
    """What it costs where nothing is included, US dollars."""
    price = PRICES[what]
    return amount / price.per * price.usd


def charged(what: str, amount: float) -> float:
    """What a month of it costs beyond what is included, US dollars."""
    return listed(what, max(0, amount - PRICES[what].included))


def total(quantities: Quantities, part: Part | None = None) -> float:
    """What quantities cost where nothing is included: all of them, or those of one part."""
    return sum(listed(what, amount) for what, amount in quantities.items() if part in (None, PRICES[what].part))


@dataclass(frozen=True)
class Bill:
    """A month on one cloud."""

    target: TargetName
    requests: float
    quantities: Quantities
    """Of the month."""
    campion: Quantities
    """Of Campion's store, of the month."""
    cpu_ms: float

    @property
    def base(self) -> float:
        """What the plan costs before anything is used."""
        return WORKERS_PAID_USD if self.target == "cloudflare" else 0

    @property
    def month(self) -> float:
        """All of it, with what is included taken off."""
        return self.base + sum(charged(what, amount) for what, amount in self.quantities.items())

    @property
    def per_million(self) -> float:
        """A million requests, with nothing included."""
        return total(self.quantities) / self.requests * MILLION

    @property
    def store_per_million(self) -> float:
        """The store's part of a million requests, with nothing included."""
        return total(self.quantities, "store") / self.requests * MILLION

    @property
    def campion_per_million(self) -> float:
        """Campion's store for a million of the same requests, with nothing included."""
        return total(self.campion) / self.requests * MILLION

    @property
    def of_campion(self) -> float:
        """Our store's bill as a share of Campion's."""
        return self.store_per_million / self.campion_per_million

    def beyond_free(self) -> list[tuple[Price, float]]:
        """What does not fit Workers Free, and how much of it a day brings; empty where all fits, or on AWS."""
        days = [(PRICES[what], amount / DAYS) for what, amount in self.quantities.items()]
        beyond = [
            (price, amount) for price, amount in days if price.free_a_day is not None and amount > price.free_a_day
        ]
        if self.target == "cloudflare" and self.cpu_ms > FREE_CPU_MS:
            cpu = Price("CPU of a request, ms", 0, PRICES["worker_cpu"].source, free_a_day=FREE_CPU_MS)
            beyond.append((cpu, self.cpu_ms))
        return beyond
