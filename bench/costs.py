"""The tables of docs/cost.md: bills from measured counts, the issue's targets, the prices.

The counts are of virtual time and of a fixed seed, so the same code gives the same tables, whatever the machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bench.table import Table
from kampkin.cost.command import STORES, default
from kampkin.cost.estimate import Asked, Estimate, estimate
from kampkin.cost.measure import HEALTHY, TRAFFIC, Load, Measured, Meter, Run, Store, Traffic
from kampkin.cost.prices import DATE, PRICES
from kampkin.cost.show import CLOUDS, amount, bill_table, dollars, figure, percent
from kampkin.plan import Policy, TargetName

TARGETS: tuple[TargetName, ...] = ("cloudflare", "aws")
REQUESTS = 100e6
MANY = 1e9
"""A month, for the tables by rate: enough to keep several nodes busy at any of them."""
RATES = (0.1, 1.0, 10.0, 100.0)
KINDS: dict[str, tuple[TargetName, Store, tuple[float, ...]]] = {
    "Durable Object": ("cloudflare", "durable-object", RATES),
    "KV": ("cloudflare", "kv", RATES),
    "DynamoDB": ("aws", "dynamodb", RATES[:3]),
}
"""The stores that cost, and how busy a node may be: a Lambda environment serves at most 10 requests a second."""
STORE_OF = {target: name for name, (target, store, _) in KINDS.items() if store == STORES[target]}
LATENCY_MS = 100
TIMEOUT_MS = 5_000

ONSET_MS = 75_000
ONSET = Traffic("onset", ONSET_MS, 10**9, 10**9)
"""Healthy, then out of order, at no special point of a minute."""
WARM_MS = 30_000


@dataclass(frozen=True)
class Goal:
    """Something that issue 5 asks for: a most, and what was found on each cloud."""

    wanted: str
    most: float
    found: dict[TargetName, float]
    shares: bool = False

    def cell(self, target: TargetName) -> str:
        """What was found, and whether that is met."""
        value = self.found[target]
        return f"{percent(value) if self.shares else figure(value)}, {'met' if value <= self.most else 'missed'}"


def run(_rounds: int, _quick: bool) -> list[Table]:
    """All tables; rounds would all be the same."""
    with Meter() as meter:
        bills = [one for target in TARGETS for one in estimated(meter, STORE_OF[target], REQUESTS, 1)]
        rates = {kind: {rate: estimated(meter, kind, MANY, rate) for rate in KINDS[kind][2]} for kind in KINDS}
        return [
            *(whole_bill(target, bills) for target in TARGETS),
            *(by_rate(kind, rates[kind]) for kind in KINDS),
            goal_table([*share_goals(rates), *pace_goals(meter)]),
            price_table(),
        ]


def estimated(meter: Meter, kind: str, requests: float, rate: float) -> list[Estimate]:
    """The default breaker on one store, with every kind of traffic."""
    target, store, _ = KINDS[kind]
    served = [replace(one, stores={target: store}) for one in default({})]
    return estimate(meter, served, Asked(requests=requests, rate=rate, origin_ms=LATENCY_MS))


def whole_bill(target: TargetName, found: Sequence[Estimate]) -> Table:
    """Every line of a month's bill."""
    head, *rows = bill_table(target, [one for one in found if one.target == target])
    title = f"{CLOUDS[target]}: {amount(REQUESTS)} requests a month, 1 a second of each node, US dollars"
    return Table(title, ("", *head[1:]), [tuple(cell.strip() for cell in row) for row in rows])


def by_rate(kind: str, rates: dict[float, list[Estimate]]) -> Table:
    """The store's bill for how busy nodes are."""
    columns = ["requests a second of a node"]
    for traffic in TRAFFIC:
        columns += [traffic.name, "of Campion's"]
    table = Table(f"{kind}: the store for a million requests, nothing included, US dollars", columns)
    for rate, found in rates.items():
        cells = [(dollars(one.bill.store_per_million, 4), percent(one.bill.of_campion)) for one in found]
        table.rows.append((f"{rate:g}", *(text for pair in cells for text in pair)))
    return table


