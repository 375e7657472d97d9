"""`kampkin drift`, as CI runs it, on the local Cloudflare."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kampkin.bundle import runtime_digest
from tests.clouds.cloudflare import TOKEN, LocalCloudflare

from ..operate.test_command import answering
from .deployed_cloudflare import ACCOUNT, LONG, SHORT, Deployed, deploy
from .test_planes import said_by

Drift = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Deployed]:
    """A file that is deployed."""
    with LocalCloudflare() as cloud:
        cloud.ready()
        yield deploy(cloud, tmp_path)


@pytest.fixture
def drift(made: Deployed, tmp_path: Path) -> Iterator[Drift]:
    """Runs it where the stack has recorded what is deployed, and the edge says so too; `asked` asks Pulumi for the first."""
    (tmp_path / "outputs.json").write_text(json.dumps(said_by(made.plan, made.bundle)))
    running = {"plan": made.plan.digest, "runtime": runtime_digest(), "place": "FRA"}
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "CLOUDFLARE_"))}
    cloudflare = {"ACCOUNT_ID": ACCOUNT, "API_TOKEN": TOKEN, "BASE_URL": made.cloud.url}
    with answering(200, running) as (url, _):

        def drift(*args: str, asked: bool = False, **change: str) -> subprocess.CompletedProcess[str]:
            given = ["--url", f"cloudflare={url}", *([] if asked else ["--outputs", "cloudflare=outputs.json"])]
            return subprocess.run(
                [sys.executable, "-m", "kampkin", "drift", *given, *args],
                cwd=tmp_path,
                env=inherited | {f"CLOUDFLARE_{key}": value for key, value in cloudflare.items()} | change,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )

        yield drift


def test_after_a_deploy_it_is_clean(drift: Drift) -> None:
    """On every plane, and it says what it looked at."""
    run = drift()
    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert lines[0] == "the file as it stands: no drift"
    looked = (
        "looked at: cloudflare (stack), cloudflare (live), cloudflare (edges); not asked for: cloudflare (engine), by "
    )
    assert lines[-1].startswith(f"{looked}--engine; calls: ")


def test_what_somebody_did_is_told_and_can_be_adopted(made: Deployed, drift: Drift, tmp_path: Path) -> None:
    """By endpoint, in the words of the file; the command that restores; the file as it is then."""
    made.upload({"plan.mjs": made.bundle.worker["plan.mjs"].replace(SHORT, LONG)})
    run = drift("--revert")
    assert run.returncode == 1
    assert "  cloudflare, endpoint cart timeout: 9s, should be 3s\n" in run.stdout
    assert run.stdout.endswith("\n\npulumi up --refresh --cwd stacks/cloudflare   # takes seconds\n")
    assert run.stderr == ""
    told: Any = json.loads(drift("--format", "json").stdout)
    assert {one["endpoint"] for one in told["drifts"]} == {"cart"}
    assert drift("--format", "markdown").stdout.startswith("<!-- kampkin:drift all -->\n")
    run = drift("--adopt", "--format", "json")
    assert (run.returncode, json.loads(run.stdout)) == (1, told)
    assert "cart: {origin: https://cart.acme.dev, timeout: 9s}" in (tmp_path / "kampkin.yaml").read_text()


def test_half_blind_is_never_clean(drift: Drift) -> None:
    """2, and what would show it."""
    run = drift(CLOUDFLARE_API_TOKEN="")
    assert run.returncode == 2
    assert run.stdout.startswith("the file as it stands: no drift, 1 not seen\n")
    assert "not seen: the cloud: CLOUDFLARE_API_TOKEN is not set\n      needs Workers Scripts: Read\n" in run.stdout


def test_a_stack_whose_settings_are_not_here_is_not_held_against_the_defaults(drift: Drift, tmp_path: Path) -> None:
    """An environment has a file of its stack's, and of several nobody knows which is the file's as it stands."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(file.read_text() + "environments: {prod: {}}\n")
    run = drift("--env", "prod")
    assert run.returncode != 0
    assert "the stack's settings are not known\n      needs stacks/cloudflare/Pulumi.prod.yaml, which" in run.stdout
    folder = tmp_path / "stacks" / "cloudflare"
    folder.mkdir(parents=True)
    (folder / "Pulumi.prod.yaml").write_text("config: {kampkin-cloudflare:environment: prod}\n")
    (folder / "Pulumi.one.yaml").write_text("config: {kampkin-cloudflare:logs: 'false'}\n")
    told = json.loads(drift("--format", "json").stdout)
    assert {one["setting"] for one in told["drifts"]} == {"observability.enabled"}
    (folder / "Pulumi.two.yaml").write_text("config: {}\n")
    assert "which of the stacks one, two is" in drift().stdout


