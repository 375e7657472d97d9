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
import yaml
from jsonschema import Draft202012Validator

from kampkin.formats import as_text
from kampkin.load import load
from kampkin.schema import config_schema, plan_schema

CASES = sorted((Path(__file__).parent / "cases").iterdir())
UPDATE = bool(os.environ.get("KAMPKIN_UPDATE_CASES"))
BEYOND_THE_SCHEMA = {
    "alias-bomb", "bad-name-of-host", "body-and-json", "cooldown-max-below-initial", "duplicate-key", "empty-list",
    "environment-adds-endpoint", "http-origin", "ip-origin", "lambda-timeout", "merge-of-a-text", "no-body-with-204",
    "no-trip-rule", "null-over-a-need", "slow-rule-incomplete", "slow-after-timeout", "failure-statuses", "override-odd", "origin-loop", "out-of-range", "redirect-without-location", "routes-collide",
    "routes-collide-by-default", "routes-odd", "several-documents", "unknown-tag", "unknown-target-of-endpoint", "window-too-short",
    "alias-cycle", "environment-breaks-a-rule", "unknown-owner", "kampkins-own-headers", "origins-odd", "ratio-of-nothing", "zero-duration", "regions-without-table",
    "rules-claims", "rules-platforms", "probe-outlasts-timeout", "no-targets", "silences", "max-below-the-built-in-initial", "cors-any-with-credentials", "cors-without-origins", "fallback-origins", "stale-refused", "stale-without-host", "secret-on-aws", "host-pass-on-cloudflare", "location-without-object", "in-front-of", "names-that-are-not-there",
}  # fmt: skip
"""Cases that are wrong in a way a JSON Schema cannot say, or that YAML 1.1 cannot even load."""


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
    text = (case / "kampkin.yaml").read_text().replace("no:", '"no":').replace("2024:", '"2024":')  # YAML 1.1's
    Draft202012Validator(config_schema()).validate(yaml.safe_load(text))
    Draft202012Validator(plan_schema()).validate(json.loads((case / "plan.json").read_text()))


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if not (case / "plan.json").exists() and case.name not in BEYOND_THE_SCHEMA],
    ids=lambda path: path.name,
)
def test_the_editors_schema_refuses_what_it_can(case: Path) -> None:
    """A file that is wrong in a way a schema can say is refused in the editor too."""
    try:
        value = yaml.safe_load((case / "kampkin.yaml").read_bytes())
    except (yaml.YAMLError, UnicodeDecodeError):
        return
    assert list(Draft202012Validator(config_schema()).iter_errors(value))
