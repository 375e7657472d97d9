"""The way back: live again what the file says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kampkin.drift.model import Drift, Unseen
from kampkin.drift.show import plain, value
from kampkin.drift.stack import name_of
from kampkin.plan import TargetName

TAKES: dict[TargetName, str] = {"cloudflare": "seconds", "aws": "minutes: CloudFront rolls out to every edge"}


BESIDE = re.compile(
    r"schedules|inlinePolicies|managedPolicyArns|triggers|eventSourceMappings|subscriptions"
    r"|resourcePolicy|permissions|functionUrl|httpsRecords|routing"
)
"""Lists of what stands by itself in a cloud: no input of the resource that it changes."""

LEADING = re.compile(r"script|service")
"""What a route or a custom domain is told by that nobody declared."""


def revert(drifts: Sequence[Drift], environment: str | None, folders: Mapping[TargetName, Path]) -> Iterator[str]:
    """The command that makes each cloud what the file says, and how long it takes; and what no command of Pulumi's takes away, as
    it is in no stack."""
    meant = [one for one in drifts if not one.is_harmless]
    for target in sorted({one.target for one in meant}):
        mine = [one for one in meant if one.target == target]
        if not all(map(is_beside, mine)):
            yield update(target, folders[target], environment)
        for one in filter(is_beside, mine):
            said = f"{one.resource} {one.setting}".removesuffix("[]")
            yield f"# in no stack, to be taken away by hand: {plain(said)}: {value(one.live)}"


def update(target: TargetName, folder: Path, environment: str | None) -> str:
    """The command for one stack; where it is not known which, what would tell."""
    try:
        stack = name_of(folder, target, environment)
    except Unseen as problem:
        return f"# {plain(problem.message)}: needs {problem.needs}"
    chosen = f" --stack {shlex.quote(stack)}" if stack else ""
    return f"pulumi up --refresh{chosen} --cwd {shlex.quote(str(folder))}   # takes {TAKES[target]}"


def is_beside(drift: Drift) -> bool:
    """Whether it is nobody's in the stack, and an update would leave it."""
    is_extra = drift.plane == "live" and drift.desired is None
    return is_extra and (BESIDE if drift.name else LEADING).match(drift.setting) is not None
