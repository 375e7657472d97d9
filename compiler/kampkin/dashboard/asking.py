"""What one place is asked: its records, and of minutes and events those that are due.

Minutes and events are a call for each breaker, so few are asked for in a round: those of breakers in trouble first, then of whoever
was not asked for the longest time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from kampkin.dashboard.memory import Answering, Key, Known, Memory, Read
from kampkin.dashboard.tally import Tally
from kampkin.errors import Cannot
from kampkin.operate import words
from kampkin.operate.edge import Edge, Status
from kampkin.operate.trouble import QUIET, rank
from kampkin.plan import MINUTE_MS

A_ROUND = 40
"""Breakers of a place whose minutes are asked for in one round, and as many whose events are; so many more as it is longer ago."""

QUIET_SHARE = 4
"""Of how many one is kept for breakers that are in no trouble."""

TROUBLED_MS, QUIET_MS = 5_000, MINUTE_MS
"""How old minutes may be."""

AGAIN_MS = 10 * MINUTE_MS
"""When events are read again though the record has not moved: a person's word may have come and gone between two looks."""

REST_MS = 30_000
"""How long a breaker is let alone whose minutes or events a place has refused."""

GIVES_UP = 3
"""Refusals after which a round asks no more."""

EVENTS, PAGES = 100, 5
"""Of a breaker at a place: events a page, and pages at the most, while it is not known what an incident began with."""

AT_ONCE = 8


class Asking:
    """Asks places, and writes down what they say."""

    def __init__(self, memory: Memory, clock: Callable[[], int]) -> None:
        self.memory = memory
        self.clock = clock
        self._rests: dict[Key, int] = {}  # until when a breaker is let alone

    def round(self, edge: Edge, breakers: Sequence[str], now: int, budget: int) -> None:
        """All that is due of one place."""
        memory = self.memory
        try:
            found = self._records(edge, breakers)
        except Cannot as problem:
            before = memory.answering.get(edge.place, Answering())
            memory.answering[edge.place] = Answering(before.at_ms, problem)
            for name in breakers:
                memory.write((name, edge.place), Known(None, problem.message))
            return
        for key, known in found.items():
            memory.write(key, known)
        memory.answering[edge.place] = Answering(now)
        statuses = memory.statuses(edge.place, breakers)
        self._each(edge, self._due_minutes(statuses, now, budget), self._read_minutes, now)
        moved = [one for one in statuses if self.has_moved(one) and self._may(one, now)]
        moved.sort(key=lambda one: (rank(one), one.breaker))
        self._each(edge, moved[:budget], self._read_events, now)

    def read_back(self, edge: Edge, breaker: str) -> None:
        """The events of one breaker, where something may have happened to it since they were read."""
        moved = [one for one in self.memory.statuses(edge.place, [breaker]) if self.has_moved(one)]
        self._each(edge, moved, self._read_events, self.clock())

    def has_moved(self, status: Status) -> bool:
        """Whether something may have happened to a breaker since its events were read."""
        read = self.memory.read.get((status.breaker, status.place))
        return read is None or read.mark != self._mark(status) or self.clock() - read.at_ms >= AGAIN_MS

    def _records(self, edge: Edge, breakers: Sequence[str]) -> dict[Key, Known]:
        """The records of one place. Raises `Cannot` where none is to be had."""
        got = edge.status(breakers)
        problems = [one for one in got.values() if isinstance(one, Cannot)]
        if got and len(problems) == len(got):
            raise problems[0]
        at = self.clock()
        return {
            (name, edge.place): Known(None, one.message) if isinstance(one, Cannot) else Known(one, at_ms=at)
            for name, one in got.items()
        }

    def _due_minutes(self, statuses: Sequence[Status], now: int, budget: int) -> list[Status]:
        """The breakers whose minutes are to be asked for: in trouble, then the others, a share of which is theirs whatever
        happens; each time whoever waits the longest."""
        troubled: list[tuple[int, str, Status]] = []
        quiet: list[tuple[int, str, Status]] = []
        for status in statuses:
            tally = self.memory.tallies.setdefault((status.breaker, status.place), Tally())
            age = now - (tally.tried_ms or 0)
            is_troubled = rank(status) < QUIET
            if self._may(status, now) and age >= (TROUBLED_MS if is_troubled else QUIET_MS):
                (troubled if is_troubled else quiet).append((-age, status.breaker, status))
        shares = [sorted(one, key=lambda each: each[:2]) for one in (troubled, quiet)]
        kept = min(len(quiet), budget // QUIET_SHARE)
        chosen = shares[0][: budget - kept]
        return [status for *_, status in [*chosen, *shares[1][: budget - len(chosen)]]]

    def _read_minutes(self, edge: Edge, status: Status, now: int) -> None:
        """Of one breaker at one place."""
        tally = self.memory.tallies[status.breaker, edge.place]
        tally.tried_ms = now
        first = tally.wanted(now)
        tally.take(edge.minutes(status.breaker, first, now // MINUTE_MS), first, now)

    def _read_events(self, edge: Edge, status: Status, now: int) -> None:
        """Of one breaker at one place: the newest, and while it is not known what an incident began with, older ones."""
        key, before = (status.breaker, edge.place), None
        for _ in range(PAGES):
            page = edge.events(status.breaker, before, EVENTS)
            self.memory.journal.tell(edge.place, page.events)
            before = page.next
            moves = [event for event in self.memory.journal.of(*key) if "to" in event]
            if before is None or not moves or moves[0]["from"] == "closed":
                break
        self.memory.read[key] = Read(self._mark(status), now, before is not None)

    def _each(self, edge: Edge, due: Sequence[Status], read: Callable[[Edge, Status, int], None], now: int) -> None:
        """Asks a place for each of its breakers that is due. What it refuses is let alone for a while, and after a few
        refusals the rest too."""
        refusals: list[str] = []

        def one(status: Status) -> None:
            key = (status.breaker, edge.place)
            if len(refusals) >= GIVES_UP:
                return
            try:
                read(edge, status, now)
                self.memory.refused.pop(key, None)
            except Cannot as problem:
                refusals.append(problem.message)
                self.memory.refused[key] = problem.message
                self._rests[key] = now + REST_MS

        if due:
            with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
                list(pool.map(one, due))
        if len(refusals) >= GIVES_UP:
            self._rests |= {(status.breaker, edge.place): now + REST_MS for status in due}

    def _may(self, status: Status, now: int) -> bool:
        """Whether it is not let alone."""
        return now >= self._rests.get((status.breaker, status.place), 0)

    def _mark(self, status: Status) -> object:
        """What is other when there is a new event."""
        said, key = status.override, (status.breaker, status.place)
        if said is None:
            return words.mark(status)
        until = self.memory.steady((*key, "until"), self.memory.records[key].at_ms + said.left_ms)
        return (*words.mark(status), until)
