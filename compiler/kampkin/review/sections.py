"""What a review shows beside the changes themselves: titled sections of tables, the same in every format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """Rows of texts under columns; each row has a cell for each column."""

    title: str
    """Empty where the section's own says enough."""
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""
    """A line below; empty for none."""


@dataclass(frozen=True)
class Section:
    """A part of the review. One without tables says what it has to say in its note."""

    title: str
    tables: Sequence[Table] = field(default=())
    note: str = ""
