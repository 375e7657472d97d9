"""Everything in httpbin that an edge can carry gives the same answer through it as directly, field by field.

What may differ is in `DIFFERS` and nowhere else; docs/http.md has it with the reasons.
"""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

httpbin = pytest.importorskip("httpbin", reason="httpbin is not installed: make .venv/.all")
import brotlicffi  # type: ignore[import-untyped]  # noqa: E402
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server  # noqa: E402

from kampkin.bundle import bundle  # noqa: E402
from kampkin.local.deployment import deployment_of  # noqa: E402
from kampkin.local.edges import LocalEdges  # noqa: E402
from kampkin.plan import Origin, Policy, Route, Target, TargetName, seal_endpoint, seal_plan  # noqa: E402

from .conftest import TARGETS  # noqa: E402

EVERYWHERE = {"date"}
"""Two answers are not made in the same second."""
DIFFERS: dict[TargetName, dict[str, set[str]]] = {
    "cloudflare": {
        "answer": {"connection", "transfer-encoding"},
        "request": {"cf-worker", "connection", "forwarded", "x-forwarded-host"},
    },
    "aws": {
        "answer": {"connection", "keep-alive", "proxy-authenticate", "transfer-encoding", "x-cache"},
        "request": {"connection", "forwarded", "x-forwarded-host"},
    },
}
"""Headers that may come, go or change, per edge: on the answer, and on the request as httpbin saw it. It hides `Via`, `X-Forwarded-For`
and `X-Forwarded-Proto` by itself."""


@dataclass(frozen=True)
class Case:
    """A request to httpbin."""

    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS = {"Content-Type": "multipart/form-data; boundary=edge"}
MULTIPART = (
    b'--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--edge\r\nContent-Disposition: form-data; '
    b'name="f"; filename="f.bin"\r\nContent-Type: application/octet-stream\r\n\r\n'
    + bytes(range(256))
    + b"\r\n--edge--\r\n"
)

