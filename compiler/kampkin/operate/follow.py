"""`kampkin events --follow`: what happens to the breakers, as it happens. Records are looked at, and the events of those
asked for that have moved: one call for each breaker that nothing happens to, however long that is."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from kampkin.errors import Cannot
from kampkin.operate import show, words
from kampkin.operate.aws import wall_ms
from kampkin.operate.edge import Edge, Event, Place, Status, at_once
from kampkin.operate.session import Session
from kampkin.operate.watch import HOLD

RECENT = 20
"""Events of one breaker at one place between two looks, at the most: each was a transition or a person's word."""


SKEW_MS = 2_000


class Follower:
    """Remembers what was told. What was before `from_ms` is known."""

    def __init__(self, session: Session, from_ms: int) -> None:
        self.session = session
        self.from_ms = from_ms
        self.seen: dict[tuple[str, Place], tuple[Status, int]] = {}
        self.told: set[str] = set()
        self.silent: set[Place] = set()

    def look(self) -> tuple[list[Event], list[str]]:
        """The events since the last look, oldest first, and what places say that have stopped answering, once each time."""
        found: list[Event] = []
        wrong: list[str] = []
        for edge, got in at_once(self.session.reach.edges, lambda edge: list(self.news(edge))):
            if isinstance(got, Cannot):
                if edge.place not in self.silent:
                    wrong += show.complaints([(edge.place, None, got)])
                self.silent.add(edge.place)
                continue
            self.silent.discard(edge.place)
            found += got
        return sorted(found, key=lambda event: (event["at"], event["epoch"], event["id"])), wrong

    def news(self, edge: Edge) -> Iterator[Event]:
        """Of one place."""
        now = wall_ms()
        for name, status in edge.status(self.session.of(edge)).items():
            if isinstance(status, Cannot):
                continue
            before, at = self.seen.get((name, edge.place), (status, now))
            if words.moved(before, status, now - at):
                for event in edge.events(name, None, RECENT).events:
                    if self.is_new(event, before):
                        self.told.add(event["id"])
                        yield event
            self.seen[name, edge.place] = (status, now)

    def is_new(self, event: Event, before: Status) -> bool:
        """A transition by its epoch; a person's word, which moves none, by its time, whose clock is another's."""
        if event["id"] in self.told:
            return False
        new: bool = event["epoch"] > before.epoch if "to" in event else event["at"] > self.from_ms - SKEW_MS
        return new


def follow(session: Session, every_s: float, as_json: bool) -> int:
    """Until Ctrl-C, or until nobody reads."""
    show.complain((place, None, problem) for place, problem in session.reach.blind.items())
    follower = Follower(session, wall_ms())
    events, wrong = follower.look()
    tell(f"following {what_of(session)}; Ctrl-C ends")
    away = False
    while True:
        for event in events:
            line = show.as_json_line(event) if as_json else "  ".join(words.event_cells(event))
            print(line, flush=True)
        for line in wrong:
            tell(line)
        HOLD.wait(every_s)
        try:
            session = session.now()
        except Cannot as problem:
            events, wrong = [], [] if away else [problem.message]
            away = True
            continue
        if session is not follower.session:
            follower = Follower(session, wall_ms())  # all begins anew there
            tell(f"following {what_of(session)} again")
        away = False
        events, wrong = follower.look()


def what_of(session: Session) -> str:
    """What is followed, and where."""
    places = ", ".join(str(edge.place) for edge in session.reach.edges)
    return f"{session.breaker or 'every breaker'} on {places or 'no place'}"


def tell(line: str) -> None:
    """Beside the events."""
    print(line, file=sys.stderr, flush=True)
