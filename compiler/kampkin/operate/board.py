"""All that there is to see of the breakers: their records, and of those most in trouble why they are so and what the last
hour's minutes come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from kampkin.errors import Cannot
from kampkin.operate.edge import AT_ONCE, Edge, Event, Place, Status, at_once
from kampkin.operate.numbers import Numbers, numbers
from kampkin.operate.obeyed import plan_at
from kampkin.operate.session import Problem, Session, collect
from kampkin.operate.trouble import FAILING, rank
from kampkin.plan import TargetName

MINUTE_MS = 60_000
MINUTES = 60
SEEN_INTO = 20
"""Breakers of which more than the record is asked, the worst ones: it is two calls more at each place."""

PAGE, PAGES = 10, 10
"""Events among which the last transition is looked for, as far as it takes: a person's words stand before it."""


@dataclass(frozen=True)
class Sight:
    """A breaker at a place."""

    status: Status
    numbers: Numbers | None
    """Of the last hour; None where it was not asked."""
    turn: Event | None
    """The transition that brought it where it is, with its numbers; None where it was not asked or is not kept any more."""


@dataclass(frozen=True)
class Board:
    """Every breaker at every place, the worst first, at one moment."""

    at_ms: int
    plan: str | None
    """The digest of the file's plan; None where edges are not held against it."""
    targets: tuple[TargetName, ...]
    sights: Sequence[Sight]
    problems: Sequence[Problem]


def board(session: Session, now_ms: int) -> Board:
    """Asks every place at once."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        runs = beside.submit(plan_on_aws, session)
        found = collect(session, lambda edge: edge.status(session.of(edge)))
    try:
        digest = runs.result()
        found.statuses = [replace(one, plan=digest) if one.place.target == "aws" else one for one in found.statuses]
    except Cannot as problem:
        found.problems.append((Place("aws", "global"), None, problem))
    names = list(dict.fromkeys(status.breaker for status in found.statuses))[:SEEN_INTO]
    wanted = [status for status in found.statuses if status.breaker in names]
    more: dict[tuple[str, Place], Sight] = {}
    for edge, got in at_once(session.reach.edges, lambda edge: list(closer(edge, wanted, now_ms))):
        if isinstance(got, Cannot):
            found.problems.append((edge.place, None, got))
            continue
        for sight in got:
            if isinstance(sight, Sight):
                more[sight.status.breaker, sight.status.place] = sight
            else:
                found.problems.append(sight)
    sights = [more.get((one.breaker, one.place), Sight(one, None, None)) for one in found.statuses]
    return Board(now_ms, session.digest, tuple(session.plan.targets), sights, found.problems)


def plan_on_aws(session: Session) -> str | None:
    """Digest of the plan that the function runs, which no record tells; None where its address is not known here, or that is not
    the question."""
    url = session.urls.get("aws")
    if url is None or session.digest is None or not any(edge.place.target == "aws" for edge in session.reach.edges):
        return None
    try:
        return plan_at(url)
    except Cannot as problem:
        raise Cannot(f"{url} {problem.message}: which plan runs there is not known") from None


def closer(edge: Edge, wanted: Sequence[Status], now_ms: int) -> Iterator[Sight | Problem]:
    """More of the breakers at one place, some at a time."""
    minute = now_ms // MINUTE_MS

    def look(status: Status) -> Sight | Problem:
        try:
            told = numbers(edge.minutes(status.breaker, minute - MINUTES + 1, minute))
            return Sight(status, told, turn_of(edge, status) if rank(status) < FAILING and status.epoch else None)
        except Cannot as problem:
            return (edge.place, status.breaker, problem)

    here = [status for status in wanted if status.place == edge.place]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        yield from pool.map(look, here)


def turn_of(edge: Edge, status: Status) -> Event | None:
    """The event of the transition that the record speaks of; None where it is not kept any more."""
    before: str | None = None
    for _ in range(PAGES):
        page = edge.events(status.breaker, before, PAGE)
        for event in page.events:
            if "to" in event and event["epoch"] <= status.epoch:
                return event if event["epoch"] == status.epoch else None
        before = page.next
        if before is None:
            break
    return None
