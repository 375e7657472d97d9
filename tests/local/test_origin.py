"""Origins that fail on cue."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kampkin.local.origin import LocalOrigins

PATIENCE_S = 0.3


@pytest.fixture(scope="module")
def backend() -> Iterator[LocalOrigins]:
    """A service that others can stand in front of."""
    with LocalOrigins({"backend": None}) as origins:
        yield origins


@pytest.fixture(scope="module")
def origins(backend: LocalOrigins) -> Iterator[LocalOrigins]:
    """One service of its own, and one in front of the backend."""
    with LocalOrigins({"own": None, "front": backend.url("backend")}, slow_ms=400) as origins:
        yield origins


@pytest.fixture(params=["own", "front"])
def name(request: pytest.FixtureRequest, origins: LocalOrigins, backend: LocalOrigins) -> Iterator[str]:
    """Each of the two, healthy before and after."""
    yield request.param
    origins.fault(request.param, "heal")
    backend.fault("backend", "heal")


def test_a_healthy_service_says_what_it_was_asked(origins: LocalOrigins, name: str, ask: Callable[..., Any]) -> None:
    """Method and path come back as JSON, and each request counts."""
    before = origins.count(name)
    answer = ask(origins.url(name), "/a?b=1", "POST", b"body")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() | {"served": 0} == {"method": "POST", "path": "/a?b=1", "served": 0}
    assert origins.count(name) == before + 1


def test_500_answers_at_once(origins: LocalOrigins, name: str, ask: Callable[..., Any]) -> None:
    """The service fails every request, and heals when told to."""
    origins.fault(name, "500")
    assert ask(origins.url(name)).status == 500
    origins.fault(name, "heal")
    assert ask(origins.url(name)).status == 200


def test_hang_never_answers(origins: LocalOrigins, name: str, ask: Callable[..., Any]) -> None:
    """The request is taken and counted, and the caller gives up first."""
    origins.fault(name, "hang")
    before = origins.count(name)
    with pytest.raises(TimeoutError):
        ask(origins.url(name), patience_s=PATIENCE_S)
    assert origins.count(name) == before + 1


def test_slow_answers_late(origins: LocalOrigins, name: str, ask: Callable[..., Any]) -> None:
    """A caller without patience gets nothing, one with it the healthy answer."""
    origins.fault(name, "slow")
    with pytest.raises(TimeoutError):
        ask(origins.url(name), patience_s=PATIENCE_S)
    assert ask(origins.url(name)).status == 200


def test_refuse_closes_the_port(origins: LocalOrigins, name: str, ask: Callable[..., Any]) -> None:
    """Nobody listens until it is healed; then the same URL works again."""
    origins.fault(name, "refuse")
    with pytest.raises(ConnectionRefusedError):
        ask(origins.url(name))
    origins.fault(name, "heal")
    assert ask(origins.url(name)).status == 200


def test_a_dead_upstream_ends_the_connection(
    origins: LocalOrigins, backend: LocalOrigins, ask: Callable[..., Any]
) -> None:
    """A service in front of nothing gives no answer; it invents none."""
    backend.fault("backend", "refuse")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(origins.url("front"))
    backend.fault("backend", "heal")
    assert ask(origins.url("front")).status == 200


def test_a_service_can_be_added_and_moved(
    origins: LocalOrigins, backend: LocalOrigins, ask: Callable[..., Any]
) -> None:
    """A new name gets a URL of its own; a known one keeps its URL and its fault before another upstream."""
    origins.place("added", None)
    url = origins.url("added")
    assert ask(url).status == 200
    before = backend.count("backend")
    origins.fault("added", "500")
    origins.place("added", backend.url("backend"))
    assert origins.url("added") == url
    assert ask(url).status == 500
    origins.fault("added", "heal")
    assert ask(url).status == 200
    assert backend.count("backend") == before + 1
