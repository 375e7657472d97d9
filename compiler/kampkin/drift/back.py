"""The way back: live again what the file says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kampkin.drift.model import Drift
from kampkin.drift.show import value
from kampkin.plan import TargetName

TAKES: dict[TargetName, str] = {"cloudflare": "seconds", "aws": "minutes: CloudFront rolls out to every edge"}


BESIDE = re.compile(r"schedules|inlinePolicies|managedPolicyArns|triggers|eventSourceMappings|subscriptions")
"""Lists of what stands by itself in a cloud: no input of the resource that it changes."""

LEADING = re.compile(r"script|service")
"""What a route or a custom domain is told by that nobody declared."""


def revert(drifts: Sequence[Drift], stack: str | None, folders: Mapping[TargetName, Path]) -> Iterator[str]:
    """The command that makes each cloud what the file says, and how long it takes; and what no command of Pulumi's takes away, as
    it is in no stack."""
    chosen = f" --stack {shlex.quote(stack)}" if stack else ""
    meant = [one for one in drifts if not one.is_harmless]
    for target in sorted({one.target for one in meant}):
        mine = [one for one in meant if one.target == target]
        if not all(map(is_beside, mine)):
            folder = shlex.quote(str(folders[target]))
            yield f"pulumi up --refresh{chosen} --cwd {folder}   # takes {TAKES[target]}"
        for one in filter(is_beside, mine):
            said = f"{one.resource} {one.setting}".removesuffix("[]")
            yield f"# in no stack, to be taken away by hand: {said}: {value(one.live)}"


def is_beside(drift: Drift) -> bool:
    """Whether it is nobody's in the stack, and an update would leave it."""
    is_extra = drift.plane == "live" and drift.desired is None and not drift.endpoint
    return is_extra and (BESIDE if drift.name else LEADING).match(drift.setting) is not None
