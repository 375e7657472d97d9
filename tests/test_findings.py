"""The registry of findings: every id that the compiler can give is explained, and its examples are what they say."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from kampkin.cli import main
from kampkin.diagnostics import Diagnostic
from kampkin.findings import Finding, every
from kampkin.load import load
from kampkin.rules import EVERY
from kampkin.rules.silence import UNUSED

PACKAGE = Path(__file__).parents[1] / "compiler" / "kampkin"
MAKERS = {"error": 0, "problem": 0, "_at": 0, "_error": 0, "_unreadable": 1}
"""What makes a finding that is no rule's, and which of its arguments is the id."""
NO_TEXT_SHOWS_IT = {
    "declared-twice",
    "no-file",
    "not-a-file",
    "not-utf-8",
    "too-deep",
    "too-large",
    "too-many-environments",
    "too-many-files",
    "too-many-findings",
    "unreadable",
}
"""Their wrong example is a command, or stands for a file that is too large for a page."""
NOW_MS = 1_796_000_000_000
"""2026-11-30: the day of the examples."""
NAMED_FILE = re.compile(r"\bfile: (\w[^,} \n]+)")
SENTENCE = re.compile(r"[A-Z`0-9][^\n]*[^.\s]\.")


def test_every_finding_is_registered() -> None:
    """Each id that the compiler can give is in findings.yaml, and none that it cannot."""
    texts = yaml.safe_load((PACKAGE / "findings.yaml").read_text())
    assert set(texts["findings"]) == set(given_ids())
    assert set(texts["rules"]) == {rule.id for rule in EVERY}


def test_an_id_is_one_findings() -> None:
    """No rule has the id of another finding."""
    ids = [finding.id for finding in every()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("finding", every(), ids=lambda finding: finding.id)
def test_an_explanation_is_short(finding: Finding) -> None:
    """What it means and how to mend it are one sentence each."""
    for text in (finding.means, finding.mend):
        assert SENTENCE.fullmatch(text), text
        assert ". " not in text


@pytest.mark.parametrize(
    "finding", [finding for finding in every() if finding.id not in NO_TEXT_SHOWS_IT], ids=lambda finding: finding.id
)
def test_the_wrong_example_is_told_so(finding: Finding, tmp_path: Path) -> None:
    """Loaded as it stands, or with what it leaves out, it gets the finding, with the severity of the registry."""
    found = [*loaded(finding.wrong, tmp_path), *loaded(whole(finding.wrong), tmp_path)]
    assert {one.severity for one in found if one.id == finding.id} == {finding.severity}


@pytest.mark.parametrize(
    "finding", [finding for finding in every() if not finding.right.startswith("$")], ids=lambda finding: finding.id
)
def test_the_right_example_is_right(finding: Finding, tmp_path: Path) -> None:
    """Loaded with what it leaves out, it has no finding at all."""
    assert loaded(whole(finding.right), tmp_path) == ()


def test_every_id_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """`kampkin rules` has a line for each id, and says which may be silenced: the warnings of rules."""
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [finding.id for finding in every()]
    silenced = {line.split()[0] for line in lines if "may be silenced" in line}
    assert silenced == {rule.id for rule in EVERY if rule.severity == "warning"}


def test_one_id_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """`kampkin rules ID` says what it means, how to mend it, both examples and how to silence it."""
    assert main(["rules", "plain-http"]) == 0
    assert capsys.readouterr().out == (
        "plain-http: warning, may be silenced\n\n"
        "An origin without TLS is called over the open internet.\n\n"
        "Write `https://`, if the service has it.\n\n"
        "Wrong:\n\n  endpoints: {cart: http://cart.acme.dev}\n\n"
        "Right:\n\n  endpoints: {cart: https://cart.acme.dev}\n\n"
        "Or say in the endpoint why it is right there:\n\n  silence: {plain-http: why it is right here}\n"
        + source_of("plain-http")
    )
    assert main(["rules", "tab"]) == 0
    assert "silence" not in capsys.readouterr().out


def test_ids_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    """`--format json` gives the same, of one id and of all."""
    assert main(["rules", "tab", "--format", "json"]) == 0
    one = json.loads(capsys.readouterr().out)
    assert one == {
        "id": "tab",
        "severity": "error",
        "rule": False,
        "may_be_silenced": False,
        "means": "A tab indents a line.",
        "mend": "Use spaces.",
        "source": None,
        "wrong": "defaults:\n\ttimeout: 3s\n",
        "right": "defaults:\n  timeout: 3s\n",
    }
    assert main(["rules", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["rules"]
    assert one in told
    assert len(told) == len(every())


def test_the_section_of_an_id_is_the_pages(capsys: pytest.CaptureFixture[str]) -> None:
    """`kampkin rules ID --format markdown` is the section of docs/rules.md that the tables there lead to."""
    page = (PACKAGE.parents[1] / "docs" / "rules.md").read_text()
    for finding in every():
        assert main(["rules", finding.id, "--format", "markdown"]) == 0
        section = capsys.readouterr().out
        assert section.startswith(f"### {finding.id}\n")
        assert f"\n{section}" in page
        assert f"(#{finding.id})" in page


@pytest.mark.parametrize(
    ("id", "hint"), [("route-take", "did you mean route-taken?"), ("xyz", "kampkin rules lists them all")]
)
def test_an_unknown_id_gets_a_suggestion(id: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends with 2, and names the nearest there is."""
    assert main(["rules", id]) == 2
    assert capsys.readouterr().err == f"kampkin: there is no rule and no finding {id!r}\n  hint: {hint}\n"


def source_of(id: str) -> str:
    """The last lines of an explanation."""
    (source,) = {rule.source for rule in EVERY if rule.id == id}
    return f"\nSource: {source}\n" if source else ""


def whole(example: str) -> str:
    """The example as a file, with what it leaves out."""
    begin = "" if re.search("^version:", example, re.MULTILINE) else "version: 1\n"
    end = "" if re.search("^endpoints:", example, re.MULTILINE) else "endpoints: {cart: https://cart.acme.dev}\n"
    return begin + example + end


def loaded(text: str, folder: Path) -> tuple[Diagnostic, ...]:
    """What is found in a file with the text, beside the files that it names."""
    for name in NAMED_FILE.findall(text):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("resting")
    path = folder / "kampkin.yaml"
    path.write_text(text)
    return load(path, now_ms=NOW_MS).diagnostics


def given_ids() -> Iterator[str]:
    """The ids that the compiler's source gives to findings: literals handed to what makes one."""
    for path in [*PACKAGE.glob("*.py"), PACKAGE / "rules" / "silence.py"]:
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            maker = getattr(call.func, "id", getattr(call.func, "attr", ""))
            given = call.args[MAKERS[maker] : MAKERS[maker] + 1] if maker in MAKERS else []
            yield from (str(given_id.value) for given_id in given if isinstance(given_id, ast.Constant))
    yield UNUSED
