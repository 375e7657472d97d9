"""A text that may not be longer than so much: all of its parts have their share of the room, and what is left out is counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

GAP = "\n\n"
MARGIN = 60
"""For a line that says how much was left out."""


@dataclass(frozen=True)
class Piece:
    """Lines that belong together; rows may be left out of them."""

    head: Sequence[str]
    rows: Sequence[str] = ()
    foot: Sequence[str] = ()

    def __str__(self) -> str:
        return "\n".join([*self.head, *self.rows, *self.foot])

    def within(self, room: int) -> str | None:
        """With as many rows as there is room for; None where there is none for any."""
        rows = [*first(self.rows, room - len(str(replace(self, rows=()))) - MARGIN)]
        left = len(self.rows) - len(rows)
        return str(replace(self, rows=[*rows, "", more(left, "row")])) if rows and left else None


@dataclass(frozen=True)
class Part:
    """Pieces between a beginning and an end that always stay."""

    what: str
    """One of its pieces."""
    pieces: Sequence[Piece]
    start: str = ""
    end: str = ""
    whole: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "whole", self.around([*map(str, self.pieces)]))

    def around(self, said: Sequence[str]) -> str:
        """What there is between beginning and end."""
        return GAP.join(filter(None, [self.start, *said, self.end]))

    def within(self, room: int) -> str:
        """Its pieces as they are where they have room, in the room that is left some of the rows of others."""
        if len(self.whole) <= room:
            return self.whole
        room -= len(self.around([])) + len(GAP) + MARGIN
        told: dict[int, str] = {}
        for at, piece in enumerate(map(str, self.pieces)):
            if len(piece) + len(GAP) <= room:
                told[at] = piece
                room -= len(piece) + len(GAP)
        others = [at for at in range(len(self.pieces)) if at not in told]
        for waiting, at in zip(range(len(others), 0, -1), others, strict=True):
            if cut := self.pieces[at].within(room // waiting - len(GAP)):
                told[at] = cut
                room -= len(cut) + len(GAP)
        left = len(self.pieces) - len(told)
        return self.around([*(told[at] for at in sorted(told)), *([more(left, self.what)] if left else [])])


def fitted(parts: Sequence[Part], room: int) -> list[str]:
    """The parts in their order, each in as much room as any other; what a small one leaves is for those that are bigger."""
    told: dict[int, str] = {}
    order = sorted(range(len(parts)), key=lambda at: len(parts[at].whole))
    for waiting, at in zip(range(len(order), 0, -1), order, strict=True):
        told[at] = parts[at].within(room // waiting - len(GAP))
        room -= len(told[at]) + len(GAP)
    return [told[at] for at in sorted(told)]


def first(lines: Sequence[str], room: int) -> Iterator[str]:
    """Those that have room, up to the first that has none."""
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return
        yield line


def more(count: int, what: str) -> str:
    """How many are not shown."""
    return f"{count:,} more {what}{'' if count == 1 else 's'}"
