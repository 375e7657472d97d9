"""The other planes: what the stack recorded, what an engine finds, what an edge answers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from kampkin.bundle import Bundle, bundle, runtime_digest
from kampkin.drift import edges, engine, outputs
from kampkin.drift.model import Blind, Drift, Unseen
from kampkin.load import load
from kampkin.plan import PARTS, Plan, parts_of

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
