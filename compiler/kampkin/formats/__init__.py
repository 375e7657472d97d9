"""Findings as they are shown: for a person, and for the programs that show them to a person.

| format | for |
|---|---|
| human | a terminal, a log |
| json | any program: the shape stands in `json.py` |
| github | GitHub Actions, which puts them on the lines of a pull request |
| sarif | code scanning, and editors that read it |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from kampkin.diagnostics import Diagnostic
from kampkin.formats.github import as_github
from kampkin.formats.human import as_text
from kampkin.formats.json import as_json
from kampkin.formats.place import placed
from kampkin.formats.sarif import as_sarif

Format = Literal["human", "json", "github", "sarif"]


def render(format: Format, findings: Iterable[Diagnostic], texts: Mapping[str, str], folder: Path) -> str:
    """The findings in a format; `texts` holds the files by the name that spans give them.

    `folder` is where the command runs: GitHub and SARIF name files from there.
    """
    if format == "human":
        return as_text(findings, texts)
    found = placed(findings, texts)
    if format == "json":
        return as_json(found)
    return as_github(found, folder) if format == "github" else as_sarif(found, folder)


__all__ = ["Format", "as_text", "render"]
