"""The example of docs/review.md is a real run."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .conftest import BEFORE, Changed, Kampkin

PAGE = Path(__file__).parents[2] / "docs" / "review.md"
EDITS = [
    ("defaults: {breaker: {cooldown: 10s}}", "defaults: {breaker: {cooldown: 20s}}"),
    (
        "https://search.acme.dev, owner: search}",
        "https://search.acme.dev, owner: search, breaker: {trip: {consecutive_failures: 9}}}",
    ),
    ("  legacy: {origin: https://old.acme.dev}\n", "  pay: {origin: https://pay.acme.dev, owner: shop}\n"),
]


def test_the_example_is_a_real_run(changed: Changed, kampkin: Kampkin) -> None:
    """`KAMPKIN_UPDATE_REVIEW=1 pytest tests/review/test_page.py` writes it anew."""
    run = kampkin(changed(*EDITS), "--no-behaviour", "--no-promises")
    assert run.returncode == 0
    told = re.sub(r"HEAD \([0-9a-f]{12}\)", "HEAD (5c1e7a90d3b4)", run.stdout)
    written = "\n".join(
        f"    {line}".rstrip() for line in ("$ kampkin diff --no-behaviour --no-promises", *told.splitlines())
    )
    page = re.sub(
        r"(?<=<!-- example -->\n).*?(?=<!-- /example -->)",
        lambda _: f"\n{written}\n\n",
        PAGE.read_text(),
        flags=re.DOTALL,
    )
    if os.environ.get("KAMPKIN_UPDATE_REVIEW"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page
    assert BEFORE.count("legacy") == 1
