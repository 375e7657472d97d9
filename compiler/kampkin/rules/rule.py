"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from kampkin.config import Endpoint
from kampkin.diagnostics import Diagnostic, Related, Severity, Span
from kampkin.typed import Typed


@dataclass(frozen=True)
class Problem:
    """What a rule has to say of one place."""

    span: Span
    message: str
    hint: str | None = None
    """What to do."""
    related: Related = ()
    endpoint: str | None = None
    """Whose `silence` may name the rule; None where it is about no endpoint."""


Check = Callable[[Typed], Iterable[Problem]]
EndpointCheck = Callable[[Typed, str, Endpoint], Iterable[Problem]]


@dataclass(frozen=True)
class Rule:
    """A check over a sound document of one environment."""

    id: str
    severity: Severity
    why: str
    """One sentence for the documentation."""
    check: Check
    source: str
    """Where the number, or the knowledge, comes from: an address, or a page of docs/ and a heading there."""

    def findings(self, typed: Typed) -> Iterator[Diagnostic]:
        """What the rule has to say."""
        for problem in self.check(typed):
            yield Diagnostic(self.id, self.severity, problem.span, problem.message, problem.hint, problem.related)


def of_each(check: EndpointCheck) -> Check:
    """A check of one endpoint as a check of all."""

    def check_all(typed: Typed) -> Iterator[Problem]:
        for name, endpoint in typed.endpoints.items():
            for problem in check(typed, name, endpoint):
                yield replace(problem, endpoint=name)

    return check_all
