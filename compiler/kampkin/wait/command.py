"""The command `kampkin wait`: 0 where all edges are live, 1 where patience ended before, 2 where nobody could be asked."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from kampkin.bundle import runtime_digest
from kampkin.errors import Cannot
from kampkin.operate.command import duration_of
from kampkin.operate.connect import EXTRA
from kampkin.plan import Plan, TargetName
from kampkin.report import plan_or_code
from kampkin.wait import words
from kampkin.wait.course import wait
from kampkin.wait.sight import Sight
from kampkin.wait.standing import Front, Look, Standing, Wanted

LIVE, NOT_LIVE = 0, 1
Ask = Callable[[str], tuple[tuple[Sight, ...], tuple[str, ...]]]
"""What each connection to an address brought, and what could not be seen."""


class WallClock:
    """This machine's."""

    def __init__(self) -> None:
        self.never = threading.Event()

    def now(self) -> float:
        return time.time()

    def rest(self, seconds: float) -> None:
        self.never.wait(seconds)  # Ctrl-C ends it at once


def run(args: argparse.Namespace, said: Mapping[str, str], outputs: Mapping[str, str]) -> int:
    """Waits, tells what is new as it happens, and the verdict. `said` are addresses and `outputs` files, by target."""
    plan = plan_or_code(args.file, args.env)
    if isinstance(plan, int):
        return plan
    targets = targets_of(plan, args.target)
    for name in (*said, *outputs):
        if name not in targets:
            raise Cannot(f"{name!r} is no target that is waited for", f"these are: {', '.join(targets)}")
    patience_s = duration_of("--timeout", args.timeout) / 1000
    clock, stream = WallClock(), sys.stderr if args.json else sys.stdout
    standings, looks = edges(plan, targets, said, outputs, os.environ, clock.now())
    told: dict[TargetName, object] = {}

    def tell(one: Standing) -> None:
        if told.get(one.wanted.target, told) != (mark := words.mark(one)):
            told[one.wanted.target] = mark
            print(f"{words.clock(clock.now())}  {words.line(one)}", file=stream, flush=True)

    print(
        f"waiting for plan {words.short(plan.digest)}: {', '.join(one.url for one in standings)}",
        file=stream,
        flush=True,
    )
    standings = wait(standings, looks, clock, patience_s, tell)
    for one in standings:
        for unseen in one.last.unseen if one.last else ():
            print(f"{one.wanted.target}: not seen: {unseen}", file=stream)
    all_live = all(one.is_live for one in standings)
    verdict = None if all_live else words.verdict(standings, str(args.file))
    if args.json:
        print(json.dumps(words.as_json(standings, patience_s, verdict, str(args.file)), indent=2))
    if not all_live and not any(one.answered for one in standings):
        raise Cannot(f"nobody answered within {args.timeout}", "is there a network, and is anything deployed?")
    if verdict:
        print(verdict, file=sys.stderr)
    return LIVE if all_live else NOT_LIVE


def targets_of(plan: Plan, one: TargetName | None) -> tuple[TargetName, ...]:
    """Those that are waited for."""
    if one and one not in plan.targets:
        raise Cannot(f"the plan is not on {one}", f"it is on {', '.join(plan.targets)}")
    return (one,) if one else tuple(sorted(plan.targets, key=lambda name: name != "cloudflare"))


def edges(
    plan: Plan,
    targets: tuple[TargetName, ...],
    said: Mapping[str, str],
    outputs: Mapping[str, str],
    environ: Mapping[str, str],
    now_s: float,
) -> tuple[list[Standing], dict[TargetName, Callable[[float], Look]]]:
    """The edges as nobody has looked at them yet, and how each is polled. Raises `Cannot` where one has no address."""
    try:
        from kampkin.wait.ask import ask
        from kampkin.wait.clouds import workers_dev
        from kampkin.wait.where import url_of
    except ImportError:
        raise Cannot("waiting needs the extra 'live', which is not installed", EXTRA) from None
    standings: list[Standing] = []
    looks: dict[TargetName, Callable[[float], Look]] = {}
    for target in targets:
        front = front_for(plan) if target == "aws" else None
        cloud = partial(domain_of, front) if front else partial(workers_dev, plan, environ)
        url = url_of(plan, target, said, outputs, environ, cloud)
        wanted = Wanted(target, plan.digest, runtime_digest(), plan.project, plan.environment)
        standings.append(Standing(wanted, url, now_s))
        looks[target] = look_at(url, ask, front)
    return standings, looks


def front_for(plan: Plan) -> Callable[[], Front]:
    """What asks CloudFront; where that cannot be it says why each time, without asking again."""
    from kampkin.wait.clouds import cloudfront, front_of

    try:
        return front_of(plan, cloudfront())
    except Cannot as problem:
        refused = problem

    def blind() -> Front:
        raise refused

    return blind


def domain_of(front: Callable[[], Front]) -> str:
    """The distribution's own address."""
    return f"https://{front().domain}"


def look_at(url: str, ask: Ask, front: Callable[[], Front] | None) -> Callable[[float], Look]:
    """One poll: CloudFront first, as it may only get further after it has spoken."""

    def look(at_s: float) -> Look:
        seen: Front | None = None
        unseen: tuple[str, ...] = ()
        if front:
            try:
                seen = front()
            except Cannot as problem:
                unseen = (f"how far CloudFront is: {problem.message}{f' ({problem.hint})' if problem.hint else ''}",)
        sights, blind = ask(url)
        return Look(at_s, sights, seen, (*unseen, *blind))

    return look
