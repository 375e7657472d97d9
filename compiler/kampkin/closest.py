"""Did you mean?"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 80
"""Comparing takes the square of the length, and nobody mistypes a word that long."""

NEIGHBOURS = 100
"""Of more known words only those are compared that stand next to it in a dictionary: each comparison takes its time."""


SHOWN = 10
"""Names that are told where none is near."""


def meant(word: str, known: Iterable[str]) -> str:
    """The hint for a name that is not there: which one was meant, else those that are, no more than can be taken in."""
    names = [*known]
    if close := closest(word, names):
        return f"did you mean {close}?"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"declared are: {', '.join(names[:SHOWN]) or 'none'}{more}"


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
