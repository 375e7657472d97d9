"""The Lambda@Edge host, with a stand-in for the breaker's function."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kampkin.bundle import Bundle
from kampkin.errors import Cannot
from kampkin.local import edges as edges_module
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdge, LocalEdges, LogLine
from kampkin.local.ports import free_ports

MEGABYTE = 1_048_576
EXTRA = 10


@pytest.fixture(scope="module")
def logged() -> list[LogLine]:
    """What the edge has logged so far."""
    return []


@pytest.fixture(scope="module")
def edges(local_edges: Callable[..., LocalEdges], standin: Callable[..., Bundle], logged: list[LogLine]) -> LocalEdges:
    """The stand-in function in two environments."""
    return local_edges(standin("aws"), on_log=logged.append)


@pytest.fixture
def edge(edges: LocalEdges) -> LocalEdge:
    """Where it can be reached."""
    return edges.edges["aws"]


@pytest.fixture
def answered(edge: LocalEdge, ask: Callable[..., Any]) -> Callable[..., Any]:
    """What a caller gets when the function returns the given result."""
    return lambda result: ask(edge.url, "/answer", "POST", json.dumps(result).encode())


def state_of(pid: int) -> str:
    """A process's state letter; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def test_a_request_becomes_an_origin_request_event(edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """The event has the shape that AWS documents, with every value as the caller sent it."""
    headers = {"Host": "edge.acme.dev", "X-One": "1", "Connection": "close", "X-Forwarded-For": "192.0.2.1"}
    got = ask(edge.url, "/event?a=1&a=2&b=%2F?", "PUT", b"\x00\xff", headers).json()
    cf = got["event"]["Records"][0]["cf"]
    assert cf["config"]["eventType"] == "origin-request"
    assert cf["config"]["requestId"]
    request = cf["request"]
    assert (request["method"], request["uri"], request["querystring"]) == ("PUT", "/event", "a=1&a=2&b=%2F?")
    assert request["clientIp"] == "127.0.0.1"
    assert request["headers"]["host"] == [{"key": "Host", "value": "edge.acme.dev"}]
    assert request["headers"]["x-one"] == [{"key": "X-One", "value": "1"}]
    assert request["headers"]["x-forwarded-for"][0]["value"] == "192.0.2.1, 127.0.0.1"
    assert "connection" not in request["headers"]
    assert request["body"] == {"inputTruncated": False, "action": "read-only", "encoding": "base64", "data": "AP8="}
    assert request["origin"]["custom"]["sslProtocols"] == ["TLSv1.2"]
    assert 0 < got["remainingMs"] <= 30_000


def test_repeated_headers_stay_apart(edge: LocalEdge) -> None:
    """A header sent twice is a list of two in the event."""
    connection = http.client.HTTPConnection(urlsplit(edge.url).netloc, timeout=20)
    connection.putrequest("GET", "/event")
    connection.putheader("X-Twice", "one")
    connection.putheader("x-twice", "two")
    connection.endheaders()
    request = json.loads(connection.getresponse().read())["event"]["Records"][0]["cf"]["request"]
    connection.close()
    assert request["headers"]["x-twice"] == [{"key": "X-Twice", "value": "one"}, {"key": "x-twice", "value": "two"}]


