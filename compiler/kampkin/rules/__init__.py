"""Rules: what is legal and still wrong. Each has a stable id, a severity, a page in docs/rules.md, and one function."""

from __future__ import annotations

from kampkin.rules import platform, routes, sense
from kampkin.rules.rule import Rule

RULES: tuple[Rule, ...] = (*routes.RULES, *platform.RULES, *sense.RULES)
"""In the order of the documentation."""

__all__ = ["RULES", "Rule"]
