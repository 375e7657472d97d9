"""Workers on the real workerd, with a stand-in for the breaker."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from kampkin.bundle import Bundle
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdge, LocalEdges, LogLine

NODES = 3


@pytest.fixture(scope="module")
def logged() -> list[LogLine]:
    """What the edge has logged so far."""
    return []


@pytest.fixture(scope="module")
def edges(local_edges: Callable[..., LocalEdges], standin: Callable[..., Bundle], logged: list[LogLine]) -> LocalEdges:
    """The stand-in Worker on three isolates."""
    return local_edges(standin("cloudflare"), nodes=NODES, on_log=logged.append)


@pytest.fixture
def edge(edges: LocalEdges) -> LocalEdge:
    """Where it can be reached."""
    return edges.edges["cloudflare"]


def test_a_bundle_without_a_target_starts_only_the_other(edges: LocalEdges) -> None:
    """An edge runs for each target that the bundle has modules for."""
    assert list(edges.edges) == ["cloudflare"]


def test_each_node_is_an_isolate_of_its_own(edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """A node's URL reaches one isolate only, and each a different one."""
    seen = [{ask(url, "/node").json()["node"] for _ in range(4)} for url in edge.nodes]
    assert [len(nodes) for nodes in seen] == [1] * NODES
    assert len(set.union(*seen)) == NODES


def test_the_edge_spreads_requests_over_all_nodes(edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """The edge's own URL reaches every isolate in turn."""
    assert len({ask(edge.url, "/node").json()["node"] for _ in range(NODES)}) == NODES


@pytest.mark.parametrize("through", ["router", "node"])
def test_a_request_arrives_as_it_was_sent(edge: LocalEdge, ask: Callable[..., Any], through: str) -> None:
    """Method, address, query, Host, headers and body reach the Worker unchanged, and nothing is added."""
    url = edge.url if through == "router" else edge.nodes[0]
    headers = {"Host": "edge.acme.dev", "X-One": "1", "Accept-Encoding": "gzip"}
    got = ask(url, "/cart/a%20b?x=1&x=2&q=%2F", "PATCH", b"\xe2\x82\xac", headers).json()
    assert got["method"] == "PATCH"
    assert got["url"] == "http://edge.acme.dev/cart/a%20b?x=1&x=2&q=%2F"
    assert got["body"] == "€"
    assert dict(got["headers"]) == {
        "host": "edge.acme.dev",
        "x-one": "1",
        "accept-encoding": "gzip",
        "content-length": "3",
    }


def test_an_answer_leaves_as_it_was_made(edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """Nothing is added to the Worker's answer but what HTTP needs."""
    answer = ask(edge.url, "/cart")
    assert sorted(name.lower() for name in answer.headers) == ["content-length", "content-type", "x-code"]


def test_bodies_stream_in_both_directions(edge: LocalEdge) -> None:
    """The first part of an answer arrives before the last part of the request was sent."""
    connection = http.client.HTTPConnection(urlsplit(edge.url).netloc, timeout=20)
    connection.putrequest("POST", "/stream")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    connection.send(b"5\r\nfirst\r\n")
    response = connection.getresponse()
    assert response.read(5) == b"first"
    connection.send(b"4\r\nlast\r\n0\r\n\r\n")
    assert response.read() == b"last"
    connection.close()


def test_all_nodes_share_the_durable_object(edges: LocalEdges, edge: LocalEdge, ask: Callable[..., Any]) -> None:
    """What each isolate tells the object adds up, and `read` shows it from the object itself, oldest event first."""
    counts = [ask(url, "/add?breaker=shared").json()["count"] for url in edge.nodes]
    assert counts == [1, 2, 3]
    status = edges.read("cloudflare", "shared")
    assert (status.state, status.epoch, status.level, status.retry_in_ms) == ("open", 3, 2, 300)
    assert [event.at for event in status.events] == [1000, 2000, 3000]
    assert status.events[0].from_state == "closed"
    assert edges.read("cloudflare", "other").epoch == 0


def test_what_a_worker_logs_is_handed_on(
    edge: LocalEdge, ask: Callable[..., Any], logged: list[LogLine], until: Callable[..., Any]
) -> None:
    """A line on the Worker's console reaches `on_log`."""
    ask(edge.nodes[1], "/log?line=hello")
    until(lambda: LogLine("cloudflare", "hello") in logged)


def test_a_killed_workerd_is_replaced_and_the_store_is_kept(
    edges: LocalEdges, edge: LocalEdge, ask: Callable[..., Any]
) -> None:
    """After a kill the same URLs reach fresh isolates at once, and the object remembers what it was told."""
    before = {ask(url, "/node").json()["node"] for url in edge.nodes}
    ask(edge.url, "/add?breaker=kept")
    edges.kill("cloudflare")
    assert before.isdisjoint(ask(url, "/node").json()["node"] for url in edge.nodes)
    assert ask(edge.url, "/add?breaker=kept").json()["count"] == 2


def test_a_reload_runs_new_code_and_keeps_the_store(
    edges: LocalEdges, edge: LocalEdge, ask: Callable[..., Any], standin: Callable[..., Bundle]
) -> None:
    """The new bundle answers on the same URLs, and the object remembers what it was told."""
    ask(edge.url, "/add?breaker=reloaded")
    edges.reload(deployment_of(standin("cloudflare", version="second")))
    assert {ask(url, "/").headers["x-code"] for url in (edge.url, *edge.nodes)} == {"second"}
    assert ask(edge.url, "/add?breaker=reloaded").json()["count"] == 2