CASES: Sequence[Case] = (
    *(Case(f"/{name}") for name in ("get?a=1&b=%20&b=%C3%BC&c=", "headers", "ip", "user-agent", "html", "robots.txt", "deny", "json", "xml", "encoding/utf8")),
    *(Case("/anything/a/b%2Fc", method, {**JSON, "X-Own": "x, y"}, b'{"a": [1]}') for method in ("POST", "PUT", "PATCH", "DELETE")),
    *(Case(f"/{name}", "POST", FORM, b"a=1&b=%20&b=%C3%BC") for name in ("post", "anything")),
    Case("/post", "POST", PARTS, MULTIPART),
    Case("/post", "POST", {"Content-Type": "application/octet-stream"}, bytes(range(256)) * 100),
    Case("/post", "POST", {}, b""),
    Case("/html", "HEAD"),
    Case("/get", "OPTIONS", {"Origin": "https://page.test", "Access-Control-Request-Method": "PUT"}),
    Case("/get", "GET", {"Origin": "https://page.test"}),
    *(Case(f"/status/{status}") for status in (200, 201, 202, 204, 205, 206, 301, 304, 307, 308, 400, 401, 402, 404, 406, 407, 410, 418, 422, 429, 451)),
    *(Case(f"/status/{status}", "POST", {}, b"x") for status in (200, 303, 404)),
    *(Case(f"/{coding}", "GET", {"Accept-Encoding": coding}) for coding in ("gzip", "brotli", "deflate")),
    *(Case(f"/image/{kind}") for kind in ("png", "jpeg", "webp", "svg")),
    *(Case(f"/{name}") for name in ("bytes/0?seed=1", "bytes/5000?seed=1", "stream-bytes/5000?seed=1&chunk_size=700", "stream/5", "drip?duration=0&numbytes=10&delay=0")),
    *(Case("/range/1000", "GET", {"Range": value}) for value in ("bytes=0-99", "bytes=500-", "bytes=2000-")),
    Case("/cookies", "GET", {"Cookie": "a=1; b=2"}),
    *(Case(f"/cookies/{name}") for name in ("set?a=1&b=2", "set/c/3", "delete?a")),
    *(Case(f"/{name}") for name in ("redirect-to?url=https%3A%2F%2Felsewhere.test%2Fx", "redirect-to?url=https%3A%2F%2Felsewhere.test&status_code=307")),
    *(Case("/basic-auth/u/p", "GET", headers) for headers in ({}, {"Authorization": "Basic dTpw"}, {"Authorization": "Basic eDp5"})),
    *(Case("/bearer", "GET", headers) for headers in ({}, {"Authorization": "Bearer t"})),
    *(Case("/etag/v1", "GET", headers) for headers in ({}, {"If-None-Match": "v1"}, {"If-Match": "v2"})),
    *(Case("/cache", "GET", headers) for headers in ({"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}, {"If-None-Match": "x"})),
    *(Case(f"/{name}") for name in ("cache/60", "response-headers?X-A=1&X-A=2&X-B=%C3%BC", "base64/aGVsbG8%3D", "links/3/1", "delay/0", "forms/post")),
)  # fmt: skip
"""Left out: answers that are random by themselves (`uuid`, `bytes` without a seed, `digest-auth`), and 5xx, which are a breaker's business."""


class Speaks11(WSGIRequestHandler):
    """HTTP/1.1, without a line for each request."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def service() -> Iterator[BaseWSGIServer]:
    """httpbin on a port of its own."""
    server = make_server("127.0.0.1", 0, httpbin.app, threaded=True, request_handler=Speaks11)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def edges(service: BaseWSGIServer) -> Iterator[LocalEdges]:
    """Both edges in front of it, on a route for the whole host."""
    plan = seal_plan(
        project="httpbin",
        targets={"aws": Target(store="memory"), "cloudflare": Target(store="memory")},
        endpoints=[
            seal_endpoint(
                name="bin",
                targets=TARGETS,
                route=Route(path="/", prefix=True),
                origin=Origin(scheme="http", host="127.0.0.1", port=service.server_port, path=""),
                policy=Policy(consecutive_failures=1, failure_ratio_bp=0),
            )
        ],
    )
    with LocalEdges(deployment_of(bundle(plan)), nodes=1) as running:
        yield running


@dataclass(frozen=True)
class Came:
    """An answer, as it came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def ask(port: int, case: Case) -> Came:
    """One request on a connection of its own, with no header but those of the case."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest(case.method, case.path, skip_accept_encoding=True)
        for name, value in case.headers.items():
            connection.putheader(name, value)
        if case.body is not None:
            connection.putheader("Content-Length", str(len(case.body)))
        connection.endheaders(case.body)
        response = connection.getresponse()
        return Came(response.status, [(name.lower(), value) for name, value in response.getheaders()], response.read())
    finally:
        connection.close()


def fields_of(came: Came, differs: dict[str, set[str]]) -> dict[str, Any]:
    """An answer's fields as they must be equal: repeated headers joined, but for cookies; what httpbin says it got, without what changes."""
    headers: dict[str, Any] = {}
    for name, value in came.headers:
        if name == "set-cookie":
            headers.setdefault(name, []).append(value)
        elif name not in differs["answer"] | EVERYWHERE:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    body: Any = came.body
    if "json" in headers.get("content-type", "") and came.body:
        body = [
            without(one, differs["request"]) for one in values_in(decoded(came.body, headers.get("content-encoding")))
        ]
        headers.pop("content-length", None)  # of a list that differs
    if any(name == "transfer-encoding" for name, _ in came.headers):
        headers.pop("content-length", None)
    return {"status": came.status, "headers": headers, "body": body}


def decoded(body: bytes, coding: str | None) -> str:
    """The text of a body."""
    undo = {"gzip": gzip.decompress, "br": brotlicffi.decompress, "deflate": lambda data: zlib.decompress(data)}
    return (undo[coding](body) if coding else body).decode()


def values_in(text: str) -> Iterator[Any]:
    """The JSON values of a text, one after another."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        value, end = decoder.raw_decode(text, at)
        yield value
        at = end + len(text[end:]) - len(text[end:].lstrip())


def without(told: Any, changed: set[str]) -> Any:
    """What httpbin tells of a request, without what an edge changes; by its X-Forwarded-Proto httpbin makes its URL."""
    if isinstance(told, dict) and isinstance(told.get("headers"), dict):
        told["headers"] = {
            name: value for name, value in told["headers"].items() if name.lower() not in changed | {"host"}
        }
        if "url" in told:
            told["url"] = told["url"].partition("://")[2]
    return told


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_answer_is_the_same_as_without_the_edge(
    edges: LocalEdges, service: BaseWSGIServer, case: Case, target: TargetName
) -> None:
    """Status, headers, bytes, and what httpbin says it was sent."""
    differs = DIFFERS[target]
    directly = fields_of(ask(service.server_port, case), differs)
    through = fields_of(ask(urlsplit(edges.edges[target].url).port or 0, case), differs)
    if "content-length" not in directly["headers"]:
        through["headers"].pop("content-length", None)  # CloudFront knows how long a generated answer is
    assert through == directly


def test_what_may_differ_is_documented() -> None:
    """Each header of `DIFFERS` is on the page that promises that there are no others."""
    page = (Path(__file__).parents[2] / "docs" / "http.md").read_text().lower()
    for kinds in DIFFERS.values():
        for name in set().union(*kinds.values()):
            assert f"`{name}`" in page, name
