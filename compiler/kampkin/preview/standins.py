"""What stands in a preview for what only the account's owner knows: settings that the stack does not have, and every secret,
whether the stack has it or not. A preview needs the value of none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_origin

from kampkin.plan import Plan, TargetName
from kampkin.targets.secrets import secrets_needed
from kampkin.targets.settings import Settings, alias_of, is_secret, is_structured, read

SECRETS = {"slack": "https://secret.invalid/{name}", "webhook": "https://secret.invalid/{name}#whsec_c2VjcmV0"}
"""By channel: what a sound value looks like."""


@dataclass
class StandIns:
    """Completes a stack's settings for one plan, and remembers how."""

    plan: Plan
    sealed: frozenset[str] = frozenset()
    """Keys whose values the stack has encrypted."""
    settings: list[str] = field(default_factory=list)
    """The settings that something stands for."""
    secrets: list[str] = field(default_factory=list)
    """The same of secrets."""
    completed: dict[str, str] = field(default_factory=dict)
    """The settings as the program has got them."""
    shown: dict[str, str] = field(default_factory=dict)
    """What to show in place of a stand-in that had to look like the real thing."""

    def complete(self, model: type[Settings], target: TargetName, values: Mapping[str, str]) -> dict[str, str]:
        """The settings with what they lack; what is wrong with those that are there stays wrong."""
        self.completed = completed = dict(values)
        owners, headers = secrets_needed(self.plan, target)
        for name in headers:
            completed[name] = f"<{name}>"
        for name, channel in owners.items():
            completed[name] = SECRETS[channel].format(name=name)
        self.secrets += sorted({*owners, *headers})
        fields = {alias_of(name): one for name, one in model.model_fields.items()}
        for key, one in fields.items():
            if values.get(key) and (key in self.sealed or is_secret(one)):
                (self.secrets if is_secret(one) else self.settings).append(key)
                completed[key] = self.of(model, key)
            elif one.is_required() and not values.get(key):
                self.settings.append(key)
                completed[key] = self.of(model, key)
        known = [*owners, *headers]
        for _ in fields:
            settings, _ = read(model, completed, known)
            wanted = settings.wanting(self.plan) if settings else ()
            lacking = [one.key for one in wanted if one.key in fields and not completed.get(one.key)]
            if not lacking:
                break
            for key in lacking:
                self.settings.append(key)
                completed[key] = self.of(model, key)
        return completed

    def of(self, model: type[Settings], key: str) -> str:
        """`<key>` where the model takes that, else the key's example, which is shown as `<key>` all the same."""
        mark = f"<{key}>"
        _, problems = read(model, {key: mark})
        if all(problem.key.partition(".")[0] != key for problem in problems):
            return mark
        one = next(one for name, one in model.model_fields.items() if alias_of(name) == key)
        example = str((one.examples or [mark])[0])
        if is_structured(one):
            return "{}" if get_origin(one.annotation) is dict else "[]"
        self.shown[example] = mark
        return example
