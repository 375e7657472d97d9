"""Did you mean?"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 80
"""Comparing takes the square of the length, and nobody mistypes a word that long."""

NEIGHBOURS = 100
"""Of more known words only those are compared that stand next to it in a dictionary: each comparison takes its time."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one was most likely meant to be; None where none is near."""
    if len(word) > LONGEST:
        return None
    words = [one for one in known if len(one) <= LONGEST]
    if len(words) > NEIGHBOURS:
        words.sort()
        place = bisect(words, word)
        words = words[max(0, place - NEIGHBOURS // 10) : place + NEIGHBOURS // 10]
    return next(iter(get_close_matches(word, words, 1, 0.6)), None)
