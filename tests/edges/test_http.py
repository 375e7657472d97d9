"""HTTP through both edges: bodies of any size, streams, what callers and origins do wrong, and what each leaves behind."""

from __future__ import annotations

import hashlib
import http.client
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from kampkin.bundle import bundle
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.plan import (
    Alternate,
    Answer,
    Cors,
    Origin,
    Policy,
    Route,
    Stale,
    Target,
    TargetName,
    seal_endpoint,
    seal_plan,
)

from .conftest import TARGETS
from .raw_origin import GZIPPED, Arrival, RawOrigin, pattern

SIZES = (0, 1, 40_000, 999_000, 1_048_577, 26_214_400)
LONGEST_S = 20
NEXT = (Answer(when=("open",), status=200, body="next"),)

ENDPOINTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "large": {"large_bodies": True},
    "watched": {"watch_body": True},
    "cut": {"watch_body": True},
    "cut-unwatched": {},
    "idle": {"idle_timeout_ms": 300},
    "left": {"watch_body": True},
    "uploads": {"timeout_ms": 600},
    "shared": {"cors": Cors(origins=("https://shop.test",))},
    "stale": {"targets": ("cloudflare",), "fallback": (Stale(when=("failure", "open"), max_age_ms=60_000),)},
    "socket": {},
    "events": {},
    "handed": {},
    "bad": {},
}


@pytest.fixture(scope="module")
def origin() -> Iterator[RawOrigin]:
    """The service behind every endpoint."""
    with RawOrigin() as running:
        yield running


@pytest.fixture(scope="module")
def edges(origin: RawOrigin) -> Iterator[LocalEdges]:
    """Both edges, one node each, with breakers that any failure opens for a minute."""
    policy = Policy(
        consecutive_failures=1, failure_ratio_bp=0, cooldown_ms=60_000, cooldown_max_ms=60_000, cooldown_jitter_bp=0
    )
    service = Origin(scheme="http", host="127.0.0.1", port=origin.port, path="/v2")
    other = Origin(scheme="http", host="127.0.0.1", port=origin.port, path="/other/v2")
    common = {"timeout_ms": 5_000, "policy": policy, "origin": service, "targets": TARGETS}
    endpoints = [
        seal_endpoint(**(common | {"name": name, "route": Route(path=f"/{name}", prefix=True)} | more))
        for name, more in ENDPOINTS.items()
    ]
    instead = (Alternate(when=("failure", "open"), origin=other, timeout_ms=2_000),)
    made = {"name": "instead", "route": Route(path="/instead", prefix=True), "fallback": instead}
    plan = seal_plan(
        project="http",
        targets={"aws": Target(store="dynamodb", regions=("us-east-1",)), "cloudflare": Target(store="durable-object")},
        endpoints=[*endpoints, seal_endpoint(**(common | made))],
    )
    with LocalEdges(deployment_of(bundle(plan)), nodes=1) as running:
        yield running


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> TargetName:
    """Each edge in turn."""
    return request.param  # type: ignore[no-any-return]


class Caller:
    """Raw HTTP/1.1 to one edge: no header that is not asked for, no decoding."""

    def __init__(self, url: str, origin: RawOrigin) -> None:
        self.address = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
        self.origin = origin

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        """One request; the answer and its body."""
        connection = http.client.HTTPConnection(*self.address, timeout=LONGEST_S)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            if isinstance(body, bytes):
                connection.putheader("content-length", str(len(body)))
            elif body is not None:
                connection.putheader("transfer-encoding", "chunked")
            connection.endheaders(body, encode_chunked=body is not None and not isinstance(body, bytes))
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def reached(self, method: str, path: str, body: Any = None, **headers: str) -> Arrival:
        """One request, as the origin got it; it got exactly one."""
        before = len(self.origin.seen)
        response, _ = self.ask(method, path, body, **headers)
        assert response.status == 200
        [arrival] = self.origin.seen[before:]
        return arrival

    def connect(self, text: str) -> socket.socket:
        """A connection on which that much has been sent."""
        connection = socket.create_connection(self.address, timeout=LONGEST_S)
        connection.sendall(text.encode("latin-1"))
        return connection


@pytest.fixture
def caller(edges: LocalEdges, origin: RawOrigin, target: TargetName) -> Caller:
    """A caller of the edge."""
    return Caller(edges.edges[target].url, origin)


def is_closed(edges: LocalEdges, target: TargetName, breaker: str) -> bool:
    """Whether the breaker has never opened."""
    return not edges.read(target, breaker).events


