"""Looks at every place: records at each look, minutes and events as they are due. Nothing is asked while nobody looks.

Records tell what happens now. Minutes and events are a call for each breaker and place, so few are asked for at a look: those of
breakers in trouble first, then whoever was not asked for the longest time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from kampkin.dashboard.commits import Commits
from kampkin.dashboard.journal import Entry, Journal
from kampkin.dashboard.rows import Knowledge, Known, Runs, order, row
from kampkin.dashboard.source import Open, Source
from kampkin.dashboard.steady import Steady
from kampkin.dashboard.tally import Tally
from kampkin.errors import Cannot
from kampkin.operate import words
from kampkin.operate.aws import wall_ms
from kampkin.operate.edge import Edge, Place, Status, at_once
from kampkin.operate.obeyed import PATH, answer_of
from kampkin.operate.trouble import QUIET, rank
from kampkin.plan import TargetName

A_LOOK = 40
"""Breakers of a place whose minutes are asked for at one look, and as many whose events are."""

TROUBLED_MS, QUIET_MS = 15_000, 60_000
"""How old minutes may be."""

EVENTS = 100
"""Of a breaker at a place, the newest."""

STANDS_MS = 60_000
"""For so long a look stands where nothing newer is needed."""

RUNS_MS = 30_000
AT_ONCE = 8


@dataclass(frozen=True)
class Look:
    """What one look has brought."""

    at_ms: int
    places: list[dict[str, Any]]
    rows: dict[str, dict[str, Any]]
    order: list[str]
    entries: list[Entry]
    """New ones of the event log, newest first."""
    file_problem: str | None
    source: Source


@dataclass
class Answering:
    """Whether a place answers."""

    at_ms: int | None = None
    problem: Cannot | None = None


class Looker:
    """Remembers all that looks have brought. One look at a time."""

    def __init__(self, opened: Open, clock: Callable[[], int] = wall_ms) -> None:
        self.opened = opened
        self.clock = clock
        self.source = opened()
        self.last: Look | None = None
        self.records: dict[tuple[str, Place], Known] = {}
        self.tallies: dict[tuple[str, Place], Tally] = {}
        self.answering: dict[Place, Answering] = {}
        self.journal = Journal()
        self.commits = Commits()
        self.steady = Steady()
        self.runs: dict[TargetName, Runs] = {}
        self._told: dict[tuple[str, Place], object] = {}  # what a record was when its events were asked for
        self._new: list[Entry] = []
        self._runs_at: int | None = None
        self._problem: str | None = None
        self._looking = threading.Lock()
        self._entering = threading.Lock()

    def look(self, unless_since_ms: int = 0) -> Look:
        """Looks; or what the last look brought, where that is no older than so many ms."""
        with self._looking:
            if self.last and self.clock() - self.last.at_ms < unless_since_ms:
                return self.last
            self.last = self._look()
            return self.last

    def read_back(self, breaker: str) -> None:
        """Asks for the events of one breaker now, where something has happened to it since they were asked for."""
        self.look(STANDS_MS)
        with self._looking:
            edges = [edge for edge in self.source.session.reach.edges if self.answering[edge.place].problem is None]
            moved = {edge.place: [one for one in self._statuses(edge) if one.breaker == breaker] for edge in edges}
            self._each(edges, lambda edge: [*filter(self._moved, moved[edge.place])], self._read_events)

    @property
    def is_caught_up(self) -> bool:
        """Whether the events of every breaker that can be seen have been asked for."""
        edges = self.source.session.reach.edges
        return self.last is not None and not any(self._moved(one) for edge in edges for one in self._statuses(edge))

    def _moved(self, status: Status) -> bool:
        """Whether something has happened to a breaker since its events were asked for."""
        return self._told.get((status.breaker, status.place), NEVER) != mark(status)

    def _look(self) -> Look:
        self._reread()
        source, session = self.source, self.source.session
        now = self.clock()
        for place, problem in session.reach.blind.items():
            self.answering[place] = Answering(None, problem)
        for edge, got in at_once(session.reach.edges, self._records):
            seen = self.answering.setdefault(edge.place, Answering())
            if isinstance(got, Cannot):
                seen.problem = got
                for name in session.of(edge):
                    self.records[name, edge.place] = Known(None, got.message)
            else:
                seen.at_ms, seen.problem = now, None
                self.records.update(got)
        answering = [edge for edge in session.reach.edges if self.answering[edge.place].problem is None]
        self._minutes(answering, now)
        entries = self._events(answering)
        entries += self._plans(now)
        entries += self.journal.add(self.commits.news(source, now))
        rows = {row["name"]: row for row in self._rows(now)}
        places = [self._place(place) for place in session.places]
        new = sorted(entries, key=lambda entry: entry.mark, reverse=True)
        return Look(now, places, rows, order(list(rows.values())), new, self._problem, source)

    def _reread(self) -> None:
        """Takes up the file as it is now; one with errors changes nothing but that it is said."""
        if not self.source.is_stale:
            self._problem = None
            return
        try:
            self.source = self.opened()
            self._problem = None
            self._runs_at = None
        except Cannot as problem:
            self._problem = problem.message

    def _records(self, edge: Edge) -> dict[tuple[str, Place], Known]:
        """The records of one place. Raises `Cannot` where none is to be had."""
        got = edge.status(self.source.session.of(edge))
        problems = [one for one in got.values() if isinstance(one, Cannot)]
        if got and len(problems) == len(got):
            raise problems[0]
        return {
            (name, edge.place): Known(None, one.message) if isinstance(one, Cannot) else Known(one)
            for name, one in got.items()
        }

    def _minutes(self, edges: Sequence[Edge], now: int) -> None:
        """Asks for the minutes that are due."""

        def due(edge: Edge) -> list[Status]:
            waiting = []
            for status in self._statuses(edge):
                tally = self.tallies.setdefault((status.breaker, edge.place), Tally())
                age = now - (tally.asked_ms or 0)
                troubled = rank(status) < QUIET
                if age >= (TROUBLED_MS if troubled else QUIET_MS):
                    waiting.append((not troubled, -age, status.breaker, status))
            return [status for *_, status in sorted(waiting, key=lambda one: one[:3])][:A_LOOK]

        def ask(edge: Edge, status: Status) -> None:
            tally = self.tallies[status.breaker, edge.place]
            tally.take(edge.minutes(status.breaker, tally.wanted(now // 60_000), now // 60_000), now)

        self._each(edges, due, ask)

    def _events(self, edges: Sequence[Edge]) -> list[Entry]:
        """Asks for the events of breakers that have moved since theirs were asked for."""

        def due(edge: Edge) -> list[Status]:
            moved = filter(self._moved, self._statuses(edge))
            return sorted(moved, key=lambda one: (rank(one), one.breaker))[:A_LOOK]

        self._each(edges, due, self._read_events)
        with self._entering:
            found, self._new = self._new, []
        return found

    def _read_events(self, edge: Edge, status: Status) -> None:
        """Of one breaker at one place."""
        events = edge.events(status.breaker, None, EVENTS).events
        with self._entering:
            self._new += self.journal.tell(edge.place, events)
            self._told[status.breaker, edge.place] = mark(status)

    def _each(
        self, edges: Sequence[Edge], due: Callable[[Edge], list[Status]], ask: Callable[[Edge, Status], None]
    ) -> None:
        """Asks each place for each of its breakers that is due. What one does not tell is asked for again another time."""

        def one(edge: Edge, status: Status) -> None:
            try:
                ask(edge, status)
            except Cannot as problem:
                self.records[status.breaker, edge.place] = Known(status, problem.message)

        work = [(edge, status) for edge in edges for status in due(edge)]
        if work:
            with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
                list(pool.map(lambda pair: one(*pair), work))

    def _statuses(self, edge: Edge) -> Iterable[Status]:
        """The records of a place that are known."""
        for name in self.source.session.of(edge):
            known = self.records.get((name, edge.place))
            if known and known.status:
                yield known.status

    def _plans(self, now: int) -> list[Entry]:
        """Asks each edge which plan it runs. That it runs another than before is an entry of the log."""
        session = self.source.session
        if session.digest is None or (self._runs_at is not None and now - self._runs_at < RUNS_MS):
            return []
        self._runs_at = now
        before = dict(self.runs)
        with ThreadPoolExecutor(max_workers=2) as pool:
            targets = [target for target in session.plan.targets if session.breaker is None]
            self.runs = dict(zip(targets, pool.map(self._run, targets), strict=True))
        found = []
        for target, one in self.runs.items():
            was = before.get(target)
            if was and was.digest and one.digest and was.digest != one.digest:
                said = f"{target} answers with plan {one.digest[:19]}, before with {was.digest[:19]}"
                names = tuple(each.name for each in session.plan.endpoints if target in each.targets)
                found.append(
                    Entry(f"runs/{target}/{now}", now, "configuration", said, place=target, who=None, endpoints=names)
                )
        return self.journal.add(found)

    def _run(self, target: TargetName) -> Runs:
        """Which plan an edge runs."""
        url = self.source.session.urls.get(target)
        if url is None:
            return Runs(None, "has no address that is known here")
        told = answer_of(f"{url.rstrip('/')}{PATH}")
        if not isinstance(told, dict) or not isinstance(told.get("plan"), str):
            return Runs(None, told if isinstance(told, str) else "does not say what it runs")
        if told["plan"] == self.source.session.digest:
            return Runs(True, "runs the file's plan", told["plan"])
        return Runs(False, f"runs another plan than the file's: {told['plan'][:19]}", told["plan"])

    def _rows(self, now: int) -> Iterable[dict[str, Any]]:
        """The board."""
        known = Knowledge(self.records, self.tallies, self.journal, self.steady, self.runs)
        places = self.source.session.places
        for endpoint in self.source.session.plan.endpoints:
            mine = [place for place in places if place.target in endpoint.targets]
            yield row(endpoint, mine, known, now)

    def _place(self, place: Place) -> dict[str, Any]:
        """Whether a place answers."""
        seen = self.answering.get(place, Answering())
        return {
            "place": str(place),
            "target": place.target,
            "answered": seen.problem is None,
            "at": seen.at_ms,
            "problem": seen.problem.message if seen.problem else None,
            "hint": seen.problem.hint if seen.problem else None,
        }


NEVER = object()


def mark(status: Status) -> object:
    """What moves when there is a new event. A breaker that nothing ever happened to has none."""
    return (*words.mark(status), status.override.owner if status.override else None)
