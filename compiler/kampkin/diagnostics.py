"""Findings as data: what is wrong, where it is written, what was expected and what to do.

A finding is a value, never an exception, so one run reports them all. `kampkin.formats` shows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "warning"]

LONGEST = 400
"""Characters of a message or a hint; a value that is quoted may be as long as a file."""


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of a file, from 1; the end is exclusive. Line 0 is the file as a whole."""

    file: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        file = on_one_line(self.file)
        return f"{file}:{self.line}:{self.column}" if self.line else file

    @property
    def plain(self) -> Span:
        """The stretch alone, whatever else is known of it."""
        return Span(self.file, self.line, self.column, self.end_line, self.end_column)


Related = tuple[tuple[Span, str], ...]
"""Other places that a finding is about, and what stands there: `cart has it here`."""


@dataclass(frozen=True)
class Diagnostic:
    """One finding. `id` is words and stays what it is from release to release: docs/rules.md."""

    id: str
    severity: Severity
    span: Span
    message: str
    hint: str | None = None
    related: Related = ()

    @property
    def is_error(self) -> bool:
        """Whether it keeps the file from being compiled."""
        return self.severity == "error"


def error(id: str, span: Span, message: str, hint: str | None = None, related: Related = ()) -> Diagnostic:
    """A finding that keeps the file from being compiled."""
    return Diagnostic(id, "error", span, message, hint, related)


def in_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each finding once, as they stand in the file; that two environments have different advice for it does not matter."""
    once = {(found.span, found.id, found.message): found for found in reversed([*findings])}
    return tuple(once[place] for place in sorted(once))


def presentable(finding: Diagnostic) -> Diagnostic:
    """The finding with a message and a hint that fit on a line, whatever of a file they quote."""
    message, hint = fitting(finding.message), finding.hint and fitting(finding.hint)
    unchanged = (message, hint) == (finding.message, finding.hint)
    return finding if unchanged else replace(finding, message=message, hint=hint)


def fitting(said: str) -> str:
    """The text on one line, the middle of a very long one left out."""
    said = on_one_line(said)
    return said if len(said) <= LONGEST else f"{said[: LONGEST // 2]}…{said[-LONGEST // 4 :]}"


def on_one_line(said: str) -> str:
    """The text with what is no character on paper written as `\\n` or `\\x1b`."""
    return said if said.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in said)
