"""The command `preview`."""

from __future__ import annotations

import sys
from pathlib import Path

from kampkin.errors import Cannot
from kampkin.plan import Plan, TargetName
from kampkin.preview.run import Asked, Preview, previews
from kampkin.preview.show import as_json, as_markdown, as_text
from kampkin.preview.stackfile import StackFile, read_stack_file, read_values
from kampkin.report import plan_or_code, say

FINE, FOUND = 0, 1


def run(file: Path, environment: str | None, target: TargetName | None, form: str, values: Path | None) -> int:
    """Shows what each target's stack would declare; the exit code: 1 where the file or a stack's settings are wrong."""
    plan = plan_or_code(file, environment)
    if isinstance(plan, int):
        return plan
    if target and target not in plan.targets:
        raise Cannot(f"the plan has no target {target}", f"it has {', '.join(sorted(plan.targets))}")
    targets: list[TargetName] = [target] if target else sorted(plan.targets)
    over = read_values(values) if values else {}
    asked = {name: [Asked(plan, stack_of(file, plan, name, over.get(name, {})))] for name in targets}
    found = {name: answers[0] for name, answers in previews(asked).items()}
    say(rendered(form, plan, found), sys.stdout)
    for name, one in found.items():
        if one.problem:
            print(f"{name}: {one.problem}", file=sys.stderr)
    return FOUND if any(one.problem for one in found.values()) else FINE


def stack_of(file: Path, plan: Plan, target: TargetName, over: dict[str, str]) -> StackFile:
    """The stack's settings, from beside the file; `over` lies on top of them."""
    stack = read_stack_file(file.parent / "stacks" / target, target, plan.environment)
    return StackFile(stack.project, stack.stack, {**stack.values, **over}, stack.sealed - set(over))


def rendered(form: str, plan: Plan, found: dict[TargetName, Preview]) -> str:
    """In the form that was asked for."""
    if form == "json":
        return as_json(plan, found)
    return as_markdown(found) if form == "markdown" else as_text(found)
