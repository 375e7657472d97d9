"""Events of several places in one order."""

from __future__ import annotations

from typing import Any, cast

from kampkin.errors import Cannot
from kampkin.operate.edge import Edge, Page, Place
from kampkin.operate.history import history


class Hiccups:
    """A place with events at these times, newest first, that answers only so often."""

    def __init__(self, place: Place, times: list[int], answers: int) -> None:
        self.place = place
        self.times = times
        self.answers = answers

    def events(self, breaker: str, before: str | None, limit: int) -> Page:
        """The page; the cursor is a number of events."""
        if not self.answers:
            raise Cannot("hiccup")
        self.answers -= 1
        first = int(before or 0)
        last = min(first + limit, len(self.times))
        events: list[dict[str, Any]] = [{"at": at} for at in self.times[first:last]]
        return Page(events, str(last) if last < len(self.times) else None)


def test_a_hiccup_of_one_place_hides_nothing_of_the_others() -> None:
    """A place that cannot say where it goes on is told as a problem, and is in its old place on the next page: each event
    is told once."""
    steady = Hiccups(Place("aws", "us-east-1"), [90, 70, 50, 30], 9)
    shaky = Hiccups(Place("aws", "us-west-2"), [80, 60, 40, 20], 1)
    edges = [cast(Edge, steady), cast(Edge, shaky)]

    first = history(edges, "cart", None, 4)
    assert [event["at"] for event in first.events] == [90, 70]
    assert {place.name: problem.message for place, problem in first.problems.items()} == {"us-west-2": "hiccup"}

    shaky.answers = 9
    told, cursor = [*first.events], first.next
    while cursor:
        page = history(edges, "cart", cursor, 4)
        assert not page.problems
        told += page.events
        cursor = page.next
    assert sorted(event["at"] for event in told) == [20, 30, 40, 50, 60, 70, 80, 90]
