"""Golden cases: each folder of tests/review/cases has a file before and after, and what `kampkin diff` says in each form.

`approved.json` is what the forge says. To write them anew after a change of mind:
`KAMPKIN_UPDATE_REVIEW=1 python -m pytest tests/review/test_cases.py`, then read the diff.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from kampkin.cli import main
from kampkin.review.formats.json import schema
from tests.repository import git

CASES = sorted((Path(__file__).parent / "cases").iterdir())
FORMS = {"human": "human.txt", "markdown": "comment.md", "json": "diff.json"}
UPDATE = bool(os.environ.get("KAMPKIN_UPDATE_REVIEW"))
QUICK = ("--no-behaviour", "--no-promises")


@pytest.fixture
def repository(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The case as a repository: before is committed, after is in the work tree."""
    case: Path = request.param
    for variable in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(variable)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.email", "eli@acme.dev")
    git(tmp_path, "config", "user.name", "Eli")
    (tmp_path / "README").write_text("edge\n")
    if (case / "before").exists():
        shutil.copytree(case / "before", tmp_path, dirs_exist_ok=True)
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "-m", "before")
    shutil.copytree(case / "after", tmp_path, dirs_exist_ok=True)
    git(tmp_path, "add", "--all")
    monkeypatch.chdir(tmp_path)
    return case


@pytest.mark.parametrize("repository", CASES, ids=lambda path: path.name, indirect=True)
def test_a_change_says_what_its_case_says(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To the letter, in each form, with the exit code that a pipeline gets."""
    approved = repository / "approved.json"
    told = ["--approved-by", str(approved)] if approved.exists() else []
    codes = set()
    for form, name in FORMS.items():
        codes.add(main(["diff", "--format", form, "--enforce", *QUICK, *told]))
        printed = capsys.readouterr()
        said = re.sub(r"HEAD \([0-9a-f]{12}\)", "HEAD (5c1e7a90d3b4)", printed.out or printed.err)
        file = repository / name
        if UPDATE:
            file.write_text(said)
        assert file.read_text() == said, name
        if form == "json" and printed.out:
            Draft202012Validator(schema()).validate(json.loads(printed.out))
    code = repository / "exit-code"
    if UPDATE:
        code.write_text(f"{' '.join(map(str, codes))}\n")
    assert codes == {int(code.read_text())}
