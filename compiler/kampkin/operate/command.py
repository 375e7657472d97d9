"""The commands `status`, `watch`, `events`, `hold`, `release` and `flip`.

The exit code is 1 where a change did not reach every place or an edge does not answer with it, 2 where nothing answered.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from pydantic_core import PydanticCustomError

from kampkin.errors import Cannot
from kampkin.operate import outlook, show, words
from kampkin.operate.aws import wall_ms
from kampkin.operate.board import board
from kampkin.operate.connect import UNVERIFIED, Reach, git_email
from kampkin.operate.edge import FlipState, Hold, Mode, Status
from kampkin.operate.follow import follow
from kampkin.operate.history import history, latest
from kampkin.operate.lasting import lasting
from kampkin.operate.obeyed import Answer, obeyed
from kampkin.operate.session import FINE, NOTHING, SOME, Found, Session, collect, open_session
from kampkin.operate.watch import watch as watch_board
from kampkin.plan import TargetName
from kampkin.values import duration

MODES: Mapping[str, Mode] = {"open": "forced-open", "closed": "forced-closed", "monitor": "monitor"}
DECLINED = 130


def status(args: argparse.Namespace) -> int:
    """What the breakers do."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    found = board(session, wall_ms())
    if args.json:
        print(show.as_json(show.board_json(found)))
    else:
        show.show(found)
    return NOTHING if found.problems and not found.sights else FINE


def watch(args: argparse.Namespace) -> int:
    """The same, live."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    return watch_board(session, period_of(args.every), args.json)


def events(args: argparse.Namespace) -> int:
    """What happened, newest first; or what happens from now on."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    if args.follow:
        return follow(session, period_of(args.every), args.json)
    if args.endpoint is None and args.before:
        raise Cannot("--before goes on with one breaker's events", "name the endpoint")
    if args.endpoint is None:
        told = latest(session.reach.edges, session.of, args.limit)
    else:
        told = history(session.reach.edges, args.endpoint, args.before, args.limit)
    problems = [(place, None, problem) for place, problem in {**session.reach.blind, **told.problems}.items()]
    if args.json:
        print(show.as_json({"events": told.events, "next": told.next, "unanswered": show.unanswered(problems)}))
    else:
        rows = show.aligned(words.event_cells(event) for event in told.events)
        if rows or not problems:
            print(rows or "nothing in the last 7 days")
        show.complain(problems)
        if told.next:
            print(f"older: --before {told.next}")
    return FINE if told.answered and session.reach.edges else NOTHING


def hold(args: argparse.Namespace) -> int:
    """Sets an override on one breaker or on all."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    require_breaker(session, args.all)
    decided = Hold(MODES[args.state], duration_of("--for", args.for_), owner_of(args.owner, session.reach), args.reason)
    decided.require_sound(session.plan.safety.max_override_ms)
    what = f"hold {session.breaker or 'every breaker'} {decided.mode} for {lasting(decided.for_ms)}"
    if not agreed(what, lambda _: [outlook.of_hold(decided.mode, decided.for_ms)], session, args.yes):
        return DECLINED
    return changed(session, collect(session, lambda edge: edge.hold(named(session), decided)), (), args.json)


def release(args: argparse.Namespace) -> int:
    """Lets go of an override."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    require_breaker(session, args.all)
    if not agreed(f"release {session.breaker or 'every breaker'}", lambda _: [outlook.OF_RELEASE], session, args.yes):
        return DECLINED
    before = standing(session)
    found = collect(session, lambda edge: edge.release(named(session)))
    remarks = outlook.decided(found.statuses, wall_ms())
    if before.statuses and not before.problems and not any(one.held for one in before.statuses):
        return told(found, [], [lines(found), "nothing was held", *remarks], args.json)
    return changed(session, found, remarks, args.json)


