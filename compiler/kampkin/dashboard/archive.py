"""Minutes as far back as places keep them, asked for in pieces; a piece that is over is asked for once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from kampkin.operate.edge import Edge, Minute, Place

PIECE = 360
"""Minutes; the Worker's API tells a day at most."""

SETTLED = 5
"""Minutes after which nodes have told a minute, if they ever do."""

FRESH_MS = 15_000
MOST = 600
"""Pieces kept."""

AT_ONCE = 8


@dataclass(frozen=True)
class Piece:
    """Minutes of a breaker at a place, and when they were told."""

    at_ms: int
    minutes: Sequence[Minute]


class Archive:
    """Remembers pieces by breaker, place and number."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, Place, int], Piece] = OrderedDict()
        self._guard = threading.Lock()

    def minutes(self, edge: Edge, breaker: str, first: int, last: int, now_ms: int) -> list[Minute]:
        """The minutes from one to another, both included, oldest first. Raises `Cannot` where the place does not tell."""
        numbers = range(first // PIECE, last // PIECE + 1)
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            pieces = list(pool.map(lambda number: self._piece(edge, breaker, number, now_ms), numbers))
        return [one for piece in pieces for one in piece.minutes if first <= one["minute"] <= last]

    def _piece(self, edge: Edge, breaker: str, number: int, now_ms: int) -> Piece:
        key = (breaker, edge.place, number)
        over_ms = ((number + 1) * PIECE + SETTLED) * 60_000
        with self._guard:
            kept = self._kept.get(key)
        if kept and (kept.at_ms > over_ms or now_ms - kept.at_ms < FRESH_MS):
            return kept
        last = min((number + 1) * PIECE - 1, now_ms // 60_000)
        piece = Piece(now_ms, edge.minutes(breaker, number * PIECE, last) if last >= number * PIECE else ())
        with self._guard:
            self._kept[key] = piece
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return piece
