"""What a command is about: a plan, the places that hold its breakers, and what came back from them.

Every place is asked at once. One that does not answer is shown and hides nothing of the others.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from kampkin.closest import meant
from kampkin.errors import Cannot
from kampkin.operate.aws import wall_ms
from kampkin.operate.connect import AWS_URL, RECORDS, URL, Reach, person, reach
from kampkin.operate.dev import HINT, NotRunning, found
from kampkin.operate.edge import Edge, Outcomes, Override, Place, Status, at_once
from kampkin.operate.trouble import by_trouble
from kampkin.plan import Endpoint, Plan, Policy, TargetName
from kampkin.report import plan_or_code

FINE, SOME, NOTHING = 0, 1, 2

Problem = tuple[Place, str | None, Cannot]
"""What could not be had: where, of which breaker (None: the whole place), and why."""


@dataclass(frozen=True)
class Session:
    """A plan, and the places of it that a command is about."""

    plan: Plan
    reach: Reach
    breaker: str | None
    """None: all."""
    digest: str | None = None
    """Of the plan that edges should run; None where that is not the question."""
    urls: Mapping[TargetName, str | None] = field(default_factory=dict)
    """Where callers come in, as far as it is known here."""
    again: Callable[[Session], Session] | None = None
    """What `now` is by; None where places stay where they are."""

    def now(self) -> Session:
        """Itself; or, where it is of a `kampkin dev` that has been started again since, opened again. Raises `Cannot` while
        none runs."""
        return self.again(self) if self.again else self

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
    def endpoint(self) -> Endpoint:
        """The one breaker's."""
        return next(endpoint for endpoint in self.plan.endpoints if endpoint.name == self.breaker)

    @property
    def policy(self) -> Policy:
        """The one breaker's."""
        return self.endpoint.policy


@dataclass
class Found:
    """What came back: records, the worst first, and what could not be had."""

    statuses: list[Status] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def code(self) -> int:
        """Of a change, which is to be everywhere."""
        return FINE if not self.problems else SOME if self.statuses else NOTHING


def open_session(args: argparse.Namespace) -> Session | int:
    """The plan and its places, those of a running `kampkin dev` where it is meant; or what is wrong with the file has been shown, and this is the exit code."""
    plan = plan_or_code(args.file, args.env)
    return plan if isinstance(plan, int) else session_of(plan, args)


def session_of(plan: Plan, args: argparse.Namespace) -> Session:
    """The places of a plan. Raises `Cannot` for a breaker or a target that it has not, and where no `kampkin dev` runs that is meant."""
    breaker = getattr(args, "endpoint", None)
    if breaker and getattr(args, "all", False):
        raise Cannot(f"{breaker} or --all, not both")
    declared = {endpoint.name: endpoint.targets for endpoint in plan.endpoints}
    if breaker and breaker not in declared:
        raise Cannot(f"there is no endpoint {breaker!r} in {args.file}", meant(breaker, declared))
    possible = declared[breaker] if breaker else tuple(plan.targets)
    if args.target and args.target not in possible:
        raise Cannot(f"{breaker or 'the plan'} is not on {args.target}", f"it is on {', '.join(possible)}")
    targets: tuple[TargetName, ...] = (args.target,) if args.target else tuple(possible)
    if args.dev:
        here = found(args.file, args.env)
        os.environ.update(here)  # boto3 reads it there
        url = args.url or here.get(URL)
        runs = {"cloudflare": url, "aws": here.get("AWS_ENDPOINT_URL")}
        # Without its own address a target would be what the shell or the plan's host leads to: what is deployed.
        local = tuple(target for target in targets if runs[target] or plan.targets[target].store != RECORDS[target])
        reached = reach(plan, local, url, os.environ)
        reached.identity = person  # the local STS vouches for nobody
        for target in set(targets) - set(local):
            reached.blind[Place(target, "global")] = Cannot(f"`kampkin dev` does not run {target}", HINT)

        def again(session: Session) -> Session:
            try:
                return session if found(args.file, args.env) == here else session_of(plan, args)
            except NotRunning:
                raise Cannot("`kampkin dev` has stopped: start it again") from None

        return Session(plan, reached, breaker, urls=addresses(None, url), again=again)
    reached = reach(plan, targets, args.url, os.environ)
    return Session(plan, reached, breaker, plan.digest, addresses(plan, args.url or os.environ.get(URL)))


def addresses(plan: Plan | None, worker: str | None) -> dict[TargetName, str | None]:
    """Where each edge can be asked: the plan's hosts, else what the shell has set."""
    hosts = {name: f"https://{target.host}" for name, target in plan.targets.items() if target.host} if plan else {}
    said: dict[TargetName, str | None] = {"cloudflare": worker, "aws": os.environ.get(AWS_URL)}
    return {**said, **hosts}


def collect(session: Session, act: Callable[[Edge], Outcomes]) -> Found:
    """Asks every place at once. A record without an override says of the file's that it is in force."""
    found = Found(problems=[(place, None, problem) for place, problem in session.reach.blind.items()])
    policies, now = {one.name: one.policy for one in session.plan.endpoints}, wall_ms()
    for edge, got in at_once(session.reach.edges, act):
        if isinstance(got, Cannot):
            found.problems.append((edge.place, None, got))
            continue
        for name, outcome in got.items():
            if isinstance(outcome, Cannot):
                found.problems.append((edge.place, name, outcome))
            else:
                found.statuses.append(under_file(outcome, policies.get(name), now))
    found.statuses = by_trouble(found.statuses)
    return found


def under_file(status: Status, policy: Policy | None, now_ms: int) -> Status:
    """With the file's override, where no other is in force and that is."""
    said = policy.override if policy else None
    if status.override or not said or said.until <= now_ms:
        return status
    override = Override(said.mode, said.until - now_ms, said.owner, said.reason, in_file=True)
    return replace(status, override=override)
