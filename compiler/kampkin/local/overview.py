"""What `kampkin dev` shows of its breakers: the records of both edges, and how much was said about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kampkin.errors import Cannot
from kampkin.local.edges import LocalEdges
from kampkin.operate.aws import Region, Table
from kampkin.operate.cloudflare import Worker
from kampkin.operate.connect import policies
from kampkin.operate.edge import Edge, at_once
from kampkin.operate.lasting import lasting
from kampkin.operate.show import aligned, status_line
from kampkin.plan import Plan

MINUTES = 60
ME = "kampkin dev"


def places(plan: Plan, edges: LocalEdges, admin: str) -> Iterator[Edge]:
    """Where the running edges keep records; a store that shares none has no place."""
    if "cloudflare" in plan.targets and plan.targets["cloudflare"].store == "durable-object":
        yield Worker(edges.edges["cloudflare"].url, admin, ME, policies(plan, "cloudflare"))
    if "aws" in plan.targets and plan.targets["aws"].store == "dynamodb":
        for region in plan.targets["aws"].regions:
            client, table, _ = edges.database(region)
            yield Region(Table(client, table, region, lambda: ME), policies(plan, "aws"))


def overview(plan: Plan, places: Sequence[Edge], now_ms: int) -> str:
    """Each breaker at each place: its state, and what its nodes have told of the last hour's minutes. A place that does not
    answer is a line that says so."""
    rows: list[tuple[str, ...]] = []
    for edge, found in at_once(places, lambda edge: list(rows_of(plan, edge, now_ms))):
        rows += [("-", str(edge.place), "unknown", found.message)] if isinstance(found, Cannot) else found
    return aligned(sorted(rows)) or "no store here keeps a record"


def rows_of(plan: Plan, edge: Edge, now_ms: int) -> Iterator[tuple[str, ...]]:
    """The breakers of one place."""
    minute = now_ms // 60_000
    for name, status in edge.status(list(policies(plan, edge.place.target))).items():
        if isinstance(status, Cannot):
            yield name, str(edge.place), "unknown", status.message
            continue
        told = edge.minutes(name, minute - MINUTES, minute)
        requests, calls = (sum(one["counts"].get(field, 0) for one in told) for field in ("requests", "storeCalls"))
        breaker, place, state, words = status_line(status, now_ms)
        heard = ", ".join(f"{region} {lasting(max(0, now_ms - at))} ago" for region, at in sorted(status.heard.items()))
        yield (
            breaker,
            place,
            state,
            f"{calls} store calls for {requests} requests" if told else "no minute told yet",
            f"last sync {heard or 'never'}",
            words,
        )
