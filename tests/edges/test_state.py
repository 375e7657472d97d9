"""The Durable Object on workerd: what it keeps, for how long, and what it tells whoever operates it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from kampkin.bundle import Bundle
from kampkin.local.edges import LogLine

from .conftest import Stage, plan

CLOCKED = b"""
    import { BreakerState as Shipped } from "./shipped.mjs";
    export { default } from "./shipped.mjs";
    export class BreakerState extends Shipped {
      ahead = 0;
      stopped = null;
      now() { return this.stopped ?? super.now() + this.ahead; }
      stop() { this.stopped = super.now(); }
      move(ms) { this.ahead += ms; }
      old() {
        this.sql.exec("CREATE TABLE events (epoch INTEGER PRIMARY KEY, json TEXT NOT NULL)");
        const event = { from: "closed", to: "open", reason: "manual", numbers: {}, epoch: 1, at: this.now(), edge: "cloudflare", region: "test", node: "test/a" };
        this.sql.exec("INSERT INTO events VALUES (1, ?)", JSON.stringify(event));
        this.adoptEvents();
      }
    }
"""
"""The shipped object, with a clock that can be moved."""

MORTAL = b"""
    import { BreakerState as Shipped } from "./shipped.mjs";
    export { default } from "./shipped.mjs";
    export class BreakerState extends Shipped {
      constructor(ctx, env) { super(ctx, env); console.log("life"); }
    }
"""
"""The shipped object, which says when it comes to life."""

IDLE_S = 14
"""workerd lets go of an object that has been idle for ten seconds. Nothing tells of it, and asking would keep it."""

EVENTS_KEPT_MS = 7 * 24 * 3_600_000
MINUTES_KEPT = 14 * 24 * 60

numbers = count(1)


def with_object(made: Bundle, code: bytes) -> Bundle:
    """The bundle with that code in the place of the shipped object, which it builds on."""
    return replace(made, state=made.state | {"shipped.mjs": made.state["state.mjs"], "state.mjs": code}, aws={})


def clocked(made: Bundle) -> Bundle:
    """The bundle with the clock that can be moved."""
    return with_object(made, CLOCKED)


def mortal(made: Bundle) -> Bundle:
    """The bundle with the object that tells of its lives."""
    return with_object(made, MORTAL)


@pytest.fixture(scope="module")
def set_up(stage: Callable[..., Stage]) -> Stage:
    """One edge for all tests here; each has a breaker of its own."""
    return stage(change=clocked)


@pytest.fixture
def call(set_up: Stage, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Calls a method of the test's own object."""
    return lambda method, *args: set_up.edges.call(request.node.name, method, *args)


def delta(**says: Any) -> dict[str, Any]:
    """A delta that says nothing but what is given."""
    silent = {"any": False, "head": 0, "tail": 0, "after": 0, "buckets": [], "probe": None, "ask": False, "epoch": 0}
    policy = plan().endpoints[0].policy.to_json()
    envelope = {"v": 1, "plan": "sha256:test", "node": "AMS/a", "seq": next(numbers), "w": 1_000, "metrics": None}
    return envelope | {"policy": policy} | silent | says


def failures(number: int) -> dict[str, Any]:
    """So many, just now, in a row."""
    return {"buckets": [[0, 0, 0, number, 0, 0]], "head": number, "tail": number}


def flip(call: Callable[..., Any], state: str) -> None:
    """Moves the breaker by hand."""
    call("flip", state, plan().endpoints[0].policy.to_json(), "test/dana", "cart")