def test_pulumi_is_asked_about_the_stack_whose_settings_are_read(made: Deployed, drift: Drift, tmp_path: Path) -> None:
    """Whatever stack is selected: what it has recorded, what a refresh finds, and the way back."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(file.read_text() + "environments: {prod: {endpoints: {cart: {timeout: 2s}}}}\n")
    folder = tmp_path / "stacks" / "cloudflare"
    folder.mkdir(parents=True)
    (folder / "Pulumi.prod.yaml").write_text("config: {kampkin-cloudflare:environment: prod}\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    calls = tmp_path / "calls"
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.parent.mkdir()
    recorded = f'case "$*" in *"--stack dev"*) cat {tmp_path}/outputs.json;; *) echo "{{}}";; esac'
    pulumi.write_text(f'#!/bin/sh\necho "$*" >> {calls}\n{recorded}\n')
    pulumi.chmod(0o755)
    made.upload({"plan.mjs": made.bundle.worker["plan.mjs"].replace(SHORT, LONG)})
    run = drift("--engine", "--revert", asked=True, PATH=f"{pulumi.parent}:{os.environ['PATH']}")
    assert {line.partition("--stack ")[2] for line in calls.read_text().splitlines()} == {"dev"}
    assert run.stdout.endswith("\npulumi up --refresh --stack dev --cwd stacks/cloudflare   # takes seconds\n")
    (folder / "Pulumi.dev.yaml").unlink()
    run = drift("--revert", asked=True, PATH=f"{pulumi.parent}:{os.environ['PATH']}")
    assert run.returncode == 2
    assert run.stdout.count("is of the file as it stands: prod name an environment\n      needs --env prod\n") == 2


def test_where_nothing_is_there_the_environments_are_named(drift: Drift, tmp_path: Path) -> None:
    """The file as it stands may never have been deployed."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(
        file.read_text().replace("project: acme", "project: other") + "environments: {prod: {}, test: {}}\n"
    )
    run = drift()
    assert run.returncode == 1
    assert run.stderr == "kampkin: this was the file as it stands; for an environment: --env prod or --env test\n"


def test_what_is_given_for_no_target_is_refused(drift: Drift) -> None:
    """Nobody would look at it."""
    run = drift("--outputs", "azure=x")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "kampkin: --outputs azure=… is for no target\n  hint: a target is aws or cloudflare\n"


def test_an_edge_that_a_roll_out_has_not_reached_is_no_drift(made: Deployed, drift: Drift) -> None:
    """It will pass; but the versions that share the requests meanwhile are not all seen."""
    versions = [{"version_id": "a1", "percentage": 50}, {"version_id": "b2", "percentage": 50}]
    made.ask("POST", f"{made.script()}/deployments", json={"versions": versions})
    with answering(200, {"plan": "sha256:0", "runtime": runtime_digest(), "place": "FRA"}) as (url, _):
        run = drift("--url", f"cloudflare={url}")
    assert run.returncode == 2
    assert run.stdout.startswith("the file as it stands: no drift, 1 that will pass, ")
    assert "roll-out (it still runs: look again when it is over)" in run.stdout


def test_what_was_not_deployed_is_told(drift: Drift, tmp_path: Path) -> None:
    """The stack's plane, the live one and the edge's say the same, each in its way."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(file.read_text().replace("timeout: 3s", "timeout: 1s"))
    told = json.loads(drift("--format", "json").stdout)
    planes = {one["plane"] for one in told["drifts"]}
    assert planes == {"stack", "live", "edges"}
    assert {one["endpoint"] for one in told["drifts"] if one["plane"] != "edges"} == {"cart"}
