"""docs/cost.md holds what `python -m bench cost` finds, and what issue 5 asked for is met where the page says so."""

from __future__ import annotations

import pytest
from bench import costs
from bench.table import Table

from tests.cost.page import PAGE, renewed


@pytest.fixture(scope="module")
def tables() -> list[Table]:
    """All tables, measured now."""
    return costs.run(1, False)


def test_the_page_holds_what_is_measured(tables: list[Table]) -> None:
    """Every table stands in the page, figure by figure."""
    page = PAGE.read_text()
    assert renewed(page, tables) == page, "out of date: run `python -m tests.cost.page`"


def test_what_was_asked_for_is_found(tables: list[Table]) -> None:
    """Each goal is met on both clouds, save the strict reading of the last: a node tells of its own trip at once."""
    (goals,) = (table for table in tables if table.title == "Wanted and found")
    assert len(goals.rows) == 6
    for wanted, *found in goals.rows[:-1]:
        assert all(cell.endswith(", met") for cell in found), wanted
    strict = [int(cell.split(",")[0]) for cell in goals.rows[-1][1:]]
    assert max(strict) <= 2
