"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kampkin.diagnostics import Diagnostic, Severity, Span
from kampkin.typed import Place, Typed

Problem = tuple[Span, str, str | None]
"""Where, what is wrong, and what to do."""

Finding = tuple[str, Diagnostic]
"""What was found, and the endpoint that it is about; empty where it is about none."""


@dataclass(frozen=True)
class Rule:
    """A check over a sound document of one environment."""

    id: str
    severity: Severity
    why: str
    """One sentence for the documentation."""
    check: Callable[[Typed], Iterable[Problem]]
    source: str = ""
    """Where the number, or the knowledge, comes from: an address, or a page of docs/."""

    def findings(self, typed: Typed) -> Iterator[Finding]:
        """What the rule has to say."""
        for place, message, hint in self.check(typed):
            endpoint = place.endpoint if isinstance(place, Place) else ""
            yield endpoint, Diagnostic(self.id, self.severity, place.plain, message, hint)
