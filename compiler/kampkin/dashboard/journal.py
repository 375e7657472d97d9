"""The event log: what breakers did by themselves, what people did to them, and what changed of the file and at the edges."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kampkin.operate import words
from kampkin.operate.edge import Event, Place

Kind = Literal["automatic", "manual", "configuration"]
MOST = 20_000
"""Entries kept, the newest."""


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
        self._events: dict[tuple[str, Place], dict[str, Event]] = {}
        self._guard = threading.RLock()

    def tell(self, place: Place, events: Iterable[Event]) -> list[Entry]:
        """Takes up events of a place; those that are new, newest first."""
        found = []
        with self._guard:
            for event in events:
                self._events.setdefault((event["breaker"], place), {})[event["id"]] = event
                found.append(entry_of(place, event))
            return self.add(found)

    def add(self, entries: Iterable[Entry]) -> list[Entry]:
        """Takes up entries; those that are new, newest first."""
        with self._guard:
            new = {entry.id: entry for entry in entries if entry.id not in self._known}
            for entry in new.values():
                self._known.add(entry.id)
                insort(self._entries, (entry.mark, entry), key=mark_of)
            while len(self._entries) > MOST:
                self._known.discard(self._entries.pop(0)[1].id)
        return sorted(new.values(), key=lambda entry: entry.mark, reverse=True)

    def of(self, breaker: str, place: Place) -> list[Event]:
        """The events of a breaker at a place, oldest first."""
        with self._guard:
            events = [*self._events.get((breaker, place), {}).values()]
        return sorted(events, key=lambda event: (event["at"], event["epoch"]))

    def turn(self, breaker: str, place: Place, epoch: int) -> Event | None:
        """The transition that began an epoch."""
        return next((one for one in self.of(breaker, place) if "to" in one and one["epoch"] == epoch), None)

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
