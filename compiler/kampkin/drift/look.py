"""What the clouds have, against what the stacks would declare: resource by resource, and endpoint by endpoint where the code
that runs holds another plan."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kampkin.bundle import slim
from kampkin.drift.compare import differences
from kampkin.drift.model import Blind, By, Drift, Live, Unseen
from kampkin.drift.plans import compared
from kampkin.plan import Plan, canonical_json
from kampkin.preview.declared import Resource

DECLARED_HERE = ("kampkin:", "pulumi:")
"""Components and providers: nothing of them is in a cloud."""

CODE = ('files["plan.mjs"].contentBase64', "code", "codeSha256")
"""Where a difference may be the plan's, in what holds one."""

REST = ("version", "project", "environment", "safety")
"""Of a plan what is no endpoint's."""

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
"""What an answer raises that is of another shape than a cloud documents."""

SAID_OF_CODE = ("description",)
"""Holds the plan's digest: what differs there differs in the code too."""


def look(live: Live, resources: Sequence[Resource], plan: Plan) -> Iterator[Drift | Blind]:
    """Everything that is other, and what could not be seen."""
    mine = [one for one in resources if not one.type.startswith(DECLARED_HERE)]
    found: list[tuple[Drift, Resource]] = []
    unseen = set()
    for resource in mine:
        try:
            found += [(drift, resource) for drift in of_resource(live, resource)]
        except Unseen as problem:
            unseen.add(problem.message)
            yield blind(live, f"{kind_of(resource)} {resource.name}", problem)
        except UNREADABLE as problem:
            yield blind(live, f"{kind_of(resource)} {resource.name}", unreadable(problem))
    try:
        rolling = not live.settled()
    except Unseen as problem:
        rolling = False
        unseen.add(problem.message)
        yield blind(live, "whether a roll-out runs", problem)
    in_code = [pair for pair in found if pair[0].setting in CODE and live.is_rolled_out(pair[1])]
    endpoints = list(of_plan(live, plan)) if in_code else []
    yield from (one for one in endpoints if isinstance(one, Blind))
    if told := [one for one in endpoints if isinstance(one, Drift)]:
        cause = attributed(live, *in_code[0], rolling).by
        yield from (replace(one, by=cause) for one in told)
        said = [*in_code] if is_plan_alone(live, in_code[0][1], plan) else []
        said += [pair for pair in found if pair[0].setting in SAID_OF_CODE and live.is_rolled_out(pair[1])]
        found = [pair for pair in found if pair not in said]
    for drift, resource in found:
        yield attributed(live, drift, resource, rolling)
    for one in live.extras(mine):
        if isinstance(one, Blind):
            if one.why in unseen:
                continue
            unseen.add(one.why)
        yield one


def of_resource(live: Live, resource: Resource) -> Iterator[Drift]:
    """One resource."""
    now = live.read(resource)
    title = live.title(resource)
    if now is None:
        reached = live.reaches(resource, None)
        yield Drift("live", live.target, title, "", kind_of(resource), None, name=resource.name, reaches=reached)
        return
    for path, desired, is_ in differences(resource, now):
        reached = live.reaches(resource, is_)
        yield Drift("live", live.target, title, path, desired, is_, name=resource.name, reaches=reached)


def of_plan(live: Live, plan: Plan) -> Iterator[Drift | Blind]:
    """Endpoint by endpoint, whatever digest it claims; nothing where it is the file's plan, so that the code differs otherwise."""
    try:
        there = live.plan()
    except Unseen as problem:
        yield blind(live, "the plan that the deployed code holds", problem)
        return
    if there is None:
        return
    try:
        yield from compared(there, plan, live.target)
    except ValueError as problem:
        yield Blind("live", live.target, "the plan that the deployed code holds", str(problem))


def is_plan_alone(live: Live, resource: Resource, plan: Plan) -> bool:
    """Whether endpoints are all that is other in the code: what is beside them is told too."""
    try:
        there, here = live.plan() or {}, json.loads(canonical_json(slim(plan)))
        return all(there.get(key) == here[key] for key in REST) and live.is_plan_alone(resource)
    except Unseen:
        return False


def attributed(live: Live, drift: Drift, resource: Resource, rolling: bool) -> Drift:
    """With who did it; what a roll-out has not reached yet is nobody's."""
    if rolling and live.is_rolled_out(resource):
        return replace(drift, by=By("roll-out", where="it still runs: look again when it is over"))
    try:
        return replace(drift, by=live.by(drift, resource))
    except Unseen as problem:
        return replace(drift, by=By("unknown", where=f"needs {problem.needs}" if problem.needs else problem.message))


def kind_of(resource: Resource) -> str:
    """`aws:dynamodb/table:Table` is a Table."""
    return resource.type.rpartition(":")[2]


def unreadable(problem: Exception) -> Unseen:
    """An answer that Kampkin does not read: no traceback, and never clean."""
    return Unseen(f"the answer is none that this release reads: {type(problem).__name__}: {problem}")


def blind(live: Live, what: str, problem: Unseen) -> Blind:
    """Something of this cloud."""
    return Blind("live", live.target, what, problem.message, problem.needs)
