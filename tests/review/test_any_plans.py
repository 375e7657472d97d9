"""Whatever two plans are, all that differs is said, and nothing else."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from kampkin.load import load
from kampkin.plan import Plan
from kampkin.review.changes import compare
from kampkin.review.digests import change_digests

CASES = Path(__file__).parents[1] / "cases"


@cache
def plans() -> tuple[Plan, ...]:
    """Those of the language's golden cases, as if each endpoint of them had one name, so that they can be compared."""
    found = (load(case / "kampkin.yaml").plan for case in sorted(CASES.iterdir()) if (case / "plan.json").exists())
    return tuple(renamed(plan) for plan in found if plan)


def renamed(plan: Plan) -> Plan:
    """The plan with its endpoints called by their place; their digests are left as they are."""
    endpoints = tuple(one.model_copy(update={"name": f"e{at}"}) for at, one in enumerate(plan.endpoints))
    return plan.model_copy(update={"endpoints": endpoints})


@pytest.mark.parametrize("way", [1, -1], ids=["there", "back"])
def test_all_that_differs_is_said(way: int) -> None:
    """An endpoint that has another digest has a changed setting; a part that has one is told by its keys."""
    assert len(plans()) > 30
    for before, after in pairwise(plans()[::way]):
        changes = compare(before, after)
        said = {one.name for one in changes.endpoints if one.kind != "changed" or one.changes}
        keys = {change.key.partition(".")[0] for change in changes.parts}
        digests = [one.subject.split(".", 1) for one in change_digests(None, before, after)]
        assert said == {name for kind, *rest in digests for name in rest if kind == "endpoints"}
        assert keys == {kind for kind, *_ in digests if kind != "endpoints"}
        for one in changes.endpoints:
            assert all(change.before != change.after for change in one.changes), one
            assert all(change.meaning for change in one.changes), one
            for change in one.changes:
                assert not {"None", "null", "()"} & {*change.before.split(), *change.after.split()}, change


def test_nothing_is_said_of_the_same() -> None:
    """A plan differs from itself in nothing."""
    for plan in plans():
        assert not compare(plan, plan)
