"""What happened, over several places: their events in one order, newest first, and a cursor that says where each goes on."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kampkin.errors import Cannot
from kampkin.operate.edge import Edge, Event, Page, Place, at_once

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
    pages = [(edge, page) for edge, page in answers if isinstance(page, Page)]
    shown, taken = newest([page for _, page in pages], limit)
    following = {
        str(edge.place): behind(edge, breaker, cursors.get(str(edge.place)), page, count)
        for (edge, page), count in zip(pages, taken, strict=True)
    }
    left = {place: cursor for place, cursor in following.items() if cursor != ""}
    more = "" in following.values() or any(left.values())
    return History(
        shown,
        written(cursors | left) if more else None,
        bool(pages) or not asked,
        {edge.place: problem for edge, problem in answers if isinstance(problem, Cannot)},
    )


def newest(pages: Sequence[Page], limit: int) -> tuple[list[Event], list[int]]:
    """The newest events of all pages, and how many of each page they are. Each page is taken from its top."""
    shown: list[Event] = []
    taken = [0] * len(pages)
    while len(shown) < limit:
        heads = [(page.events[taken[at]]["at"], at) for at, page in enumerate(pages) if taken[at] < len(page.events)]
        if not heads:
            break
        _, at = max(heads)
        shown.append(pages[at].events[taken[at]])
        taken[at] += 1
    return shown, taken


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