def share_goals(rates: dict[str, dict[float, list[Estimate]]]) -> Iterator[Goal]:
    """Our store's bill as a share of Campion's, healthy."""

    def found(target: TargetName, rate: float) -> float:
        of_kind = rates[STORE_OF[target]]
        (bill,) = (one.bill for one in of_kind[min(rate, max(of_kind))] if one.traffic is HEALTHY)
        return bill.of_campion

    for rate, most in ((100.0, 0.02), (1.0, 0.2), (0.1, 1.0)):
        note = ", on AWS at 10" if rate == 100 else ""
        wanted = f"store, of Campion's, at {rate:g} a second of a node{note}: {most:.0%}"
        yield Goal(wanted, most, {target: found(target, rate) for target in TARGETS}, shares=True)


def pace_goals(meter: Meter) -> Iterator[Goal]:
    """Calls of the store, and not syncs: on DynamoDB a sync may be several."""
    load = Load(nodes=40, rate=10, stretch_s=150)
    yield Goal(
        "healthy, 1,000 nodes at 10 a second (40 measured): calls of the store a second, 200",
        200,
        {target: 1000 / load.nodes * steadily(played(meter, target, HEALTHY, load), load) for target in TARGETS},
    )
    loads: dict[TargetName, Load] = {"cloudflare": Load(15, 100, 80), "aws": Load(60, 10, 80)}
    onset = {target: played(meter, target, ONSET, loads[target]) for target in TARGETS}
    yield Goal(
        "onset of an outage, first second: calls by a node in 250 ms, on average, 1",
        1,
        {target: mean_at_onset(measured) for target, measured in onset.items()},
    )
    yield Goal(
        "onset of an outage: calls by any one node in any 250 ms, 1",
        1,
        {target: most_at_onset(measured) for target, measured in onset.items()},
    )


def played(meter: Meter, target: TargetName, traffic: Traffic, load: Load) -> Measured:
    """The default breaker under a load."""
    return meter.measure(Run(target, STORES[target], Policy(), TIMEOUT_MS, traffic, load, LATENCY_MS))


def steadily(measured: Measured, load: Load) -> float:
    """Calls of all nodes together in a second, once they are warm."""
    warm = sum(at >= WARM_MS for times in measured.spoke for at in times)
    return warm / (load.stretch_s - WARM_MS / 1000)


def mean_at_onset(measured: Measured) -> float:
    """Calls of a node in a quarter of the outage's first second."""
    first = sum(ONSET_MS <= at < ONSET_MS + 1000 for times in measured.spoke for at in times)
    return first / len(measured.spoke) / 4


def most_at_onset(measured: Measured) -> int:
    """The most calls that any node made within 250 ms of one another."""
    failing = [[at for at in times if at >= ONSET_MS] for times in measured.spoke]
    return max(sum(at <= other < at + 250 for other in times) for times in failing for at in times)


def goal_table(goals: Sequence[Goal]) -> Table:
    """What was wanted and what was found."""
    table = Table("Wanted and found", ("at most", *(CLOUDS[target] for target in TARGETS)))
    table.rows += [(goal.wanted, *(goal.cell(target) for target in TARGETS)) for goal in goals]
    return table


def price_table() -> Table:
    """Every price, and where it was read."""
    table = Table(
        f"Prices of {DATE}, US dollars", ("", "price", "for", "included a month", "Workers Free, a day", "read at")
    )
    for price in PRICES.values():
        included = amount(price.included) if price.included else ""
        free = amount(price.free_a_day) if price.free_a_day else ""
        source = price.source if price.confirmed else f"{price.source}: not seen there, as others have it"
        each = "1" if price.per == 1 else "a million"
        table.rows.append((price.what, f"{price.usd:g}", each, included, free, source))
    return table
