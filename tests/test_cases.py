"""Golden cases: each folder of tests/cases holds a kampkin.yaml and what it comes to.

`plan.json` for a file that is sound, `findings.txt` for one that is not (a sound file with warnings has both). To
write them anew after a change of mind: `KAMPKIN_UPDATE_CASES=1 python -m pytest tests/test_cases.py`, then read the
diff.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from kampkin.formats import as_text
from kampkin.load import load
from kampkin.schema import config_schema, plan_schema
from kampkin.source import read
from kampkin.values import json_value

CASES = sorted((Path(__file__).parent / "cases").iterdir())
UPDATE = bool(os.environ.get("KAMPKIN_UPDATE_CASES"))
BEYOND_THE_SCHEMA = {
    "host-pass-on-cloudflare", "in-front-of", "location-without-object", "max-below-the-built-in-initial",
    "names-that-are-not-there", "no-targets", "rules-claims", "rules-platforms", "secret-on-aws", "targets-replaced",
    "cooldown-max-below-initial", "cors-any-with-credentials", "cors-without-origins", "environment-adds-endpoint",
    "environment-breaks-a-rule", "environment-named-as-part", "fallback-origins", "lambda-timeout", "no-trip-rule", "origin-loop", "probe-outlasts-timeout",
    "regions-without-table", "routes-collide", "routes-collide-by-default", "slow-rule-incomplete", "stale-refused",
    "stale-without-host", "unknown-owner", "unknown-target-of-endpoint",
}  # fmt: skip
"""Cases that are wrong in a way a JSON Schema cannot say: what layers come to together, and what one part says of another."""


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_file_comes_to_what_its_case_says(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The findings, to the letter, and the plan, to the byte, are those of the case."""
    monkeypatch.chdir(case)
    loaded = load(Path("kampkin.yaml"))
    findings = as_text(loaded.diagnostics, loaded.texts) + "\n" if loaded.diagnostics else None
    plan = (
        json.dumps(loaded.plan.to_json(), indent=2, sort_keys=True, ensure_ascii=False) + "\n" if loaded.plan else None
    )
    for name, value in (("findings.txt", findings), ("plan.json", plan)):
        file = case / name
        if UPDATE:
            file.write_text(value) if value else file.unlink(missing_ok=True)
        assert (file.read_text() if file.exists() else None) == value
    assert (plan is None) == any(finding.is_error for finding in loaded.diagnostics)


@pytest.mark.parametrize("case", [case for case in CASES if (case / "plan.json").exists()], ids=lambda path: path.name)
def test_both_schemas_accept_a_sound_file(case: Path) -> None:
    """What compiles is accepted by the editor's schema, and its plan by the plan's."""
    root = read(case / "kampkin.yaml").root
    Draft202012Validator(config_schema()).validate(json_value(root))
    Draft202012Validator(plan_schema()).validate(json.loads((case / "plan.json").read_text()))


@pytest.mark.parametrize(
    "case", [case for case in CASES if not (case / "plan.json").exists()], ids=lambda path: path.name
)
def test_the_editors_schema_refuses_what_it_can(case: Path) -> None:
    """A file that is YAML, and wrong in a way a schema can say, is refused in the editor too; the others are listed."""
    source = read(case / "kampkin.yaml")
    if source.root is not None and not any(finding.is_error for finding in source.findings):
        valid = Draft202012Validator(config_schema()).is_valid(json_value(source.root))
        assert valid == (case.name in BEYOND_THE_SCHEMA)
