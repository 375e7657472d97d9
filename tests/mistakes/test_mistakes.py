"""A file with twelve mistakes, and all that `kampkin check` says of it, in each format.

After a change of mind: `KAMPKIN_UPDATE_CASES=1 python -m pytest tests/mistakes`, then read the diff.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from kampkin.formats import Format, render
from kampkin.load import load
from kampkin.rules import RULES
from tests.mistakes.picture import HERE, PICTURE, picture

UPDATE = bool(os.environ.get("KAMPKIN_UPDATE_CASES"))
OUTPUTS: dict[Format, str] = {
    "human": "findings.txt",
    "json": "findings.json",
    "github": "findings.github",
    "sarif": "findings.sarif",
}
MARK = re.compile(r"# ([a-z-]+)$")
TEXT = (HERE / "kampkin.yaml").read_text("utf-8")
MARKED = {
    (number, mark[1]) for number, line in enumerate(TEXT.splitlines(), 1) if number > 1 and (mark := MARK.search(line))
}
"""The mistakes, as the file itself names them: line and id."""
OF_RULES = {mistake for mistake in MARKED if mistake[1] in {rule.id for rule in RULES}}


@pytest.mark.parametrize("format", OUTPUTS)
def test_what_is_said_is_what_was_reviewed(format: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the letter; of SARIF without what explains the ids, which is the same for every file."""
    monkeypatch.chdir(HERE)
    found = load(Path("kampkin.yaml"))
    said = render(format, found.diagnostics, found.texts, HERE) + "\n"
    said = without_rules(said) if format == "sarif" else said
    file = HERE / OUTPUTS[format]
    if UPDATE:
        file.write_text(said, "utf-8")
    assert file.read_text("utf-8") == said


def test_each_mistake_is_found_where_it_is_marked() -> None:
    """All are found at once, and nothing that is not marked."""
    assert len(MARKED) == 12
    assert places(HERE / "kampkin.yaml") == MARKED


def test_the_picture_is_fresh() -> None:
    """docs/mistakes.svg shows what is said now, and asks no other server for a font."""
    assert PICTURE.read_text("utf-8") == picture(), "out of date: run `make docs`"
    assert "url(http" not in picture()


def places(path: Path) -> set[tuple[int, str]]:
    """The lines of what is found, and the ids."""
    return {(finding.span.line, finding.id) for finding in load(path).diagnostics}


def without_rules(sarif: str) -> str:
    """A log without the tool; each result is of the rule that its index leads to."""
    log = json.loads(sarif)
    (run,) = log["runs"]
    rules = run.pop("tool")["driver"]["rules"]
    for result in run["results"]:
        assert rules[result.pop("ruleIndex")]["id"] == result["ruleId"]
    return json.dumps(log, indent=2) + "\n"
