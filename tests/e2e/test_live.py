"""What `make live` does on real accounts, done on the clouds of this machine: the same code, from the first `up` to the last
`destroy`, with the edges running what was uploaded."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from kampkin.conformance.vectors import Vector, read_vectors
from kampkin.local.edges import LocalEdges
from kampkin.local.toolchain import node
from kampkin.operate.connect import TOKEN
from kampkin.plan import Plan, TargetName
from tests.live.repository import Failed, Repository
from tests.live.run import Asked, Live, table
from tests.live.vectors import hindrance

from .conftest import Team
from .project import IDENTITIES
from .test_cli import TARGETS
from .uploaded import deployment_in, listed

SERVICE = Path(__file__).parents[1] / "live" / "origin" / "serve.mjs"
SETTINGS = {target: IDENTITIES[target] for target in TARGETS}


@pytest.fixture
def service() -> Iterator[str]:
    """The URL of the service that fails by its path."""
    with subprocess.Popen([node(), str(SERVICE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        yield f"http://localhost:{int(running.stdout.readline())}"
        assert running.stdin
        running.stdin.close()


@pytest.fixture
def repository(team: Team, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """A folder of its own, with the tools and the accounts of the team."""
    for name, value in team.project.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    folder = Path(tempfile.mkdtemp(prefix="kampkin-live-"))
    yield Repository(folder, team.project.environment, team.project.pulumi)
    shutil.rmtree(folder, ignore_errors=True)


def some() -> list[Vector]:
    """A vector of each kind that can run there, the quickest: their times are real."""
    found: dict[str, Vector] = {}
    for vector in sorted(read_vectors(), key=lambda one: one.steps[-1].at_ms):
        if hindrance(vector) is None:
            found.setdefault(vector.file, vector)
            if "half-open" in vector.name:
                found.setdefault(vector.name, vector)
    return [*found.values()]


def test_from_the_first_up_to_the_last_destroy(team: Team, repository: Repository, service: str) -> None:
    """Both edges play the outage and the vectors as they should; afterwards nothing is left but what AWS keeps, and the table
    says so."""

    @contextmanager
    def edges(repository: Repository, plan: Plan) -> Iterator[Mapping[TargetName, str]]:
        deployment = deployment_in(team.aws, team.cloudflare)
        token = repository.environment[TOKEN]
        with LocalEdges(deployment, nodes=1, dynamodb_url=f"{team.aws.url}/", admin=token) as running:
            yield {target: running.edges[target].url for target in plan.targets}

    chosen = some()
    assert len(chosen) > 3
    asked = Asked(TARGETS, SETTINGS, "live-e2e", service, chosen)
    said: list[str] = []
    report = Live(asked, repository, edges, said.append).run()
    told = table(report, [("its coin is handed in", 6)], "2026-11-27")
    assert report.fine, told
    assert [(row.where, row.what) for row in report.rows] == [
        ("cloudflare", "pulumi up, twice"),
        ("aws", "pulumi up, twice"),
        ("cloudflare", "the outage"),
        ("cloudflare", "vectors"),
        ("aws", "the outage"),
        ("aws", "vectors"),
    ]
    assert f"{len(chosen)} of {len(chosen)} as they say" in told
    assert "closed → open → " in told
    assert [one.splitlines()[0].partition(" stays")[0] for one in report.left] == ["the function kampkin-live-e2e"]
    assert listed(team.cloudflare) == []
    assert team.aws.client("dynamodb").list_tables()["TableNames"] == []
    assert not repository.folder.exists()
    assert repository.environment[TOKEN] not in "\n".join([told, *said, *report.left])


def test_what_was_made_goes_also_where_something_fails(team: Team, repository: Repository, service: str) -> None:
    """An edge that never answers ends the run; both stacks are taken away, and the table says what failed."""

    @contextmanager
    def nowhere(repository: Repository, plan: Plan) -> Iterator[Mapping[TargetName, str]]:
        repository.kampkin("no-such-command")
        yield {}

    report = Live(Asked(TARGETS, SETTINGS, "live-e2e", service, []), repository, nowhere, lambda text: None).run()
    assert not report.fine
    assert "no-such-command" in report.rows[-1].said
    assert listed(team.cloudflare) == []
    assert team.aws.client("dynamodb").list_tables()["TableNames"] == []


def test_what_cannot_go_is_said_with_the_command(team: Team, repository: Repository, service: str) -> None:
    """A cloud that refuses to delete leaves a stack, its state and its folder behind, and the words for it."""

    @contextmanager
    def locked(repository: Repository, plan: Plan) -> Iterator[Mapping[TargetName, str]]:
        repository.environment["CLOUDFLARE_API_TOKEN"] = "revoked"
        raise Failed("somebody has revoked the token")
        yield

    asked = Asked(["cloudflare"], SETTINGS, "live-e2e", service, [])
    left = Live(asked, repository, locked, lambda text: None).run().left
    assert len(left) == 1
    assert left[0].startswith("the stack of stacks/cloudflare is not gone: ")
    assert f"run: cd {repository.folder}/stacks/cloudflare && pulumi destroy --stack live" in left[0]
    assert repository.folder.exists()
