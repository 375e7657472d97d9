"""The pages on deploying and leaving, run as they are written: Pulumi's commands exist, and a newcomer gets to a protected URL."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from typing import Any

import pytest
import requests

from kampkin.plan import TargetName
from tests.clouds.cloudflare import TOKEN
from tests.commands import DOCS, PAGES, blocks, commands

from .conftest import Team
from .engine import cli
from .project import IDENTITIES

WHOLE_FILE = re.compile(r"^```yaml kampkin\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SKIPPED = ("export CLOUDFLARE_API_TOKEN", "aws ")
"""Lines of whose matter the local accounts have their own."""

HOSTED = """\
version: 1
project: acme
targets: {cloudflare: {host: edge.acme.dev}}
endpoints:
  cart: {origin: "http://localhost:9"}
environments:
  prod: {}
"""


@pytest.mark.parametrize("page", PAGES)
def test_pulumis_commands_have_their_options(engine: cli.Engine, page: str) -> None:
    """Each command is one of the CLI's, and each option is in its help."""
    told = {tuple(words[1:]) for words in commands(page) if words[0] == "pulumi"}
    assert told
    for words in sorted(told):
        name = words[: 2 if words[0] in ("config", "stack", "state") else 1]
        said = help_of(engine, name)
        assert said != help_of(engine, name[:-1]), f"pulumi {' '.join(name)} is no command"
        for option in (word.partition("=")[0] for word in words if word.startswith("--")):
            assert re.search(rf"{option}\b", said), (name, option)


@cache
def help_of(engine: cli.Engine, name: tuple[str, ...]) -> str:
    """What the CLI says of a command; of none what it says of the one above."""
    asked = [str(engine.pulumi), *name, "--help"]
    return subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("target", ["cloudflare", "aws"])
def test_a_newcomer_gets_to_a_protected_url(team: Team, target: TargetName) -> None:
    """The block of the page for each cloud, on an empty account, ends with the endpoint's URL."""
    team.project.write(WHOLE_FILE.findall((DOCS / "deploy.md").read_text())[0])
    [block] = [one for one in blocks("deploy.md") if f"cd stacks/{target}" in one and "stack init" in one]
    lines = [line for line in block.splitlines() if not line.startswith(SKIPPED)]
    script = "\n".join(["set -eu", *lines]).replace("pulumi up", "pulumi up --yes --skip-preview")
    asked = ["bash", "-c", script]
    done = subprocess.run(
        asked,
        cwd=team.project.folder,
        env=team.project.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    urls: dict[str, Any] = json.loads(done.stdout[done.stdout.rindex("{") :])
    assert set(urls) == {"restrooms"}
    assert re.fullmatch(r"https://[\w.-]+\.(workers\.dev|cloudfront\.net)/restrooms", urls["restrooms"])


def test_the_routes_are_let_go_and_taken_back(team: Team) -> None:
    """The command of leave.md takes what leads to the Worker and nothing else; `up` brings it back."""
    team.project.write(HOSTED)
    team.project.init("cloudflare")
    team.project.run("cloudflare", "config", "set", "zoneId", zone_of(team))
    team.project.run("cloudflare", "config", "rm", "workersSubdomain")
    team.project.run("cloudflare", "up", "--yes", "--skip-preview")
    before = {one["urn"] for one in team.project.resources("cloudflare")}
    [words] = [one for one in commands("leave.md") if any("WorkersCustomDomain" in word for word in one)]
    team.project.run("cloudflare", *words[1:])
    gone = before - {one["urn"] for one in team.project.resources("cloudflare")}
    assert gone
    assert all("WorkersRoute" in urn or "WorkersCustomDomain" in urn for urn in gone)
    team.project.run("cloudflare", "up", "--yes", "--skip-preview")
    assert {one["urn"] for one in team.project.resources("cloudflare")} == before


def zone_of(team: Team) -> str:
    """The id of a zone that has the host; where the local account knows no zones, any."""
    zone = {"name": "acme.dev", "account": {"id": IDENTITIES["cloudflare"]["accountId"]}}
    headers = {"authorization": f"Bearer {TOKEN}"}
    answer = requests.post(f"{team.cloudflare.url}/zones", json=zone, headers=headers, timeout=30)
    made: str = answer.json()["result"]["id"] if answer.ok else "fedcba9876543210fedcba9876543210"
    return made
