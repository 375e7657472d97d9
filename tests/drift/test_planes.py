"""The other planes: what the stack recorded, what an engine finds, what an edge answers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from kampkin.bundle import Bundle, bundle, runtime_digest
from kampkin.drift import command, edges, engine, outputs
from kampkin.drift.model import Blind, Drift, Unseen
from kampkin.load import load
from kampkin.plan import PARTS, Plan, TargetName, parts_of

from ..operate.test_command import answering

FILE = """\
version: 1
project: acme
targets: [cloudflare, aws]
endpoints:
  cart: {origin: https://cart.acme.dev}
  solo: {origin: https://solo.acme.dev, targets: [aws]}
"""
RECORDED = Path(__file__).parents[1] / "preview" / "recorded"


def compiled(folder: Path, text: str = FILE) -> tuple[Plan, Bundle]:
    """A plan and what it compiles to."""
    file = folder / "kampkin.yaml"
    file.write_text(text)
    plan = load(file).plan
    assert plan is not None
    return plan, bundle(plan)


def said_by(plan: Plan, made: Bundle) -> dict[str, Any]:
    """What the stack of Cloudflare records after an `up`."""
    return {
        "plan": plan.digest,
        "endpoints": {one.name: one.digest for one in plan.endpoints if "cloudflare" in one.targets},
        "parts": {part: digest for part, digest in parts_of(plan).items() if part in PARTS},
        "modules": {name: hashlib.sha256(code).hexdigest() for name, code in made.worker.items()},
    }


def stack(told: Any, plan: Plan, made: Bundle) -> list[tuple[str, bool, bool]]:
    """What differs: where, whether it should be there and whether it is."""
    found = outputs.differences(told, plan, made, "cloudflare")
    return [(one.setting, one.desired is not None, one.live is not None) for one in found]


def test_what_went_up_last_is_the_file(tmp_path: Path) -> None:
    """Nothing to tell."""
    plan, made = compiled(tmp_path)
    assert stack(said_by(plan, made), plan, made) == []


def test_what_was_merged_and_not_deployed_is_told_by_endpoint(tmp_path: Path) -> None:
    """Only this stack's endpoints; the plan's own modules are the endpoints."""
    before = compiled(tmp_path)
    text = FILE.replace("https://cart.acme.dev}", "https://cart.acme.dev, timeout: 1s}").replace(
        "  solo:", "  pay: {origin: https://pay.acme.dev}\n  solo:"
    )
    plan, made = compiled(tmp_path, text.replace("https://solo.acme.dev,", "https://solo.acme.dev, timeout: 1s,"))
    assert stack(said_by(*before), plan, made) == [("endpoints.cart", True, True), ("endpoints.pay", True, False)]


def test_a_module_of_another_release_is_told(tmp_path: Path) -> None:
    """By its name."""
    plan, made = compiled(tmp_path)
    told = said_by(plan, made)
    told["modules"] |= {"breaker.mjs": "0" * 64, "old.mjs": "1" * 64}
    assert stack(told, plan, made) == [("modules.breaker.mjs", True, True), ("modules.old.mjs", False, True)]


def test_a_stack_that_never_went_up(tmp_path: Path) -> None:
    """One line: all of it is missing."""
    plan, made = compiled(tmp_path)
    [one] = outputs.differences({}, plan, made, "cloudflare")
    assert (one.desired, one.live) == (plan.digest, None)


def test_the_last_update_says_who_took_it_up() -> None:
    """As Pulumi writes it down; what is no history is nobody."""
    known = {"git.author": "Dana", "git.author.email": "dana@acme.dev", "git.head": "0123456789abcdef"}
    told = [{"kind": "update", "startTime": "2026-11-18T11:06:40.000Z", "result": "succeeded", "environment": known}]
    by = outputs.updated_by(json.dumps(told))
    assert (by.cause, by.who, by.at_ms) == ("pipeline", "dana@acme.dev", 1_795_000_000_000)
    assert by.where == "Pulumi's last update of 0123456789ab"
    for text in ("", "[]", "{}", '[{"startTime": "then"}]', "[1]"):
        assert outputs.updated_by(text) == outputs.NOT_DEPLOYED


@pytest.mark.parametrize("text", ["", "[]", "no"])
def test_outputs_that_are_none_are_a_blind_spot(tmp_path: Path, text: str) -> None:
    """Never taken for clean."""
    file = tmp_path / "outputs.json"
    file.write_text(text)
    with pytest.raises(Unseen, match="no JSON object"):
        outputs.recorded(tmp_path, None, file)
    with pytest.raises(Unseen, match="cannot be read"):
        outputs.recorded(tmp_path, None, tmp_path / "nothing.json")


def test_without_an_engine_it_says_what_would_show_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option that takes a file."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for ask in (outputs.recorded, engine.refreshed):
        with pytest.raises(Unseen, match="pulumi is not on PATH"):
            ask(tmp_path, "prod", None)


def test_an_engines_refresh_is_read_property_by_property() -> None:
    """As the real engine printed it on the local clouds."""
    found = list(engine.differences(engine.refreshed(Path(), "prod", RECORDED / "drift.json"), "aws"))
    assert found
    assert all(one.plane == "engine" and one.name for one in found)
    assert any(one.setting for one in found)
    with pytest.raises(Unseen, match="no JSON that pulumi writes"):
        engine.refreshed(Path(), "prod", Path(__file__))


def engine_document(*messages: str) -> str:
    """A refresh of a stack without anything, with what went wrong."""
    said = [{"severity": "error", "message": message} for message in messages]
    return json.dumps({"steps": [], "diagnostics": said, "changeSummary": {}})


def test_a_refresh_that_failed_on_its_way_is_not_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what it did not come to nothing is known, whatever it has printed."""
    file = tmp_path / "refresh.json"
    file.write_text(engine_document("reading Table: AccessDenied"))
    [blind] = command.of_engine("aws", tmp_path, "prod", file)
    assert isinstance(blind, Blind)
    assert blind.why == "reading Table: AccessDenied"
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f"#!/bin/sh\necho '{engine_document()}'\necho 'the plugin crashed' >&2\nexit 255\n")
    pulumi.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    [blind] = command.of_engine("aws", tmp_path, "prod", None)
    assert isinstance(blind, Blind)
    assert blind.why == "it ended with 255: the plugin crashed"


@pytest.mark.parametrize(
    ("target", "stack", "file", "why"),
    [
        ("cloudflare", "prod", "drift.json", "that is of aws stack prod"),
        ("aws", "stage", "drift.json", "that is of aws stack prod"),
        ("aws", None, "PREVIEW", "that is no refresh"),
    ],
)
def test_what_another_stack_has_is_not_held_against_this_one(
    tmp_path: Path, target: TargetName, stack: str | None, file: str, why: str
) -> None:
    """Nor what an update would do."""
    given = RECORDED / file
    if file == "PREVIEW":
        given = tmp_path / file
        step = {"op": "update", "urn": "urn:pulumi:prod::acme-aws::aws:sqs/queue:Queue::q"}
        stack_step = {"op": "same", "urn": "urn:pulumi:prod::acme-aws::pulumi:pulumi:Stack::acme-aws-prod"}
        given.write_text(json.dumps({"steps": [stack_step, step]}))
    [blind] = command.of_engine(target, tmp_path, stack, given)
    assert isinstance(blind, Blind)
    assert blind.why.startswith(why)


def test_a_module_of_the_state_worker_is_told(tmp_path: Path) -> None:
    """Who changed an endpoint last is none; and a stack of before that did not record them says nothing of them."""
    plan, made = compiled(tmp_path)
    told = said_by(plan, made) | {"state": outputs.digests(made.state) | {"changes.mjs": "2" * 64}}
    assert stack(told, plan, made) == []
    told["state"]["merge.mjs"] = "0" * 64
    assert stack(told, plan, made) == [("modules.state/merge.mjs", True, True)]


def test_another_plan_is_told_where_no_endpoint_of_this_stack_is_other(tmp_path: Path) -> None:
    """The plan is in its code all the same, and its edge answers with it."""
    before = compiled(tmp_path)
    text = FILE.replace("https://solo.acme.dev,", "https://solo.acme.dev, timeout: 1s,")
    assert stack(said_by(*before), *compiled(tmp_path, text)) == [("plan", True, True)]


def test_outputs_that_are_masked_are_a_blind_spot(tmp_path: Path) -> None:
    """And no traceback."""
    plan, made = compiled(tmp_path)
    with pytest.raises(Unseen, match="output endpoints is no map"):
        stack({"plan": "another", "endpoints": "[secret]"}, plan, made)


def seen(plan: Plan, body: object, status: int = 200) -> list[Drift | Blind]:
    """What comes of an edge that says this."""
    with answering(status, body) as (url, _):
        return list(edges.differences(plan, runtime_digest(), "aws", url))


def test_an_edge_that_runs_the_file_is_nothing_to_tell(tmp_path: Path) -> None:
    """Plan and runtime."""
    plan, _ = compiled(tmp_path)
    told = {"plan": plan.digest, "runtime": runtime_digest(), "place": "eu-central-1"}
    assert seen(plan, told) == []
    assert [one.setting for one in seen(plan, told | {"plan": "sha256:0"}) if isinstance(one, Drift)] == ["plan"]
    assert [one.setting for one in seen(plan, told | {"runtime": "sha256:0"}) if isinstance(one, Drift)] == ["runtime"]


def test_an_edge_that_does_not_say_is_a_blind_spot(tmp_path: Path) -> None:
    """Somebody else's answer, or none."""
    plan, _ = compiled(tmp_path)
    [blind] = seen(plan, {"error": "no"}, 404)
    assert isinstance(blind, Blind)
    assert blind.why == "answered 404, and not what it runs"
    [silent] = edges.differences(plan, runtime_digest(), "aws", "http://127.0.0.1:9")
    assert isinstance(silent, Blind)
    assert json.dumps(silent.why).count("ConnectionError") == 1
