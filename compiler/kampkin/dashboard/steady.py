"""Moments that a place tells as a time ago come out a little different at every look. They are one moment."""

from __future__ import annotations

from collections.abc import Hashable

NEAR_MS = 2_000


class Steady:
    """Remembers moments by what they are of."""

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}

    def __call__(self, what: Hashable, at_ms: int | None) -> int | None:
        """The moment as it was first reckoned, while it has not really moved."""
        if at_ms is None:
            self._known.pop(what, None)
            return None
        if abs(self._known.get(what, at_ms + 2 * NEAR_MS) - at_ms) > NEAR_MS:
            self._known[what] = at_ms
        return self._known[what]
