"""Drift on the engine: after an `up` no plane alarms; what somebody edited is seen by the engine and without it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from kampkin.local.edges import LocalEdges
from kampkin.plan import TargetName

from .conftest import Team
from .project import IDENTITIES
from .test_cli import TARGETS, edit_distribution, edit_worker
from .test_notifications import FILE as WITH_OWNERS
from .test_notifications import SECRETS
from .uploaded import deployment_in


def drift(team: Team, edges: LocalEdges, *args: str) -> tuple[int, Any]:
    """The exit code, and what it tells as JSON."""
    urls = [f"--url={target}={edges.edges[target].url}" for target in TARGETS]
    account = {"CLOUDFLARE_ACCOUNT_ID": IDENTITIES["cloudflare"]["accountId"]}
    run = subprocess.run(
        [sys.executable, "-m", "kampkin", "drift", "--env", "prod", "--engine", "--format", "json", *urls, *args],
        cwd=team.project.folder,
        env=team.project.environment | account,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.stdout, run.stderr
    return run.returncode, json.loads(run.stdout)


def test_no_plane_alarms_after_an_up_and_each_sees_an_edit(team: Team) -> None:
    """Stack, engine, clouds and edges; then a Worker and a distribution are edited by hand."""
    team.declare()
    for target in TARGETS:
        team.up(target)
    with LocalEdges(deployment_in(team.aws, team.cloudflare), nodes=1, dynamodb_url=f"{team.aws.url}/") as edges:
        code, told = drift(team, edges)
        assert (code, told["drifts"], told["blind"]) == (0, [], [])
        planes = [(one["plane"], one["target"]) for one in told["seen"]]
        assert sorted(planes) == sorted(
            (plane, target) for plane in ("edges", "engine", "live", "stack") for target in TARGETS
        )

        edit_worker(team)
        edit_distribution(team)
        code, told = drift(team, edges)
    assert code == 1
    found: set[tuple[str, TargetName, str]] = {(one["plane"], one["target"], one["name"]) for one in told["drifts"]}
    assert {(plane, "cloudflare", "kampkin-worker") for plane in ("engine", "live")} <= found
    assert {(plane, "aws", "kampkin-distribution") for plane in ("engine", "live")} <= found


def test_who_changed_an_endpoint_last_is_no_drift(team: Team) -> None:
    """An update asks git for it and tells owners, and a preview does not."""
    team.project.write(WITH_OWNERS)
    dana = ["-c", "user.name=Dana", "-c", "user.email=dana@acme.dev"]
    for command in (["init", "-q"], ["add", "kampkin.yaml"], [*dana, "commit", "-qm", "cart"]):
        subprocess.run(["git", *command], cwd=team.project.folder, check=True)
    for target in TARGETS:
        team.project.init(target)
        for name, value in SECRETS.items():
            team.project.run(target, "config", "set", "--secret", name, value)
        team.project.run(target, "up", "--yes", "--skip-preview")
    edges = [f"--url={target}=http://127.0.0.1:9" for target in TARGETS]
    account = {"CLOUDFLARE_ACCOUNT_ID": IDENTITIES["cloudflare"]["accountId"]}
    run = subprocess.run(
        [sys.executable, "-m", "kampkin", "drift", "--env", "prod", "--format", "json", *edges],
        cwd=team.project.folder,
        env=team.project.environment | account,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    told = json.loads(run.stdout)
    assert told["drifts"] == []
    assert {one["plane"] for one in told["blind"]} == {"edges"}


def test_what_was_merged_and_not_deployed_names_the_last_update(team: Team) -> None:
    """When the stack went up last, as Pulumi has it."""
    team.declare(cooldown="7s")
    team.up("cloudflare")
    team.declare(cooldown="8s")
    with LocalEdges(deployment_in(None, team.cloudflare), nodes=1) as edges:
        edges.edges["aws"] = edges.edges["cloudflare"]
        _, told = drift(team, edges, "--target", "cloudflare")
    [one] = [one for one in told["drifts"] if one["plane"] == "stack"]
    assert (one["endpoint"], one["by"]["cause"]) == ("cart", "pipeline")
    assert one["by"]["where"].startswith("Pulumi's last update")
    assert one["by"]["at_ms"]