@pytest.mark.parametrize("size", SIZES)
def test_a_request_body_of_any_size_arrives_whole(caller: Caller, size: int) -> None:
    """Every byte reaches the origin, once, with its length where the caller gave one; beyond 1 MB CloudFront sends it."""
    body = pattern(size)
    arrival = caller.reached("POST", "/plain/ok?q=a%20b", body)
    assert (arrival.size, arrival.sha256) == (size, hashlib.sha256(body).hexdigest())
    assert arrival.target == "/v2/ok?q=a%20b"
    assert arrival.values("content-length") == [str(size)]


@pytest.mark.parametrize("size", SIZES)
def test_an_answer_of_any_size_arrives_whole(caller: Caller, size: int) -> None:
    """Every byte reaches the caller; an answer too large for a function is called for a second time by CloudFront."""
    response, body = caller.ask("GET", f"/plain/bytes/{size}")
    assert (response.status, hashlib.sha256(body).hexdigest()) == (200, hashlib.sha256(pattern(size)).hexdigest())
    assert response.headers["etag"] == '"x"'
    assert response.headers["content-length"] == str(size)


def test_chunked_bodies_arrive_whole(caller: Caller) -> None:
    """Without a length too, both ways."""
    parts = [pattern(70_000), pattern(1_000)]
    arrival = caller.reached("PUT", "/plain/ok", iter(parts))
    assert arrival.sha256 == hashlib.sha256(b"".join(parts)).hexdigest()
    _, body = caller.ask("GET", "/plain/chunked/150000")
    assert len(body) == 150_000


def test_a_watched_answer_is_the_same_bytes(caller: Caller) -> None:
    """Watching decodes nothing and cuts nothing."""
    for path, expected in (("bytes/999000", pattern(999_000)), ("gzip", GZIPPED)):
        response, body = caller.ask("GET", f"/watched/{path}", accept_encoding="gzip")
        assert (response.status, body) == (200, expected)


def test_an_encoded_answer_is_not_touched(caller: Caller) -> None:
    """gzip stays gzip, with its headers."""
    response, body = caller.ask("GET", "/plain/gzip", accept_encoding="gzip")
    assert (response.headers["content-encoding"], response.headers["etag"], body) == ("gzip", '"z"', GZIPPED)


def test_only_what_is_documented_changes_on_the_way_there(caller: Caller) -> None:
    """The origin sees the caller's headers, less those of one hop, and who asked whom."""
    arrival = caller.reached(
        "GET", "/plain/a//b%2Fc/%2e?x=%7E&x=2", accept="a/b", cookie="a=1; b=2", authorization="Bearer t", te="trailers",
        forwarded="for=6.6.6.6", x_forwarded_host="evil.test", proxy_authorization="p", if_none_match='"x"', x_own="ü",
    )  # fmt: skip
    assert arrival.target == "/v2/a//b%2Fc/?x=%7E&x=2"
    expected = {
        "accept": "a/b",
        "cookie": "a=1; b=2",
        "authorization": "Bearer t",
        "if-none-match": '"x"',
        "x-own": "ü",
    }
    assert {name: arrival.values(name) for name in expected} == {name: [value] for name, value in expected.items()}
    assert not any(arrival.values(name) for name in ("te", "forwarded", "proxy-authorization"))
    edge = f"{caller.address[0]}:{caller.address[1]}"
    assert (arrival.values("x-forwarded-host"), arrival.values("host")) == ([edge], [f"127.0.0.1:{caller.origin.port}"])
    assert arrival.values("via")[0].endswith("1.1 kampkin")


def test_only_what_is_documented_changes_on_the_way_back(caller: Caller, target: TargetName) -> None:
    """Cookies stay several; other repeated headers mean the same joined."""
    response, _ = caller.ask("GET", "/plain/ok")
    assert response.headers.get_all("set-cookie") == ["a=1", "b=2; Path=/"]
    assert ", ".join(response.headers.get_all("x-twice") or []) == "1, 2"
    assert response.headers["keep-alive"] is None or "timeout=5" not in response.headers["keep-alive"]
    assert response.headers["via"] == ("1.1 origin" if target == "cloudflare" else None)


@pytest.mark.parametrize("status", [204, 304, 400, 404, 418, 451])
def test_statuses_pass(caller: Caller, edges: LocalEdges, target: TargetName, status: int) -> None:
    """With their headers, and none of them is a failure."""
    response, body = caller.ask("GET", f"/plain/status/{status}")
    assert (response.status, response.headers["x-made"], body) == (status, "here", b"")
    assert is_closed(edges, target, "plain")


def test_a_head_has_the_headers_and_no_body(caller: Caller) -> None:
    """Its length is that of the body there would be."""
    response, body = caller.ask("HEAD", "/plain/bytes/2000000")
    assert (response.status, response.headers["content-length"], body) == (200, "2000000", b"")


