"""The commands `hold`, `release`, `flip`, `status` and `events`.

Every place is asked at once. One that does not answer is shown and hides nothing of the others; the exit code is 1 where
a change did not reach every place, 2 where nothing answered.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pydantic_core import PydanticCustomError

from kampkin.errors import Cannot
from kampkin.operate import show
from kampkin.operate.aws import wall_ms
from kampkin.operate.connect import Reach, git_email, reach
from kampkin.operate.edge import Edge, FlipState, Hold, Mode, Outcomes, Place, Status, at_once
from kampkin.operate.history import history
from kampkin.operate.lasting import lasting
from kampkin.plan import Plan, Policy, TargetName
from kampkin.report import plan_or_code
from kampkin.values import duration

MODES: Mapping[str, Mode] = {"open": "forced-open", "closed": "forced-closed", "monitor": "monitor"}
FINE, SOME, NOTHING, DECLINED = 0, 1, 2, 130


@dataclass(frozen=True)
class Session:
    """A plan, and the places of it that a command is about."""

    plan: Plan
    reach: Reach
    breaker: str | None
    """None: all."""

    @property
    def places(self) -> list[Place]:
        """All of them, blind ones too."""
        return sorted([*(edge.place for edge in self.reach.edges), *self.reach.blind])

    @property
    def breakers(self) -> list[str]:
        """Their names."""
        return [self.breaker] if self.breaker else [endpoint.name for endpoint in self.plan.endpoints]

    def of(self, edge: Edge) -> list[str]:
        """The breakers that are on an edge."""
        on = {endpoint.name for endpoint in self.plan.endpoints if edge.place.target in endpoint.targets}
        return [name for name in self.breakers if name in on]

    @property
    def policy(self) -> Policy:
        """The one breaker's."""
        return next(endpoint.policy for endpoint in self.plan.endpoints if endpoint.name == self.breaker)


@dataclass
class Found:
    """What came back: records and events, and what could not be had, by place and breaker (None: the whole place)."""

    statuses: list[Status] = field(default_factory=list)
    problems: list[show.Problem] = field(default_factory=list)

    @property
    def code(self) -> int:
        """Of a change, which is to be everywhere."""
        return FINE if not self.problems else SOME if self.statuses else NOTHING


def hold(args: argparse.Namespace) -> int:
    """Sets an override on one breaker or on all."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    if session.breaker is None and not args.all:
        raise Cannot("which breaker?", "name one, or say --all")
    decided = Hold(MODES[args.state], duration_of(args.for_), owner_of(args.owner, session.reach), args.reason)
    decided.require_sound(session.plan.safety.max_override_ms)
    what = f"hold {session.breaker or 'every breaker'} {decided.mode} for {lasting(decided.for_ms)}"
    if not agreed(what, session, args.yes):
        return DECLINED
    return changed(session, args.json, lambda edge: edge.hold(named(session), decided))


def release(args: argparse.Namespace) -> int:
    """Lets go of an override."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    if session.breaker is None and not args.all:
        raise Cannot("which breaker?", "name one, or say --all")
    if not agreed(f"release {session.breaker or 'every breaker'}", session, args.yes):
        return DECLINED
    return changed(session, args.json, lambda edge: edge.release(named(session)))


def flip(args: argparse.Namespace) -> int:
    """Moves a breaker by hand."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    name, state = args.endpoint, flip_state(args.state)
    if not agreed(f"flip {name} {state}", session, args.yes):
        return DECLINED
    return changed(session, args.json, lambda edge: {name: edge.flip(name, state, session.policy)})


def status(args: argparse.Namespace) -> int:
    """What the breakers do."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    found = collect(session, lambda edge: edge.status(session.of(edge)))
    tell(found, args.json)
    return NOTHING if found.problems and not found.statuses else FINE


def events(args: argparse.Namespace) -> int:
    """What happened to a breaker, newest first."""
    session = open_session(args)
    if isinstance(session, int):
        return session
    told = history(session.reach.edges, args.endpoint, args.before, args.limit)
    problems = [(place, None, problem) for place, problem in {**session.reach.blind, **told.problems}.items()]
    if args.json:
        print(show.as_json({"events": told.events, "next": told.next, "unanswered": show.unanswered(problems)}))
    else:
        print(show.aligned(show.event_line(event) for event in told.events) or "nothing in the last 7 days")
        complain(problems)
        if told.next:
            print(f"older: --before {told.next}")
    return FINE if told.answered and session.reach.edges else NOTHING