def test_a_large_request_body_is_truncated(edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """The function sees 1 MB of a larger body, and that it was cut."""
    sizes = {size: ask(edge.url, "/body", "POST", b"x" * size).json() for size in (MEGABYTE, MEGABYTE + 1)}
    assert [(got["data"], got["inputTruncated"]) for got in sizes.values()] == [(MEGABYTE, False), (MEGABYTE, True)]


def test_the_environment_is_lambdas(edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """Node 24, and no variables but Lambda's own and the store's address."""
    got = ask(edge.url, "/environment").json()
    assert got["node"].startswith("v24.")
    names = {name for name in got["env"] if not name.startswith("NODE_CHANNEL")}
    assert names == {
        "AWS_ACCESS_KEY_ID",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "TZ",
    }
    assert got["env"]["AWS_REGION"] == "us-east-1"


def test_an_answer_leaves_as_the_function_made_it(answered: Callable[..., Any]) -> None:
    """Status, repeated headers and a binary body reach the caller."""
    cookies = [{"key": "Set-Cookie", "value": "a=1"}, {"key": "set-cookie", "value": "b=2"}]
    answer = answered({"status": "404", "headers": {"set-cookie": cookies}, "body": "AP8=", "bodyEncoding": "base64"})
    assert (answer.status, answer.body) == (404, b"\x00\xff")
    assert answer.headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["content-length"] == "2"


@pytest.mark.parametrize("status", ["204", "304"])
def test_an_answer_without_a_body_has_no_length(answered: Callable[..., Any], status: str) -> None:
    """204 and 304 end with their headers."""
    answer = answered({"status": status})
    assert (answer.status, answer.body, answer.headers["content-length"]) == (int(status), b"", None)


@pytest.mark.parametrize(
    ("result", "detail"),
    [
        (None, "returned nothing"),
        ({"method": "GET", "uri": "/"}, "method may not be changed"),
        ({"status": "199"}, "status 199"),
        ({"status": "600"}, "status 600"),
        ({"status": "200", "bodyEncoding": "gzip"}, "bodyEncoding gzip"),
        ({"status": "200", "headers": {"Upper": [{"value": "1"}]}}, "lower case"),
        ({"status": "200", "headers": {"connection": [{"value": "close"}]}}, "connection may not be set"),
        ({"status": "200", "headers": {"x-edge-anything": [{"value": "1"}]}}, "x-edge-anything may not be set"),
        ({"status": "200", "headers": {"x-amz-cf-id": [{"value": "1"}]}}, "x-amz-cf-id may not be set"),
        ({"status": "200", "headers": {"transfer-encoding": [{"value": "chunked"}]}}, "transfer-encoding may not"),
        ({"status": "200", "headers": {"via": [{"value": "1.1 me"}]}}, "via may not be set"),
        ({"status": "200", "headers": {"a": [{"key": "B", "value": "1"}]}}, "has the key B"),
        ({"status": "200", "headers": {"a": "1"}}, "not a list"),
        ({"status": "200", "headers": {"a": [{"value": "1\r\nb: 2"}]}}, "Invalid character"),
        ({"status": "200", "headers": {"a b": [{"value": "1"}]}}, "valid HTTP token"),
        ({"status": "200", "headers": {"a": [{"value": "\u20ac"}]}}, "Invalid character"),
    ],
)
def test_a_result_cloudfront_would_not_take_is_502(
    answered: Callable[..., Any], logged: list[LogLine], until: Callable[..., Any], result: Any, detail: str
) -> None:
    """An invalid result is 502 LambdaValidationError to the caller, and the log says what was wrong with it."""
    logged.clear()
    answer = answered(result)
    assert (answer.status, answer.headers["x-cache"]) == (502, "LambdaValidationError from cloudfront")
    said = json.loads(until(lambda: list(logged))[0].text)
    assert said["cloudfront"] == "LambdaValidationError"
    assert detail in said["detail"]


def test_a_generated_response_may_have_one_megabyte(edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """Up to 1 MB passes; a byte more is 502."""
    assert len(ask(edge.url, f"/large?{MEGABYTE}").body) == MEGABYTE
    assert ask(edge.url, f"/large?{MEGABYTE + 1}").status == 502


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [("GET", "/event", b"x", 403), ("TRACE", "/event", None, 405), ("GET", "/" + "x" * 8192, None, 414)],
)
def test_what_cloudfront_refuses_never_reaches_the_function(
    edge: LocalEdge, ask: Callable[..., Any], method: str, path: str, body: bytes | None, status: int
) -> None:
    """A body with GET, an unknown method and an endless address are CloudFront's to answer."""
    before = sum(ask(url, "/node").json()["events"] for url in edge.nodes)
    assert ask(edge.url, path, method, body).status == status
    assert sum(ask(url, "/node").json()["events"] for url in edge.nodes) == before + 2


def test_each_node_is_an_environment_of_its_own(edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """A node's URL reaches one environment only, and each a different one; the edge's URL reaches all."""
    one, two = ([ask(url, "/node").json()["pid"] for _ in range(2)] for url in edge.nodes)
    assert one[0] == one[1] != two[0] == two[1]
    assert {ask(edge.url, "/node").json()["pid"] for _ in range(2)} == {one[0], two[0]}


def test_an_environment_is_frozen_after_its_answer(
    edge: LocalEdge, ask: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """Between events the operating system runs nothing of it."""
    pid = ask(edge.nodes[0], "/node").json()["pid"]
    until(lambda: state_of(pid) == "T")
    assert ask(edge.nodes[0], "/node").json()["pid"] == pid


def test_an_environment_takes_one_event_at_a_time(edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """Requests to one environment queue, however many there are."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ask(edge.nodes[0], "/wait?100").json(), range(4)))
    assert {answer["most"] for answer in answers} == {1}
    assert len({answer["pid"] for answer in answers}) == 1


def test_more_environments_start_when_all_are_busy(edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """Busy nodes are joined by up to ten more, and what exceeds them waits its turn."""
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: ask(edge.url, "/wait?100"), range(20)))
    assert {answer.status for answer in answers} == {200}
    assert {answer.json()["most"] for answer in answers} == {1}
    assert len(edge.nodes) < len({answer.json()["pid"] for answer in answers}) <= len(edge.nodes) + EXTRA


def test_what_the_function_logs_is_handed_on(
    edge: LocalEdge, ask: Callable[..., Any], logged: list[LogLine], until: Callable[..., Any]
) -> None:
    """A line on the function's console reaches `on_log`, with the environment it came from."""
    ask(edge.nodes[1], "/log?hello")
    until(lambda: LogLine("aws", "hello", 1) in logged)


@pytest.mark.parametrize("path", ["/throw", "/exit"])
def test_a_function_that_fails_is_503(edge: LocalEdge, ask: Callable[..., Any], path: str) -> None:
    """An exception and a crash are 503 LambdaExecutionError, and the next event is served."""
    answer = ask(edge.nodes[0], path)
    assert (answer.status, answer.headers["x-cache"]) == (503, "LambdaExecutionError from cloudfront")
    assert ask(edge.nodes[0], "/node").status == 200


def test_a_function_that_takes_too_long_is_ended(
    local_edges: Callable[..., LocalEdges],
    standin: Callable[..., Bundle],
    ask: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the function's limit the caller gets 503, and a fresh environment takes the next event."""
    monkeypatch.setattr(edges_module, "FUNCTION_TIMEOUT_MS", 500)
    logged: list[LogLine] = []
    (node, *_) = local_edges(standin("aws"), on_log=logged.append).edges["aws"].nodes
    before = ask(node, "/node").json()["pid"]
    assert ask(node, "/hang").status == 503
    assert ask(node, "/node").json()["pid"] != before
    assert any("Task timed out after 0.50 seconds" in line.text for line in logged)


def test_an_environment_that_dies_while_frozen_is_replaced(
    edge: LocalEdge, ask: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """The next event gets a fresh environment, not an error."""
    pid = ask(edge.nodes[0], "/node").json()["pid"]
    until(lambda: state_of(pid) == "T")
    os.kill(pid, signal.SIGKILL)
    until(lambda: not state_of(pid))
    assert ask(edge.nodes[0], "/node").json()["pid"] != pid


def test_a_killed_environment_is_replaced(edges: LocalEdges, edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """A kill ends the chosen environment only, and returns when a fresh one is ready."""
    before = [ask(url, "/node").json()["pid"] for url in edge.nodes]
    edges.kill("aws", 1)
    assert state_of(before[1]) == ""
    after = [ask(url, "/node").json() for url in edge.nodes]
    assert after[0]["pid"] == before[0]
    assert after[1]["pid"] != before[1]
    assert after[1]["events"] == 1


def test_an_environment_can_be_killed_at_work(
    edges: LocalEdges, edge: LocalEdge, ask: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """Its caller gets 503, and exactly one fresh environment takes its place."""
    pid = ask(edge.nodes[0], "/node").json()["pid"]
    until(lambda: state_of(pid) == "T")
    with ThreadPoolExecutor(1) as pool:
        caller = pool.submit(ask, edge.nodes[0], "/hang")
        until(lambda: state_of(pid) not in ("T", ""))
        edges.kill("aws", 0)
        assert caller.result().status == 503
    assert len({ask(edge.nodes[0], "/node").json()["pid"] for _ in range(3)}) == 1


def test_a_caller_that_leaves_while_sending_harms_nobody(edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """Half a request and a closed connection leave the host as it was."""
    address = urlsplit(edge.url)
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        connection.sendall(b"POST /event HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
    assert ask(edge.url, "/node").status == 200


def test_a_reload_lets_running_events_finish(
    local_edges: Callable[..., LocalEdges],
    standin: Callable[..., Bundle],
    ask: Callable[..., Any],
    until: Callable[..., Any],
) -> None:
    """New events run the new code in new environments; the ones before end in peace."""
    edges = local_edges(standin("aws"))
    node = edges.edges["aws"].nodes[0]
    before = ask(node, "/node").json()["pid"]
    until(lambda: state_of(before) == "T")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(ask, node, "/wait?1000")
        until(lambda: state_of(before) not in ("T", ""))
        edges.reload(deployment_of(standin("aws")))
        assert ask(node, "/node").json()["pid"] != before
        assert running.result().json()["pid"] == before
    until(lambda: state_of(before) == "")


def test_a_reload_that_fails_changes_nothing(
    edges: LocalEdges, edge: LocalEdge, ask: Callable[..., Any], standin: Callable[..., Bundle]
) -> None:
    """Code that cannot be loaded is refused with the reason, and the old code goes on."""
    broken = replace(standin("aws"), aws={"main.mjs": b"export const handler = 1;"})
    with pytest.raises(Cannot, match="exports no function handler"):
        edges.reload(deployment_of(broken))
    assert ask(edge.url, "/node").status == 200


def back(edge: LocalEdge, ask: Callable[..., Any], **changes: Any) -> Any:
    """What a caller gets when the function hands the request back, changed in this way."""
    return ask(edge.url, "/back", "POST", json.dumps(changes).encode())


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"method": "GET"}, "the method may not be changed"),
        ({"uri": "x"}, "does not begin with a slash"),
        ({"querystring": 1}, "querystring"),
        ({"body": {"action": "replace", "encoding": "text", "data": "x"}}, "the body was changed"),
        ({"headers": {"via": [{"key": "Via", "value": "1.1 me"}]}}, "via may only be read"),
        ({"headers": {"content-length": [{"key": "Content-Length", "value": "1"}]}}, "content-length may only be read"),
        ({"headers": {"x-forwarded-proto": [{"value": "https"}]}}, "x-forwarded-proto may not be set"),
        ({"custom": {"customHeaders": {"x-edge-a": [{"value": "1"}]}}}, "x-edge-a may not be set"),
        ({"custom": {"readTimeout": 3}}, "readTimeout 3 is not 4 to 60"),
        ({"custom": {"keepaliveTimeout": 0}}, "keepaliveTimeout 0"),
        ({"custom": {"port": 81}}, "port 81"),
        ({"custom": {"protocol": "ftp"}}, "protocol ftp"),
        ({"custom": {"path": "/a/"}}, "path /a/"),
        ({"custom": {"sslProtocols": ["TLSv9"]}}, "sslProtocols TLSv9"),
        ({"custom": {"domainName": "a/b"}}, "domainName a/b is no name"),
        ({"custom": {"customHeaders": None}}, "customHeaders is missing"),
    ],
)
def test_a_request_that_may_not_be_handed_back_so_is_502(
    edge: LocalEdge,
    ask: Callable[..., Any],
    logged: list[LogLine],
    until: Callable[..., Any],
    changes: Any,
    detail: str,
) -> None:
    """What a function may change of a request is what AWS says, and the log says what was wrong."""
    logged.clear()
    answer = back(edge, ask, **changes)
    assert (answer.status, answer.headers["x-cache"]) == (502, "LambdaValidationError from cloudfront")
    assert detail in json.loads(until(lambda: list(logged))[0].text)["detail"]


@pytest.fixture
def origin_of_back() -> Iterator[dict[str, Any]]:
    """An origin that answers what it got, as `origin.custom` names it."""

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(203)
            self.send_header("x-got", f"{self.path} {self.headers['host']} {self.headers['x-do']}")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {"domainName": "127.0.0.1", "port": server.server_port, "protocol": "http"}
    server.shutdown()
    server.server_close()


def test_the_origin_of_a_request_handed_back_is_called_and_its_answer_looked_at(
    edge: LocalEdge, ask: Callable[..., Any], origin_of_back: dict[str, Any]
) -> None:
    """With the function's path, host and headers, and the viewer's body; at origin-response headers may be added."""
    do = json.dumps({"x-seen": [{"key": "X-Seen", "value": "yes"}]})
    custom = origin_of_back | {"customHeaders": {"x-do": [{"key": "X-Do", "value": do}]}}
    host = {"host": [{"key": "Host", "value": "service.test"}]}
    sent = {"uri": "/there", "querystring": "a=1", "headers": host, "custom": custom}
    answer = back(edge, ask, **sent)
    assert (answer.status, answer.headers["x-seen"]) == (203, "yes")
    assert answer.headers["x-got"] == f"/there?a=1 service.test {do}"
    assert answer.body == json.dumps(sent).encode()


def test_a_function_that_fails_at_origin_response_is_503(
    edge: LocalEdge, ask: Callable[..., Any], origin_of_back: dict[str, Any]
) -> None:
    """As at origin-request."""
    custom = origin_of_back | {"customHeaders": {"x-do": [{"key": "X-Do", "value": "throw"}]}}
    answer = back(edge, ask, custom=custom)
    assert (answer.status, answer.headers["x-cache"]) == (503, "LambdaExecutionError from cloudfront")


def test_an_origin_that_refuses_is_cloudfronts_own_502(
    edge: LocalEdge, ask: Callable[..., Any], logged: list[LogLine], until: Callable[..., Any]
) -> None:
    """Origin-response does not hear of it."""
    logged.clear()
    (port,) = free_ports(1)
    answer = back(edge, ask, custom={"domainName": "127.0.0.1", "port": port, "protocol": "http"})
    assert (answer.status, answer.headers["x-cache"]) == (502, "OriginConnectError from cloudfront")
