"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from kampkin.config import Endpoint
from kampkin.diagnostics import Diagnostic, Related, Severity, Span
from kampkin.rules.parts import Refused
from kampkin.typed import Place, Typed


@dataclass(frozen=True)
class Problem:
    """What a rule has to say of one place."""

    span: Span
    """A `Place` where it is about an endpoint."""
    message: str
    hint: str | None = None
    """What to do."""
    related: Related = ()


Check = Callable[[Typed], Iterable[Problem]]
EndpointCheck = Callable[[Typed, str, Endpoint], Iterable[Problem]]

Finding = tuple[str, Diagnostic]
"""What was found, and the endpoint that it is about; empty where it is about none."""


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

    def findings(self, typed: Typed) -> Iterator[Finding]:
        """What the rule has to say."""
        for problem in self.check(typed):
            endpoint = problem.span.endpoint if isinstance(problem.span, Place) else ""
            related = tuple((place.plain, says) for place, says in problem.related)
            yield (
                endpoint,
                Diagnostic(self.id, self.severity, problem.span.plain, problem.message, problem.hint, related),
            )


def of_each(check: EndpointCheck) -> Check:
    """A check of one endpoint as a check of all that have what it looks at."""

    def check_all(typed: Typed) -> Iterator[Problem]:
        for name, endpoint in typed.endpoints.items():
            with suppress(Refused):
                yield from check(typed, name, endpoint)

    return check_all
