"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kampkin.diagnostics import Diagnostic, Severity, Span
from kampkin.typed import Typed

Problem = tuple[Span, str, str | None]
"""Where, what is wrong, and what to do."""


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

    def findings(self, typed: Typed) -> Iterator[Diagnostic]:
        """What the rule has to say."""
        for span, message, hint in self.check(typed):
            yield Diagnostic(self.id, self.severity, span, message, hint)
