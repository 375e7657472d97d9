"""An estimate for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from kampkin.cost.bill import Bill, charged
from kampkin.cost.estimate import Asked, Estimate
from kampkin.cost.prices import DATE, MILLION, PRICES

CLOUDS = {"cloudflare": "Cloudflare", "aws": "AWS"}
Row = tuple[str, ...]


def as_text(asked: Asked, found: Sequence[Estimate]) -> str:
    """Tables: the bill of each cloud, a column for each kind of traffic, then its endpoints."""
    told = [f"{amount(asked.requests)} requests a month, US dollars, prices of {DATE}"]
    for target in dict.fromkeys(one.target for one in found):
        mine = [one for one in found if one.target == target]
        told += ["", *table(bill_table(target, mine))]
        told += [f"  {line}" for line in free_lines(mine)]
        if len(mine[0].endpoints) > 1:
            told += ["", *table(endpoint_table(mine))]
    told += [
        "",
        "Campion is the open-source edge breaker that Kampkin descends from; its store is billed for the same requests.",
    ]
    told += ["Counts are measured, docs/cost.md says how, and what is not in here."]
    return "\n".join(told)


def bill_table(target: str, mine: Sequence[Estimate]) -> list[Row]:
    """The bill of a cloud, line by line; the first row is the head."""
    bills = [one.bill for one in mine]
    rows: list[Row] = [(f"{CLOUDS[target]}, a month", *(one.traffic.name for one in mine))]
    if bills[0].base:
        rows.append(("Workers Paid", *(dollars(bill.base) for bill in bills)))
    for what in bills[0].quantities:
        rows.append((PRICES[what].what, *(charge(what, bill.quantities[what]) for bill in bills)))
    rows.append(("together", *(dollars(bill.month) for bill in bills)))
    rows.append(("a million requests, nothing included", *(dollars(bill.per_million, 4) for bill in bills)))
    rows.append(("  of it the store", *(dollars(bill.store_per_million, 4) for bill in bills)))
    rows.append(("  Campion's store", *(dollars(bill.campion_per_million, 4) for bill in bills)))
    rows.append(("  ours of Campion's", *(percent(bill.of_campion) for bill in bills)))
    rows.append(("calls of the store a second", *(figure(one.operations_per_s) for one in mine)))
    return rows


def endpoint_table(mine: Sequence[Estimate]) -> list[Row]:
    """What the store costs by endpoint; the first row is the head."""
    heads = (f"{one.traffic.name}, store per million" for one in mine)
    rows: list[Row] = [("endpoint", "requests", *heads)]
    for name, bill in mine[0].endpoints.items():
        stores = (dollars(one.endpoints[name].store_per_million, 4) for one in mine)
        rows.append((name, amount(bill.requests), *stores))
    return rows


def free_lines(mine: Sequence[Estimate]) -> list[str]:
    """Whether it fits Workers Free, with each kind of traffic."""
    if mine[0].target != "cloudflare":
        return []
    lines = []
    for one in mine:
        beyond = [
            f"{price.what}: {amount(used)} of {amount(price.free_a_day or 0)}" for price, used in one.bill.beyond_free()
        ]
        lines.append(f"Workers Free, {one.traffic.name}: {'no, a day has ' + '; '.join(beyond) if beyond else 'fits'}")
    return lines


def table(rows: Sequence[Row]) -> list[str]:
    """Rows as aligned lines: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]


def as_json(asked: Asked, found: Sequence[Estimate]) -> str:
    """The same for programs: dollars and quantities as numbers, a month's unless they say otherwise."""
    told = {
        "requests": asked.requests,
        "prices": {"date": DATE, "currency": "USD"},
        "estimates": [
            {
                "target": one.target,
                "traffic": one.traffic.name,
                "storeCallsPerSecond": one.operations_per_s,
                **bill_json(one.bill),
                "endpoints": {name: bill_json(bill) for name, bill in one.endpoints.items()},
            }
            for one in found
        ],
    }
    return json.dumps(told, indent=2)


def bill_json(bill: Bill) -> dict[str, Any]:
    """One bill."""
    beyond = [{"what": price.what, "aDay": used, "free": price.free_a_day} for price, used in bill.beyond_free()]
    return {
        "requests": bill.requests,
        "lines": [
            {"what": what, "quantity": used, "usd": charged(what, used)} for what, used in bill.quantities.items()
        ],
        "base": bill.base,
        "month": bill.month,
        "perMillion": bill.per_million,
        "storePerMillion": bill.store_per_million,
        "campionStorePerMillion": bill.campion_per_million,
        **({"beyondWorkersFree": beyond} if bill.target == "cloudflare" else {}),
    }


def charge(what: str, used: float) -> str:
    """What a month of it costs, or that it is included."""
    return "included" if 0 < used <= PRICES[what].included else dollars(charged(what, used))


def dollars(usd: float, places: int = 2) -> str:
    """`12.50`, and never a cost as nothing."""
    least = 10**-places
    return f"< {least:.{places}f}" if 0 < usd < least / 2 else f"{usd:,.{places}f}"


def percent(part: float) -> str:
    """`1.4 %`, with two figures below 10."""
    return f"{part * 100:.2g} %" if part < 0.1 else f"{part * 100:.0f} %"


def amount(count: float) -> str:
    """`100M`, `2.5B`, `300k`, with three figures."""
    for unit, times in (("B", 10**9), ("M", MILLION), ("k", 10**3)):
        if count >= times:
            return f"{count / times:.3g}{unit}"
    return f"{count:.3g}"


def figure(number: float) -> str:
    """With two figures, or as a whole number."""
    return f"{number:.2g}" if number < 100 else f"{number:,.0f}"
