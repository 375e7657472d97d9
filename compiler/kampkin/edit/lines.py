"""A text's lines, by number and by place, as YAML ends them."""

from __future__ import annotations

import re
from bisect import bisect_right

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line in YAML 1.1: https://yaml.org/spec/1.1/#b-break."""
GAP = re.compile(r"(?:[ \t\r\n\x85\u2028\u2029]|(?<=\s)#[^\r\n\x85\u2028\u2029]*)*")
"""What may stand between the values of a flow: space, line ends and comments."""


class Lines:
    """Places are characters and lines numbers, both from 0. A line's break is not in it; behind the last break is a line too."""

    def __init__(self, text: str) -> None:
        self.text = text
        breaks = [found.span() for found in BREAK.finditer(text)]
        self._begins = [0, *(end for _, end in breaks)]
        self._ends = [*(start for start, _ in breaks), len(text)]

    def __len__(self) -> int:
        return len(self._begins)

    def at(self, place: int) -> int:
        """The line that a place is on."""
        return bisect_right(self._begins, place) - 1

    def begin(self, line: int) -> int:
        """Where a line begins; behind the last one, the end of the text."""
        return self._begins[line] if line < len(self) else len(self.text)

    def end(self, line: int) -> int:
        """Where a line ends."""
        return self._ends[line]

    def column(self, place: int) -> int:
        """How far into its line a place is."""
        return place - self.begin(self.at(place))

    def written(self, line: int) -> str:
        """A line's text."""
        return self.text[self.begin(line) : self.end(line)]

    def is_blank(self, line: int) -> bool:
        """Whether nothing stands on a line."""
        return not self.written(line).strip(" \t")

    def comment(self, line: int) -> int | None:
        """How far a line is indented that is a comment and nothing else; None for any other."""
        bare = self.written(line).lstrip(" ")
        return len(self.written(line)) - len(bare) if bare.startswith("#") else None

    def rest(self, place: int) -> str:
        """What follows a place on its line, without the space around it."""
        return self.text[place : self.end(self.at(place))].strip(" \t")

    def is_first(self, place: int) -> bool:
        """Whether nothing stands before a place on its line."""
        return not self.text[self.begin(self.at(place)) : place].strip(" \t")

    def comma(self, place: int) -> int | None:
        """Where the next comma is, if only space and comments lie between."""
        found = GAP.match(self.text, place)
        assert found is not None, "it matches nothing at all too"
        return found.end() if self.text[found.end() : found.end() + 1] == "," else None

    def break_at(self, place: int) -> str:
        """How the place's line ends; as the text's first where it does not."""
        found = BREAK.match(self.text, self.end(self.at(place))) or BREAK.search(self.text)
        return found[0] if found else "\n"