def test_a_redirect_within_the_origin_leads_to_the_protected_url(caller: Caller) -> None:
    """Not followed here, and not away from the breaker."""
    response, _ = caller.ask("GET", "/plain/redirect")
    assert (response.status, response.headers["location"]) == (302, "/plain/next?a=1")


def test_an_answer_too_large_to_what_is_not_safe_is_502_and_sent_once(edges: LocalEdges, origin: RawOrigin) -> None:
    """On AWS, unless the endpoint hands its calls back."""
    caller = Caller(edges.edges["aws"].url, origin)
    before = len(origin.seen)
    response, body = caller.ask("POST", "/plain/bytes/1000000", b"x")
    assert (response.status, b"large_bodies: true" in body, len(origin.seen) - before) == (502, True, 1)
    response, body = caller.ask("POST", "/large/bytes/1000000", b"x")
    assert (response.status, len(body), len(origin.seen) - before) == (200, 1_000_000, 2)
    assert is_closed(edges, "aws", "plain")


def test_what_is_handed_back_counts_by_its_status(
    edges: LocalEdges, origin: RawOrigin, until: Callable[..., Any]
) -> None:
    """A 500 to a large body opens the breaker, though CloudFront made the call."""
    caller = Caller(edges.edges["aws"].url, origin)
    response, _ = caller.ask("POST", "/handed/status/500", pattern(1_048_577))
    assert response.status == 500
    response, _ = caller.ask("GET", "/handed/ok")
    assert response.status == 503
    assert [event.to for event in edges.read("aws", "handed").events] == ["open"]


def test_a_body_cut_short_is_a_failure_where_it_is_seen(
    caller: Caller, edges: LocalEdges, until: Callable[..., Any], target: TargetName
) -> None:
    """Always on Lambda@Edge; on Workers where the body is watched, and a caller sees the cut by the length."""
    if target == "aws":
        assert caller.ask("GET", "/cut/cut")[0].status == 502
    else:
        with pytest.raises(http.client.IncompleteRead):
            caller.ask("GET", "/cut/cut")
        with pytest.raises(http.client.IncompleteRead):
            caller.ask("GET", "/cut-unwatched/cut")
        assert is_closed(edges, target, "cut-unwatched")
    until(lambda: [event.to for event in edges.read(target, "cut").events] == ["open"])


def test_a_silence_within_a_body_is_a_time_out(
    caller: Caller, edges: LocalEdges, until: Callable[..., Any], target: TargetName
) -> None:
    """`idle_timeout` ends it, and lets go of the origin."""
    left = caller.origin.left
    if target == "aws":
        assert caller.ask("GET", "/idle/stall")[0].status == 504
    else:
        with pytest.raises(http.client.IncompleteRead):
            caller.ask("GET", "/idle/stall")
    until(lambda: [event.to for event in edges.read(target, "idle").events] == ["open"])
    until(lambda: caller.origin.left == left + 1)


def test_events_stream(caller: Caller, edges: LocalEdges, target: TargetName) -> None:
    """The first is read before the second is sent; on AWS CloudFront makes the call."""
    caller.origin.released.clear()
    connection = http.client.HTTPConnection(*caller.address, timeout=LONGEST_S)
    connection.request("GET", "/events/sse")
    response = connection.getresponse()
    assert response.read1() == b"data: 1\n\n"
    caller.origin.released.set()
    assert response.read() == b"data: 2\n\n"
    connection.close()
    assert is_closed(edges, target, "events")


def test_a_caller_who_leaves_within_an_answer_says_nothing(
    edges: LocalEdges, origin: RawOrigin, until: Callable[..., Any]
) -> None:
    """The origin is let go, and the breaker counts nothing."""
    caller = Caller(edges.edges["cloudflare"].url, origin)
    left = origin.left
    connection = caller.connect("GET /left/stall HTTP/1.1\r\nHost: edge.test\r\n\r\n")
    heard = b""
    while not heard.endswith(b"abc"):
        heard += connection.recv(1024)
    connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )  # a reset: workerd waits on half-closed
    connection.close()
    until(lambda: origin.left == left + 1)
    assert caller.ask("GET", "/left/ok")[0].status == 200
    assert is_closed(edges, "cloudflare", "left")


def test_a_caller_who_leaves_or_idles_within_a_request_says_nothing(
    edges: LocalEdges, origin: RawOrigin, until: Callable[..., Any]
) -> None:
    """Anybody could open the breaker otherwise, with a few half-sent requests."""
    caller = Caller(edges.edges["cloudflare"].url, origin)
    left = origin.left
    gone = caller.connect("POST /uploads/ok HTTP/1.1\r\nHost: edge.test\r\nContent-Length: 10\r\n\r\nabc")
    slow = caller.connect("POST /uploads/ok HTTP/1.1\r\nHost: edge.test\r\nContent-Length: 10\r\n\r\nabc")
    gone.close()
    until(lambda: origin.left == left + 1)
    response, _ = caller.ask("GET", "/uploads/ok")
    assert response.status == 200
    slow.sendall(b"defghij")
    assert slow.recv(1024).startswith(b"HTTP/1.1 200")
    slow.close()
    assert is_closed(edges, "cloudflare", "uploads")


