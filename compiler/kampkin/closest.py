"""Did you mean?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 80
"""Comparing takes the square of the length, and nobody mistypes a word that long."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one was most likely meant to be; None where none is near."""
    if len(word) > LONGEST:
        return None
    return next(iter(get_close_matches(word, [one for one in known if len(one) <= LONGEST], 1, 0.6)), None)
