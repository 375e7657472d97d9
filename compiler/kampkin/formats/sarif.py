"""Findings as SARIF 2.1.0, for code scanning and for editors. The same findings give the same bytes on every machine."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kampkin import __version__
from kampkin.diagnostics import Diagnostic, Span
from kampkin.findings import Finding, every
from kampkin.formats.place import path_from
from kampkin.rulebook import markdown_of, text_of

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BRACES = str.maketrans({"{": "{{", "}": "}}"})
"""In a message a brace alone begins a placeholder: section 3.11.5."""
IN_LINK = str.maketrans({"\\": "\\\\", "[": "\\[", "]": "\\]"})
"""What a link's text may not have as it is: section 3.11.6."""


def as_sarif(found: Sequence[Diagnostic], folder: Path) -> str:
    """A log of one run; files are named from `folder`, which should be the repository's root."""
    known = every()
    index = {finding.id: number for number, finding in enumerate(known)}
    driver = {"name": "Kampkin", "version": __version__, "rules": [rule(finding) for finding in known]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [result(finding, index, folder) for finding in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def rule(finding: Finding) -> dict[str, Any]:
    """What an id stands for."""
    return {
        "id": finding.id,
        "shortDescription": {"text": finding.means},
        "fullDescription": {"text": f"{finding.means} {finding.mend}"},
        "help": {"text": text_of(finding), "markdown": markdown_of(finding)},
        "defaultConfiguration": {"level": finding.severity},
    }


def result(finding: Diagnostic, index: Mapping[str, int], folder: Path) -> dict[str, Any]:
    """One finding. Its message links to the related places: that is where viewers show them from."""
    links = [f"[{text.translate(IN_LINK)}]({number})" for number, (_, text) in enumerate(finding.related, 1)]
    text = "\n".join([finding.message, *links, *([finding.hint] if finding.hint else [])])
    written = {
        "ruleId": finding.id,
        "ruleIndex": index[finding.id],
        "level": finding.severity,
        "message": {"text": text.translate(BRACES)},
        "locations": [{"physicalLocation": place(finding.span, folder)}],
    }
    related = [
        {"id": number, "physicalLocation": place(span, folder), "message": {"text": text.translate(BRACES)}}
        for number, (span, text) in enumerate(finding.related, 1)
    ]
    return written | ({"relatedLocations": related} if related else {})


def place(span: Span, folder: Path) -> dict[str, Any]:
    """A file, and where in it; its end is exclusive."""
    uri = quote(os.fsencode(path_from(folder, span.file)))
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}} | ({"region": region} if span.line else {})
