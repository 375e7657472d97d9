"""What `kampkin rules` shows: every id that a finding can have, or all there is to say about one.

As JSON an id is `{"id", "severity", "rule", "may_be_silenced", "means", "mend", "source", "wrong", "right"}`, and all
of them are `{"rules": […]}`. As Markdown all of them are docs/rules.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from textwrap import indent
from typing import Any

from kampkin.closest import closest
from kampkin.errors import Cannot
from kampkin.findings import Finding, every

ABOUT = """\
# Findings

A finding has an id, a severity, a place, a message and mostly a hint. Ids stay what they are from release to release.
An error keeps the file from being compiled; a warning does not. `kampkin check` shows them all at once, of every
environment; `kampkin rules ID` explains one in a terminal.

Written by `make docs`, from the rules and `findings.yaml`.
"""
RULES = """
## Rules

The file is well-formed, and wrong all the same. A warning may be silenced, with a reason; an error never.
"""
OTHERS = """
## Other findings

The file cannot be read, or not as the language has it.
"""
EACH = """
## Each in full

An example leaves out `version: 1`, and an endpoint where it is about something else.
"""


def named(id: str) -> Finding:
    """The finding with the id. Raises `Cannot` where there is none."""
    known = {finding.id: finding for finding in every()}
    if id not in known:
        close = closest(id, known)
        hint = f"did you mean {close}?" if close else "kampkin rules lists them all"
        raise Cannot(f"there is no rule and no finding {id!r}", hint)
    return known[id]


def text_of(finding: Finding) -> str:
    """All about an id, for a terminal; without the id itself."""
    parts = [finding.means, finding.mend]
    parts += [f"Wrong:\n\n{indent(finding.wrong, '  ')}", f"Right:\n\n{indent(finding.right, '  ')}"]
    if finding.may_be_silenced:
        parts += [f"Or say in the endpoint why it is right there:\n\n  {silence(finding)}\n"]
    if finding.source:
        parts += [f"Source: {finding.source}"]
    return "\n\n".join(part.rstrip() for part in parts)


def markdown_of(finding: Finding) -> str:
    """All about an id in Markdown, without a heading."""
    parts = [finding.means, finding.mend, f"Wrong:\n\n{fenced(finding.wrong)}", f"Right:\n\n{fenced(finding.right)}"]
    if finding.may_be_silenced:
        parts += [f"Or say in the endpoint why it is right there: `{silence(finding)}`"]
    if finding.source:
        parts += [f"Source: {finding.source}"]
    return "\n\n".join(part.rstrip() for part in parts)


def silence(finding: Finding) -> str:
    """What silences a warning in an endpoint."""
    return f"silence: {{{finding.id}: why it is right here}}"


def fenced(example: str) -> str:
    """An example as a block of Markdown."""
    return f"```{'sh' if example.startswith('$') else 'yaml'}\n{example.rstrip()}\n```"


def page(finding: Finding) -> str:
    """All about an id, for a terminal."""
    return f"{finding.id}: {kind(finding)}\n\n{text_of(finding)}"


def table(findings: Iterable[Finding]) -> str:
    """Each id on a line: its severity, whether it may be silenced, what it means."""
    rows = [(finding.id, kind(finding), finding.means) for finding in findings]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{name:<{widths[0]}}  {says:<{widths[1]}}  {means}" for name, says, means in rows)


def kind(finding: Finding) -> str:
    """Its severity, and whether it may be silenced."""
    return f"{finding.severity}, may be silenced" if finding.may_be_silenced else finding.severity


def as_json(finding: Finding) -> dict[str, Any]:
    """An id as data."""
    told = asdict(finding) | {"source": finding.source or None, "may_be_silenced": finding.may_be_silenced}
    keys = ("id", "severity", "rule", "may_be_silenced", "means", "mend", "source", "wrong", "right")
    return {key: told[key] for key in keys}


def reference() -> str:
    """docs/rules.md."""
    rules = [finding for finding in every() if finding.rule]
    others = [finding for finding in every() if not finding.rule]
    sections = [section(finding) for finding in sorted(every(), key=lambda finding: finding.id)]
    return "".join(
        [
            ABOUT,
            RULES,
            index(rules),
            OTHERS,
            index(others),
            EACH,
            *sections,
        ]
    )


def index(findings: Iterable[Finding]) -> str:
    """A table that leads to the sections."""
    rows = [f"| [`{one.id}`](#{one.id}) | {one.severity} | {one.means} |\n" for one in findings]
    return "".join(["\n| id | severity | means |\n|---|---|---|\n", *rows])


def section(finding: Finding) -> str:
    """An id's section; its heading is its anchor."""
    return f"\n### {finding.id}\n\n{kind(finding).capitalize()}. {markdown_of(finding)}\n"


def show(id: str | None, format: str) -> str:
    """What the command prints. Raises `Cannot` for an id that there is not."""
    if id is None:
        if format == "json":
            return json.dumps({"rules": [as_json(finding) for finding in every()]}, indent=2, ensure_ascii=False)
        return reference().rstrip("\n") if format == "markdown" else table(every())
    finding = named(id)
    if format == "json":
        return json.dumps(as_json(finding), indent=2, ensure_ascii=False)
    return section(finding).strip("\n") if format == "markdown" else page(finding)
