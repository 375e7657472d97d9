"""A table of figures, for a terminal or as markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

WIDE = 200
"""Columns of a terminal that no table of ours needs more of."""


@dataclass
class Table:
    """What one benchmark found: the first column names, the others hold figures; `notes` say how to read them."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def show(self) -> None:
        """Prints it as wide as it is, whatever the terminal."""
        from rich.console import Console
        from rich.table import Table as Drawn

        drawn = Drawn(title=self.title, title_justify="left")
        for number, column in enumerate(self.columns):
            drawn.add_column(column, justify="right" if number else "left", no_wrap=True)
        for row in self.rows:
            drawn.add_row(*row)
        console = Console(highlight=False, width=WIDE)
        console.print(drawn, *self.notes, sep="\n", soft_wrap=True)

    def markdown(self) -> str:
        """The same as markdown."""
        aligned = ["---", *["---:"] * (len(self.columns) - 1)]
        lines = [f"| {' | '.join(cells)} |" for cells in (self.columns, aligned, *self.rows)]
        return "\n".join([f"**{self.title}**", "", *lines, *(f"\n{note}" for note in self.notes), ""])