def flip(args: argparse.Namespace) -> int:
    """Moves a breaker by hand."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    name, state = args.endpoint, flip_state(args.state)

    def ahead(statuses: Sequence[Status]) -> list[str]:
        return outlook.of_flip(session.endpoint, state, statuses, wall_ms())

    if not agreed(f"flip {name} {state}", ahead, session, args.yes):
        return DECLINED
    found = collect(session, lambda edge: {name: edge.flip(name, state, session.policy)})
    return changed(session, found, outlook.decided(found.statuses, wall_ms()), args.json)


def require_breaker(session: Session, everything: bool) -> None:
    """Raises `Cannot` where neither one is named nor all are meant."""
    if session.breaker is None and not everything:
        raise Cannot("which breaker?", "name one, or say --all")


def standing(session: Session) -> Found:
    """The records as they stand."""
    return collect(session, lambda edge: edge.status(session.of(edge)))


def changed(session: Session, found: Found, remarks: Sequence[str], as_json: bool) -> int:
    """Tells who has acknowledged a change, then whether each edge obeys, then what else is to be known of it; the exit code."""
    heartbeat = outlook.heartbeat_ms(one.policy for one in session.plan.endpoints if one.name in session.breakers)
    if found.statuses and not as_json:
        print(lines(found))
        print(outlook.acknowledged(found.statuses, heartbeat), flush=True)
    answers = seen_to_obey(session, found, heartbeat)
    said = [f"{answer.target}, {answer.breaker}: {answer.words}" for answer in answers]
    return told(found, answers, [*said, *remarks], as_json)


def told(found: Found, answers: Sequence[Answer], said: Sequence[str], as_json: bool) -> int:
    """Prints what came of a change; the exit code."""
    if as_json:
        print(
            show.as_json(
                {
                    "breakers": [show.status_json(status) for status in found.statuses],
                    "obeyed": [asdict(answer) for answer in answers],
                    "unanswered": show.unanswered(found.problems),
                }
            )
        )
    else:
        print(*said, sep="\n", end="\n" if said else "")
        show.complain(found.problems)
    return found.code or (SOME if any(answer.obeys is False for answer in answers) else FINE)


def seen_to_obey(session: Session, found: Found, heartbeat: int) -> list[Answer]:
    """One answer of each edge; of many breakers at once it is asked about its worst: a node hears of each by itself."""
    worst: dict[TargetName, str] = {}
    for one in found.statuses:
        worst.setdefault(one.place.target, one.breaker)
    statuses = [one for one in found.statuses if one.breaker == worst[one.place.target]]
    return obeyed(session.urls, statuses, heartbeat)


def lines(found: Found) -> str:
    """The records as they stand."""
    now = wall_ms()
    return show.aligned(
        (one.breaker, str(one.place), words.state(one), words.held(one.override, now) if one.override else "")
        for one in found.statuses
    )


def agreed(what: str, ahead: Callable[[Sequence[Status]], Sequence[str]], session: Session, yes: bool) -> bool:
    """Asks, where there is somebody to ask, with what stands and what will come of that: on standard error, as output may
    be for a program."""
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    found = standing(session)
    print(lines(found), file=sys.stderr)
    show.complain(found.problems)
    print(*ahead(found.statuses), sep="\n", file=sys.stderr)
    print(f"{what} on {', '.join(map(str, session.places))}? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    print("nothing was done", file=sys.stderr)
    return False


def named(session: Session) -> list[str] | None:
    """The one breaker; None for all."""
    return [session.breaker] if session.breaker else None


def owner_of(said: str | None, reach: Reach) -> str:
    """Who answers for it: as said, else as AWS knows them, which nobody can write, else git's word."""
    owner = said or vouched_for(reach) or git_email()
    if not owner:
        raise Cannot("nobody answers for it", "--owner NAME, or git config user.email")
    return owner


def vouched_for(reach: Reach) -> str | None:
    """Who AWS says this is; None where there is no AWS in it, or it does not say, or knows no more than a key."""
    try:
        name = reach.identity() if reach.identity else None
    except Cannot:
        return None
    return None if name and name.startswith(UNVERIFIED) else name


def period_of(text: str) -> float:
    """How often to look, s."""
    period = duration_of("--every", text) / 1000
    if period < 1:
        raise Cannot("--every is a second at the least", "each look asks every place")
    return period


def duration_of(option: str, text: str) -> int:
    """A duration of the language's, ms."""
    try:
        return duration(text)
    except PydanticCustomError as problem:
        context = problem.context or {}
        raise Cannot(f"{option}: {context.get('message')}", context.get("hint")) from None


def flip_state(text: str) -> FlipState:
    """As the parser has let it through."""
    states: dict[str, FlipState] = {"open": "open", "half-open": "half-open", "closed": "closed"}
    return states[text]
