"""A request through an edge is the request, and an answer is the answer; what is not declared goes nowhere."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kampkin.bundle import bundle
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.redirect import redirect
from kampkin.plan import TargetName

from .conftest import TARGETS, plan

BODY = bytes(range(256)) * 40
SEEN: list[tuple[str, str, dict[str, str], bytes]] = []


class Echo(BaseHTTPRequestHandler):
    """Remembers what reached it and answers with two cookies and bytes that are no text."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        SEEN.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(201)
        self.send_header("set-cookie", "a=1")
        self.send_header("set-cookie", "b=2; Path=/")
        self.send_header("etag", '"x"')
        self.send_header("content-type", "application/octet-stream")
        self.send_header("content-length", str(len(BODY)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(BODY)

    do_GET = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def edges() -> Iterator[LocalEdges]:
    """Both edges in front of an echo."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    methods = ("DELETE", "GET", "HEAD", "POST")
    made = redirect(plan(methods=methods), {"cart": f"http://127.0.0.1:{server.server_port}/v2"})
    with LocalEdges(deployment_of(bundle(made))) as running:
        yield running
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
def test_a_request_arrives_as_it_was_sent(
    edges: LocalEdges, ask: Callable[..., Any], target: TargetName, method: str
) -> None:
    """Method, path, query, headers and body reach the origin; status, cookies, etag and bytes come back."""
    SEEN.clear()
    sent = BODY if method == "POST" else None
    headers = {"x-mine": "yes", "authorization": "Bearer t", "cookie": "c=3"}
    answer = ask(edges.edges[target].url, "/cart/items/7?q=a%20b&q=", method, sent, headers)
    ((got_method, path, got, body),) = SEEN
    assert (got_method, path) == (method, "/v2/items/7?q=a%20b&q=")
    assert {name: got[name] for name in headers} == headers
    assert got["host"].startswith("127.0.0.1:")
    assert body == (sent or b"")
    assert answer.status == 201
    assert answer.headers.get_all("set-cookie") == ["a=1", "b=2; Path=/"]
    assert answer.headers["etag"] == '"x"'
    expected = b"" if method == "HEAD" else BODY
    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(expected).digest()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("path", ["/", "/cartoon", "/CART", "/cart/../admin", "/cart/%2e%2e/admin", "/nothing?x=/cart"])
def test_an_undeclared_route_reaches_no_origin(
    edges: LocalEdges, ask: Callable[..., Any], target: TargetName, path: str
) -> None:
    """A path without an endpoint is answered 404 as problem+json, at the edge."""
    SEEN.clear()
    answer = ask(edges.edges[target].url, path)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404
    assert SEEN == []


@pytest.mark.parametrize("target", TARGETS)
def test_an_undeclared_method_reaches_no_origin(edges: LocalEdges, ask: Callable[..., Any], target: TargetName) -> None:
    """A method the endpoint does not take is answered 405 with those it takes."""
    SEEN.clear()
    answer = ask(edges.edges[target].url, "/cart", "PUT", b"x")
    assert answer.status == 405
    assert answer.headers["allow"] == "DELETE, GET, HEAD, POST"
    assert SEEN == []
