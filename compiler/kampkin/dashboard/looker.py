"""Looks at every place: records at each look, minutes and events as they are due. Nothing is asked while nobody looks.

Each place is asked in a round of its own, and a look waits for rounds only so long: a cloud that does not answer keeps nobody
from seeing the other one. Records tell what happens now. Minutes and events are a call for each breaker and place, so few are asked
for in a round: those of breakers in trouble first, then whoever was not asked for the longest time.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from kampkin.dashboard.commits import Commits
from kampkin.dashboard.journal import Journal
from kampkin.dashboard.past import Past
from kampkin.dashboard.rows import Knowledge, Known, order, row
from kampkin.dashboard.running import Running
from kampkin.dashboard.source import Open, Source
from kampkin.dashboard.steady import Steady
from kampkin.dashboard.tally import Tally
from kampkin.errors import Cannot
from kampkin.operate import words
from kampkin.operate.aws import wall_ms
from kampkin.operate.connect import NoRecord
from kampkin.operate.edge import Edge, Place, Status
from kampkin.operate.trouble import QUIET, rank

PATIENCE_S = 1.5
"""How long a look waits for a place; what that says later is in the next one."""

STANDS_MS = 60_000
"""For so long a look stands where nothing newer is needed."""

A_ROUND = 40
"""Breakers of a place whose minutes are asked for in one round, and as many whose events are; so many more as it is longer ago."""

MOST = 600
QUIET_SHARE = 4
"""Of how many one is kept for breakers that are in no trouble."""

TROUBLED_MS, QUIET_MS = 5_000, 60_000
"""How old minutes may be."""

AGAIN_MS = 600_000
"""When events are read again though the record has not moved: a person's word may have come and gone between two looks."""

REST_MS = 30_000
"""How long a breaker is let alone whose minutes or events a place has refused."""

GIVES_UP = 3
"""Refusals after which a round asks no more."""

EVENTS, PAGES = 100, 5
"""Of a breaker at a place: events a page, and pages at the most, while it is not known what an incident began with."""

AT_ONCE = 8


@dataclass(frozen=True)
class Look:
    """What one look has brought."""

    at_ms: int
    places: list[dict[str, Any]]
    rows: dict[str, dict[str, Any]]
    order: list[str]
    file_problem: str | None
    source: Source


@dataclass
class Answering:
    """Whether a place answers."""

    at_ms: int | None = None
    """When it did last."""
    problem: Cannot | None = None


class Round(threading.Thread):
    """One place is asked."""

    def __init__(self, looker: Looker, edge: Edge, begun_ms: int, budget: int) -> None:
        super().__init__(name=f"asks {edge.place}", daemon=True)
        self.looker = looker
        self.edge = edge
        self.begun_ms = begun_ms
        self.begun_s = time.monotonic()
        self.budget = budget

    def run(self) -> None:
        """Until the place has said all, or is given up."""
        try:
            self.looker.ask(self.edge, self.begun_ms, self.budget)
        except Exception as problem:  # an answer that nobody has thought of hides nothing of other places
            said = f"its answer is not understood: {type(problem).__name__}: {problem}"
            print(f"kampkin: {self.edge.place}: {said}", file=sys.stderr, flush=True)
            self.looker.answering[self.edge.place] = Answering(None, Cannot(said, "is it of another release?"))


