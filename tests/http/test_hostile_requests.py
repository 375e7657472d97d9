"""Bytes that nobody should send, on the edges' own sockets: who refuses what, what gets through, and that it harms nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from kampkin.bundle import bundle
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges, LogLine
from kampkin.plan import Origin, Route, Target, TargetName, seal_endpoint, seal_plan

from .caller import Caller, Came
from .conftest import BASE, SECRET, TARGETS, TRIPS_AT_ONCE
from .origin import Origin as Recorder
from .test_hostile_events import holds_no_secret, is_ours

PASSES, BAD, NONE, SOCKET = "200", "400 bad-request", "404 no-route", "501 no-websocket"
"""As Kampkin answers; `front 400` is the front end's own answer, `-` where it hangs up."""

ENDS = "Connection: close\r\n"
CHUNKS = "4\r\nabcd\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """A request, and how each edge answers it. `HERE` in the text is where its endpoint is."""

    name: str
    cloudflare: str
    aws: str
    text: str

    def answer(self, target: TargetName) -> str:
        """How this edge answers it."""
        return self.cloudflare if target == "cloudflare" else self.aws


def row(line: str, rest: str = "", body: str = "", host: str = "Host: edge.test\r\n") -> str:
    """A request's text. Each holds what is secret in a query, where it can have one, and in two headers."""
    secrets = f"Authorization: Bearer {SECRET}\r\nCookie: s={SECRET}\r\n"
    return f"{line}\r\n{host}{secrets}{ENDS if 'Connection' not in rest else ''}{rest}\r\n{body}"


def get(target: str, rest: str = "", **more: str) -> str:
    """A GET of a target."""
    return row(f"GET {target} HTTP/1.1", rest, **more)


def post(rest: str, body: str) -> str:
    """A POST with headers and a body of its own."""
    return row(f"POST HERE/ok?k={SECRET} HTTP/1.1", rest, body)


def named(cloudflare: str, aws: str, make: Callable[..., str], *values: Any) -> Iterator[Case]:
    """Cases that differ in one value, answered alike."""
    for value in values:
        text = make(*value) if isinstance(value, tuple) else make(value)
        yield Case(repr(value).replace("\\r\\n", "\\n")[:60], cloudflare, aws, text)


