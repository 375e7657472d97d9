"""Looks at every place. Nothing is asked while nobody looks.

Each place is asked in a round of its own, and a look waits for rounds only so long: a cloud that does not answer keeps nobody
from seeing the other one.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kampkin.dashboard.asking import A_ROUND, Asking
from kampkin.dashboard.commits import Commits
from kampkin.dashboard.memory import Answering, Memory
from kampkin.dashboard.past import Past
from kampkin.dashboard.rows import order, row
from kampkin.dashboard.running import Running
from kampkin.dashboard.source import Open, Source
from kampkin.errors import Cannot
from kampkin.operate.aws import wall_ms
from kampkin.operate.connect import NoRecord
from kampkin.operate.edge import Edge, Place

PATIENCE_S = 1.5
"""How long a look waits for a place; what that says later is in the next one."""

STANDS_MS = 60_000
"""For so long a look stands where nothing newer is needed."""

MOST = 600
"""What a round asks for at the most, however long ago the last one is."""

A_LOOK_MS = 2_000


@dataclass(frozen=True)
class Look:
    """What one look has brought."""

    at_ms: int
    places: list[dict[str, Any]]
    rows: dict[str, dict[str, Any]]
    order: list[str]
    file_problem: str | None
    source: Source


class Round(threading.Thread):
    """One place is asked."""

    def __init__(self, asking: Asking, edge: Edge, breakers: Sequence[str], begun_ms: int, budget: int) -> None:
        super().__init__(name=f"asks {edge.place}", daemon=True)
        self.asking = asking
        self.edge = edge
        self.breakers = breakers
        self.begun_ms = begun_ms
        self.begun_s = time.monotonic()
        self.budget = budget

    def run(self) -> None:
        """Until the place has said all, or is given up."""
        try:
            self.asking.round(self.edge, self.breakers, self.begun_ms, self.budget)
        except Exception as problem:  # an answer that nobody has thought of hides nothing of other places
            said = f"its answer is not understood: {type(problem).__name__}: {problem}"
            print(f"kampkin: {self.edge.place}: {said}", file=sys.stderr, flush=True)
            hint = "is it of another release?"
            self.asking.memory.answering[self.edge.place] = Answering(None, Cannot(said, hint))


class Looker:
    """One look at a time, and what all of them have brought."""

    def __init__(self, opened: Open, clock: Callable[[], int] = wall_ms, patience_s: float = PATIENCE_S) -> None:
        self.opened = opened
        self.clock = clock
        self.patience_s = patience_s
        self.source = opened()
        self.last: Look | None = None
        self.memory = Memory()
        self.asking = Asking(self.memory, clock)
        self.commits = Commits()
        self.running = Running()
        self._rounds: dict[Place, Round] = {}
        self._problem: str | None = None
        self._looking = threading.Lock()

    def look(self, unless_since_ms: int = 0) -> Look:
        """Looks; or what the last look brought, where that is no older than so many ms."""
        with self._looking:
            if self.last and self.clock() - self.last.at_ms < unless_since_ms:
                return self.last
            self.last = self._look()
            return self.last

    def read_back(self, breaker: str) -> Source:
        """Sees to it that the events of one breaker have been read, where something may have happened to it since they were; the
        file as it was looked at."""
        source = self.look(STANDS_MS).source
        for edge in source.session.reach.edges:
            if self.answers(edge.place):
                self.asking.read_back(edge, breaker)
        return source

    def answers(self, place: Place) -> bool:
        """Whether a place has answered when it was asked last."""
        seen = self.memory.answering.get(place)
        return seen is not None and seen.problem is None and self._overdue(place) is None

    def away(self, places: Iterable[Place]) -> dict[Place, Cannot]:
        """Those that do not answer now, and why."""
        found = {}
        for place in places:
            if not self.answers(place):
                said = self.memory.answering.get(place, Answering()).problem
                found[place] = said or Cannot("it has been asked and has not answered yet")
        return found

    def pasts(self, breaker: str, places: Iterable[Place]) -> dict[Place, Past]:
        """What is known of a breaker's past at each place."""
        places = [*places]
        return self.memory.pasts(breaker, places, self.away(places))

    @property
    def is_caught_up(self) -> bool:
        """Whether the events of every breaker that can be seen have been read."""
        session, memory = self.source.session, self.memory
        return self.last is not None and all(
            (status.breaker, status.place) in memory.read
            for edge in session.reach.edges
            for status in memory.statuses(edge.place, session.of(edge))
        )

    def _look(self) -> Look:
        self._reread()
        source, session = self.source, self.source.session
        now = self.clock()
        for place, problem in session.reach.blind.items():
            self.memory.answering[place] = Answering(None, problem)
        rounds = [self._begin(edge, now) for edge in session.reach.edges]
        until = time.monotonic() + self.patience_s
        for one in rounds:
            one.join(max(0.0, until - time.monotonic()))
        self.memory.journal.add([*self.running.news(source, now), *self.commits.news(source, now)])
        rows = {row["name"]: row for row in self._rows(now)}
        places = [self._place(place) for place in session.places]
        return Look(now, places, rows, order(list(rows.values())), self._problem, source)

    def _reread(self) -> None:
        """Takes up the file as it is now; one with errors changes nothing but that it is said."""
        if not self.source.is_stale:
            self._problem = None
            return
        try:
            self.source = self.opened()
            self._problem = None
        except Cannot as problem:
            self._problem = problem.message

    def _begin(self, edge: Edge, now: int) -> Round:
        """A round of a place, or the one that is still under way there."""
        under_way = self._rounds.get(edge.place)
        if under_way and under_way.is_alive() and under_way.edge is edge:
            return under_way
        ago = now - self.last.at_ms if self.last else 0
        started = Round(
            self.asking, edge, self.source.session.of(edge), now, min(MOST, A_ROUND * max(1, ago // A_LOOK_MS))
        )
        self._rounds[edge.place] = started
        started.start()
        return started

    def _overdue(self, place: Place) -> Round | None:
        """The round of a place that it has not answered for longer than a look waits."""
        one = self._rounds.get(place)
        return one if one and one.is_alive() and time.monotonic() - one.begun_s >= self.patience_s else None

    def _rows(self, now: int) -> Iterable[dict[str, Any]]:
        """The board: the endpoints that are on the targets which are looked at."""
        session = self.source.session
        for endpoint in session.plan.endpoints:
            if mine := [place for place in session.places if place.target in endpoint.targets]:
                yield row(endpoint, mine, self.memory, self.running.known, now)

    def _place(self, place: Place) -> dict[str, Any]:
        """Whether a place answers."""
        seen, under_way = self.memory.answering.get(place, Answering()), self._overdue(place)
        return {
            "place": str(place),
            "target": place.target,
            "answered": seen.problem is None and under_way is None,
            "keeps": not isinstance(seen.problem, NoRecord),
            "waitingSince": under_way.begun_ms if under_way else None,
            "at": seen.at_ms,
            "problem": seen.problem.message if seen.problem else None,
            "hint": seen.problem.hint if seen.problem else None,
        }
