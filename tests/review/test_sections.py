"""Sections are data that every output renders."""

from __future__ import annotations

import pytest

from kampkin.review.sections import Table


def test_a_row_has_a_cell_in_each_column() -> None:
    """What builds a table with a hole in it is told at once."""
    with pytest.raises(AssertionError, match="a cell in each column"):
        Table("opens after", ("outage", "before", "after"), (("spike", "3s"),))