def test_websockets_pass_on_workers(edges: LocalEdges, origin: RawOrigin) -> None:
    """The handshake passes, then every frame, both ways."""
    caller = Caller(edges.edges["cloudflare"].url, origin)
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    connection = caller.connect(f"GET /socket/ws HTTP/1.1\r\nHost: edge.test\r\n{upgrade}\r\n")
    assert connection.recv(4096).startswith(b"HTTP/1.1 101")
    connection.sendall(bytes([0x81, 0x82, 0, 0, 0, 0]) + b"hi")
    assert connection.recv(4096) == b"\x81\x02hi"
    connection.close()
    assert is_closed(edges, "cloudflare", "socket")


def test_websockets_get_a_clear_answer_on_lambda(edges: LocalEdges, origin: RawOrigin) -> None:
    """501, and nothing is counted or called."""
    before = len(origin.seen)
    response, body = Caller(edges.edges["aws"].url, origin).ask(
        "GET", "/socket/ws", sec_websocket_key="dGhl", sec_websocket_version="13"
    )
    assert (response.status, b"no-websocket" in body, len(origin.seen)) == (501, True, before)


def test_a_stale_copy_stands_in(edges: LocalEdges, origin: RawOrigin, until: Callable[..., Any]) -> None:
    """The last good answer, marked as such; not that to somebody who said who they are."""
    caller = Caller(edges.edges["cloudflare"].url, origin)
    assert caller.ask("GET", "/stale/bytes/5000")[0].status == 200
    assert caller.ask("GET", "/stale/bytes/6000", x_api_key="mine")[0].status == 200
    caller.ask("GET", "/stale/status/500")
    response, body = caller.ask("GET", "/stale/bytes/5000")
    assert (response.status, body) == (200, pattern(5_000))
    assert response.headers["proxy-status"] == 'kampkin; details="stale copy"'
    assert (response.headers["cache-control"], response.headers["age"]) == ("no-store", "0")
    assert caller.ask("GET", "/stale/bytes/6000")[0].status == 503


def test_another_origin_stands_in(caller: Caller, edges: LocalEdges, target: TargetName) -> None:
    """While open, with the body too; a body that has been sent is not sent again."""
    before = len(caller.origin.seen)
    response, _ = caller.ask("POST", "/instead/status/500", b"once")
    assert response.status == 500
    response, _ = caller.ask("POST", "/instead/ok?q=1", b"twice")
    assert (response.status, response.headers["proxy-status"]) == (200, 'kampkin; details="fallback origin"')
    arrivals = caller.origin.seen[before:]
    assert [arrival.target for arrival in arrivals] == ["/v2/status/500", "/other/v2/ok?q=1"]
    assert arrivals[1].sha256 == hashlib.sha256(b"twice").hexdigest()


def test_a_rejection_can_be_read_where_the_origin_shares(caller: Caller) -> None:
    """With the breaker open, and the preflight before it."""
    caller.ask("GET", "/shared/status/500")
    response, _ = caller.ask("GET", "/shared/ok", origin="https://shop.test")
    assert (response.status, response.headers["access-control-allow-origin"]) == (503, "https://shop.test")
    response, _ = caller.ask("OPTIONS", "/shared/ok", origin="https://shop.test", access_control_request_method="PUT")
    assert (response.status, response.headers["access-control-allow-methods"]) == (204, "PUT")
    response, _ = caller.ask("GET", "/shared/ok", origin="https://evil.test")
    assert response.headers["access-control-allow-origin"] is None


@pytest.mark.parametrize(
    "path", ["/bad/..%2f..%2fadmin", "/bad/..;/admin", "/bad/%c0%ae%c0%ae/admin", "/bad/a%5c..%5c..%5cadmin"]
)
def test_a_path_with_two_readings_reaches_no_origin(caller: Caller, path: str) -> None:
    """It is refused here."""
    before = len(caller.origin.seen)
    assert caller.ask("GET", path)[0].status == 400
    assert len(caller.origin.seen) == before


def test_a_get_with_a_body_is_refused_and_no_failure(caller: Caller, edges: LocalEdges, target: TargetName) -> None:
    """By CloudFront itself on AWS."""
    response, _ = caller.ask("GET", "/bad/ok", b"body")
    assert response.status == (403 if target == "aws" else 400)
    assert is_closed(edges, target, "bad")
