"""A breaker's time, which never runs backwards (Clocks)."""

from __future__ import annotations

from dataclasses import dataclass

SET_BACK_MS = 10_000
"""A clock further behind than this was set back."""


@dataclass
class Clock:
    """The last time that a node or a record has seen, ms."""

    last: int | None = None

    def see(self, raw: int) -> tuple[int, int]:
        """Now, and by how many ms the clock was set back; 0 where it was not."""
        back = 0 if self.last is None else self.last - raw
        if back > SET_BACK_MS:
            self.last = raw
            return raw, back
        self.last = raw if back <= 0 else raw + back
        return self.last, 0
