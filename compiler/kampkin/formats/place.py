"""Where a finding stands: the lines of a file as places count them, how far a place reaches, how a file is named."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kampkin.diagnostics import Diagnostic, Span, in_order
from kampkin.source import LINE_END


def lines_of(text: str) -> list[str]:
    """The lines of a file, without their ends."""
    return LINE_END.split(text)


def placed(findings: Iterable[Diagnostic], texts: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """The findings as they stand in the file, each with no more than its place; `texts` holds the files by name."""
    lines = {name: lines_of(text) for name, text in texts.items()}

    def narrow(span: Span) -> Span:
        return extent(span, lines.get(span.file, ()))

    return in_order(
        replace(found, span=narrow(found.span), related=tuple((narrow(span), text) for span, text in found.related))
        for found in findings
    )


def extent(span: Span, lines: Sequence[str]) -> Span:
    """The span without blanks and comments at its end: a block of YAML's reaches to the next key."""
    end_line, end_column = min(span.end_line, len(lines)), span.end_column
    if end_line < span.end_line:
        end_column = len(lines[-1]) + 1 if lines else 1
    while end_line > span.line and blank(lines[end_line - 1][: end_column - 1]):
        end_line -= 1
        end_column = len(lines[end_line - 1]) + 1
    if end_line == span.end_line or end_line < span.line:
        return span
    end_column = len(lines[end_line - 1][: end_column - 1].rstrip()) + 1
    return replace(span, end_line=end_line, end_column=max(end_column, span.column if end_line == span.line else 1))


def blank(text: str) -> bool:
    """Whether a line, or its beginning, says nothing."""
    return not text.strip() or text.lstrip().startswith("#")


def path_from(folder: Path, file: str) -> str:
    """The file as it is named from the folder, with `/` between its parts."""
    return Path(os.path.relpath(file, folder) if os.path.isabs(file) else file).as_posix()
