"""What is left out of a comment, and that it is counted."""

from __future__ import annotations

import re

import pytest

from kampkin.review.formats.fitting import GAP, Part, Piece, fitted


def piece(name: str, rows: int) -> Piece:
    """A table of rows of ten characters."""
    return Piece([f"table {name}", "|"], [f"{name}{at:09}" for at in range(rows)])


def part(*pieces: Piece) -> Part:
    """A section of them."""
    return Part("table", pieces, "<details>", "</details>")


def shown(text: str) -> dict[str, int]:
    """How many rows of each table are there."""
    tables = re.findall(r"^table (\w)$", text, re.MULTILINE)
    return {name: len(re.findall(rf"^{name}\d+$", text, re.MULTILINE)) for name in tables}


def test_all_that_has_room_is_there() -> None:
    """To the last character, whole."""
    parts = [part(piece("a", 3), piece("b", 400)), part(piece("c", 40)), Part("change", [piece("d", 1)])]
    room = sum(len(one.whole) + len(GAP) for one in parts)
    assert fitted(parts, room) == [one.whole for one in parts]


@pytest.mark.parametrize("room", [900, 2_000, 5_000, 9_000])
def test_each_part_has_its_share_and_none_more_than_there_is(room: int) -> None:
    """However big another is, and in whatever order they stand."""
    big, small = part(*(piece("a", 20) for _ in range(200))), part(piece("b", 8))
    for at in (0, 1):
        parts = [big, small] if at else [small, big]
        told = fitted(parts, room)
        assert sum(len(one) + len(GAP) for one in told) <= room
        assert told[at] == small.whole
        kept = told[1 - at].count("table a")
        assert kept
        assert f"{200 - kept} more tables" in told[1 - at]
        assert told[1 - at].endswith("</details>")


def test_what_is_too_big_is_cut_by_rows_and_does_not_stand_before_what_is_small() -> None:
    """In its own order, and the rows that are left out are counted."""
    (told,) = fitted([part(piece("a", 500), piece("b", 5), piece("c", 300), piece("d", 2))], 3_000)
    rows = shown(told)
    assert list(rows) == ["a", "b", "c", "d"]
    assert (rows["b"], rows["d"]) == (5, 2)
    assert min(rows["a"], rows["c"]) > 50
    assert f"{500 - rows['a']} more rows" in told
    assert f"{300 - rows['c']} more rows" in told
    assert "more tables" not in told
