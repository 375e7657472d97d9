"""Callers on what was uploaded: the edges run the Workers and the function that the local clouds hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kampkin.local.edges import LocalEdges
from kampkin.local.origin import LocalOrigins
from kampkin.plan import TargetName

from .conftest import Team
from .test_cli import TARGETS
from .uploaded import deployment_in


@pytest.fixture
def origins() -> Iterator[LocalOrigins]:
    """The team's service, which can be made to fail."""
    with LocalOrigins({"cart": None}) as running:
        yield running


def test_the_breaker_opens_and_closes(
    team: Team, origins: LocalOrigins, ask: Callable[..., Any], until: Callable[..., Any], tmp_path: Path
) -> None:
    """What `up` put on each cloud answers callers, rests the service when it fails, and lets it back."""
    origin = urlsplit(origins.url("cart"))
    team.declare(cooldown="1s", origin=f"http://localhost:{origin.port}")
    for target in TARGETS:
        team.up(target)
    deployment = deployment_in(team.aws, team.cloudflare)
    with LocalEdges(deployment, dynamodb_url=f"{team.aws.url}/") as edges:

        def states(target: TargetName) -> list[str]:
            ask(edges.edges[target].url, "/cart")
            events = edges.read(target, "cart").events
            return [events[0].from_state, *(event.to for event in events)] if events else []

        for target in TARGETS:
            assert ask(edges.edges[target].url, "/cart").status == 200
        origins.fault("cart", "500")
        for target in TARGETS:
            until(lambda target=target: states(target)[:2] == ["closed", "open"])
        origins.fault("cart", "heal")
        for target in TARGETS:
            until(lambda target=target: states(target)[-1:] == ["closed"])
            for node in edges.edges[target].nodes:
                until(lambda node=node: ask(node, "/cart").status == 200)
