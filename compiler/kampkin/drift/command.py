"""The command `kampkin drift`: 0 nothing, 1 drift, 2 could not tell all of it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

from kampkin.bundle import bundle, runtime_digest
from kampkin.drift import back, edges, engine, outputs
from kampkin.drift.adopt import adopt
from kampkin.drift.look import UNREADABLE, look, unreadable
from kampkin.drift.model import Blind, By, Drift, Live, Plane, Report, Unseen
from kampkin.drift.show import FORMATS
from kampkin.drift.stack import name_of, settings_of
from kampkin.errors import Cannot
from kampkin.formats.quote import visible
from kampkin.load import environments_of, load
from kampkin.operate.connect import EXTRA
from kampkin.plan import Plan, TargetName
from kampkin.preview.run import Asked, previews
from kampkin.preview.stackfile import StackFile
from kampkin.report import found_or_code, say


def run(args: argparse.Namespace, files: Mapping[str, Mapping[str, str]]) -> int:
    """Looks on every plane there is, tells, and shows a way back where one is asked for. `files` are what was handed in by
    target: `outputs`, `refresh`, `url`."""
    loaded = load(args.file, args.env)
    plan = loaded.plan
    if plan is None:
        return found_or_code(loaded)
    if args.target and args.target not in plan.targets:
        raise Cannot(f"the plan is not on {args.target}", f"it is on {', '.join(plan.targets)}")
    require_targets(files)
    targets: tuple[TargetName, ...] = (args.target,) if args.target else tuple(sorted(plan.targets))
    report = looked(plan, targets, args, files)
    if args.revert:
        folders = {target: folder_of(args, target) for target in targets}
        report = replace(report, back=tuple(back.revert(report.drifts, args.env, folders)))
    say(FORMATS[args.format](report).rstrip("\n"), sys.stdout)
    environments = environments_of(loaded.documents[str(args.file)])
    if args.env is None and environments and report.is_gone:
        named = " or ".join(f"--env {one}" for one in environments)
        print(f"kampkin: this was the file as it stands; for an environment: {named}", file=sys.stderr)
    if args.adopt:
        for line in adopt(report.drifts, loaded, args.file, args.env):
            print(visible(line), file=sys.stderr)
    return report.code


def require_targets(files: Mapping[str, Mapping[str, str]]) -> None:
    """Raises `Cannot` where something was handed in for what is no target: nobody would look at it."""
    known = get_args(TargetName)
    for option, by in files.items():
        for name in by:
            if name not in known:
                raise Cannot(f"--{option} {name}=… is for no target", f"a target is {' or '.join(known)}")


def looked(
    plan: Plan, targets: tuple[TargetName, ...], args: argparse.Namespace, files: Mapping[str, Mapping[str, str]]
) -> Report:
    """What all planes come to, each looked at beside the others."""
    folders = {target: folder_of(args, target) for target in targets}
    work: dict[tuple[Plane, TargetName], Callable[[], list[Drift | Blind]]] = {}
    calls: dict[str, int] = {}
    rolling: set[TargetName] = set()
    for target in targets:
        given = {what: Path(by[target]) if target in by else None for what, by in files.items() if what != "url"}
        work["stack", target] = partial(of_stack, plan, target, folders[target], args.env, given["outputs"])
        if args.engine or given["refresh"]:
            work["engine", target] = partial(of_engine, target, folders[target], args.env, given["refresh"])
        work["live", target] = partial(of_live, plan, target, folders[target], args.env, calls, rolling)
        work["edges", target] = partial(of_edge, plan, target, files["url"], files["outputs"])
    with ThreadPoolExecutor(max_workers=len(work)) as pool:
        found = dict(zip(work, pool.map(told, work, work.values()), strict=True))
    every = [in_passing(one) if one.target in rolling else one for each in found.values() for one in each]
    blind = [one for one in every if isinstance(one, Blind)]
    unseen = {(one.plane, one.target) for one in blind}
    return Report(
        environment=plan.environment,
        plan=plan.digest,
        drifts=[one for one in every if isinstance(one, Drift)],
        blind=blind,
        seen=[place for place in work if place not in unseen],
        unasked=[("engine", target) for target in targets if ("engine", target) not in work],
        calls=dict(sorted(calls.items())),
    )


def told(place: tuple[Plane, TargetName], look: Callable[[], list[Drift | Blind]]) -> list[Drift | Blind]:
    """What a plane comes to; an answer of a shape that nobody foresaw makes that one blind, and no traceback, which would end
    with 1 as drift does."""
    try:
        return look()
    except UNREADABLE as problem:
        plane, target = place
        return [Blind(plane, target, "all of it", unreadable(problem).message)]


def in_passing(one: Drift | Blind) -> Drift | Blind:
    """What an edge answers while a roll-out runs: it may be one that has not come to it yet."""
    if isinstance(one, Blind) or one.plane != "edges":
        return one
    return replace(one, by=By("roll-out", where="it still runs: look again when it is over"))


def folder_of(args: argparse.Namespace, target: TargetName) -> Path:
    """The stack's folder: beside the file."""
    folder: Path = (args.stacks or args.file.parent / "stacks") / target
    return folder


