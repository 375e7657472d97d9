"""Incidents: what a breaker went through from its first trip until it was closed again, at all of its places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kampkin.dashboard.past import Past
from kampkin.operate import words
from kampkin.operate.edge import Event, Place

APART_MS = 60_000
"""What two places go through less than so far apart is one incident."""


@dataclass
class Stretch:
    """From the first step away from closed to the step back, at one place."""

    place: Place
    steps: list[Event]
    ended: bool = False
    lost: bool = False
    """Whether it has ended, and no event says when."""

    @property
    def begin(self) -> int:
        """ms since 1970."""
        return int(self.steps[0]["at"])

    @property
    def end(self) -> int | None:
        """None while it lasts."""
        return int(self.steps[-1]["at"]) if self.ended else None


@dataclass
class Incident:
    """Stretches that belong together, the earliest first."""

    stretches: list[Stretch] = field(default_factory=list)

    @property
    def begin(self) -> int:
        """When the first place left closed."""
        return min(one.begin for one in self.stretches)

    @property
    def end(self) -> int | None:
        """When the last place was closed again; None while one is not, and where no event says it."""
        ends = [one.end for one in self.stretches]
        return None if None in ends else max(end for end in ends if end is not None)

    @property
    def is_running(self) -> bool:
        """Whether a place is still on its way."""
        return any(not one.ended and not one.lost for one in self.stretches)

    @property
    def places(self) -> list[Place]:
        """Each once."""
        return sorted({one.place for one in self.stretches})

    @property
    def steps(self) -> list[tuple[Place, Event]]:
        """All that happened, oldest first."""
        found = [(one.place, step) for one in self.stretches for step in one.steps]
        return sorted(found, key=lambda pair: (pair[1]["at"], pair[0], pair[1]["epoch"]))

    @property
    def openings(self) -> int:
        """How often a place opened."""
        return sum(step.get("to") == "open" for _, step in self.steps)

    @property
    def tripped(self) -> str | None:
        """What began it, with its numbers; who, where a person did. None where it began before what is kept."""
        first = min(self.stretches, key=lambda one: one.begin).steps[0]
        if first["from"] != "closed":
            return None
        said = words.reason(first["reason"], first["numbers"])
        return f"{said} by {first['node']}" if first["reason"] == "manual" else said

    @property
    def ended(self) -> str | None:
        """What ended it at the last place; None while it lasts."""
        if self.end is None:
            return None
        last = max(self.stretches, key=lambda one: one.end or 0).steps[-1]
        return str(last["reason"])

    def open_ms(self, now_ms: int) -> int:
        """For how long callers were answered at once at any place: the longest that one was open."""
        return max(sum(to - at for at, to in openings(one, now_ms)) for one in self.stretches)


def openings(stretch: Stretch, now_ms: int) -> Iterator[tuple[int, int]]:
    """When it was open, from and to."""
    moves = [step for step in stretch.steps if "to" in step]
    for step, following in zip(moves, [*moves[1:], None], strict=True):
        if step["to"] == "open":
            yield step["at"], following["at"] if following else now_ms


def incidents(pasts: Mapping[Place, Past]) -> list[Incident]:
    """Of one breaker, newest first. What is older than a place's first event is not known, so an incident may begin in its
    middle."""
    stretches = sorted(
        (one for place, past in pasts.items() for one in closed_by(past, stretches_of(place, past.events))),
        key=lambda one: one.begin,
    )
    found: list[Incident] = []
    for one in stretches:
        last = found[-1] if found else None
        if last and (last.is_running or one.begin <= (last.end or last.begin) + APART_MS):
            last.stretches.append(one)
        else:
            found.append(Incident([one]))
    return found[::-1]


def closed_by(past: Past, stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """One that has no end is over all the same where the record says closed: it was lost, or a newer release wrote it."""
    for one in stretches:
        one.lost = not one.ended and past.status is not None and past.status.state == "closed"
        yield one


def stretches_of(place: Place, events: Iterable[Event]) -> Iterator[Stretch]:
    """At one place. A person's word belongs to the stretch that it falls into; without one it is none's."""
    current: Stretch | None = None
    for event in events:
        if "to" in event and current is None and event["to"] != "closed":
            current = Stretch(place, [event])
        elif current is not None:
            current.steps.append(event)
            if event.get("to") == "closed":
                current.ended = True
                yield current
                current = None
    if current is not None:
        yield current
