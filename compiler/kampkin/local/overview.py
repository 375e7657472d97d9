"""What `kampkin dev` shows of its breakers: what `kampkin status` shows of deployed ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kampkin.local.edges import LocalEdges
from kampkin.operate.aws import Region, Table
from kampkin.operate.board import board
from kampkin.operate.cloudflare import Worker
from kampkin.operate.connect import Reach, policies
from kampkin.operate.edge import Edge
from kampkin.operate.session import Session
from kampkin.operate.show import as_lines, complaints
from kampkin.plan import Plan

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
    """Each breaker at each place, the worst first. A place that does not answer is a line that says so."""
    seen = board(Session(plan, Reach(edges=list(places)), None), now_ms)
    return "\n".join(filter(None, [as_lines(seen), *complaints(seen.problems)])) or "no store here keeps a record"
