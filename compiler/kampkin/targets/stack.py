"""What both stacks begin with: the file, the environment and the identities that the stack file names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi

from kampkin.bundle import Bundle, bundle
from kampkin.diagnostics import as_text
from kampkin.errors import Cannot
from kampkin.load import load
from kampkin.plan import Plan, TargetName

FILE = "../../kampkin.yaml"
"""From a stack's folder in the repository."""


@dataclass(frozen=True)
class Stack:
    """A plan on its way to a cloud, and the stack's own configuration."""

    plan: Plan
    bundle: Bundle
    config: pulumi.Config

    def identity(self, key: str, what: str) -> str:
        """A value nobody but the account's owner knows. Raises `pulumi.RunError` with the command that sets it."""
        value = self.config.get(key)
        if not value:
            raise pulumi.RunError(f"the stack does not say {what}; run: pulumi config set {key} VALUE")
        return value


def read_stack(target: TargetName) -> Stack:
    """The stack's plan: `file` (default ../../kampkin.yaml) in the `environment` that its configuration names, if any.

    Raises `pulumi.RunError` with the findings where the file has errors, or no such target.
    """
    config = pulumi.Config()
    path = Path(config.get("file") or FILE)
    try:
        loaded = load(path, config.get("environment") or None)
    except Cannot as problem:
        hint = f"\n  hint: {problem.hint}" if problem.hint else ""
        raise pulumi.RunError(f"{problem.message}{hint}") from None
    if loaded.plan is None:
        raise pulumi.RunError(f"{path} is not sound\n\n{as_text(loaded.diagnostics, loaded.texts)}")
    for finding in loaded.diagnostics:
        pulumi.log.warn(f"{finding.span}: {finding.id}: {finding.message}")
    if target not in loaded.plan.targets:
        where = f" in the environment {loaded.plan.environment}" if loaded.plan.environment else ""
        raise pulumi.RunError(f"{path} has no target {target}{where}: there is nothing to deploy here")
    return Stack(loaded.plan, bundle(loaded.plan), config)


def protected_urls(plan: Plan, target: TargetName, host: str) -> dict[str, str]:
    """The protected URL of each endpoint on the target, by name."""
    return {
        endpoint.name: f"https://{host}{endpoint.route.path if endpoint.route.path != '/' or not endpoint.route.prefix else ''}"
        for endpoint in plan.endpoints
        if target in endpoint.targets
    }
