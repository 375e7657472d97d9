"""The resources' part of a review: what the stacks would declare before and after, or what an engine says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kampkin.cli import main
from kampkin.errors import Cannot
from kampkin.load import load
from kampkin.plan import Plan
from kampkin.preview.compare import PropertyChange, ResourceChange
from kampkin.preview.engine import EnginePreview, read
from kampkin.preview.stackfile import StackFile
from kampkin.review.resources import Pair, declared_changes, engines_in, section, with_engine

RECORDED = Path(__file__).parents[1] / "preview" / "recorded"


def plan(folder: Path, cooldown: str, targets: str = "[cloudflare]") -> Plan:
    """A plan."""
    path = folder / "kampkin.yaml"
    path.write_text(
        f"version: 1\nproject: acme\ntargets: {targets}\n"
        f"endpoints: {{cart: {{origin: https://cart.acme.dev, breaker: {{cooldown: {cooldown}}}}}}}\n"
    )
    made = load(path).plan
    assert made is not None
    return made


def test_a_change_of_the_file_is_a_table(tmp_path: Path) -> None:
    """The property by its path, contents by their digests; without a change that is said."""
    before, after = plan(tmp_path, "60s"), plan(tmp_path, "70s")
    changes, problems = declared_changes({None: Pair(before, after)})
    made = section(changes, problems=problems)
    (table,) = made.tables
    assert table.title == "cloudflare: 1 updated"
    ((name, fate, path, was, is_),) = table.rows
    assert name == "kampkin-worker (WorkersScript)"
    assert (fate, path) == ("updated", 'files["plan.mjs"].contentBase64')
    assert was.startswith("sha256:")
    assert was != is_
    same = section(declared_changes({None: Pair(before, before)})[0])
    assert (same.tables, same.note) == ((), "what the stacks declare stays as it is")


def test_a_first_and_a_last_plan(tmp_path: Path) -> None:
    """Everything is created, or deleted; what holds state is protected, and that is noted."""
    only = plan(tmp_path, "60s")
    (made,) = section(declared_changes({None: Pair(None, only)})[0]).tables
    assert made.title == "cloudflare: 4 created"
    assert made.note == ""
    (gone,) = section(declared_changes({None: Pair(only, None)})[0]).tables
    assert gone.title == "cloudflare: 4 deleted"
    assert gone.note.endswith("until they are let go of: kampkin-state")


def test_settings_that_are_wrong_are_told_and_hide_nothing(tmp_path: Path) -> None:
    """The other target's table is there."""
    both = "[cloudflare, aws]"
    stack = StackFile("edge", "prod", {"acountId": "x"})
    pair = Pair(
        plan(tmp_path, "60s", both),
        plan(tmp_path, "70s", both),
        lambda target: stack if target == "cloudflare" else StackFile("edge", "prod"),
    )
    changes, problems = declared_changes({"prod": pair})
    made = section(changes, problems=problems)
    assert [table.title for table in made.tables] == ["prod, aws: 2 updated"]
    assert made.note.startswith("prod, cloudflare, before: nothing was touched")
    assert "did you mean accountId?" in made.note


def test_an_engine_knows_better_and_drift_is_told_apart() -> None:
    """Its changes stand for the target's; drift stands beside what the file changes."""
    own = ResourceChange("updated", "aws:lambda/function:Function", "kampkin-function")
    place = ("prod", "aws")
    said = read((RECORDED / "replace.json").read_text())
    assert (said.target, said.stack) == ("aws", "prod")
    assert with_engine({place: (own,)}, said, "prod") == {place: said.changes}  # type: ignore[dict-item]
    drift = section({place: (own,)}, engines_in([RECORDED / "drift.json"], ["staging", "prod"]))  # type: ignore[dict-item]
    assert [table.title for table in drift.tables] == ["prod, aws: 1 updated", "prod, aws: changed from outside, drift"]
    assert drift.tables[1].rows[0][2:] == ("memorySize", "256", "512")
    both = section({}, engines_in([RECORDED / "drift-and-plan.json"], [None]))
    assert "put back among these" in both.note
    assert with_engine({place: (own,)}, EnginePreview(()), "prod") == {place: (own,)}  # type: ignore[dict-item]


def test_what_is_no_preview_of_these_stacks_is_refused(tmp_path: Path) -> None:
    """With the file's name."""
    with pytest.raises(Cannot, match=r"drift\.json is of the stack prod, which is none of staging, live"):
        engines_in([RECORDED / "drift.json"], ["staging", "live"])
    (tmp_path / "empty").write_text("")
    with pytest.raises(Cannot, match="empty: the preview is empty"):
        engines_in([tmp_path / "empty"], [None])
    with pytest.raises(Cannot, match="could not read"):
        engines_in([tmp_path / "none"], [None])


