"""The breaker with each of the stores, on the real workerd and the real Node host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kampkin.errors import Cannot
from kampkin.plan import Plan, Policy, Target, TargetName, seal_plan

from .conftest import Stage, plan

REGIONS = ("eu-west-1", "us-west-2")
MINUTE = Policy(cooldown_ms=60_000, cooldown_max_ms=60_000, cooldown_jitter_bp=0, probe_timeout_ms=500)


def stored(target: TargetName, store: str, policy: Policy | None = None, **settings: Any) -> Plan:
    """The stage's endpoint with another store, on one target."""
    fields = {"targets": (target,)} | ({"policy": policy} if policy else {})
    made = plan(**fields)
    return seal_plan(project=made.project, targets={target: Target(store=store, **settings)}, endpoints=made.endpoints)


def open_at(set_up: Stage, target: TargetName, number: int, ask: Callable[..., Any]) -> None:
    """The origin fails until one node rejects: five calls, and no more."""
    url = set_up.edges.edges[target].nodes[number]
    set_up.origins.fault(target, "500")
    for _ in range(5):
        assert ask(url, "/cart").status == 500
    assert ask(url, "/cart").status == 503


@pytest.mark.parametrize(
    ("target", "store", "settings"),
    [
        ("cloudflare", "kv", {"analytics": True}),
        ("cloudflare", "memory", {}),
        ("aws", "memory", {}),
        ("aws", "dynamodb", {"regions": REGIONS}),
    ],
)
def test_it_opens_and_heals(
    stage: Callable[..., Stage],
    ask: Callable[..., Any],
    until: Callable[..., Any],
    target: TargetName,
    store: str,
    settings: dict[str, Any],
) -> None:
    """A node opens on the fifth failure, answers without the origin, and closes once that has healed."""
    set_up = stage(stored(target, store, **settings))
    url = set_up.edges.edges[target].nodes[0]
    assert ask(url, "/cart").status == 200
    open_at(set_up, target, 0, ask)
    calls = set_up.origins.count(target)
    assert ask(url, "/cart").status == 503
    assert set_up.origins.count(target) == calls
    set_up.origins.fault(target, "heal")
    until(lambda: all(ask(url, "/cart").status == 200 for _ in range(5)))


@pytest.mark.parametrize("target", ["cloudflare", "aws"])
def test_memory_is_each_nodes_own(stage: Callable[..., Stage], ask: Callable[..., Any], target: TargetName) -> None:
    """What one node knows no other does, and there is no record that could be read."""
    set_up = stage(stored(target, "memory", MINUTE))
    open_at(set_up, target, 0, ask)
    open_at(set_up, target, 1, ask)
    with pytest.raises(Cannot):
        set_up.edges.read(target, "cart")


def test_two_nodes_share_an_opening_through_kv(
    stage: Callable[..., Stage], ask: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """What one isolate has decided stands in KV, and another's first request is rejected by it, without a call. After a
    crash of workerd all isolates begin with it."""
    set_up = stage(stored("cloudflare", "kv", MINUTE))
    open_at(set_up, "cloudflare", 0, ask)
    decision = until(lambda: set_up.edges.decision("cart"))
    assert (decision["v"], decision["st"], decision["why"]) == (1, "open", "consecutive_failures")
    assert decision["node"].startswith("local/")
    calls = set_up.origins.count("cloudflare")
    answer = ask(set_up.edges.edges["cloudflare"].nodes[1], "/cart")
    assert answer.status == 503
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    set_up.edges.kill("cloudflare")
    assert ask(set_up.url("cloudflare"), "/cart").status == 503
    assert set_up.origins.count("cloudflare") == calls
    with pytest.raises(Cannot, match="kv keeps no record"):
        set_up.edges.read("cloudflare", "cart")


def test_a_closing_is_told_through_kv(
    stage: Callable[..., Stage], ask: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """Once a node has closed, that is what KV holds."""
    set_up = stage(stored("cloudflare", "kv"))
    url = set_up.edges.edges["cloudflare"].nodes[0]
    open_at(set_up, "cloudflare", 0, ask)
    opened = until(lambda: set_up.edges.decision("cart"))
    set_up.origins.fault("cloudflare", "heal")

    def closed() -> Any:
        ask(url, "/cart")
        decision = set_up.edges.decision("cart")
        return decision["st"] == "closed" and decision

    assert until(closed)["ra"] >= opened["ra"]


def test_each_region_has_a_breaker_of_its_own(stage: Callable[..., Stage], ask: Callable[..., Any]) -> None:
    """An outage that one region's nodes see opens that region's record alone; the other opens by what its own see."""
    set_up = stage(stored("aws", "dynamodb", MINUTE, regions=REGIONS))

    def records() -> list[tuple[str, int]]:
        read = [set_up.edges.read("aws", "cart", region) for region in REGIONS]
        return [(record.state, record.epoch) for record in read]

    open_at(set_up, "aws", 0, ask)
    assert records() == [("open", 1), ("closed", 0)]
    open_at(set_up, "aws", 1, ask)
    assert records() == [("open", 1), ("open", 1)]
    for region in REGIONS:
        [event] = set_up.edges.read("aws", "cart", region).events
        assert event.region == region
        assert event.node.startswith(f"{region}/")
