"""Findings as GitHub's workflow commands: a step that prints them annotates the lines of the pull request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kampkin.diagnostics import Diagnostic
from kampkin.formats.place import path_from

IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
IN_PROPERTY = IN_MESSAGE | str.maketrans({":": "%3A", ",": "%2C"})
"""How a command writes what would end it."""


def as_github(found: Sequence[Diagnostic], folder: Path) -> str:
    """A command a line; a file is named from `folder`, which should be the repository's root."""
    return "\n".join(command(finding, folder) for finding in found)


def command(finding: Diagnostic, folder: Path) -> str:
    """`::error file=…,line=…::message`, the related places and the hint below the message."""
    span = finding.span
    properties: dict[str, str | int] = {"file": path_from(folder, span.file)}
    if span.line:
        properties |= {"line": span.line, "endLine": span.end_line}
    if span.line and span.line == span.end_line:  # GitHub refuses columns over several lines; the end is exclusive
        properties |= {"col": span.column, "endColumn": span.end_column}
    properties["title"] = finding.id
    written = ",".join(f"{key}={str(value).translate(IN_PROPERTY)}" for key, value in properties.items())
    related = [f"{path_from(folder, at.file)}:{at.line}:{at.column}: {text}" for at, text in finding.related]
    message = "\n".join([finding.message, *related, *([f"hint: {finding.hint}"] if finding.hint else [])])
    return f"::{finding.severity} {written}::{message.translate(IN_MESSAGE)}"
