"""The table of docs/drift.md is what the tests do."""

from __future__ import annotations

import os
from pathlib import Path

from . import tampering_aws, test_cloudflare

PAGE = Path(__file__).parents[2] / "docs" / "drift.md"


def table() -> str:
    """Every tampering with where it is found, and every harmless state."""
    rows = ["| cloud | what somebody did | found at |", "|---|---|---|"]
    for what, (_, _, (name, setting)) in test_cloudflare.TAMPERINGS.items():
        rows.append(f"| Cloudflare | {what} | {place(name, setting)} |")
    for one in tampering_aws.TAMPERINGS:
        places = ", ".join(dict.fromkeys(place(f"kampkin-{name}", setting) for name, setting in one.at))
        rows.append(f"| AWS | {one.what} | {places} |")
    harmless = [*test_cloudflare.HARMLESS, *(what for what, _ in tampering_aws.HARMLESS)]
    found = len(test_cloudflare.TAMPERINGS) + len(tampering_aws.TAMPERINGS)
    return "\n".join(
        [
            f"detected {found}, missed 0, false 0",
            "",
            f"{found} tamperings, each a test on the local clouds (`pytest tests/drift`) that finds it where this table says; none of "
            "them is expected to fail.",
            "",
            f"{len(harmless)} harmless states, each a test in which nothing may alarm: {'; '.join(harmless)}.",
            "",
            *rows,
        ]
    )


def place(name: str, setting: str) -> str:
    """A resource's name in the stack, and the setting; what belongs to nobody has no name."""
    return f"`{name or 'not declared'}`{f' `{setting}`' if setting else ''}"


def test_the_table_is_what_the_tests_do() -> None:
    """`KAMPKIN_UPDATE_DRIFT=1 pytest tests/drift/test_page.py` writes it anew."""
    head, _, rest = PAGE.read_text().partition("<!-- table -->")
    page = f"{head}<!-- table -->\n{table()}\n<!-- /table -->{rest.partition('<!-- /table -->')[2]}"
    if os.environ.get("KAMPKIN_UPDATE_DRIFT"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page


def test_enough_is_tried() -> None:
    """At least forty tamperings and twenty harmless states, on both clouds."""
    assert len(test_cloudflare.TAMPERINGS) + len(tampering_aws.TAMPERINGS) >= 40
    assert len(test_cloudflare.HARMLESS) + len(tampering_aws.HARMLESS) >= 20