class Looker:
    """Remembers all that looks have brought. One look at a time."""

    def __init__(self, opened: Open, clock: Callable[[], int] = wall_ms, patience_s: float = PATIENCE_S) -> None:
        self.opened = opened
        self.clock = clock
        self.patience_s = patience_s
        self.source = opened()
        self.last: Look | None = None
        self.records: dict[tuple[str, Place], Known] = {}
        self.tallies: dict[tuple[str, Place], Tally] = {}
        self.answering: dict[Place, Answering] = {}
        self.refused: dict[tuple[str, Place], str] = {}
        """Why minutes or events of a breaker were not to be had."""
        self.journal = Journal()
        self.commits = Commits()
        self.running = Running()
        self.steady = Steady()
        self._rounds: dict[Place, Round] = {}
        self._read: dict[tuple[str, Place], tuple[object, int]] = {}  # the record when its events were read, and when
        self._rests: dict[tuple[str, Place], int] = {}  # until when it is let alone
        self._cut: dict[tuple[str, Place], bool] = {}
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
        """Sees to it that the events of one breaker have been asked for, where something has happened to it since they were."""
        look = self.look(STANDS_MS)
        source = look.source
        for edge in source.session.reach.edges:
            known = self.records.get((breaker, edge.place))
            if self.answers(edge.place) and known and known.status and self._moved(known.status):
                self._each(edge, [known.status], self._read_events, self.clock())
        return source

    def answers(self, place: Place) -> bool:
        """Whether a place has answered when it was asked last."""
        seen = self.answering.get(place)
        return seen is not None and seen.problem is None and self._overdue(place) is None

    def away(self, places: Iterable[Place]) -> dict[Place, Cannot]:
        """Those that do not answer now, and why."""
        found = {}
        for place in places:
            if not self.answers(place):
                said = self.answering.get(place, Answering()).problem
                found[place] = said or Cannot("it has been asked and has not answered yet")
        return found

    def pasts(self, breaker: str, places: Iterable[Place]) -> dict[Place, Past]:
        """What is known of a breaker's past at each place."""
        places = [*places]
        away = self.away(places)
        found = {}
        for place in places:
            known = self.records.get((breaker, place), Known(None))
            read = (breaker, place) in self._read
            problem = away[place].message if place in away else None if read else self.refused.get((breaker, place))
            cut = self._cut.get((breaker, place), False)
            found[place] = Past(self.journal.of(breaker, place), known.status, problem, cut)
        return found

    @property
    def is_caught_up(self) -> bool:
        """Whether the events of every breaker that can be seen have been asked for."""
        edges = self.source.session.reach.edges
        return self.last is not None and not any(
            (one.breaker, one.place) not in self._read for edge in edges for one in self._statuses(edge)
        )

    def _look(self) -> Look:
        self._reread()
        source, session = self.source, self.source.session
        now = self.clock()
        for place, problem in session.reach.blind.items():
            self.answering[place] = Answering(None, problem)
        rounds = [self._begin(edge, now) for edge in session.reach.edges]
        until = time.monotonic() + self.patience_s
        for one in rounds:
            one.join(max(0.0, until - time.monotonic()))
        self.journal.add([*self.running.news(source, now), *self.commits.news(source, now)])
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
        started = Round(self, edge, now, min(MOST, A_ROUND * max(1, ago // 2_000)))
        self._rounds[edge.place] = started
        started.start()
        return started

    def ask(self, edge: Edge, now: int, budget: int) -> None:
        """All that is due of one place."""
        try:
            found = self._records(edge)
        except Cannot as problem:
            before = self.answering.get(edge.place, Answering())
            self.answering[edge.place] = Answering(before.at_ms, problem)
            for name in self.source.session.of(edge):
                self.records[name, edge.place] = Known(None, problem.message)
            return
        for key, known in found.items():
            self._write(key, known)
        self.answering[edge.place] = Answering(now)
        self._each(edge, self._due_minutes(edge, now, budget), self._read_minutes, now)
        moved = [one for one in self._statuses(edge) if self._moved(one) and self._may(one, now)]
        moved.sort(key=lambda one: (rank(one), one.breaker))
        self._each(edge, moved[:budget], self._read_events, now)

    def _overdue(self, place: Place) -> Round | None:
        """The round of a place that it has not answered for longer than a look waits."""
        one = self._rounds.get(place)
        return one if one and one.is_alive() and time.monotonic() - one.begun_s >= self.patience_s else None

    def _records(self, edge: Edge) -> dict[tuple[str, Place], Known]:
        """The records of one place. Raises `Cannot` where none is to be had."""
        got = edge.status(self.source.session.of(edge))
        problems = [one for one in got.values() if isinstance(one, Cannot)]
        if got and len(problems) == len(got):
            raise problems[0]
        at = self.clock()
        return {
            (name, edge.place): Known(None, one.message) if isinstance(one, Cannot) else Known(one, at_ms=at)
            for name, one in got.items()
        }

    def _write(self, key: tuple[str, Place], known: Known) -> None:
        """A record. One of an earlier epoch than before has begun again, as that of a lost table does."""
        before = self.records.get(key)
        if before and before.status and known.status and known.status.epoch < before.status.epoch:
            self.journal.forget(*key)
            self._read.pop(key, None)
        self.records[key] = known

    def _due_minutes(self, edge: Edge, now: int, budget: int) -> list[Status]:
        """The breakers whose minutes are to be asked for: in trouble, then the others, a share of which is theirs whatever
        happens; each time whoever waits the longest."""
        troubled: list[tuple[int, str, Status]] = []
        quiet: list[tuple[int, str, Status]] = []
        for status in self._statuses(edge):
            tally = self.tallies.setdefault((status.breaker, edge.place), Tally())
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
        tally = self.tallies[status.breaker, edge.place]
        tally.tried_ms = now
        first = tally.wanted(now)
        tally.take(edge.minutes(status.breaker, first, now // 60_000), first, now)

    def _read_events(self, edge: Edge, status: Status, now: int) -> None:
        """Of one breaker at one place: the newest, and while it is not known what an incident began with, older ones."""
        key, before = (status.breaker, edge.place), None
        for _ in range(PAGES):
            page = edge.events(status.breaker, before, EVENTS)
            self.journal.tell(edge.place, page.events)
            before = page.next
            moves = [event for event in self.journal.of(*key) if "to" in event]
            if before is None or not moves or moves[0]["from"] == "closed":
                break
        self._cut[key] = before is not None
        self._read[key] = (self._mark(status), now)

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
                self.refused.pop(key, None)
            except Cannot as problem:
                refusals.append(problem.message)
                self.refused[key] = problem.message
                self._rests[key] = now + REST_MS

        if due:
            with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
                list(pool.map(one, due))
        if len(refusals) >= GIVES_UP:
            self._rests |= {(status.breaker, edge.place): now + REST_MS for status in due}

    def _may(self, status: Status, now: int) -> bool:
        """Whether it is not let alone."""
        return now >= self._rests.get((status.breaker, status.place), 0)

    def _moved(self, status: Status) -> bool:
        """Whether something may have happened to a breaker since its events were read."""
        mark, at = self._read.get((status.breaker, status.place), (None, 0))
        return mark != self._mark(status) or self.clock() - at >= AGAIN_MS

    def _mark(self, status: Status) -> object:
        """What is other when there is a new event."""
        said, key = status.override, (status.breaker, status.place)
        if said is None:
            return words.mark(status)
        until = self.steady((*key, "until"), self.records[key].at_ms + said.left_ms)
        return (*words.mark(status), said.owner, said.reason, until)

    def _statuses(self, edge: Edge) -> list[Status]:
        """The records of a place that are known."""
        known = (self.records.get((name, edge.place)) for name in self.source.session.of(edge))
        return [one.status for one in known if one and one.status]

    def _rows(self, now: int) -> Iterable[dict[str, Any]]:
        """The board: the endpoints that are on the targets which are looked at."""
        known = Knowledge(self.records, self.tallies, self.refused, self.journal, self.steady, self.running.known)
        session = self.source.session
        reasons = {place: seen.problem for place, seen in list(self.answering.items()) if seen.problem}
        for endpoint in session.plan.endpoints:
            if mine := [place for place in session.places if place.target in endpoint.targets]:
                yield row(endpoint, mine, known, reasons, now)

    def _place(self, place: Place) -> dict[str, Any]:
        """Whether a place answers."""
        seen, under_way = self.answering.get(place, Answering()), self._overdue(place)
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
