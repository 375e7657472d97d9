"""Sections of a review as data, which every output renders its own way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Rows under a head. Cells are plain texts; an output makes what is special in it harmless."""

    title: str
    """Empty where the section's own is enough."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Each as long as `columns`."""
    note: str = ""
    """A sentence below it."""

    def __post_init__(self) -> None:
        assert all(len(row) == len(self.columns) for row in self.rows), "a row has a cell in each column"


@dataclass(frozen=True)
class Section:
    """A part of a review below the changes: how breakers behave, what they promise, what stacks declare."""

    title: str
    tables: tuple[Table, ...] = ()
    note: str = ""
    """Sentences above the tables; a section without tables is its note alone."""
