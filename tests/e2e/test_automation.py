"""The stacks by Pulumi's Automation API, as a program of the team's own would run them."""

from __future__ import annotations

import pytest
from pulumi import automation

from kampkin.plan import TargetName

from .conftest import Team
from .project import IDENTITIES
from .test_cli import TARGETS, TOUCHED


@pytest.mark.parametrize("target", TARGETS)
def test_a_stack_lives_its_life(team: Team, target: TargetName, monkeypatch: pytest.MonkeyPatch) -> None:
    """Preview, up, an empty second up, a change, refresh and destroy, each with the result that the API gives."""
    monkeypatch.setenv("PATH", team.project.environment["PATH"])  # where the API looks for the CLI
    team.declare(cooldown="7s")
    folder = str(team.project.stack(target))
    options = automation.LocalWorkspaceOptions(env_vars=team.project.environment)
    stack = automation.create_stack("prod", work_dir=folder, opts=options)
    stack.set_all_config({key: automation.ConfigValue(value) for key, value in IDENTITIES[target].items()})

    assert team.project.resources(target) == []
    foreseen = stack.preview().change_summary
    first = stack.up()
    assert first.summary.resource_changes == {"create": foreseen[automation.OpType.CREATE]}
    assert list(first.outputs["urls"].value) == ["cart"]
    second = stack.up(expect_no_changes=True)
    assert set(second.summary.resource_changes or {}) == {"same"}

    team.declare(cooldown="8s")
    changed = stack.up()
    assert dict(changed.summary.resource_changes or {}).get(automation.OpType.UPDATE) == len(TOUCHED[target])
    assert changed.outputs["plan"].value != first.outputs["plan"].value
    stack.refresh(expect_no_changes=True)

    team.project.unprotect(target)
    stack.destroy()
    assert stack.outputs() == {}
