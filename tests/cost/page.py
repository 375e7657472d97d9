"""`python -m tests.cost.page`: writes docs/cost.md's tables anew, from what `python -m bench cost` finds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from bench import costs
from bench.table import Table

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"


def renewed(page: str, tables: Sequence[Table]) -> str:
    """The page with these tables in the place of those of the same titles; each must have its place."""
    for table in tables:
        old = re.compile(rf"^\*\*{re.escape(table.title)}\*\*\n\n(?:\|.*\n)+", re.MULTILINE)
        if not old.search(page):
            raise LookupError(f"docs/cost.md has no table {table.title!r}")
        page = old.sub(table.markdown().replace("\\", r"\\"), page)
    return page


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(), costs.run(1, False)))
