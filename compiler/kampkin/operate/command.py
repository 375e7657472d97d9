"""The commands `status`, `watch`, `events`, `hold`, `release` and `flip`.

The exit code is 1 where a change did not reach every place, 2 where nothing answered.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict

from pydantic_core import PydanticCustomError

from kampkin.errors import Cannot
from kampkin.operate import outlook, show, words
from kampkin.operate.aws import wall_ms
from kampkin.operate.board import board
from kampkin.operate.connect import Reach, git_email
from kampkin.operate.edge import Edge, FlipState, Hold, Mode, Outcomes
from kampkin.operate.follow import follow
from kampkin.operate.history import history
from kampkin.operate.lasting import lasting
from kampkin.operate.obeyed import Answer, obeyed
from kampkin.operate.session import FINE, NOTHING, Found, Session, collect, open_session
from kampkin.operate.watch import watch as watch_board
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
    if args.endpoint is None:
        raise Cannot("whose events?", "name an endpoint; --follow tells those of all, from now on")
    told = history(session.reach.edges, args.endpoint, args.before, args.limit)
    problems = [(place, None, problem) for place, problem in {**session.reach.blind, **told.problems}.items()]
    if args.json:
        print(show.as_json({"events": told.events, "next": told.next, "unanswered": show.unanswered(problems)}))
    else:
        print(show.aligned(words.event_cells(event) for event in told.events) or "nothing in the last 7 days")
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
    if not agreed(what, outlook.of_hold(decided.mode, decided.for_ms), session, args.yes):
        return DECLINED
    return changed(session, args.json, lambda edge: edge.hold(named(session), decided))


def release(args: argparse.Namespace) -> int:
    """Lets go of an override."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    require_breaker(session, args.all)
    if not agreed(f"release {session.breaker or 'every breaker'}", outlook.OF_RELEASE, session, args.yes):
        return DECLINED
    return changed(session, args.json, lambda edge: edge.release(named(session)))


def flip(args: argparse.Namespace) -> int:
    """Moves a breaker by hand."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    name, state = args.endpoint, flip_state(args.state)
    if not agreed(f"flip {name} {state}", outlook.of_flip(session.endpoint, state), session, args.yes):
        return DECLINED
    return changed(session, args.json, lambda edge: {name: edge.flip(name, state, session.policy)})


def require_breaker(session: Session, everything: bool) -> None:
    """Raises `Cannot` where neither one is named nor all are meant."""
    if session.breaker is None and not everything:
        raise Cannot("which breaker?", "name one, or say --all")


def changed(session: Session, as_json: bool, act: Callable[[Edge], Outcomes]) -> int:
    """Carries out a change everywhere and tells what came of it; the exit code."""
    found = collect(session, act)
    heartbeat = outlook.heartbeat_ms(one.policy for one in session.plan.endpoints if one.name in session.breakers)
    if found.statuses and not as_json:
        print(lines(found))
        print(outlook.acknowledged(found.statuses, heartbeat), flush=True)
    answers = seen_to_obey(session, found, heartbeat)
    if as_json:
        told = [show.status_json(status) for status in found.statuses]
        print(
            show.as_json(
                {
                    "breakers": told,
                    "obeyed": [asdict(answer) for answer in answers],
                    "unanswered": show.unanswered(found.problems),
                }
            )
        )
        return found.code
    for answer in answers:
        print(f"{answer.target}, {answer.breaker}: {answer.words}")
    show.complain(found.problems)
    return found.code


def seen_to_obey(session: Session, found: Found, heartbeat: int) -> list[Answer]:
    """One answer of each edge; of many breakers at once only the first is asked about: a node hears of each by itself."""
    if not found.statuses:
        return []
    first = found.statuses[0].breaker
    statuses = [one for one in found.statuses if one.breaker == first]
    return obeyed(session.urls, statuses, heartbeat)


def lines(found: Found) -> str:
    """The records as they stand."""
    now = wall_ms()
    return show.aligned(
        (one.breaker, str(one.place), words.state(one), words.held(one.override, now) if one.override else "")
        for one in found.statuses
    )


def agreed(what: str, outlook: str, session: Session, yes: bool) -> bool:
    """Asks, where there is somebody to ask, with what stands and what will come of it: on standard error, as output may
    be for a program."""
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    found = collect(session, lambda edge: edge.status(session.of(edge)))
    print(lines(found), file=sys.stderr)
    show.complain(found.problems)
    print(f"{outlook}\n{what} on {', '.join(map(str, session.places))}? [y/N] ", end="", file=sys.stderr, flush=True)
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
    """Who AWS says this is; None where there is no AWS in it, or it does not say."""
    try:
        return reach.identity() if reach.identity else None
    except Cannot:
        return None


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
