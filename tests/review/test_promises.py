"""Promises, old and new."""

from __future__ import annotations

from typing import Any

import pytest

from kampkin.errors import Cannot
from kampkin.plan import Endpoint, Policy, Target, TargetName
from kampkin.review.promises import all_changed, changed
from tests.promises.machine import endpoint_of

TARGETS: dict[TargetName, Target] = {
    "aws": Target(store="dynamodb", regions=("us-east-1",)),
    "cloudflare": Target(store="durable-object"),
}


def rows(before: Endpoint | None, after: Endpoint | None, **fields: Any) -> dict[str, tuple[str, str]]:
    """Old and new value of each promise that differs."""
    (table,) = changed(before, after, TARGETS, TARGETS, **fields).tables
    return {what: (old, new) for what, old, new in table.rows}


def test_a_shorter_timeout() -> None:
    """Callers wait less, and a hang is over sooner; how 500s open it is as it was."""
    found = rows(endpoint_of(Policy()), endpoint_of(Policy(), 2_000))
    waits = found["a caller whose call CloudFront makes waits, on AWS"]
    assert waits == ("at most 20.9 s", "at most 19.9 s")
    hang = found["a hang opens it, after an empty window, on AWS and Cloudflare"]
    assert hang == (
        "within 5.4 s by consecutive_failures, 55 callers let through",
        "within 2.4 s by consecutive_failures, 25 callers let through",
    )
    assert not any("500s" in what or "refused" in what or "healed" in what for what in found)


def test_what_never_happens() -> None:
    """A rule that is taken away leaves an outage to the callers, and a slow probe the breaker open."""
    quiet = endpoint_of(Policy(consecutive_failures=0, failure_ratio_bp=0))
    slow = endpoint_of(Policy(slow_ratio_bp=5_000, slow_after_ms=50))
    found = rows(endpoint_of(Policy()), quiet)
    _, after = found["a stream of 500s opens it, after a healthy window, on AWS and Cloudflare"]
    assert after == "never for certain: none of its rules counts that"
    _, after = rows(endpoint_of(Policy()), slow)["a healed origin is back in full service"]
    assert after.startswith("maybe never: a probe that takes 100 ms is slow")


def test_one_that_only_monitors() -> None:
    """What holds in place of all else is told, and that the origin sees everything."""
    found = rows(endpoint_of(Policy()), endpoint_of(Policy(monitor=True)))
    assert found["in place of all else"][0] == "–"
    assert "rejects nobody" in found["in place of all else"][1]
    assert found["what the origin sees of an outage's minute, on AWS and Cloudflare"][1] == "all 600 requests"
    assert found["a healed origin is back in full service"][1] == "at once"


def test_a_store_that_shares_nothing() -> None:
    """The targets are the plans' own: another store is another promise, on that cloud alone."""
    endpoint = endpoint_of(Policy())
    after: dict[TargetName, Target] = TARGETS | {"aws": Target(store="memory")}
    (table,) = changed(endpoint, endpoint, TARGETS, after).tables
    told = {what: new for what, _, new in table.rows}
    assert all(what.endswith("on AWS") for what in told)
    assert told["a rejected caller waits, on AWS"] == "for nothing"
    assert "from each node" in told["what the origin sees of an outage's minute, on AWS"]


def test_a_cloud_that_goes() -> None:
    """Its promises are gone, the other's stand."""
    found = rows(endpoint_of(Policy()), endpoint_of(Policy(), targets=("cloudflare",)))
    assert found and all(what.endswith("on AWS") and after == "–" for what, (_, after) in found.items())


def test_one_that_comes_or_goes() -> None:
    """Every promise it makes is new, or no more."""
    endpoint = endpoint_of(Policy())
    new, gone = rows(None, endpoint), rows(endpoint, None)
    assert {what: (after, before) for what, (before, after) in gone.items()} == new
    assert all(before == "–" != after for before, after in new.values())


def test_nothing_that_differs() -> None:
    """What is no promise changes none."""
    said = changed(endpoint_of(Policy()), endpoint_of(Policy(), owner="shop"), TARGETS, TARGETS)
    assert (said.title, said.tables, said.note) == ("Promises", (), "cart: every promise is what it was.")


def test_the_same_change_is_one_table() -> None:
    """Endpoints that one default changes share it; the most common kind comes first."""
    pairs = [(endpoint_of(Policy(), name="a"), endpoint_of(Policy(ramp_ms=1_000), name="a"))]
    pairs += [(endpoint_of(Policy(), name=f"e{n}"), endpoint_of(Policy(ramp_ms=2_000), name=f"e{n}")) for n in range(9)]
    pairs += [(endpoint_of(Policy(), name="z"), endpoint_of(Policy(), name="z"))]
    said = all_changed(pairs, TARGETS, TARGETS, 5)
    assert [table.title for table in said.tables] == ["e0, e1, e2 and 6 more", "a"]
    assert said.note == "At 5 requests a second to one node. z: every promise is what it was."


def test_a_rate_that_is_not_reckoned_with() -> None:
    """It is refused, as `kampkin explain` does."""
    with pytest.raises(Cannot, match="rate of 0"):
        changed(endpoint_of(Policy()), None, TARGETS, TARGETS, 0)