def of_stack(
    plan: Plan, target: TargetName, folder: Path, environment: str | None, given: Path | None
) -> list[Drift | Blind]:
    """The file and what went up last."""
    try:
        stack = None if given else name_of(folder, target, environment)
        told = outputs.recorded(folder, stack, given)
        found = list(outputs.differences(told, plan, bundle(plan), target))
        by = outputs.last_update(folder, stack) if found and given is None else None
        return [replace(one, by=by) if by else one for one in found]
    except Unseen as problem:
        return [Blind("stack", target, f"what {folder} recorded", problem.message, problem.needs)]


def of_engine(target: TargetName, folder: Path, environment: str | None, given: Path | None) -> list[Drift | Blind]:
    """Pulumi's state and the clouds."""
    try:
        stack = name_of(folder, target, environment)
        found = engine.refreshed(folder, stack, given)
        engine.check(found, target, stack)
        return [*engine.differences(found, target), *engine.unseen(found, target, folder)]
    except Unseen as problem:
        return [Blind("engine", target, f"what pulumi refresh finds in {folder}", problem.message, problem.needs)]


def of_live(
    plan: Plan,
    target: TargetName,
    folder: Path,
    environment: str | None,
    calls: dict[str, int],
    rolling: set[TargetName],
) -> list[Drift | Blind]:
    """What the stacks declare and the clouds. Notes the targets where a roll-out runs."""
    try:
        settings = settings_of(folder, target, environment)
        made = previews({target: [Asked(plan, settings)]})[target][0]
        if made.problem:
            raise Unseen(f"its stack cannot be declared: {made.problem}", "kampkin preview says the same")
        live = live_of(plan, target, settings)
        found = list(look(live, made.resources, plan))
        calls[target] = live.calls
        if is_rolling(live):
            rolling.add(target)
        return found
    except Unseen as problem:
        return [Blind("live", target, "the cloud", problem.message, problem.needs)]
    except Cannot as problem:
        return [Blind("live", target, "the cloud", problem.message, problem.hint)]


def is_rolling(live: Live) -> bool:
    """Whether a roll-out runs, as far as that can be seen: where it cannot, the look has said so."""
    try:
        return not live.settled()
    except Unseen:
        return False


def live_of(plan: Plan, target: TargetName, settings: StackFile) -> Live:
    """The cloud as it is, by the usual credentials. Raises `Unseen` where there are none, or not what they need."""
    try:
        if target == "aws":
            from kampkin.drift.aws import connect as to_aws

            account = None if "account" in settings.sealed else settings.values.get("account")
            return to_aws(plan, os.environ, account)
        from kampkin.drift.cloudflare import connect as to_cloudflare

        return to_cloudflare(plan, settings, os.environ)
    except ImportError:
        raise Unseen("this needs the extra 'live', which is not installed", EXTRA) from None


def of_edge(plan: Plan, target: TargetName, said: Mapping[str, str], files: Mapping[str, str]) -> list[Drift | Blind]:
    """The file and what the edge answers."""
    from kampkin.wait.clouds import workers_dev
    from kampkin.wait.command import domain_of, front_for
    from kampkin.wait.where import url_of

    try:
        cloud = partial(workers_dev, plan, os.environ) if target == "cloudflare" else lambda: domain_of(front_for(plan))
        url = url_of(plan, target, said, files, os.environ, cloud)
    except Cannot as problem:
        return [Blind("edges", target, "what the edge answers", problem.message, problem.hint)]
    return list(edges.differences(plan, runtime_digest(), target, url))
