"""What `kampkin preview` lists is what the engine gets, and what the engine says it would do is read as it is."""

from __future__ import annotations

from typing import Any

import pytest

from kampkin.load import load
from kampkin.plan import TargetName
from kampkin.preview import engine
from kampkin.preview.run import Asked, previews
from kampkin.preview.shown import shown
from kampkin.preview.stackfile import read_stack_file
from tests.clouds.cloud import ROOT
from tests.e2e.conftest import Team

MADE_UP = ("${", "<")
"""How a text begins that stands for what only a cloud or an owner knows."""


@pytest.mark.parametrize("target", ["cloudflare", "aws"])
def test_a_preview_lists_what_goes_up(team: Team, target: TargetName) -> None:
    """The same resources by type and name, with the same parents, protection and inputs; then a change is read as one."""
    team.project.environment["PYTHONPATH"] = str(ROOT / "compiler")  # both sides are this checkout's
    team.declare()
    team.up(target)
    plan = load(team.project.folder / "kampkin.yaml", "prod").plan
    assert plan is not None
    settings = read_stack_file(team.project.stack(target), target, "prod")
    (preview,) = previews({target: [Asked(plan, settings)]})[target]
    live = {key_of(one["urn"]): one for one in team.project.resources(target)}
    live = {key: one for key, one in live.items() if not key[0].startswith(("pulumi:pulumi:", "pulumi:providers:"))}
    listed = {(one.type, one.name): one for one in preview.resources if not one.type.startswith("pulumi:providers:")}
    assert listed.keys() == live.keys()
    for key, one in listed.items():
        assert one.options.protect == live[key].get("protect", False), key
        there = shown(live[key].get("inputs", {}), lambda path: (team.project.stack(target) / path).read_bytes())
        assert differing(dict(one.inputs), there) == [], key
    team.declare(cooldown="9s")
    said = engine.read(team.project.run(target, "preview", "--json").out)
    changes = {one.name: one.fate for one in said.changes}
    assert changes == dict.fromkeys(
        ["kampkin-worker"] if target == "cloudflare" else ["kampkin-distribution", "kampkin-function"], "updated"
    )


def key_of(urn: str) -> tuple[str, str]:
    """A resource's type and name."""
    *_, types, name = urn.split("::")
    return types.split("$")[-1], name


def differing(listed: Any, live: Any, path: str = "") -> list[str]:
    """Where what was listed is otherwise in the state, what was made up left out; the engine fills in more than was said."""
    if isinstance(listed, str) and any(mark in listed for mark in MADE_UP):
        return []
    if isinstance(listed, dict) and isinstance(live, dict):
        return [found for key, one in listed.items() for found in differing(one, live.get(key), f"{path}.{key}")]
    if isinstance(listed, list) and isinstance(live, list) and len(listed) == len(live):
        return [found for at, one in enumerate(listed) for found in differing(one, live[at], f"{path}[{at}]")]
    return [] if listed == live else [f"{path}: {listed!r} is {live!r}"]
