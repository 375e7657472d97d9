"""A change is named by what was before and after."""

from __future__ import annotations

from typing import Any

from kampkin.plan import Origin, Plan, Route, Safety, Target, seal_endpoint, seal_plan
from kampkin.review.digests import change_digests


def plan(timeout_ms: int = 3_000, *more: str, **fields: Any) -> Plan:
    """An endpoint `cart` with a time-out, and others."""
    endpoints = [
        seal_endpoint(
            name=name,
            targets=("aws",),
            route=Route(path=f"/{name}", prefix=True),
            origin=Origin(scheme="https", host="acme.dev", port=443, path=""),
            timeout_ms=timeout_ms if name == "cart" else 3_000,
        )
        for name in ("cart", *more)
    ]
    return seal_plan(
        **{"project": "acme", "targets": {"aws": Target(store="memory")}, "endpoints": endpoints, **fields}
    )


def subjects(before: Plan | None, after: Plan | None) -> list[str]:
    """What is other."""
    return [one.subject for one in change_digests("prod", before, after)]


def test_only_what_is_other_is_a_change() -> None:
    """An endpoint changed, come and gone, and a part that is no endpoint."""
    assert subjects(plan(), plan()) == []
    assert subjects(plan(), plan(4_000)) == ["endpoints.cart"]
    assert subjects(plan(), plan(3_000, "search")) == ["endpoints.search"]
    assert subjects(plan(3_000, "search"), plan()) == ["endpoints.search"]
    assert subjects(plan(), plan(safety=Safety(max_override_ms=1))) == ["safety"]


def test_a_first_plan_is_all_new() -> None:
    """And a last one all gone."""
    everything = ["endpoints.cart", "owners", "project", "safety", "targets"]
    assert subjects(None, plan()) == subjects(plan(), None) == everything
    assert subjects(None, None) == []


def test_the_digest_is_of_both_sides_and_the_place() -> None:
    """The same change has the same; another beginning, end or environment another."""
    [there] = change_digests("prod", plan(), plan(4_000))
    [again] = change_digests("prod", plan(), plan(4_000))
    [back] = change_digests("prod", plan(4_000), plan())
    [further] = change_digests("prod", plan(), plan(5_000))
    [elsewhere] = change_digests(None, plan(), plan(4_000))
    assert there == again
    assert (there.before, there.after) == (back.after, back.before)
    assert len({one.digest for one in (there, back, further, elsewhere)}) == 4
