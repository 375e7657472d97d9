"""Warnings that a team has silenced, with a reason; and silences that silence nothing."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from kampkin.closest import closest
from kampkin.diagnostics import Diagnostic, Severity, Span, error
from kampkin.rules.rule import Finding
from kampkin.typed import Typed

UNUSED = "silence-without-finding"
Silence = tuple[str, str]
"""An endpoint and the id of a rule."""


def audible(findings: Iterable[Finding], silences: Iterable[Silence]) -> tuple[list[Diagnostic], set[Silence]]:
    """The findings that no silence is for, and the silences that were for one. An error cannot be silenced."""
    silent = set(silences)
    heard: list[Diagnostic] = []
    used: set[Silence] = set()
    for endpoint, finding in findings:
        if (endpoint, finding.id) in silent and not finding.is_error:
            used.add((endpoint, finding.id))
        else:
            heard.append(finding)
    return heard, used


def silences_of(typed: Typed) -> Iterator[tuple[Silence, Span]]:
    """The silences of a document, and where they stand."""
    for name, endpoint in typed.endpoints.items():
        for rule in endpoint.silence or {}:
            yield (name, rule), typed.merged[name]["silence"].key(rule).span


def idle(
    silences: Mapping[Silence, Span], used: set[Silence], known: Mapping[str, Severity], asked: Container[str]
) -> Iterator[Diagnostic]:
    """A finding for each silence that is for no rule, for an error, or for a rule that was asked and found nothing in any
    environment."""
    for (name, rule), span in silences.items():
        if rule not in known:
            close = closest(rule, known)
            hint = f"did you mean {close}?" if close else "kampkin rules lists them"
            yield error("unknown-rule", span, f"there is no rule {rule}", hint)
        elif known[rule] == "error":
            yield error("silenced-error", span, f"{rule} is an error: it cannot be silenced", "mend what it says")
        elif rule in asked and (name, rule) not in used:
            yield Diagnostic(UNUSED, "warning", span, f"{name} silences {rule}, which finds nothing here", "remove it")
