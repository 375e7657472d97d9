"""A line of a file, with a mark under the place that a finding is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kampkin.diagnostics import Span

TAB = 8
"""Cells between the stops of a terminal."""
LEAST = 20
"""Cells that are left for a line in the narrowest terminal."""
FAR = 4
"""Widths of the terminal beyond which a line is not looked at; it may be as long as a file."""
TURNS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""What turns the direction of a text, and would show it in another order than the computer reads it."""
HIDDEN = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    **dict.fromkeys((0x7F, *range(0x80, 0xA0), *TURNS), "\ufffd"),
}
"""What a terminal would obey, and what stands for it: Unicode's pictures of control characters, or \ufffd."""
IN_LINE = {code: sign for code, sign in HIDDEN.items() if code != ord("\t")}


@dataclass(frozen=True)
class Quote:
    """A line to show, what stands under it, and the last line of the place where that is another."""

    number: int
    line: str
    lead: str
    mark: str
    until: int | None


def quote(span: Span, lines: Sequence[str], sign: str, before: int, width: int) -> Quote | None:
    """The place as a line to show within `width` cells, of which the first `before` are taken; None where all is blank."""
    if not 0 < span.line <= len(lines) or not lines[span.line - 1].strip():
        return None
    line = lines[span.line - 1]
    goes_on = span.end_line > span.line
    start = min(span.column - 1, len(line))
    end = max(start, len(line.rstrip()) if goes_on else min(span.end_column - 1, len(line)))
    far = max(start - FAR * width, 0)
    line = line[far : start + FAR * width].translate(IN_LINE)
    start, end = start - far, min(end - far, len(line))
    if before + cells(line, before) > width:
        line, start, end = cut(line.replace("\t", " "), start, end, max(width - before, LEAST))
    # A tab is as wide as it is on screen in the line above: keep it.
    lead = "\t".join(" " * cells(piece) for piece in line[:start].split("\t"))
    mark = sign * max(1, cells(line[start:end], before + cells(line[:start], before)))
    return Quote(span.line, line, lead, mark, span.end_line if goes_on else None)


def cells(text: str, at: int = 0) -> int:
    """How many cells of a terminal the text takes that begins in the cell `at`."""
    if text.isascii() and "\t" not in text:
        return len(text)
    from rich.cells import cell_len

    end = at
    for number, piece in enumerate(text.split("\t")):
        end += TAB - end % TAB if number else 0
        end += cell_len(piece)
    return end - at


def cut(line: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    """What of a long line fits into `room` cells around the place, with … where something is left out."""
    room -= 2
    sizes = [cells(character) for character in line]
    spare = room - min(sum(sizes[start:end]), room * 3 // 4)
    spare -= min(sum(sizes[end:]), spare // 4)  # most of what explains it stands before it
    first = start
    while first and sizes[first - 1] <= spare:
        first -= 1
        spare -= sizes[first]
    while first < start and not sizes[first]:
        first += 1  # a mark that combines with what is left out
    room += not first
    last = first
    while last < len(line) and sizes[last] <= room:
        room -= sizes[last]
        last += 1
    head, tail = "…" * (first > 0), "…" * (last < len(line))
    shift = len(head) - first
    return head + line[first:last] + tail, start + shift, min(end, last) + shift


def visible(text: str) -> str:
    """The text on one line, with nothing in it that a terminal would obey."""
    return text.translate(HIDDEN)
