"""Findings for any program.

    {"findings": [{"id", "severity", "message", "hint", "file", "line", "column", "end_line", "end_column",
                   "related": [{"message", "file", "line", "column", "end_line", "end_column"}]}],
     "errors": n, "warnings": n}

Lines and columns count from 1, columns in characters; the end is exclusive. They are null where a finding is about a
whole file. `related` has the other places that a finding is about.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from kampkin.diagnostics import Diagnostic, Span


def as_json(found: Sequence[Diagnostic]) -> str:
    """The findings in the shape above."""
    entries = [
        {
            "id": finding.id,
            "severity": finding.severity,
            "message": finding.message,
            "hint": finding.hint,
            **place(finding.span),
            "related": [{"message": text, **place(span)} for span, text in finding.related],
        }
        for finding in found
    ]
    errors = sum(finding.is_error for finding in found)
    return json.dumps({"findings": entries, "errors": errors, "warnings": len(found) - errors}, indent=2)


def place(span: Span) -> dict[str, str | int | None]:
    """A span's fields; a 0 stands for nothing."""
    return {key: value or None for key, value in asdict(span).items()}
