"""The stacks with other stores than the default ones, and with several regions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from kampkin.local.edges import LocalEdges
from kampkin.local.origin import LocalOrigins
from kampkin.plan import TargetName

from .conftest import Team
from .test_cli import WORKER
from .uploaded import deployment_in

FILE = """\
version: 1
project: acme
targets: {{cloudflare: {cloudflare}, aws: {aws}}}
endpoints:
  cart: {{origin: "{origin}", breaker: {{cooldown: 1m}}}}
environments:
  prod: {{}}
"""


@pytest.fixture
def origins() -> Iterator[LocalOrigins]:
    """The team's service, which can be made to fail."""
    with LocalOrigins({"cart": None}) as running:
        yield running


def declare(team: Team, cloudflare: str, aws: str, origin: str = "http://localhost:9") -> None:
    """Writes the file that is deployed."""
    team.project.write(FILE.format(cloudflare=cloudflare, aws=aws, origin=origin))


def again(team: Team, target: TargetName) -> None:
    """The same file once more changes nothing, and nothing is other than the program says."""
    team.project.run(target, "up", "--yes", "--skip-preview", "--expect-no-changes")
    team.project.run(target, "refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert team.project.changes(target) == {}


def test_kv_lives_its_life(
    team: Team, origins: LocalOrigins, ask: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """The namespace is made and bound, callers on what was uploaded share an opening through it, and destroy takes it down:
    what it holds is over in minutes."""
    port = urlsplit(origins.url("cart")).port
    declare(team, "{store: kv, analytics: true}", "{}", f"http://localhost:{port}")
    team.up("cloudflare")
    again(team, "cloudflare")
    with LocalEdges(deployment_in(None, team.cloudflare)) as edges:
        first, second = edges.edges["cloudflare"].nodes
        origins.fault("cart", "500")
        until(lambda: ask(first, "/cart").status == 503)
        until(lambda: edges.decision("cart"))
        calls = origins.count("cart")
        assert ask(second, "/cart").status == 503
        assert origins.count("cart") == calls
    team.project.run("cloudflare", "destroy", "--yes")
    assert team.project.resources("cloudflare") == []


def test_memory_needs_nothing_beside_the_code(team: Team) -> None:
    """Neither a table nor a state Worker nor a namespace is made."""
    declare(team, "{store: memory}", "{store: memory}")
    for target in ("cloudflare", "aws"):
        team.up(target)
        again(team, target)
        assert not [one for one in team.project.resources(target) if one.get("protect")]


def test_a_second_region_leaves_the_first_in_its_place(team: Team) -> None:
    """A region more makes a table and widens the policy; the first table and the distribution's names stay."""
    declare(team, "{}", "{regions: [us-east-1]}")
    team.up("aws")
    declare(team, "{}", "{regions: [us-east-1, eu-west-1]}")
    changes = team.project.changes("aws")
    assert changes["kampkin-table-eu-west-1"] == {"create": []}
    assert list(changes["kampkin-policy"]) == ["update"]
    assert "kampkin-table-us-east-1" not in changes
    assert {operation for step in changes.values() for operation in step} <= {"create", "update"}
    team.project.run("aws", "up", "--yes", "--skip-preview")
    again(team, "aws")
    for region in ("us-east-1", "eu-west-1"):
        assert team.aws.client("dynamodb", region).list_tables()["TableNames"] == [WORKER]
    assert deployment_in(team.aws, None).function.regions == ("us-east-1", "eu-west-1")  # type: ignore[union-attr]