CASES: tuple[Case, ...] = (
    # targets
    *named(NONE, NONE, get, "HERE/../x", "HERE/%2e%2e/x", "HERE\\..\\x", "//evil.testHERE/ok", "/\\evil.test/ok", "HEREx/ok", "HERE;x/ok", "/.HERE/../ok"),
    *named(BAD, BAD, get, "HERE/..%2fx", "HERE/%2e%2e%5cx", "HERE/..;/x", "HERE/%c0%ae%c0%ae/x", "HERE/a%2f..%2f..%2fx"),
    *named(PASSES, PASSES, get, "HERE/a%2fok", "HERE//ok", "HERE/%00", "HERE/%0d%0aX:%20y", "HERE/@evil.test", "HERE/http://evil.test", "HERE/ok?a=%0d%0a&b=../..", "HERE/ok#x", "HERE/%252e%252e%252f"),
    *named("front 500", BAD, get, "http://edge.testHERE/ok", "http://evil.testHERE/ok", "https://u:p@evil.test:1HERE/ok", "ftp://xHERE/ok", "*"),
    *named("front 500", "front 400", get, "x", "edge.test:80", "http:HERE/ok"),
    *named("front 400", "front 400", get, "", "HERE/a\x00"),
    *named(PASSES, "front 400", get, "HERE/\xfc", "HERE/\xc0\xae\xc0\xae/x", "HERE/a\tb", "HERE/a b", "HERE/\x7f"),
    # hosts
    *(Case(f"Host {host!r}", cf, aws, get("HERE/ok", host=f"Host: {host}\r\n")) for cf, aws, hosts in (
        ("front 500", BAD, ("a b", "a@b", "a/b", "a,b", "a\\b", "a?b", "a#b", "%65vil.test", "\xfc")), (BAD, BAD, ("[::1", "a:99999")), ("front 400", BAD, ("",)), ("front 500", "front 400", ("\x01",)),
        (PASSES, PASSES, ("127.0.0.1", "evil.test", ".", "a:0", "EDGE.test")), (PASSES, BAD, ("a:",)),
    ) for host in hosts),
    Case("two Hosts", "front 500", BAD, get("HERE/ok", "Host: evil.test\r\n")),
    Case("no Host", "front 400", "front 400", get("HERE/ok", host="")),
    # header fields
    *(Case(f"field {field!r}", cf, aws, get("HERE/ok", field + "\r\n")) for cf, aws, fields in (
        ("front 400", "front 400", ("X-A: a\x00b", "X-A: a\rb", "X-A: a\nb", "X A: b", "X-A", ": b", "X-A: b\r\n\rX-B: c")), (PASSES, "front 400", ("X-A: \x01", "X-A: \x7f", "X-A : b", "X-A: a\r\n b", "X-\xff: b")),
        (PASSES, PASSES, ("X-A: \xff", "X-A:", "X-A: a,,b", "X-Original-URL: /admin", "X-Forwarded-Host: evil.test", "Connection: close, authorization", "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x", "Range: bytes=5-1,-0", "Via: 1.1 kampkin", "X-A: " + "y" * 15_000)),
        ("508 loop", "508 loop", ("Via: 1.1 kampkin, 1.1 kampkin, 1.1 kampkin", "Via: 1.1 kampkin, 1.1 kampkin\r\nVia: 1.1 kampkin")), (PASSES, "front 431", ("X-A: " + "y" * 30_000,)), ("front 431", "front 431", ("X-A: " + "y" * 200_000,)),
    ) for field in fields),
    # lengths
    *named("front 500", "front 400", post, *((f"Content-Length: {value}\r\n", "abcd") for value in ("4\r\nContent-Length: 4", "4\r\nContent-Length: 5", "4, 4", "+4", "-4", "0x4", "4 4", "4;a"))),
    *named("front 500", "front 400", post, *((f"Transfer-Encoding: {value}\r\n", CHUNKS) for value in ("xchunked", "identity", "chunked, gzip", "chunked\r\nTransfer-Encoding: x", "\x0bchunked", '"chunked"', "chunked;a"))),
    *named(PASSES, PASSES, post, *((f"Transfer-Encoding: {value}\r\n", CHUNKS) for value in ("chunked", "Chunked", "\tchunked"))),
    *named(PASSES, PASSES, post, ("Content-Length: 4\r\n", "abcd"), ("Content-Length: 0\r\n", ""), ("", ""), ("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), ("Transfer-Encoding: chunked\r\n", "0\r\nX-T: y\r\n\r\n")),
    *named(PASSES, "front 400", post, *((f"Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n", CHUNKS) for length in (0, 3, 4, 50)), ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", CHUNKS)),
    *named(BAD, "front 400", post, *(("Transfer-Encoding: chunked\r\n", f"{chunk}\r\n0\r\n\r\n") for chunk in ("0x4\r\nabcd", "-4\r\nabcd", "4\r\nabcdX", "g\r\n"))),
    # bodies, methods and versions
    *(Case(f"a GET with {what}", cf, aws, get("HERE/ok", rest, body=body)) for what, cf, aws, rest, body in (
        ("a body", BAD, "front 403", "Content-Length: 4\r\n", "abcd"), ("chunks", BAD, "front 403", "Transfer-Encoding: chunked\r\n", CHUNKS),
        ("a length of 0", PASSES, PASSES, "Content-Length: 0\r\n", ""), ("no chunks", BAD, PASSES, "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    )),
    *(Case(f"method {method!r}", cf, aws, row(f"{method} HERE/ok HTTP/1.1")) for cf, aws, methods in (
        ("front 501", "front 400", ("FOO", "get", "G T", "\xfc", "PRI", "")), (PASSES, "front 405", ("TRACE", "QUERY", "PROPFIND")), ("front 500", "-", ("CONNECT",)),
    ) for method in methods),
    *(Case(f"version {version!r}", cf, aws, row(f"GET HERE/ok {version}")) for cf, aws, versions in ((PASSES, PASSES, ("HTTP/1.0",)), (PASSES, "front 400", ("HTTP/1.2", "XTTP/1.1", "HTTP/1.1 x"))) for version in versions),
    Case("Expect", PASSES, PASSES, post("Expect: 100-continue\r\nContent-Length: 4\r\n", "abcd")),
    Case("Expect of something else", PASSES, "front 417", post("Expect: x\r\nContent-Length: 4\r\n", "abcd")),
    Case("a WebSocket by POST", BAD, SOCKET, post("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nContent-Length: 4\r\n", "abcd")),
    Case("a WebSocket without a key", PASSES, PASSES, get("HERE/ok", "Upgrade: websocket\r\nConnection: Upgrade\r\n")),
)  # fmt: skip


@dataclass
class Set:
    """Both edges, with an endpoint and so a breaker for each case."""

    edges: LocalEdges
    origin: Recorder
    lines: list[LogLine]


@pytest.fixture(scope="module")
def set_up() -> Iterator[Set]:
    """They remember for themselves: nothing here is about the store."""
    with Recorder() as origin:
        service = Origin(scheme="http", host="127.0.0.1", port=origin.port, path=BASE)
        common = {"targets": TARGETS, "origin": service, "policy": TRIPS_AT_ONCE, "timeout_ms": 5_000}
        routes = {f"c{at}": Route(path=f"/c{at}", prefix=True) for at in range(len(CASES))}
        endpoints = [seal_endpoint(**common, name=name, route=route) for name, route in routes.items()]
        targets: dict[TargetName, Target] = {name: Target(store="memory") for name in TARGETS}
        made = bundle(seal_plan(project="hostile", targets=targets, endpoints=endpoints))
        lines: list[LogLine] = []
        with LocalEdges(deployment_of(made), nodes=1, on_log=lines.append) as edges:
            yield Set(edges, origin, lines)


def answered(came: Came | None) -> str:
    """An answer in the words of the table."""
    if came is None:
        return "-"
    made_here = came.value("proxy-status") is not None
    front = "" if made_here or came.status == 200 else "front "
    return f"{front}{came.status} {came.problem or ''}".strip()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("at", "case"), list(enumerate(CASES)), ids=lambda value: value.name if isinstance(value, Case) else ""
)
def test_bytes_that_nobody_should_send_do_no_harm(set_up: Set, at: int, case: Case, target: TargetName) -> None:
    """They are answered as said; what passes is one request below the path, whole and ours; and no caller's fault is the service's."""
    set_up.origin.seen.clear()
    logged = len(set_up.lines)
    caller = Caller(set_up.edges.edges[target].url)
    came = caller.send(case.text.replace("HERE", f"/c{at}").encode("latin-1"))
    assert answered(came) == case.answer(target)
    assert len(set_up.origin.seen) == (1 if case.answer(target) == PASSES else 0)
    assert set_up.origin.garbled == []
    for arrival in list(set_up.origin.seen):
        is_ours(arrival, set_up.origin.port)
        assert arrival.values("x-forwarded-host") != ["evil.test"] or "Host: evil.test" in case.text
        assert (arrival.size, arrival.body) == ((4, b"abcd") if "abcd" in case.text else (0, b""))
    assert came is None or holds_no_secret(came.body.decode("latin-1") + repr(came.headers))
    said = "".join(line.text for line in set_up.lines[logged:] if line.text.startswith("{"))
    assert holds_no_secret(said) and '"failure"' not in said and '"fault"' not in said
    assert caller.ask("GET", f"/c{at}/ok").status == 200


@pytest.mark.parametrize("target", TARGETS)
def test_what_follows_a_request_on_its_connection_is_a_request_of_its_own(set_up: Set, target: TargetName) -> None:
    """Requests in one packet are told apart as the first one's headers say, and each takes its own way: one to elsewhere goes nowhere."""
    set_up.origin.seen.clear()
    one = f"POST /c0/ok HTTP/1.1\r\nHost: edge.test\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKS}"
    two = f"GET /base/admin HTTP/1.1\r\nHost: 127.0.0.1:{set_up.origin.port}\r\n{ENDS}\r\n"
    came = Caller(set_up.edges.edges[target].url).connect((one + two).encode())
    text = b""
    while not (text.count(b"HTTP/1.1 ") == 2 and text.endswith(b"}")):
        piece = came.recv(65_536)
        assert piece, text
        text += piece
    came.close()
    assert re.findall(rb"HTTP/1.1 (\d+)", text) == [b"200", b"404"]
    assert [arrival.target for arrival in set_up.origin.seen] == ["/base/ok"]
