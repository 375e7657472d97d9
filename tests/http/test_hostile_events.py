"""Events that no front end should make, handed to the compiled function: no call leaves the origin's path, no caller trips a breaker."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from kampkin.bundle import bundle
from kampkin.plan import Origin, Route, Target, seal_endpoint, seal_plan

from .conftest import BASE, SECRET, TRIPS_AT_ONCE
from .function import HOST, Function, request, running
from .origin import Arrival, answer, says
from .origin import Origin as Recorder
from .paths import stays_below

TIMEOUT_MS = 1_000
OK, BAD, NONE, ODD = 200, 400, 404, 501


@dataclass(frozen=True)
class Case:
    """An event's request: its path below the endpoint's, what else is odd, and the status that answers it."""

    name: str
    status: int
    path: str = "/ok"
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    query: str = ""
    body: bytes | None = None
    host: str | None = HOST
    arrives: str | None = None
    """The path at the origin, where it is not the one that was sent."""

    more: dict[str, Any] = field(default_factory=dict)


PATHS = (
    *(Case(f"path {path!r}", NONE, path) for path in ("/..", "/../x", "/a/../../x", "/%2e%2e/x", "/.%2E/x", "/%2E./x", "\\..\\x", "/a\\..\\..\\x", "/.\t./x", "/.\r\n./x", "/..?x", "/..#x", "//../../x", ";x", "x", "/a/%2e%2e/%2e%2e/x")),
    *(Case(f"path {path!r}", BAD, path) for path in (
        "/..%2fx", "/a%2f..%2fx", "/..%5cx", "/%2e%2e%2fx", "/%2e%2e%5c", "/a/..%2F..%2Fx", "/..;/x", "/..;a=b/x", "/%2e%2e;/x", "/a%5c..%5cx", "/%2f..", "%2f..", "/..%2f",
        "/%c0%ae%c0%ae/x", "/%C0%AE./x", "/%e0%80%ae/x", "/%c0%afx", "/%c1%9cx", "/%f0%80%80%ae/x", "/%f8%80%80%80%ae", "/%fc%80%80%80%80%ae",
    )),
    *(Case(f"path {path!r}", OK, path, arrives=arrives) for path, arrives in (
        ("/a%2Fb", None), ("/a%5Cb", None), ("//evil.test/x", None), ("/http://evil.test", None), ("/@evil.test", None), ("/:80", None), ("/a;b=..", None), ("/..a/b..", None),
        ("/%", None), ("/%zz", None), ("/%00", None), ("/%ff%fe", None), ("/%0d%0aX-A:%20b", None), ("/%252e%252e%252fx", None), ("/%C3%BC", None), ("/*", None), ("/|", None),
        ("/./a/.", "/a/"), ("/a/../b", "/b"), ("/\u2603", "/%E2%98%83"), ("/\xc0\xae\xc0\xae/x", "/%C3%80%C2%AE%C3%80%C2%AE/x"), ("/a b", "/a%20b"), ("/a\"<>`{}", "/a%22%3C%3E%60%7B%7D"),
        ("/a\r\nX-A: b", "/aX-A:%20b"), ("/a\tb", "/ab"), ("/a\\b", "/a/b"), ("/#/../../x", "/"), ("/" + "a/" * 2_000, None),
    )),
    *(Case(f"uri {uri!r}", BAD, more={"uri": uri}) for uri in ("", "x", "http://evil.test/x", "https:x", "*", "?x", "#x", "@evil.test/x", ":80/x", "\\x", " /x", "\t//evil.test", "%2fx")),
    *(Case(f"uri {uri!r}", NONE, more={"uri": uri}) for uri in ("/", "//", "//evil.test/x", "/\\evil.test", "/.", "/..", "/x")),
)  # fmt: skip

HOSTS = (
    *(Case(f"host {host!r}", BAD, host=host) for host in (
        None, "", " ", "a b", "a,b", "a@b", "user:p@evil.test", "evil.test/x", "evil.test?x", "evil.test#x", "evil.test\\x", "[::1", "::1", "a:99999", "a:b", "a:", "ü", "%65vil", "a\r\nX-A: b", "a\x00", "xn--",
    )),
    *(Case(f"host {host!r}", OK, host=host) for host in ("127.0.0.1", "[::1]:80", "evil.test", "EDGE.test:8443", "a.", "_x")),
    Case("two hosts", BAD, headers=(("Host", "evil.test"),)),
)  # fmt: skip

HEADERS = (
    *(Case(f"header name {name!r}", BAD, headers=((name, "1"),)) for name in ("", "x a", "x:a", ":path", "x\r\ny", "x\x00", "ü", "x/y", "x\t", "(x)")),
    *(Case(f"header value {value!r}", BAD, headers=(("X-A", value),)) for value in ("a\r\nX-B: b", "a\nb", "a\rb", "a\x00b", "\u2603", "a\x01b", "a\x1fb", "a\x7fb")),
    *(Case(f"header value {value!r}", OK, headers=(("X-A", value),)) for value in ("", "\xff", "a\tb", "x" * 15_000, "a,,b", '"')),
    *(Case(f"content-length {values} to {method}", OK, method=method, body=body, headers=tuple(("Content-Length", value) for value in values))
        for method, body in (("GET", None), ("POST", None), ("POST", b"abcd"), ("DELETE", None)) for values in (("5",), ("4", "4"), ("4", "5"), ("5, 4"), ("-1",), ("abc",), ("4;a",), ("",))),
    *(Case(f"{headers} to {method}", OK, method=method, body=body, headers=headers)
        for method, body in (("GET", None), ("POST", None), ("POST", b"abcd"))
        for headers in ((("Transfer-Encoding", "chunked"),), (("Transfer-Encoding", "chunked"), ("Content-Length", "3")), (("Transfer-Encoding", "gzip, chunked"),), (("Transfer-Encoding", "x"), ("Transfer-Encoding", "chunked")),
            (("Expect", "100-continue"),), (("Connection", "close, content-length"),), (("TE", "trailers"), ("Trailer", "content-length")))),
    *(Case(f"{headers}", OK, headers=headers) for headers in (
        (("X-Forwarded-Host", "evil.test"), ("X-Forwarded-Proto", "ftp"), ("Forwarded", "host=evil.test")), (("X-Original-URL", "/admin"), ("X-Rewrite-URL", "/admin")), (("X-HTTP-Method-Override", "DELETE"),),
        (("Kampkin-Exchange", "c0;0;0;0"),), (("Upgrade", "h2c"), ("HTTP2-Settings", "AAM")), (("Via", "1.1 kampkin, 1.1 kampkin"),), (("Range", "bytes=0-" + "0," * 2_000),),
    )),
    Case("a websocket", ODD, headers=(("Sec-WebSocket-Key", "x"),)),
    Case("a loop", 508, headers=(("Via", "1.1 kampkin, 1.1 kampkin, 1.1 kampkin"),)),
)  # fmt: skip

METHODS = (
    *(Case(f"method {method!r}", BAD, method=method) for method in ("", "TRACE", "CONNECT", "TRACK", "A B", "GET\r\nX-A: b", "G\x00T", "ü", "GET /x HTTP/1.1")),
    *(Case(f"method {method!r}", OK, method=method) for method in ("get", "post", "PROPFIND", "QUERY", "FOO")),
    Case("a GET with a body", BAD, body=b"x"),
    Case("a HEAD with a body", BAD, body=b"x", method="HEAD"),
)  # fmt: skip

QUERIES = tuple(
    Case(f"query {query!r}", OK, query=query)
    for query in (
        "a=\r\nX-A: b",
        "?",
        "#x",
        "/../..",
        "\u2603",
        "\xff",
        " ",
        "%",
        "a=%0d%0a",
        "\\",
        "'\"<>",
        "&" * 500,
        "a=http://evil.test/",
    )
)

CASES = (*PATHS, *HOSTS, *HEADERS, *METHODS, *QUERIES)


@dataclass
class Set:
    """The function, with an endpoint and so a breaker for each case."""

    function: Function
    origin: Recorder

    def send(self, case: Case, at: int) -> Any:
        """What the function returns for the case."""
        headers = (*case.headers, ("Authorization", SECRET), ("Cookie", f"s={SECRET}"))
        query = f"{case.query}&k={SECRET}"
        made = request(f"/c{at}{case.path}", *headers, method=case.method, query=query, body=case.body, host=case.host)
        return self.function.invoke(made | case.more)


@pytest.fixture(scope="module")
def set_up() -> Iterator[Set]:
    """The function in front of a recording origin."""
    with Recorder() as origin:
        service = Origin(scheme="http", host="127.0.0.1", port=origin.port, path=BASE)
        names = (*(f"c{at}" for at in range(len(CASES))), "answers", "after")
        endpoints = [
            seal_endpoint(
                name=name,
                targets=("aws",),
                route=Route(path=f"/{name}", prefix=True),
                origin=service,
                timeout_ms=TIMEOUT_MS,
                policy=TRIPS_AT_ONCE,
            )
            for name in names
        ]
        made = bundle(seal_plan(project="hostile", targets={"aws": Target(store="memory")}, endpoints=endpoints))
        with running(made) as function:
            yield Set(function, origin)


def holds_no_secret(text: str) -> bool:
    """Whether nothing of what the caller said about himself, and nothing of our insides, is in it."""
    return not any(word in text for word in (SECRET, "node:", ".mjs", "Error:", "    at "))


@pytest.mark.parametrize(
    ("at", "case"), list(enumerate(CASES)), ids=lambda value: value.name if isinstance(value, Case) else ""
)
def test_an_event_that_nobody_should_make_does_no_harm(set_up: Set, at: int, case: Case) -> None:
    """It is answered as said; what reaches the origin is one request below its path, to it; and the breaker has counted nothing."""
    set_up.origin.seen.clear()
    logged = len(set_up.function.lines)
    result = set_up.send(case, at)
    body = base64.b64decode(result["body"]).decode()
    assert result["status"] == str(case.status), body
    arrivals = list(set_up.origin.seen)
    assert len(arrivals) == (1 if case.status == OK else 0)
    assert set_up.origin.garbled == []
    for arrival in arrivals:
        is_ours(arrival, set_up.origin.port)
        assert arrival.target.partition("?")[0] == BASE + (case.path if case.arrives is None else case.arrives)
        assert (arrival.size, arrival.body) == (len(case.body or b""), case.body or b"")
    assert holds_no_secret(body) and holds_no_secret("".join(set_up.function.lines[logged:]))
    assert set_up.function.invoke(request(f"/c{at}/ok"))["status"] == "200"


def is_ours(arrival: Arrival, port: int) -> None:
    """That a request at the origin is whole, to it and below its path, with one reading of its length."""
    assert stays_below(arrival.target, BASE), arrival
    assert arrival.values("host") == [f"127.0.0.1:{port}"]
    assert len(arrival.values("content-length")) + len(arrival.values("transfer-encoding")) <= 1
    assert all(value.isdecimal() for value in arrival.values("content-length"))
    assert arrival.values("upgrade") in ([], ["websocket"])
    gone = ("te", "trailer", "forwarded", "expect", "keep-alive", "proxy-authorization", "x-b", "x-original")
    assert not [name for name in gone if arrival.values(name)]


@pytest.mark.parametrize(
    "event",
    [
        {"response": {"status": "200", "headers": {}}, "config": {"eventType": "origin-response"}},
        {"response": {"status": "99", "headers": {}}, "config": {"eventType": "origin-response"}},
    ],
    ids=["without an exchange", "with a status that is none"],
)
def test_an_origin_response_that_nobody_waits_for_passes(set_up: Set, event: Any) -> None:
    """Not ours: as it came."""
    assert set_up.function.invoke(request("/after/ok"), **event) == event["response"]


@pytest.mark.parametrize(
    "value",
    [
        "after;0;0;0",
        "after;0;0;7",
        "nobody;0;0;0",
        "constructor;0;0;0",
        "after;x;y;z",
        "after",
        ";;;",
        "after;9e9;1;1",
        "after;0;-1;-1",
    ],
)
def test_a_callers_own_exchange_is_none(set_up: Set, value: str) -> None:
    """Only what stands in the origin's custom headers rode along; a caller cannot put his failures on a breaker so."""
    response = {"status": "500", "statusDescription": "", "headers": {}}
    made = request("/after/ok", ("Kampkin-Exchange", value)) | {
        "origin": {"custom": {"customHeaders": {}, "protocol": "http", "domainName": "x", "port": 80}}
    }
    assert set_up.function.invoke(made, config={"eventType": "origin-response"}, response=response) == response
    assert set_up.function.invoke(request("/after/ok"))["status"] == "200"


def test_an_origin_that_switches_protocols_unasked_has_failed(set_up: Set) -> None:
    """In time, not at the function's own limit; and the breaker hears of it."""
    set_up.origin.on("switches", says(b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", close=True))
    result = set_up.function.invoke(request("/answers/switches"), patience_s=TIMEOUT_MS / 1000 * 4)
    assert result["status"] in ("502", "504")
    assert set_up.function.invoke(request("/answers/ok"))["status"] == "503"


def test_the_lines_are_json_without_secrets(set_up: Set) -> None:
    """All that has been logged in this module."""
    set_up.origin.on("large", says(answer("200 OK", body=bytes(900_000))))
    headers = (("Authorization", SECRET), ("Cookie", SECRET))
    set_up.function.invoke(request("/after/large", *headers, method="POST", body=SECRET.encode(), query=SECRET))
    for line in set_up.function.lines:
        assert set(json.loads(line)) <= {
            "kampkin",
            "breaker",
            "epoch",
            "kind",
            "status",
            "ms",
            "probe",
            "request",
            "state",
            "to",
            "why",
            "dropped",
        }