def test_an_object_that_lost_its_memory_reads_it_back(
    stage: Callable[..., Stage], ask: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """What was acknowledged is there after the object has been idle past its eviction: counts, not only transitions."""
    lives: list[str] = []

    def note(line: LogLine) -> None:
        if line.text == "life":
            lives.append(line.text)

    set_up = stage(change=mortal, nodes=5, on_log=note)
    *four, fifth = set_up.edges.edges["cloudflare"].nodes
    set_up.origins.fault("cloudflare", "500")
    for node in four:
        assert ask(node, "/cart").status == 500  # a node's first outcome, told at once
    assert len(lives) == 1
    threading.Event().wait(IDLE_S)
    assert ask(fifth, "/cart").status == 500
    until(lambda: set_up.states("cloudflare") == ["closed", "open"])
    assert len(lives) == 2


def test_a_delta_is_taken_once(call: Callable[..., Any]) -> None:
    """Sent again, it adds nothing: the fifth failure is still to come."""
    told = delta(**failures(4), metrics={"ago": 0, "counts": {"requests": 4}, "latency": []})
    assert call("sync", told, "cart")["streak"] == 4
    assert call("sync", told, "cart")["streak"] == 4
    (minute,) = call("metrics", {"from": 0, "to": 10**9})
    assert minute["counts"] == {"requests": 4}


def test_events_are_told_newest_first_page_by_page(call: Callable[..., Any]) -> None:
    """Five transitions in pages of two, none twice and none left out."""
    for state in ("open", "half-open", "closed", "open", "closed"):
        flip(call, state)
    pages, before = [], None
    while True:
        page = call("events", {"before": before, "limit": 2})
        pages.append([event["epoch"] for event in page["events"]])
        before = page["next"]
        if before is None:
            break
    assert pages == [[5, 4], [3, 2], [1]]


def test_an_event_says_what_happened_where_and_why(call: Callable[..., Any]) -> None:
    """The rule, its numbers, the node's region, and when it probes."""
    call("sync", delta(node="GRU/b", **failures(5)), "cart")
    (event,) = call("events")["events"]
    told = {key: event[key] for key in ("breaker", "edge", "region", "from", "to", "reason", "epoch", "node")}
    assert told == {
        "breaker": "cart",
        "edge": "cloudflare",
        "region": "GRU",
        "from": "closed",
        "to": "open",
        "reason": "consecutive_failures",
        "epoch": 1,
        "node": "GRU/b",
    }
    assert event["id"] == f"cloudflare/global/cart/1-{event['at']}"
    assert event["numbers"]["service"] == 5
    assert event["retryAt"] == event["at"] + 1_000


def test_a_persons_word_is_an_event_too(call: Callable[..., Any]) -> None:
    """Setting and releasing an override tell who and why; neither moves the epoch."""
    word = {"mode": "forced-open", "owner": "dana", "reason": "a move"}
    call("override", word | {"forMs": 60_000}, "arn:dana", "cart")
    call("override", None, "arn:lee", "cart")
    released, set_ = call("events")["events"]
    assert (set_["node"], set_["override"]["until"] - set_["at"], set_["epoch"]) == ("arn:dana", 60_000, 0)
    assert {key: set_["override"][key] for key in word} == word
    assert (released["node"], released["override"]) == ("arn:lee", None)
    assert call("read")["snapshot"]["override"]["leftMs"] == 0


def test_two_words_within_a_millisecond_are_two_events(call: Callable[..., Any]) -> None:
    """A clock that stands still gives them different ids all the same: they are told apart by nothing else."""
    call("stop")
    word = {"mode": "monitor", "owner": "dana", "reason": "a test", "forMs": 60_000}
    for said in (word, None, word, None):
        call("override", said, "dana", "cart")
    assert len({event["id"] for event in call("events")["events"]}) == 4


def test_an_edge_of_the_first_release_names_no_breaker(
    call: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    """Its deltas bring no name: the object's own stands in the event."""
    call("sync", delta(**failures(5)))
    assert call("events")["events"][0]["breaker"] == request.node.name


def test_a_minute_that_makes_no_sense_takes_nothing_with_it(call: Callable[..., Any]) -> None:
    """The counts beside it are counted."""
    assert call("sync", delta(**failures(5), metrics={"ago": "x"}), "cart")["state"] == "open"
    assert call("metrics", {"from": 0, "to": 10**9}) == []


def test_events_are_kept_a_week(call: Callable[..., Any]) -> None:
    """Over at seven days, to the millisecond; the next one also takes the row away."""
    flip(call, "open")
    at = call("events")["events"][0]["at"]
    call("move", EVENTS_KEPT_MS - 60_000)
    assert [event["at"] for event in call("events")["events"]] == [at]
    call("move", 60_000)
    assert call("events")["events"] == []


def test_minutes_of_all_nodes_add_up_and_are_kept_a_fortnight(call: Callable[..., Any]) -> None:
    """Told late, a minute still goes where it belongs."""
    minute = {"counts": {"requests": 2, "success": 2}, "latency": [[10, 1], [30, 1]]}
    call("sync", delta(metrics={"ago": 1, **minute}), "cart")
    call("sync", delta(node="FRA/b", metrics={"ago": 1, **minute}), "cart")
    (kept,) = call("metrics", {"from": 0, "to": 10**9})
    assert (kept["counts"], kept["latency"]) == ({"requests": 4, "success": 4}, [[10, 2], [30, 2]])
    call("move", MINUTES_KEPT * 60_000)
    call("sync", delta(metrics={"ago": 0, **minute}), "cart")
    (newest,) = call("metrics", {"from": 0, "to": 10**9})
    assert newest["minute"] == kept["minute"] + MINUTES_KEPT - 1 or newest["minute"] > kept["minute"]


def test_the_last_word_of_each_region_is_known(call: Callable[..., Any]) -> None:
    """By the region of the node that spoke."""
    call("sync", delta(node="AMS/a", **failures(1)), "cart")
    call("move", 5_000)
    call("sync", delta(node="FRA/a", **failures(1)), "cart")
    read = call("read")
    assert read["name"] == "cart"
    assert 5_000 <= read["regions"]["FRA"] - read["regions"]["AMS"] < 65_000


def test_events_of_the_first_release_are_taken_over(call: Callable[..., Any]) -> None:
    """Its table held one for each epoch."""
    call("old")
    (event,) = call("events")["events"]
    assert (event["to"], event["epoch"]) == ("open", 1)
