"""What both stacks begin with: the file, the environment and the identities that the stack file names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

import pulumi
from pulumi.runtime import config

from kampkin.blame import last_changes
from kampkin.bundle import Bundle, bundle, with_changes
from kampkin.errors import Cannot
from kampkin.formats import as_text
from kampkin.load import Loaded, load
from kampkin.plan import Plan, TargetName
from kampkin.targets.secrets import secret_problems, secrets_needed
from kampkin.targets.settings import FILE, Model, Problem, Settings, read
from kampkin.typed import Typed


@dataclass(frozen=True)
class Stack(Generic[Model]):
    """A plan on its way to a cloud, and the stack's own settings."""

    plan: Plan
    bundle: Bundle
    settings: Model
    secrets: Mapping[str, str]
    """The value of each secret that telling owners needs on this target, by its name."""
    header_secrets: Mapping[str, str]
    """The value of each secret that endpoints' origins are sent in a header.

    Both are in the program as they are, since the tag of the state Worker moves with them: hand them on through
    `pulumi.Output.secret` alone.
    """


@dataclass(frozen=True)
class Given:
    """A plan to declare in place of the file's, and what its stack's configuration is made up from: for `kampkin preview`,
    which knows neither an account nor a secret."""

    plan: Plan
    complete: Callable[[type[Settings], TargetName, Mapping[str, str]], dict[str, str]]
    """The configuration with what it lacks, by the model of the target's settings."""


GIVEN: ContextVar[Given | None] = ContextVar("given", default=None)
"""Set while a program is run for what it would declare. None: its file, and its configuration as it stands."""


def read_stack(target: TargetName, model: type[Model]) -> Stack[Model]:
    """The stack's plan: `file` in the `environment` that its configuration names, if any, and its settings.

    Raises `pulumi.RunError` before anything is declared: with the findings where the file has errors, or no such target; and
    with everything that is wrong with the settings, each with the command that mends it.
    """
    values = configured(pulumi.Config().name)
    path = Path(values.get("file") or FILE)
    if given := GIVEN.get():
        plan, typed = given.plan, None
    else:
        loaded = loaded_from(path, values.get("environment") or None)
        assert loaded.plan is not None, "else the findings were raised"
        plan, typed = loaded.plan, loaded.typed
    if target not in plan.targets:
        where = f" in the environment {plan.environment}" if plan.environment else ""
        raise pulumi.RunError(
            f"{path} has no target {target}{where}: there is nothing to deploy here. "
            'What is still there from before goes with: pulumi destroy (docs/deploy.md, "Changes that move state")'
        )
    if given:
        values = given.complete(model, target, values)
    owners, headers = secrets_needed(plan, target)
    settings, problems = read(model, values, [*owners, *headers])
    if settings is not None:
        problems += settings.wanting(plan)
    problems += secret_problems(owners, headers, values)
    if problems or settings is None:
        raise pulumi.RunError(told(problems))
    made = with_last_changes(bundle(plan), path, typed)
    return Stack(plan, made, settings, chosen(owners, values), chosen(headers, values))


def configured(project: str) -> dict[str, str]:
    """The stack's configuration by key, that of other projects and of providers left out."""
    everything = config.get_config_env() | config.CONFIG.get()
    prefix = f"{project}:"
    return {key.removeprefix(prefix): str(value) for key, value in sorted(everything.items()) if key.startswith(prefix)}


def loaded_from(path: Path, environment: str | None) -> Loaded:
    """The file with its plan; what is no error is told as a warning. Raises `pulumi.RunError` with the findings."""
    try:
        loaded = load(path, environment)
    except Cannot as problem:
        hint = f"\n  hint: {problem.hint}" if problem.hint else ""
        raise pulumi.RunError(f"{problem.message}{hint}") from None
    if loaded.plan is None:
        raise pulumi.RunError(f"{path} is not sound\n\n{as_text(loaded.diagnostics, loaded.texts)}")
    for finding in loaded.diagnostics:
        pulumi.log.warn(f"{finding.span}: {finding.id}: {finding.message}")
    return loaded


def told(problems: Sequence[Problem]) -> str:
    """Everything that is wrong, at once."""
    count = f"{len(problems)} things are" if len(problems) > 1 else "one thing is"
    return "\n".join([f"nothing was touched: {count} wrong with this stack's settings", *map(str, problems)])


def chosen(names: Iterable[str], values: Mapping[str, str]) -> dict[str, str]:
    """The named values."""
    return {name: values[name] for name in names}


def with_last_changes(made: Bundle, path: Path, typed: Typed | None) -> Bundle:
    """The bundle with each endpoint's last change, where somebody is told of them and git knows."""
    if not made.plan.owners or typed is None:
        return made
    try:
        changes = last_changes(path, {name: typed.lines_of(name) for name in typed.endpoints})
    except Cannot as problem:
        hint = f"; {problem.hint}" if problem.hint else ""
        pulumi.log.warn(f"messages will not say who changed an endpoint last: {problem.message}{hint}")
        return made
    return with_changes(made, changes)
