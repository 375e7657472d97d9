"""What places have told so far, and what of it is not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kampkin.dashboard.journal import Journal
from kampkin.dashboard.outages import Outages
from kampkin.dashboard.past import Past
from kampkin.dashboard.steady import Steady
from kampkin.dashboard.tally import Hours, Tally
from kampkin.errors import Cannot
from kampkin.operate.edge import Place, Status

Key = tuple[str, Place]
"""A breaker at a place."""


@dataclass(frozen=True)
class Known:
    """A breaker's record at a place, or why there is none to see."""

    status: Status | None
    problem: str | None = None
    at_ms: int = 0
    """When it was so; of one that is not to be seen now, when it was last."""
    last: Status | None = None
    """The record as it was then."""


@dataclass(frozen=True)
class Answering:
    """Whether a place answers."""

    at_ms: int | None = None
    """When it did last."""
    problem: Cannot | None = None


@dataclass(frozen=True)
class Read:
    """That the events of a breaker were read."""

    mark: object
    """What its record was then."""
    at_ms: int
    cut: bool
    """Whether there are older ones that were not."""


@dataclass
class Memory:
    """Written by whoever asks a place, each its own; read by all."""

    records: dict[Key, Known] = field(default_factory=dict)
    tallies: dict[Key, Tally] = field(default_factory=dict)
    answering: dict[Place, Answering] = field(default_factory=dict)
    read: dict[Key, Read] = field(default_factory=dict)
    refused: dict[Key, str] = field(default_factory=dict)
    """Why minutes or events of a breaker were not to be had."""
    journal: Journal = field(default_factory=Journal)
    hours: Hours = field(default_factory=Hours)
    outages: Outages = field(default_factory=Outages)
    steady: Steady = field(default_factory=Steady)

    def statuses(self, place: Place, breakers: Iterable[str]) -> list[Status]:
        """The records of a place that are known."""
        known = (self.records.get((name, place)) for name in breakers)
        return [one.status for one in known if one and one.status]

    def write(self, key: Key, known: Known) -> None:
        """A record. One of an earlier epoch than before has begun again, as that of a lost table does."""
        before = self.records.get(key, Known(None))
        seen = before.status or before.last
        if known.status is None:
            known = replace(known, at_ms=before.at_ms, last=seen)
        elif seen and known.status.epoch < seen.epoch:
            self.journal.forget(*key)
            self.read.pop(key, None)
        self.records[key] = known

    def pasts(self, breaker: str, places: Iterable[Place], away: Mapping[Place, Cannot]) -> dict[Place, Past]:
        """What is known of a breaker's past at each place; some are `away`."""
        found = {}
        for place in places:
            known, read = self.records.get((breaker, place), Known(None)), self.read.get((breaker, place))
            problem = away[place].message if place in away else None if read else self.refused.get((breaker, place))
            cut, until = read is not None and read.cut, None if known.status else known.at_ms
            found[place] = Past(self.journal.of(breaker, place), known.status or known.last, problem, cut, until)
        return found
