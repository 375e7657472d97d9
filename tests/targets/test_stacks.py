"""The Pulumi projects that `pulumi up` runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
STACKS = sorted(path.parent for path in (ROOT / "stacks").glob("*/Pulumi.yaml"))


@pytest.mark.parametrize("stack", STACKS, ids=lambda path: path.name)
def test_a_stack_runs_its_targets_program(stack: Path) -> None:
    """Each project names itself after what it is for, runs its program, and where that is a target has a file for each
    environment. CI's own needs are an account's, which only its owner knows."""
    project = yaml.safe_load((stack / "Pulumi.yaml").read_text())
    assert project["name"] == f"kampkin-{stack.name}"
    assert f"from kampkin.targets.{stack.name} import program" in (stack / "__main__.py").read_text()
    if stack.name == "bootstrap":
        return
    declared = yaml.safe_load((ROOT / "kampkin.yaml").read_text())["environments"]
    for environment in declared:
        config = yaml.safe_load((stack / f"Pulumi.{environment}.yaml").read_text())["config"]
        assert config[f"kampkin-{stack.name}:environment"] == environment


def test_the_command_never_loads_pulumi() -> None:
    """Neither the command nor a whole compile imports Pulumi or a cloud's SDK: they cost seconds."""
    program = (
        "import sys, kampkin.cli, kampkin.targets; from pathlib import Path;"
        "kampkin.cli.main(['check', sys.argv[1]]);"
        "from kampkin.load import load; from kampkin.bundle import bundle; bundle(load(Path(sys.argv[1])).plan).files();"
        "heavy = {'pulumi', 'pulumi_aws', 'pulumi_cloudflare', 'boto3', 'moto'} & set(sys.modules); sys.exit(repr(heavy) if heavy else 0)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(ROOT / "kampkin.yaml")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
