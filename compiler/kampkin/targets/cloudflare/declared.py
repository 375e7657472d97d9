"""The program: what is looked up, what is declared, and what the stack tells of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pulumi

from kampkin.plan import PARTS, parts_of
from kampkin.targets.cloudflare.account import check_owner, forgotten, lost_record, scripts_of, zone_problems
from kampkin.targets.cloudflare.edge import CloudflareEdge
from kampkin.targets.cloudflare.settings import CloudflareSettings
from kampkin.targets.stack import read_stack, told


def declare() -> None:
    """Declares the stack. Raises `pulumi.RunError` before anything is declared where it cannot be as it is asked for."""
    stack = read_stack("cloudflare", CloudflareSettings)
    plan, settings = stack.plan, stack.settings
    scripts = scripts_of(settings.account_id)
    check_owner(plan, scripts)
    found = (zone_problems(plan, settings), lost_record(plan, settings), forgotten(plan, settings, scripts))
    if problems := [problem for each in found for problem in each]:
        raise pulumi.RunError(told(problems))
    edge = CloudflareEdge("kampkin", stack, scripts)
    pulumi.export("urls", edge.urls)
    pulumi.export("environment", plan.environment)
    pulumi.export("plan", plan.digest)
    pulumi.export("endpoints", {one.name: one.digest for one in plan.endpoints if "cloudflare" in one.targets})
    pulumi.export("parts", {part: digest for part, digest in parts_of(plan).items() if part in PARTS})
    pulumi.export("modules", digests(stack.bundle.worker))
    pulumi.export("state", digests(stack.bundle.state))


def digests(modules: Mapping[str, bytes]) -> dict[str, str]:
    """The sha256 of each module, as `kampkin compile` has it in its manifest."""
    return {name: hashlib.sha256(code).hexdigest() for name, code in sorted(modules.items())}
