"""A team's repository beside clouds of its own. Without the engine these tests are skipped: `make pulumi` has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kampkin.plan import TargetName
from tests.clouds.aws import LocalAws
from tests.clouds.cloudflare import LocalCloudflare
from tests.e2e.engine import cli
from tests.e2e.project import Project

FILE = """\
version: 1
project: acme
targets: [cloudflare, aws]
endpoints:
  cart: {{origin: "{origin}", breaker: {{cooldown: {cooldown}, trip: {{consecutive_failures: 3}}}}}}
environments:
  prod: {{}}
"""


@dataclass(frozen=True)
class Team:
    """What a team has: a repository with Pulumi, and an account on each cloud."""

    project: Project
    aws: LocalAws
    cloudflare: LocalCloudflare

    def declare(self, cooldown: str = "7s", origin: str = "http://localhost:9") -> None:
        """Writes the file that is deployed."""
        self.project.write(FILE.format(origin=origin, cooldown=cooldown))

    def up(self, target: TargetName) -> None:
        """Makes the stack with all that is declared."""
        self.project.init(target)
        self.project.run(target, "up", "--yes", "--skip-preview")


@pytest.fixture(scope="session")
def engine() -> cli.Engine:
    """The CLI that these tests run."""
    found = cli.find()
    if found is None:
        pytest.skip("Pulumi's CLI is neither on PATH nor built here: make pulumi")
    return found


@pytest.fixture
def team(engine: cli.Engine, tmp_path: Path) -> Iterator[Team]:
    """A new team, with empty accounts."""
    with LocalAws() as aws, LocalCloudflare() as cloudflare:
        aws.ready()
        cloudflare.ready()
        yield Team(Project(tmp_path, engine, aws.url, cloudflare.url), aws, cloudflare)