def open_session(args: argparse.Namespace) -> Session | int:
    """The plan and its places; or what is wrong with the file has been shown, and this is the exit code."""
    plan = plan_or_code(args.file, args.env)
    if isinstance(plan, int):
        return plan
    breaker = getattr(args, "endpoint", None)
    if breaker and getattr(args, "all", False):
        raise Cannot(f"{breaker} or --all, not both")
    declared = {endpoint.name: endpoint.targets for endpoint in plan.endpoints}
    if breaker and breaker not in declared:
        raise Cannot(f"there is no endpoint {breaker!r} in {args.file}", f"declared are: {', '.join(declared)}")
    possible = declared[breaker] if breaker else tuple(plan.targets)
    if args.target and args.target not in possible:
        raise Cannot(f"{breaker or 'the plan'} is not on {args.target}", f"it is on {', '.join(possible)}")
    targets: tuple[TargetName, ...] = (args.target,) if args.target else tuple(possible)
    return Session(plan, reach(plan, targets, args.url, os.environ), breaker)


def changed(session: Session, as_json: bool, act: Callable[[Edge], Outcomes]) -> int:
    """Carries out a change everywhere and tells what came of it; the exit code."""
    found = collect(session, act)
    tell(found, as_json)
    return found.code


def collect(session: Session, act: Callable[[Edge], Outcomes]) -> Found:
    """Asks every place at once."""
    found = Found(problems=[(place, None, problem) for place, problem in session.reach.blind.items()])
    for edge, got in at_once(session.reach.edges, act):
        if isinstance(got, Cannot):
            found.problems.append((edge.place, None, got))
            continue
        for name, outcome in got.items():
            if isinstance(outcome, Cannot):
                found.problems.append((edge.place, name, outcome))
            else:
                found.statuses.append(outcome)
    found.statuses.sort(key=lambda status: (status.breaker, status.place))
    return found


def tell(found: Found, as_json: bool) -> None:
    """Shows records on standard output, and what could not be had on standard error; as JSON both together."""
    if as_json:
        told = [show.status_json(status) for status in found.statuses]
        print(show.as_json({"breakers": told, "unanswered": show.unanswered(found.problems)}))
        return
    if found.statuses:
        print(show.aligned(show.status_line(status, wall_ms()) for status in found.statuses))
    complain(found.problems)


def complain(problems: Iterable[show.Problem]) -> None:
    """What could not be had, and what to do."""
    alike: dict[tuple[Place, str, str | None], list[str]] = {}
    for place, name, problem in problems:
        alike.setdefault((place, problem.message, problem.hint), []).extend([name] if name else [])
    for (place, message, hint), names in alike.items():
        print(f"{', '.join([str(place), *names])}: {message}", file=sys.stderr)
        if hint:
            print(f"  hint: {hint}", file=sys.stderr)


def agreed(what: str, session: Session, yes: bool) -> bool:
    """Asks, where there is somebody to ask: on standard error, as output may be for a program."""
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    print(f"{what} on {', '.join(map(str, session.places))}? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    print("nothing was done", file=sys.stderr)
    return False


def named(session: Session) -> list[str] | None:
    """The one breaker; None for all."""
    return [session.breaker] if session.breaker else None


def owner_of(said: str | None, reach: Reach) -> str:
    """Who answers for it: as said, else git's, else AWS's."""
    owner = said or git_email() or (reach.identity() if reach.identity else None)
    if not owner:
        raise Cannot("nobody answers for it", "--owner NAME, or git config user.email")
    return owner


def duration_of(text: str) -> int:
    """A duration of the language's, ms."""
    try:
        return duration(text)
    except PydanticCustomError as problem:
        context = problem.context or {}
        raise Cannot(f"--for: {context.get('message')}", context.get("hint")) from None


def flip_state(text: str) -> FlipState:
    """As the parser has let it through."""
    states: dict[str, FlipState] = {"open": "open", "half-open": "half-open", "closed": "closed"}
    return states[text]
