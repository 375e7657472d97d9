"""A store that is down, hangs or lies changes no answer to a caller, and a node still trips and heals alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kampkin.bundle import Bundle
from kampkin.local.ports import free_ports

from .conftest import Stage

STATES = {
    "throws": "throw new Error('down');",
    "hangs": "return new Promise(() => {});",
    "lies": "return { state: 'open', ack: delta.seq, retryInMs: 'for ever' };",
    "says nothing": "return undefined;",
    "answers another": "return { v: 1, epoch: 9, state: 'open', why: '', sinceMs: 0, retryInMs: 9e9, level: 0, w: 1000,"
    " buckets: [], streak: 0, half: [0, 0, 0, 0], lease: null, override: null, again: 0, ack: delta.seq + 1 };",
}
DYNAMODBS = {
    "refuses": None,
    "hangs": "hang",
    "is broken": (500, b'{"__type": "InternalServerError"}'),
    "lies": (200, b'{"Attributes": {"st": {"S": "asleep"}, "e": {"N": "x"}}, "Item": 5}'),
    "answers garbage": (200, b"<html>"),
    "throttles": (400, b'{"__type": "com.amazonaws.dynamodb#ProvisionedThroughputExceededException"}'),
}


def with_state(code: str) -> Callable[[Bundle], Bundle]:
    """The bundle with a state Worker whose `sync` runs this code."""
    module = f"""
        import {{ DurableObject }} from "cloudflare:workers";
        export class BreakerState extends DurableObject {{ sync(delta) {{ {code} }} }}
        export default {{ fetch: () => new Response(null, {{ status: 404 }}) }};
    """
    return lambda made: replace(made, state={"state.mjs": module.encode()}, aws={})


@contextmanager
def dynamodb(behaviour: Any) -> Iterator[str]:
    """Something in the place of DynamoDB; its URL."""
    if behaviour is None:
        yield f"http://127.0.0.1:{free_ports(1)[0]}/"
        return
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            if behaviour == "hang":
                over.wait()
                return
            status, body = behaviour
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def hold(set_up: Stage, url: str, origin: str, ask: Callable[..., Any], until: Callable[..., Any]) -> None:
    """One node, alone: its callers get what the origin says, it opens, and it closes again."""
    for _ in range(3):
        assert ask(url, "/cart").status == 200
    set_up.origins.fault(origin, "500")
    for _ in range(5):
        assert ask(url, "/cart").status == 500
    assert ask(url, "/cart").status == 503
    calls = set_up.origins.count(origin)
    assert ask(url, "/cart").status == 503
    assert set_up.origins.count(origin) == calls
    set_up.origins.fault(origin, "heal")
    until(lambda: ask(url, "/cart").status == 200)
    until(lambda: all(ask(url, "/cart").status == 200 for _ in range(5)))


@pytest.mark.parametrize("code", STATES.values(), ids=STATES)
def test_the_worker_without_its_state(
    stage: Callable[..., Stage], ask: Callable[..., Any], until: Callable[..., Any], code: str
) -> None:
    """Whatever the Durable Object does, the Worker's callers get the origin's answers and its breaker works."""
    set_up = stage(change=with_state(code))
    hold(set_up, set_up.edges.edges["cloudflare"].nodes[0], "cloudflare", ask, until)


@pytest.mark.parametrize("behaviour", DYNAMODBS.values(), ids=DYNAMODBS)
def test_the_function_without_its_table(
    stage: Callable[..., Stage], ask: Callable[..., Any], until: Callable[..., Any], behaviour: Any
) -> None:
    """Whatever DynamoDB does, the function's callers get the origin's answers and its breaker works."""
    with dynamodb(behaviour) as url:
        set_up = stage(change=lambda made: replace(made, worker={}, state={}), dynamodb_url=url)
        hold(set_up, set_up.edges.edges["aws"].nodes[0], "aws", ask, until)
