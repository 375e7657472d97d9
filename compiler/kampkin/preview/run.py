"""Asks for what plans would declare: a child process for each target, all at once. Nothing here loads Pulumi."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from kampkin.errors import Cannot
from kampkin.extras import hint_of
from kampkin.plan import Plan, TargetName
from kampkin.preview.declared import Resource
from kampkin.preview.stackfile import NO_STACK, StackFile

EXTRA = hint_of("deploy")
DEADLINE_S = 180
"""For one child; it needs a few seconds, most of them to load a provider's package."""

KEPT = ("HOME", "LANG", "PATH", "TMPDIR", "VIRTUAL_ENV")
"""Of the environment; and what begins with one of the next. No credentials, no region, no switch of Pulumi's: what is declared
is the file's and the stack's alone."""

KEPT_PREFIXES = ("LC_", "PYTHON")


@dataclass(frozen=True)
class Preview:
    """What one target's stack would declare for one plan."""

    resources: tuple[Resource, ...] = ()
    placeholders: tuple[str, ...] = ()
    """Settings that the stack does not have: `<accountId>` and its like stand for them."""
    secrets: tuple[str, ...] = ()
    """Secrets; something stands for each, whether the stack has it or not."""
    notes: tuple[str, ...] = ()
    """What the program had to say."""
    problem: str | None = None
    """What the program found wrong, in its own words; nothing was declared then."""


@dataclass(frozen=True)
class Asked:
    """A plan, and the stack that it is for."""

    plan: Plan
    stack: StackFile = field(default_factory=lambda: StackFile("kampkin", NO_STACK))

    def to_json(self) -> dict[str, Any]:
        """As the child reads it."""
        return {
            "plan": self.plan.to_json(),
            "project": self.stack.project,
            "stack": self.stack.stack,
            "values": dict(self.stack.values),
            "sealed": sorted(self.stack.sealed),
        }


def resources(plan: Plan, target: TargetName, stack: StackFile | None = None) -> tuple[Resource, ...]:
    """What the target's stack would declare: nothing where the plan has no such target. Raises `Cannot` where the program finds
    something wrong, or could not be asked."""
    found = previews({target: [Asked(plan, stack or StackFile("kampkin", NO_STACK))]})[target][0]
    if found.problem is not None:
        raise Cannot(f"{target}: {found.problem}")
    return found.resources


def previews(asked: Mapping[TargetName, Sequence[Asked]]) -> dict[TargetName, list[Preview]]:
    """What each target's stack would declare for each of its plans: one child a target, all at once.

    Raises `Cannot` where the extra is missing or a child fails.
    """
    require_extra(asked)
    with ThreadPoolExecutor(max_workers=max(1, len(asked))) as pool:
        return dict(zip(asked, pool.map(ask, asked, asked.values()), strict=True))


def require_extra(targets: Mapping[TargetName, object]) -> None:
    """Raises `Cannot` where Pulumi's packages are not installed; they are looked for, not loaded."""
    needed = ("pulumi", *(f"pulumi_{target}" for target in targets))
    if missing := [name for name in needed if find_spec(name) is None]:
        raise Cannot(f"this needs the extra deploy: there is no {', '.join(missing)}", EXTRA)


def ask(target: TargetName, asked: Sequence[Asked]) -> list[Preview]:
    """What the target's stack would declare for each plan; for one without the target nothing."""
    answers = iter(answered(target, [one for one in asked if target in one.plan.targets]))
    return [next(answers) if target in one.plan.targets else Preview() for one in asked]


def answered(target: TargetName, asked: Sequence[Asked]) -> list[Preview]:
    """One child's answer."""
    if not asked:
        return []
    request = json.dumps({"target": target, "runs": [one.to_json() for one in asked]})
    command = [sys.executable, "-P", "-W", "ignore", "-m", "kampkin.preview.child"]
    try:
        done = subprocess.run(
            command,
            input=request,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=DEADLINE_S,
            env=environment(os.environ),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Cannot(f"the program of stacks/{target} was not done within {DEADLINE_S} s") from None
    except OSError as problem:
        raise Cannot(f"could not start Python for stacks/{target}: {problem.strerror}") from None
    if done.returncode:
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "it said nothing")
        raise Cannot(f"the program of stacks/{target} failed: {last.strip()}")
    try:
        return [preview_of(one) for one in json.loads(done.stdout)["runs"]]
    except (ValueError, KeyError, TypeError):
        raise Cannot(f"the program of stacks/{target} gave no answer that could be read") from None


def preview_of(answer: Mapping[str, Any]) -> Preview:
    """A run's part of the answer."""
    if "problem" in answer:
        return Preview(problem=answer["problem"])
    return Preview(
        resources=tuple(Resource.from_json(one) for one in answer["resources"]),
        placeholders=tuple(answer["placeholders"]),
        secrets=tuple(answer["secrets"]),
        notes=tuple(answer["notes"]),
    )


def environment(all_: Mapping[str, str]) -> dict[str, str]:
    """What the child gets of the environment."""
    return {name: value for name, value in all_.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
