"""Rules about overrides of the file, by the day on which it is checked: `compile` never asks what day it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from kampkin.diagnostics import Severity
from kampkin.plan import MAX_OVERRIDE_MS
from kampkin.rules.parts import written
from kampkin.rules.rule import Problem, Rule
from kampkin.typed import Typed


@dataclass(frozen=True)
class ClockRule:
    """A rule that knows the time."""

    id: str
    severity: Severity
    why: str
    check: Callable[[int, Typed], Iterable[Problem]]
    """The time is ms since 1970."""
    source: str

    def at(self, now_ms: int) -> Rule:
        """The rule as it is at a time."""
        return Rule(self.id, self.severity, self.why, partial(self.check, now_ms), self.source)


def override_passed(now_ms: int, typed: Typed) -> Iterator[Problem]:
    """Nothing of it is in force any more."""
    for name, endpoint in typed.endpoints.items():
        if endpoint.override and endpoint.override.until <= now_ms:
            yield Problem(
                typed.span(name, "override", "until"),
                f"the override of {name} ended at {moment(endpoint.override.until)}",
                "remove it",
            )


def override_too_far(now_ms: int, typed: Typed) -> Iterator[Problem]:
    """An override that outlasts what it was for."""
    safety = typed.document.safety
    longest = (safety and safety.max_override) or MAX_OVERRIDE_MS
    for name, endpoint in typed.endpoints.items():
        if endpoint.override and endpoint.override.until > now_ms + longest:
            yield Problem(
                typed.span(name, "override", "until"),
                f"the override of {name} ends more than {written(longest)} from now, at {moment(endpoint.override.until)}",
                f"until: {moment(now_ms + longest)} at the latest, or what is to last is a setting",
            )


def moment(ms: int) -> str:
    """A time as the file writes it, to the second."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


CLOCK_RULES = (
    ClockRule(
        "override-passed",
        "warning",
        "An override that has ended is a line that says what is no longer so.",
        override_passed,
        "docs/breaker.md#transitions",
    ),
    ClockRule(
        "override-too-far",
        "error",
        "An override ends within `safety.max_override`, 30 days unless that says less, so that somebody looks at it again.",
        override_too_far,
        "docs/operate.md#the-commands",
    ),
)
"""For `kampkin check` alone."""
