"""What an edge says of itself, on both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kampkin.plan import TargetName

from .caller import Caller
from .conftest import Stage

RUNNING = "/.kampkin/v1/running"


def test_it_says_what_it_runs(stage: Stage, target: TargetName, caller: Caller) -> None:
    """Plan and runtime, its edge and its place; nobody keeps it, no origin is asked."""
    came = caller.ask("GET", RUNNING)
    told = came.json()
    place = told.pop("place")
    assert told.pop("runtime").startswith("sha256:")
    assert told == {
        "version": 1, "plan": stage.bundle.plan.digest, "edge": target, "project": "http", "environment": None,
    }  # fmt: skip
    assert place == {"cloudflare": "local", "aws": "us-east-1"}[target]
    assert (came.status, came.value("cache-control"), came.value("content-type")) == (
        200,
        "no-store",
        "application/json",
    )


def test_both_edges_run_the_same(stage: Stage) -> None:
    """By the digest of the modules that they share."""
    told = [stage.caller(target).ask("GET", RUNNING).json() for target in ("cloudflare", "aws")]
    assert told[0]["runtime"] == told[1]["runtime"]
    assert told[0]["plan"] == told[1]["plan"]


def test_it_is_read_and_no_more(caller: Caller) -> None:
    """HEAD has the same head; nothing else is taken; what lies around it is a path like any other."""
    head = caller.ask("HEAD", RUNNING)
    assert (head.status, head.size, head.value("content-type")) == (200, 0, "application/json")
    other = caller.ask("POST", RUNNING)
    assert (other.status, other.value("allow"), other.problem) == (405, "GET, HEAD", "method-not-allowed")
    for path in (f"{RUNNING}/", f"{RUNNING}x", "/.kampkin/v1", "/.kampkin/v1/Running"):
        assert caller.ask("GET", path).problem == "no-route"


def test_a_node_tells_what_it_knows_of_a_breaker(
    stage: Stage,
    target: TargetName,
    caller: Caller,
    opened: Callable[[TargetName, str], None],
    until: Callable[..., Any],
) -> None:
    """State, epoch and a person's word, and on AWS of which region's record; asking calls no origin and counts nothing."""
    first = caller.ask("GET", f"{RUNNING}?breaker=statuses").json()
    assert (first["breaker"], first["state"], first["epoch"], first["override"]) == ("statuses", "closed", 0, None)
    assert first.get("region") == {"cloudflare": None, "aws": "us-east-1"}[target]
    assert stage.states(target, "statuses") == []
    seen = len(stage.origin.seen)
    opened(target, "early")
    assert until(lambda: caller.ask("GET", f"{RUNNING}?breaker=early").json()["state"]) == "open"
    assert caller.ask("GET", f"{RUNNING}?breaker=early").json()["epoch"] == 1
    assert len(stage.origin.seen) == seen + 1, "the one that opened it"
    unknown = caller.ask("GET", f"{RUNNING}?breaker=nothing")
    assert (unknown.status, unknown.problem) == (404, "unknown-breaker")
