"""`host: pass`: the origin gets the caller's Host, on the edge that can send it."""

from __future__ import annotations

import pytest

from .caller import Caller, Came
from .conftest import Stage
from .origin import Origin, answer, says

HOST = "shop.test:8443"
BODY = "x" * 9


@pytest.fixture
def caller(stage: Stage) -> Caller:
    """A caller of the edge on AWS."""
    return stage.caller("aws")


def ask(caller: Caller, target: str, method: str = "GET") -> Came:
    """A request to a host of the caller's choice."""
    length = f"Content-Length: {len(BODY)}\r\n" if method == "POST" else ""
    body = BODY if method == "POST" else ""
    came = caller.send(f"{method} {target} HTTP/1.1\r\nHost: {HOST}\r\n{length}\r\n{body}".encode(), method)
    assert came is not None
    return came


@pytest.mark.parametrize("endpoint", ["passing", "passing-back"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_origin_gets_the_callers_host(caller: Caller, origin: Origin, endpoint: str, method: str) -> None:
    """Where the function makes the call, and where CloudFront does; X-Forwarded-Host says the same."""
    assert ask(caller, f"/{endpoint}/ok", method).status == 200
    [arrival] = origin.seen
    assert (arrival.values("host"), arrival.values("x-forwarded-host")) == ([HOST], [HOST])
    assert arrival.target == "/base/ok"


def test_another_origin_gets_its_own(caller: Caller, origin: Origin) -> None:
    """It is another service: it would not know the caller's."""
    origin.on("fails", says(answer("500 Failed")))
    ask(caller, "/passing-instead/fails")
    assert [arrival.values("host") for arrival in origin.seen] == [[HOST], [f"127.0.0.1:{origin.port}"]]


@pytest.mark.parametrize("endpoint", ["passing", "passing-back"])
def test_a_service_that_takes_the_host_for_its_own_is_understood(caller: Caller, origin: Origin, endpoint: str) -> None:
    """A Location there leads where the service meant, on either way; elsewhere it is not touched."""
    for location, leads in (
        (f"https://{HOST}/base/x?y=1", f"/{endpoint}/x?y=1"),
        (f"http://{HOST}/base/x", f"/{endpoint}/x"),
        (f"http://127.0.0.1:{origin.port}/base/x", f"/{endpoint}/x"),
        (f"https://{HOST}/login", f"https://{HOST}/login"),
        ("https://elsewhere.test/base/x", "https://elsewhere.test/base/x"),
    ):
        origin.on("leads", says(answer("302 Found", f"Location: {location}")))
        assert ask(caller, f"/{endpoint}/leads").value("location") == leads


def test_without_it_the_host_is_the_origins_own(caller: Caller, origin: Origin) -> None:
    """And a Location at the caller's host is somebody else's business."""
    origin.on("leads", says(answer("302 Found", f"Location: https://{HOST}/base/x")))
    assert ask(caller, "/plain/leads").value("location") == f"https://{HOST}/base/x"
    assert origin.seen[0].values("host") == [f"127.0.0.1:{origin.port}"]
