"""What happened, over several places: their events in one order, newest first, and a cursor that says where each goes on."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from kampkin.errors import Cannot
from kampkin.operate.edge import AT_ONCE, Edge, Event, Page, Place, at_once

Cursors = dict[str, str | None]
"""By place: where it goes on; None where it has told everything; none at all where it begins."""


@dataclass(frozen=True)
class History:
    """A page over all places."""

    events: Sequence[Event]
    next: str | None
    """The cursor behind it; None at the end."""
    answered: bool
    """Whether any place did, or none was left to ask."""
    problems: Mapping[Place, Cannot]


def history(edges: Sequence[Edge], breaker: str, before: str | None, limit: int) -> History:
    """The newest events before a cursor. Raises `Cannot` for a cursor that is none."""
    cursors = read(before) if before else {}
    asked = [edge for edge in edges if cursors.get(str(edge.place), "") is not None]
    answers = at_once(asked, lambda edge: edge.events(breaker, cursors.get(str(edge.place)), limit))
    problems = {edge.place: problem for edge, problem in answers if isinstance(problem, Cannot)}
    pages = {edge.place: page for edge, page in answers if isinstance(page, Page)}
    shown = newest(pages, limit)
    taken = Counter(place for place, _ in shown)

    def follow(edge: Edge) -> str | None:
        return behind(edge, breaker, cursors.get(str(edge.place)), pages[edge.place], taken[edge.place])

    following: Cursors = {}
    for edge, cursor in at_once([edge for edge in asked if edge.place in pages], follow):
        if isinstance(
            cursor, Cannot
        ):  # its events are told when it can say where it goes on, so that none is told twice
            problems[edge.place] = cursor
            cursor = cursors.get(str(edge.place)) or ""
        following[str(edge.place)] = cursor
    left = {place: cursor for place, cursor in following.items() if cursor != ""}
    more = "" in following.values() or any(left.values())
    return History(
        [event for place, event in shown if place not in problems],
        written(cursors | left) if more else None,
        bool(pages) or not asked,
        problems,
    )


def latest(edges: Sequence[Edge], of: Callable[[Edge], Iterable[str]], limit: int) -> History:
    """The newest events of all breakers, `of` a place. It goes on nowhere: what was before is asked of one breaker."""

    def every(edge: Edge) -> list[Event]:
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            pages = pool.map(lambda breaker: edge.events(breaker, None, limit), of(edge))
            return [event for page in pages for event in page.events]

    answers = at_once(edges, every)
    problems = {edge.place: told for edge, told in answers if isinstance(told, Cannot)}
    found = [event for _, told in answers if not isinstance(told, Cannot) for event in told]
    newest_first = sorted(found, key=lambda event: (event["at"], event["id"]), reverse=True)
    return History(newest_first[:limit], None, len(problems) < len(edges), problems)


def newest(pages: Mapping[Place, Page], limit: int) -> list[tuple[Place, Event]]:
    """The newest events of all pages, each with its place. Each page is taken from its top."""
    shown: list[tuple[Place, Event]] = []
    left = {place: [*page.events] for place, page in pages.items()}
    while len(shown) < limit and any(left.values()):
        _, place = max((events[0]["at"], place) for place, events in left.items() if events)
        shown.append((place, left[place].pop(0)))
    return shown


def behind(edge: Edge, breaker: str, before: str | None, page: Page, taken: int) -> str | None:
    """The cursor behind so many of a page's events, "" for the beginning. A place tells one for whole pages only, so it is
    asked for a shorter page."""
    if taken == len(page.events):
        return page.next
    return edge.events(breaker, before, taken).next if taken else before or ""


def read(text: str) -> Cursors:
    """A cursor as it was printed."""
    try:
        cursors = json.loads(base64.urlsafe_b64decode(text))
    except ValueError:
        cursors = None
    if isinstance(cursors, dict) and all(cursor is None or isinstance(cursor, str) for cursor in cursors.values()):
        return cursors
    raise Cannot(f"{text!r} is no cursor", "--before takes the one that the command printed last")


def written(cursors: Cursors) -> str:
    """The cursors as one word."""
    return base64.urlsafe_b64encode(json.dumps(cursors, separators=(",", ":"), sort_keys=True).encode()).decode()
