"""Rules about how far a change may go."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.rules.rule import Problem, Rule
from kampkin.typed import Typed

BUDGETS = ("max_removed", "max_loosened", "max_changed")


def not_enforced(typed: Typed) -> Iterator[Problem]:
    """A team that has set a budget believes that something keeps it."""
    for key in BUDGETS:
        if getattr(typed.document.safety, key, None) is not None:
            hint = "keep it for the version that does, and have changes reviewed by hand until then"
            yield Problem(typed.place("safety", key), f"nothing in this version keeps {key}", hint)


RULES = (
    Rule(
        "safety-not-enforced",
        "warning",
        "The budgets of `safety` are for a comparison of two files, which this version does not make yet.",
        not_enforced,
        "docs/language.md#the-file",
    ),
)
