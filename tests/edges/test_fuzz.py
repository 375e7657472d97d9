"""Requests of any bytes, through both edges: what arrives at the origin is below its path, and nothing that callers send is a failure."""

from __future__ import annotations

import os
import random
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from kampkin.bundle import bundle
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges, LogLine
from kampkin.plan import Origin, Policy, Route, Target, TargetName, seal_endpoint, seal_plan

from .conftest import TARGETS
from .raw_origin import RawOrigin

REQUESTS = int(os.environ.get("KAMPKIN_REQUESTS", "500"))
"""To each edge."""
SECRET = "s3cr3t"
OURS = {400, 404, 405, 508}
FRONT_ENDS = {400, 403, 405, 413, 414, 417, 431, 500, 501}
"""What Node's and workerd's own HTTP servers answer to what they cannot read; 500 is workerd's to a Host or a target that is none."""
UP = (
    "..",
    "%2e%2e",
    ".%2E",
    "..%2f",
    "%2f..",
    "..%5c",
    "..;",
    "..;x=1",
    "%c0%ae%c0%ae",
    "%e0%80%ae",
    "%252e%252e",
    "\\..\\",
)
SEGMENTS = (
    *UP,
    ".",
    "",
    "a",
    "%2F",
    "%5C",
    "%00",
    "%ff",
    "ü",
    "*",
    "@",
    ":",
    ";",
    "a b",
    "|",
    "%",
    "%zz",
    "http:",
    "x?y",
    "#",
)
NAMES = (
    "X-A",
    "Connection",
    "TE",
    "Via",
    "Host",
    "X-Forwarded-Host",
    "Forwarded",
    "Expect",
    "Upgrade",
    "Origin",
    "Range",
    "x y",
    "Accept",
)
VALUES = (
    "1",
    "close",
    "trailers",
    "1.1 kampkin",
    "evil.test",
    "a, b",
    "\x00",
    "é",
    "",
    "x" * 300,
    "bytes=0-1",
    "h2c",
    "user@evil.test",
    "a/b",
)


@pytest.fixture(scope="module")
def origin() -> Iterator[RawOrigin]:
    """The service that is never to be reached but below its path."""
    with RawOrigin() as running:
        yield running


@pytest.fixture(scope="module")
def logged() -> list[LogLine]:
    """What the edges have logged."""
    return []


@pytest.fixture(scope="module")
def edges(origin: RawOrigin, logged: list[LogLine]) -> Iterator[LocalEdges]:
    """Both edges, with a breaker that any failure would open."""
    plan = seal_plan(
        project="fuzz",
        targets={"aws": Target(store="dynamodb", regions=("us-east-1",)), "cloudflare": Target(store="durable-object")},
        endpoints=[
            seal_endpoint(
                name="cart",
                targets=TARGETS,
                route=Route(path="/cart", prefix=True),
                origin=Origin(scheme="http", host="127.0.0.1", port=origin.port, path="/below/v2"),
                policy=Policy(consecutive_failures=1, failure_ratio_bp=0),
            )
        ],
    )
    with LocalEdges(deployment_of(bundle(plan)), nodes=1, on_log=logged.append) as running:
        yield running


def request_of(dice: random.Random) -> bytes:
    """A request such as nobody should send."""
    path = "/cart/" + "/".join(dice.choice(SEGMENTS) for _ in range(dice.randrange(5)))
    if dice.random() < 0.1:
        path = dice.choice(
            ["//evil.test/cart", "http://evil.test/cart", "cart", "/\\evil.test", "*", "/cart\\..\\x", "/cart/../x"]
        )
    if dice.random() < 0.2:
        path += "".join(chr(dice.randrange(33, 256)) for _ in range(6))
    host = (
        "edge.test"
        if dice.random() < 0.9
        else dice.choice(["evil.test:1@x", "a b", "[::1", "evil.test/x", "-", "edge.test:99999"])
    )
    headers = [f"Host: {host}", f"Authorization: {SECRET}", f"Cookie: {SECRET}"]
    headers += [f"{dice.choice(NAMES)}: {dice.choice(VALUES)}" for _ in range(dice.randrange(4))]
    dice.shuffle(headers)
    method = dice.choice(["GET", "GET", "HEAD", "POST", "OPTIONS", "DELETE", "get", "TRACE", "FOO"])
    return "\r\n".join([f"{method} {path}?{SECRET} HTTP/1.1", *headers, "Connection: close", "", ""]).encode("latin-1")


def answer_to(address: tuple[str, int], request: bytes, half_closed: bool) -> bytes:
    """Everything that comes back until the edge closes; empty where it hangs up. workerd closes when the caller has no more to
    say, Node hangs up then."""
    with socket.create_connection(address, timeout=10) as connection:
        received = b""
        try:
            connection.sendall(request)
            if half_closed:
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                received += part
        except ConnectionError:
            pass
        return received


@pytest.mark.parametrize("target", TARGETS)
def test_no_request_reaches_beside_the_path_or_is_a_failure(
    edges: LocalEdges, origin: RawOrigin, logged: list[LogLine], target: TargetName
) -> None:
    """Whatever is sent: the origin is called below its path only, nothing secret is told, and the breaker stays closed."""
    url = urlsplit(edges.edges[target].url)
    address = (url.hostname or "", url.port or 0)
    dice = random.Random(7)
    before, passed = len(origin.seen), 0
    for _ in range(REQUESTS):
        request = request_of(dice)
        answer = answer_to(address, request, half_closed=target == "cloudflare")
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1]) if head.startswith(b"HTTP/1.1 ") else 0
        passed += status == 200
        made_here = b"proxy-status: kampkin" in head.lower()
        assert status == 200 or status in (OURS if made_here else FRONT_ENDS | {0, 404}), (request, answer[:500])
        assert SECRET.encode() not in body, request
    arrivals = origin.seen[before:]
    assert len(arrivals) == passed > REQUESTS / 10
    for arrival in arrivals:
        assert re.fullmatch(r"/below/v2(/.*)?", arrival.target.partition("?")[0]), arrival
        opened = re.sub("(?i)%2f|%5c|\\\\", "/", arrival.target.partition("?")[0]).lower().replace("%2e", ".")
        assert not re.search(r"(^|/)\.\.(;[^/]*)?(/|$)", opened), arrival
        assert arrival.values("host") == [f"127.0.0.1:{origin.port}"]
        assert not {name for name, _ in arrival.headers} & {"te", "forwarded", "expect", "proxy-authorization"}
        assert arrival.values("x-forwarded-host") != ["evil.test"]
    assert not edges.read(target, "cart").events
    said = [line.text for line in logged if line.text.startswith("{")]  # workerd has lines of its own
    assert not [text for text in said if SECRET in text or '"fault"' in text or '"failure"' in text]
