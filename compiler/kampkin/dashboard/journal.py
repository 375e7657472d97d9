"""The event log: what breakers did by themselves, what people did to them, and what changed of the file and at the edges."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kampkin.operate import words
from kampkin.operate.edge import Event, Place

Kind = Literal["automatic", "manual", "configuration"]
MOST = 20_000
"""Entries kept, the newest."""

MOST_EVENTS = 600
"""Events kept of a breaker at a place, the newest."""


@dataclass(frozen=True)
class Entry:
    """One line of it."""

    id: str
    at: int
    """ms since 1970."""
    kind: Kind
    words: str
    breaker: str | None = None
    place: str | None = None
    from_state: str | None = None
    to: str | None = None
    who: str | None = None
    url: str | None = None
    """Of a commit, at the forge."""
    endpoints: tuple[str, ...] = ()
    """Those that a change of the file is about."""

    def to_json(self) -> dict[str, Any]:
        """As the page reads it."""
        return {
            "id": self.id,
            "at": self.at,
            "kind": self.kind,
            "breaker": self.breaker,
            "place": self.place,
            "from": self.from_state,
            "to": self.to,
            "words": self.words,
            "who": self.who,
            "url": self.url,
            "endpoints": list(self.endpoints),
        }

    @property
    def mark(self) -> str:
        """What orders entries, and where a page of them goes on."""
        return f"{self.at:015}/{self.id}"


def kind_of(event: Event) -> Kind:
    """Whether a breaker did it by itself. What a person's word comes to when its time is over is the breaker's own doing."""
    by_itself = "to" in event and event["reason"] != "manual"
    return "automatic" if by_itself else "manual"


def entry_of(place: Place, event: Event) -> Entry:
    """An event of a breaker."""
    return Entry(
        id=event["id"],
        at=event["at"],
        kind=kind_of(event),
        words=words.happened(event),
        breaker=event["breaker"],
        place=str(place),
        from_state=event.get("from"),
        to=event.get("to"),
        who=event["node"],
        endpoints=(event["breaker"],),
    )


class Journal:
    """Entries in their order, each once; and the events behind them, by breaker and place. For any thread."""

    def __init__(self) -> None:
        self._entries: list[tuple[str, Entry]] = []  # oldest first, by their marks
        self._known: set[str] = set()
        self._news: deque[tuple[int, Entry]] = deque(maxlen=MOST)  # in the order in which they came
        self._number = 0
        self._dropped = False
        self._events: dict[tuple[str, Place], dict[str, Event]] = {}
        self._guard = threading.RLock()

    def tell(self, place: Place, events: Iterable[Event]) -> None:
        """Takes up events of a place."""
        found = []
        with self._guard:
            for event in events:
                self._events.setdefault((event["breaker"], place), {})[event["id"]] = event
                found.append(entry_of(place, event))
            self.add(found)
            for key in {(event.breaker, place) for event in found if event.breaker}:
                for old in self.of(*key)[:-MOST_EVENTS]:
                    del self._events[key][old["id"]]

    def forget(self, breaker: str, place: Place) -> None:
        """The record has begun again: what was before belongs to no epoch of it any more. The entries stay."""
        with self._guard:
            self._events.pop((breaker, place), None)

    def add(self, entries: Iterable[Entry]) -> None:
        """Takes up entries. When there are too many the oldest go, and none that is older than they comes."""
        with self._guard:
            for entry in entries:
                too_old = self._dropped and entry.mark <= self._entries[0][0]
                if entry.id in self._known or too_old:
                    continue
                self._known.add(entry.id)
                insort(self._entries, (entry.mark, entry), key=mark_of)
                self._number += 1
                self._news.append((self._number, entry))
            while len(self._entries) > MOST:
                self._dropped = True
                self._known.discard(self._entries.pop(0)[1].id)

    def after(self, number: int) -> tuple[list[Entry], int]:
        """The entries that have come since the one of a number, newest first, and the last one's number."""
        with self._guard:
            found = [entry for at, entry in self._news if at > number]
            return sorted(found, key=lambda entry: entry.mark, reverse=True), self._number

    def of(self, breaker: str, place: Place) -> list[Event]:
        """The events of a breaker at a place by epoch, the oldest first: clocks of nodes differ, epochs do not."""
        with self._guard:
            events = [*self._events.get((breaker, place), {}).values()]
        return sorted(events, key=lambda event: (event["epoch"], event["at"]))

    def turn(self, breaker: str, place: Place, epoch: int) -> Event | None:
        """The transition that began an epoch."""
        with self._guard:
            events = [*self._events.get((breaker, place), {}).values()]
        found = [one for one in events if "to" in one and one["epoch"] == epoch]
        return max(found, key=lambda one: int(one["at"]), default=None)

    def word(self, breaker: str, place: Place) -> Event | None:
        """The last that a person has said of it."""
        with self._guard:
            events = [*self._events.get((breaker, place), {}).values()]
        return max((one for one in events if "to" not in one), key=lambda one: int(one["at"]), default=None)

    def page(self, wanted: Wanted, before: str | None, limit: int) -> tuple[Sequence[Entry], str | None]:
        """Entries before a mark, newest first, and where the next page goes on; None at the end."""
        with self._guard:
            upto = bisect_left(self._entries, before, key=mark_of) if before else len(self._entries)
            older = [entry for _, entry in self._entries[:upto]]
        found: list[Entry] = []
        for entry in reversed(older):
            if wanted.fits(entry):
                if len(found) == limit:
                    return found, found[-1].mark
                found.append(entry)
        return found, None

    def since(self, kept_from_ms: int) -> int:
        """How far back it goes, where places keep events since then."""
        with self._guard:
            return max(kept_from_ms, self._entries[0][1].at) if self._dropped else kept_from_ms


def mark_of(pair: tuple[str, Entry]) -> str:
    """What entries are kept by."""
    return pair[0]


@dataclass(frozen=True)
class Wanted:
    """Which entries a person asks for; None and empty: any."""

    kind: str | None = None
    endpoint: str | None = None
    text: str = ""

    def fits(self, entry: Entry) -> bool:
        """Whether an entry is meant."""
        if self.kind and entry.kind != self.kind:
            return False
        if self.endpoint and self.endpoint not in entry.endpoints:
            return False
        return not self.text or any(self.text.casefold() in said.casefold() for said in texts(entry))


def texts(entry: Entry) -> Iterator[str]:
    """What of an entry is searched."""
    yield entry.words
    yield from filter(None, (entry.breaker, entry.place, entry.who))
    yield from entry.endpoints
