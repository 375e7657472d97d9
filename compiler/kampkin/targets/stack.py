"""What both stacks begin with: the file, the environment and the identities that the stack file names."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pulumi

from kampkin.audience import audience_of, secrets_of
from kampkin.blame import last_changes
from kampkin.bundle import Bundle, bundle, with_changes
from kampkin.errors import Cannot
from kampkin.formats import as_text
from kampkin.load import load
from kampkin.plan import Plan, TargetName
from kampkin.typed import Typed

KEY = "whsec_"
SECRET_WORDS = {"slack": "an https:// URL", "webhook": "https://receiver/path#whsec_<base64 key>"}
"""What the value of a channel's secret looks like."""

FILE = "../../kampkin.yaml"
"""From a stack's folder in the repository."""


@dataclass(frozen=True)
class Stack:
    """A plan on its way to a cloud, and the stack's own configuration."""

    plan: Plan
    bundle: Bundle
    config: pulumi.Config
    target: TargetName

    def identity(self, key: str, what: str) -> str:
        """A value nobody but the account's owner knows. Raises `pulumi.RunError` with the command that sets it."""
        value = self.config.get(key)
        if not value:
            raise pulumi.RunError(f"the stack does not say {what}; run: pulumi config set {key} VALUE")
        return value

    def secrets(self) -> dict[str, str]:
        """The value of each secret that telling owners needs on this target, by its name. They are in the program as they
        are, since the tag of the state Worker moves with them: hand them on through `pulumi.Output.secret` alone.

        Raises `pulumi.RunError` with the commands that set what is missing, or with what is wrong about one.
        """
        needed = secrets_of(audience_of(self.plan, self.target))
        values = self.values_of(needed, f"what {self.plan.project}'s owners are told by")
        for name, channel in needed.items():
            if not is_secret_of(channel, values[name]):
                raise pulumi.RunError(
                    f"the secret {name} is not {SECRET_WORDS[channel]}; run: pulumi config set --secret {name} VALUE"
                )
        return values

    def header_secrets(self) -> dict[str, str]:
        """The value of each secret that endpoints' origins are sent in a header, by its name; as above they are plain here.

        Raises `pulumi.RunError` with the commands that set what is missing, or with what is wrong about one.
        """
        values = self.values_of(self.plan.header_secrets, f"what {self.plan.project}'s origins are sent in headers")
        for name, value in values.items():
            if not is_header_value(value):
                raise pulumi.RunError(
                    f"the secret {name} is not printable ASCII on one line, as a header's value is; "
                    f"run: pulumi config set --secret {name} VALUE"
                )
        return values

    def values_of(self, secrets: Iterable[str], what: str) -> dict[str, str]:
        """The secrets' values out of the stack's configuration."""
        values = {name: self.config.get(name) or "" for name in secrets}
        if missing := [name for name, value in values.items() if not value]:
            commands = "\n".join(f"  pulumi config set --secret {name} VALUE" for name in missing)
            raise pulumi.RunError(f"the stack lacks {what}; run:\n{commands}")
        return values


def is_header_value(text: str) -> bool:
    """Whether a header may say it."""
    return text.isascii() and text.isprintable() and text == text.strip()


def is_secret_of(channel: str, value: str) -> bool:
    """Whether a channel can be reached by it: an https URL and, for a webhook, a key in base64 as its fragment."""
    try:
        url = urlsplit(value)
        key = base64.b64decode(url.fragment.removeprefix(KEY), validate=True)
        reachable = url.scheme == "https" and url.hostname is not None and url.port != 0 and value.isprintable()
    except ValueError:  # binascii's is one
        return False
    if channel == "slack":
        return reachable and not url.fragment
    return reachable and url.fragment.startswith(KEY) and len(key) > 0


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
    return Stack(loaded.plan, with_last_changes(bundle(loaded.plan), path, loaded.typed), config, target)


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
