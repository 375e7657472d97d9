"""Minutes as far back as places keep them, asked for in pieces; a piece that is over is asked for once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from kampkin.dashboard.tally import compact
from kampkin.operate.edge import Edge, Minute, Place
from kampkin.plan import MINUTE_MS

PIECE = 360
"""Minutes; the Worker's API tells a day at most."""

SETTLED = 60
"""Minutes after which nodes have told a minute, if they ever do: one that has slept tells it with its next word."""

FRESH_MS = 15_000
MOST = 200_000
"""Minutes kept, of the pieces asked for last: of ten breakers at one place all fourteen days."""

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
        self._minutes = 0  # that are in them
        self._guard = threading.Lock()

    def minutes(self, edge: Edge, breaker: str, first: int, last: int, now_ms: int) -> list[Minute]:
        """The minutes from one to another, both included, oldest first. Raises `Cannot` where the place does not tell."""
        numbers = range(first // PIECE, last // PIECE + 1)
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            pieces = list(pool.map(lambda number: self._piece(edge, breaker, number, now_ms), numbers))
        return [one for piece in pieces for one in piece.minutes if first <= one["minute"] <= last]

    def _piece(self, edge: Edge, breaker: str, number: int, now_ms: int) -> Piece:
        key = (breaker, edge.place, number)
        over_ms = ((number + 1) * PIECE + SETTLED) * MINUTE_MS
        with self._guard:
            kept = self._kept.get(key)
        if kept and (kept.at_ms > over_ms or now_ms - kept.at_ms < FRESH_MS):
            return kept
        last = min((number + 1) * PIECE - 1, now_ms // MINUTE_MS)
        told = edge.minutes(breaker, number * PIECE, last) if last >= number * PIECE else ()
        piece = Piece(now_ms, [compact(one) for one in told])
        with self._guard:
            self._put(key, piece)
        return piece

    def _put(self, key: tuple[str, Place, int], piece: Piece) -> None:
        if before := self._kept.pop(key, None):
            self._minutes -= len(before.minutes)
        self._kept[key] = piece
        self._minutes += len(piece.minutes)
        while self._minutes > MOST and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._minutes -= len(oldest.minutes)
