"""docs/behaviour-diff.md says what is played, and shows what was."""

from __future__ import annotations

from pathlib import Path

from kampkin.plan import Policy
from kampkin.review import behaviour
from kampkin.review.behaviour.comparison import MOST
from kampkin.review.behaviour.outages import BACKGROUND_BP, LEAD_MS, OUTAGES
from kampkin.review.behaviour.player import MEMORY_MB, ORIGIN_MS, PATIENCE_MS, RATE, SEEDS
from kampkin.review.behaviour.show import COLUMNS
from tests.review.behaviour.played import endpoint
from tests.test_docs import table_of

PAGE = Path(__file__).parents[3] / "docs" / "behaviour-diff.md"


def test_the_outages_are_those_that_are_played() -> None:
    """Each with its text, in order."""
    told = [(row["outage"], row["what happens"]) for row in table_of(PAGE, "## What is played")]
    assert told == [(outage.name, outage.text) for outage in OUTAGES]


def test_the_numbers_are_those_that_are_shown() -> None:
    """Each column is explained."""
    rows = table_of(PAGE, "## What is shown")
    assert [row["number"] for row in rows if "number" in row] == list(COLUMNS[1:])


def test_the_page_has_the_figures_of_the_code() -> None:
    """What it says of the world is what is handed to Node."""
    page = " ".join(PAGE.read_text().split())
    assert f"{LEAD_MS // 1000} s of health" in page
    assert f"after {ORIGIN_MS} ms, and {BACKGROUND_BP / 100} %" in page
    assert f"{RATE:g} a second, to one node" in page
    assert len(SEEDS) == 5
    assert f"looked at for {PATIENCE_MS // 60_000} minutes" in page
    assert f"At most {MOST} kinds" in page
    assert f"{MEMORY_MB} MB" in page


def test_the_example_is_what_comes_of_it() -> None:
    """The page's table, played."""
    policy = Policy()
    assert (policy.consecutive_failures, policy.cooldown_ms) == (5, 10_000)
    changed = endpoint("cart", consecutive_failures=3, cooldown_ms=30_000)
    (table,) = behaviour.section(behaviour.compare([(endpoint("cart"), changed)])).tables
    lines = [table.columns, ("---",) + ("---:",) * (len(table.columns) - 1), *table.rows]
    shown = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    assert f"\n{shown}" in PAGE.read_text(), shown