def test_diff_shows_it_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In each environment that changes, with the settings of its stack; an engine's word is read from a file."""
    plan(tmp_path, "60s")
    (tmp_path / "before.yaml").write_text((tmp_path / "kampkin.yaml").read_text() + "environments: {prod: {}}\n")
    plan(tmp_path, "70s")
    file = tmp_path / "kampkin.yaml"
    file.write_text(file.read_text() + "environments: {prod: {}}\n")
    arguments = [
        "diff",
        str(file),
        "--base",
        str(tmp_path / "before.yaml"),
        "--format",
        "json",
        "--no-behaviour",
        "--no-promises",
    ]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["sections"] == []
    drift = str(RECORDED / "drift.json")
    assert main([*arguments, "--resources", "--pulumi-preview", drift]) == 0
    (shown,) = json.loads(capsys.readouterr().out)["sections"]
    assert [table["title"] for table in shown["tables"]] == [
        "prod, aws: changed from outside, drift",
        "prod, cloudflare: 1 updated",
    ]


def test_long_values_and_many_properties_are_cut() -> None:
    """A review is read; programs have it all."""
    many = tuple(PropertyChange(f"p{at}", None, "x" * 500) for at in range(12))
    (table,) = section({(None, "aws"): (ResourceChange("updated", "t", "one", many),)}).tables
    assert len(table.rows) == 9
    assert table.rows[-1] == ("", "", "and 4 more", "", "")
    assert table.rows[0][3] == "–"
    assert len(table.rows[0][4]) == 72
    plan = ResourceChange("updated", "t", "one", (PropertyChange("p", "Kampkin, plan sha256:" + "a1" * 32, None),))
    (table,) = section({(None, "aws"): (plan,)}).tables
    assert table.rows[0][3] == "Kampkin, plan sha256:a1a1a1a1a1a1"


def hosted(folder: Path, target: str) -> Plan:
    """A plan with a host."""
    return plan(folder, "60s", target)


def settings(values: dict[str, str]) -> StackFile:
    """A stack's."""
    return StackFile("edge", "prod", values)


def test_a_host_that_stops_answering_on_aws_is_told(tmp_path: Path) -> None:
    """With what keeps it; kept, nothing stops; and when it is let go of, it does."""
    old, new = (hosted(tmp_path, f"{{aws: {{host: {one}.acme.dev}}}}") for one in ("old", "new"))
    alone, both = settings({"hostedZoneId": "Z01"}), settings({"hostedZoneId": "Z01", "formerHost": "old.acme.dev"})

    def told(before: Plan, was: StackFile, after: Plan, is_: StackFile) -> str:
        changes, problems = declared_changes({"prod": Pair(before, after, lambda target: is_, lambda target: was)})
        assert not problems
        return section(changes).note

    gap = told(old, alone, new, alone)
    assert "prod, aws: old.acme.dev stops answering as soon as the distribution takes new.acme.dev" in gap
    assert gap.endswith("pulumi config set formerHost old.acme.dev")
    assert told(old, alone, new, both) == ""
    assert (
        told(new, both, new, alone) == "prod, aws: old.acme.dev stops answering: callers that still use it are refused"
    )


def test_a_custom_domain_that_becomes_a_route_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By a setting of the stack alone, which no plan has; the settings before are those beside the file before. A stack's file
    that was not there before is as it is now; one that cannot be read is said, and all else is told."""
    ids = "edge:accountId: 0123456789abcdef0123456789abcdef\n  edge:zoneId: fedcba9876543210fedcba9876543210\n"
    for name, more in (("before", ""), ("after", "  edge:route: 'true'\n")):
        (folder := tmp_path / name / "stacks" / "cloudflare").mkdir(parents=True)
        hosted(tmp_path / name, "{cloudflare: {host: edge.acme.dev}}")
        file = tmp_path / name / "kampkin.yaml"
        file.write_text(file.read_text() + "environments: {prod: {}}\n")
        (folder / "Pulumi.yaml").write_text("name: edge\n")
        (folder / "Pulumi.prod.yaml").write_text(f"config:\n  {ids}{more}")
    files = [str(tmp_path / name / "kampkin.yaml") for name in ("after", "before")]
    arguments = ["diff", files[0], "--base", files[1], "--resources", "--format", "json"]
    assert main(arguments) == 0
    settings, shown = json.loads(capsys.readouterr().out)["sections"]
    assert [row[:3] for row in settings["tables"][0]["rows"]] == [["route", "false", "true"]]
    assert [table["title"] for table in shown["tables"]] == ["prod, cloudflare: 1 created, 1 deleted"]
    assert "prod, cloudflare: a custom domain becomes a route: its DNS record goes with it" in shown["note"]
    (tmp_path / "before" / "stacks" / "cloudflare" / "Pulumi.prod.yaml").unlink()
    assert main(arguments) == 0
    (shown,) = json.loads(capsys.readouterr().out)["sections"]
    assert shown["tables"] == []
    (tmp_path / "after" / "stacks" / "cloudflare" / "Pulumi.prod.yaml").write_text("config: {a: &a 1, b: *a}\n")
    assert main(arguments) == 0
    *_, shown = json.loads(capsys.readouterr().out)["sections"]
    assert shown["tables"] == []
    assert shown["note"].startswith("what the stacks would declare could not be told: ")
    assert "has aliases of YAML" in shown["note"]
