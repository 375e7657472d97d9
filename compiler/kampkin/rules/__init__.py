"""Rules: what is legal and still wrong. Each has a stable id, a severity, a page in docs/rules.md, and one function."""

from __future__ import annotations

from kampkin.rules import (
    answers,
    bodies,
    claims,
    fallbacks,
    origins,
    overrides,
    owners,
    pages,
    recovery,
    requests,
    routes,
    statuses,
    stores,
    texts,
    times,
    trip,
)
from kampkin.rules.clock import CLOCK_RULES, ClockRule
from kampkin.rules.rule import Problem, Rule

RULES: tuple[Rule, ...] = (
    *routes.RULES,
    *claims.RULES,
    *origins.RULES,
    *requests.RULES,
    *owners.RULES,
    *trip.RULES,
    *statuses.RULES,
    *recovery.RULES,
    *fallbacks.RULES,
    *answers.RULES,
    *pages.RULES,
    *times.RULES,
    *bodies.RULES,
    *stores.RULES,
    *overrides.RULES,
    *texts.RULES,
)
"""In the order of the documentation."""

EVERY: tuple[Rule | ClockRule, ...] = (*RULES, *CLOCK_RULES)
"""Those too that ask what day it is."""

__all__ = ["CLOCK_RULES", "EVERY", "RULES", "ClockRule", "Problem", "Rule"]
