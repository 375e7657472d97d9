"""A store that fails, in any way, is nobody's outage: no caller sees it, a breaker still trips and heals, and it catches up."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from kampkin.bundle import Bundle
from kampkin.local.dynamodb import LocalDynamoDB
from kampkin.local.ports import free_ports
from kampkin.local.status import BreakerStatus, from_dynamodb
from kampkin.names import names_for
from kampkin.plan import Route, TargetName, seal_endpoint, seal_plan

from .conftest import TARGETS, Stage, plan
from .faults import FAULTS, STATE, Between, proxy

REQUESTS = int(os.environ.get("KAMPKIN_REQUESTS", "100"))
REGION = "us-east-1"
HEARTBEAT_S = 2.5
"""Of the plan's window of 10 s."""


def endpoints() -> tuple[str, ...]:
    """A breaker for each fault, and two for stores that are killed."""
    return (*FAULTS, "killed", "away")


@dataclass
class Faulty:
    """Both edges, each with something between it and its store."""

    stage: Stage
    between: Between
    table: str
    direct: Any
    """A client of DynamoDB with nothing between."""

    def read(self, target: TargetName, breaker: str) -> BreakerStatus:
        """The record as the store has it, whether or not the edge can reach that."""
        if target == "cloudflare":
            return self.stage.edges.read(target, breaker)
        return from_dynamodb(self.direct, self.table, REGION, breaker)

    def switch(self, target: TargetName, mode: str) -> None:
        """Makes the store fail this way, or with an empty word heals it."""
        if target == "aws":
            self.between.mode = mode
        else:
            self.stage.edges.call("cart", "fault", mode)

    def force_open(self, target: TargetName, breaker: str) -> None:
        """A person's word, given to the store itself."""
        word = {"mode": "forced-open", "owner": "dana", "reason": "a test"}
        if target == "cloudflare":
            self.stage.edges.call(breaker, "override", word | {"forMs": 60_000}, "test/dana", breaker)
            return
        ov = {name: {"S": text} for name, text in word.items()} | {"until": {"N": "9999999999999"}}
        self.direct.update_item(
            TableName=self.table,
            Key={"pk": {"S": f"b#{breaker}#{REGION}"}, "sk": {"S": "state"}},
            UpdateExpression="SET ov = :ov",
            ExpressionAttributeValues={":ov": {"M": ov}},
        )


@pytest.fixture(scope="module")
def faulty(stage: Callable[..., Stage]) -> Iterator[Faulty]:
    """One stage for all faults: a breaker each."""
    (one,) = plan().endpoints
    made = seal_plan(
        project="faults",
        targets=plan().targets,
        endpoints=[
            seal_endpoint(
                **{name: getattr(one, name) for name in ("targets", "origin", "timeout_ms", "policy", "fallback")},
                name=name,
                route=Route(path=f"/{name}", prefix=True),
            )
            for name in endpoints()
        ],
    )

    def change(made: Bundle) -> Bundle:
        return replace(made, state=made.state | {"shipped.mjs": made.state["state.mjs"], "state.mjs": STATE})

    with ExitStack() as stack:
        (port,) = free_ports(1)
        table = names_for(made).table
        dynamodb = stack.enter_context(LocalDynamoDB(port, [table], REGION))
        dynamodb.ready()
        between = stack.enter_context(proxy(dynamodb.url))
        yield Faulty(stage(made, change, dynamodb_url=between.url), between, table, dynamodb.client())
        between.mode = ""


def hold(faulty: Faulty, target: TargetName, path: str, ask: Callable[..., Any], until: Callable[..., Any]) -> None:
    """One node: its callers get what the origin says, it opens, and it closes again."""
    origins, url = faulty.stage.origins, faulty.stage.edges.edges[target].nodes[0]
    assert {ask(url, path).status for _ in range(REQUESTS)} == {200}
    origins.fault(target, "500")
    statuses = [ask(url, path).status for _ in range(REQUESTS)]
    assert set(statuses) == {500, 503}
    assert statuses[:4] == [500] * 4
    origins.fault(target, "heal")
    until(lambda: ask(url, path).status == 200)
    until(lambda: all(ask(url, path).status == 200 for _ in range(5)))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("target", TARGETS)
def test_callers_notice_nothing_and_nodes_catch_up(
    faulty: Faulty, ask: Callable[..., Any], until: Callable[..., Any], target: TargetName, fault: str
) -> None:
    """The node works by itself under the fault; once that is over, both nodes hear of what was decided meanwhile."""
    try:
        for node in faulty.stage.edges.edges[target].nodes:
            assert ask(node, f"/{fault}").status == 200
        faulty.switch(target, fault)
        hold(faulty, target, f"/{fault}", ask, until)
    finally:
        faulty.switch(target, "")
    faulty.force_open(target, fault)
    for node in faulty.stage.edges.edges[target].nodes:
        until(lambda node=node: ask(node, f"/{fault}").status == 503, HEARTBEAT_S + 4)
        calls = faulty.stage.origins.count(target)
        assert {ask(node, f"/{fault}").status for _ in range(10)} == {503}
        assert faulty.stage.origins.count(target) == calls


@pytest.mark.parametrize("target", TARGETS)
def test_what_was_acknowledged_outlives_a_kill(faulty: Faulty, ask: Callable[..., Any], target: TargetName) -> None:
    """Killed in the middle of an outage, workerd with its objects or a Lambda environment: the next failure is the fifth."""
    edges, origins = faulty.stage.edges, faulty.stage.origins
    assert ask(edges.edges[target].nodes[0], "/killed").status == 200
    origins.fault(target, "500")
    try:
        for _ in range(4):
            edges.kill(target, 0)  # so that each is a fresh node's first outcome, told at once
            assert ask(edges.edges[target].nodes[0], "/killed").status == 500
            assert faulty.read(target, "killed").state == "closed"
        edges.kill(target, 0)
        assert ask(edges.edges[target].nodes[0], "/killed").status == 500
        opened = faulty.read(target, "killed")
        assert (opened.state, opened.why, opened.epoch) == ("open", "consecutive_failures", 1)
    finally:
        origins.fault(target, "heal")


@pytest.mark.parametrize("target", TARGETS)
def test_a_store_that_was_away_in_an_outage_still_says_what_it_acknowledged(
    faulty: Faulty, ask: Callable[..., Any], until: Callable[..., Any], target: TargetName
) -> None:
    """Alone, the node opens; the store, back again, still holds the two failures that it was told of, and one event follows."""
    origins, url = faulty.stage.origins, faulty.stage.edges.edges[target].nodes[0]
    assert ask(url, "/away").status == 200
    origins.fault(target, "500")
    try:
        assert ask(url, "/away").status == 500
        until(lambda: faulty.read(target, "away").streak == 1)
        faulty.switch(target, "refuses")
        until(lambda: ask(url, "/away").status == 503)
        assert (faulty.read(target, "away").state, faulty.read(target, "away").epoch) == ("closed", 0)
        faulty.switch(target, "")

        def opened() -> bool:
            ask(url, "/away")
            return faulty.read(target, "away").epoch >= 1

        until(opened)
        first, *_ = faulty.read(target, "away").events
        assert (first.epoch, first.to) == (1, "open")
    finally:
        faulty.switch(target, "")
        origins.fault(target, "heal")
