"""Rules: what is legal and still wrong. Each has a stable id, a severity, a page in docs/rules.md, and one function."""

from __future__ import annotations

from kampkin.rules import fallbacks, owners, platform, routes, safety, sense, stores
from kampkin.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *routes.RULES,
    *owners.RULES,
    *fallbacks.RULES,
    *platform.RULES,
    *stores.RULES,
    *sense.RULES,
    *safety.RULES,
)
"""In the order of the documentation."""

__all__ = ["RULES", "Rule"]
