"""Findings as data: what is wrong, where it is written, what was expected and what to do.

A finding is a value, never an exception, so one run reports them all. `kampkin check --format json` prints
`{"findings": [{"id", "severity", "message", "hint", "file", "line", "column", "end_line", "end_column"}],
"errors": n, "warnings": n}`; lines and columns count from 1, the end is exclusive, `line` is null where a
finding is about a whole file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

Severity = Literal["error", "warning"]

LINE_END = re.compile(r"\r\n|\r|\n")
"""What ends a line, here and in every place that is told."""

LONGEST = 400
"""Characters of a message or a hint; a value that is quoted may be as long as a file."""

WIDEST = 240
"""Characters of a line that are shown; a line may be as long as a file."""


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


@dataclass(frozen=True)
class Diagnostic:
    """One finding. `id` is words and stays what it is from release to release: docs/rules.md."""

    id: str
    severity: Severity
    span: Span
    message: str
    hint: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether it keeps the file from being compiled."""
        return self.severity == "error"


def error(id: str, span: Span, message: str, hint: str | None = None) -> Diagnostic:
    """A finding that keeps the file from being compiled."""
    return Diagnostic(id, "error", span, message, hint)


def in_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each finding once, as they stand in the file; that two environments have different advice for it does not matter."""
    once = {(found.span, found.id, found.message): found for found in reversed([*map(presentable, findings)])}
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


def as_wide(line: str) -> str:
    """A line of a file with a sign in place of each character that would do something to a terminal."""
    return (
        line if line.isprintable() else "".join(one if one.isprintable() or one == "\t" else "\ufffd" for one in line)
    )


def as_text(findings: Iterable[Diagnostic], texts: Mapping[str, str]) -> str:
    """The findings as a person reads them; `texts` holds the files by the name that spans give them."""
    found = in_order(findings)
    lines = {name: LINE_END.split(text) for name, text in texts.items()}
    blocks = [_block(finding, lines.get(finding.span.file, [])) for finding in found]
    return "\n".join([*blocks, summary(found)])


def as_json(findings: Iterable[Diagnostic]) -> str:
    """The findings as JSON: see the module's docstring for the shape."""
    found = in_order(findings)
    entries = []
    for finding in found:
        span = {key: value or None for key, value in asdict(finding.span).items() if key != "file"}
        entry = {"id": finding.id, "severity": finding.severity, "message": finding.message, "hint": finding.hint}
        entries.append(entry | {"file": finding.span.file} | span)
    errors = sum(finding.is_error for finding in found)
    return json.dumps({"findings": entries, "errors": errors, "warnings": len(found) - errors}, indent=2)


def summary(findings: Iterable[Diagnostic]) -> str:
    """How many there are."""
    found = tuple(findings)
    errors = sum(finding.is_error for finding in found)
    parts = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((errors, "error"), (len(found) - errors, "warning"))
        if count
    ]
    return ", ".join(parts) or "no problems"


def _block(finding: Diagnostic, lines: list[str]) -> str:
    span = finding.span
    block = [f"{span}: {finding.severity}[{finding.id}]: {finding.message}"]
    line = lines[span.line - 1] if 0 < span.line <= len(lines) else ""
    if line:
        first = max(1, span.column - WIDEST // 2) if len(line) > WIDEST else 1
        shown = line[first - 1 : first - 1 + WIDEST]
        end = span.end_column if span.end_line == span.line else len(line) + 1
        number = str(span.line)
        # A tab is as wide as it is on screen in the line above: keep it.
        lead = "".join("\t" if one == "\t" else " " for one in shown[: span.column - first])
        marks = "^" * max(1, min(end, first + len(shown)) - span.column)
        block += [f"  {number} | {as_wide(shown)}", f"  {' ' * len(number)} | {lead}{marks}"]
    if finding.hint:
        block.append(f"  hint: {finding.hint}")
    return "\n".join(block) + "\n"
