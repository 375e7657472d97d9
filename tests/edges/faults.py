"""What goes wrong between an edge and its store, switched while both run."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

FAULTS = ("refuses", "hangs", "delays", "drops", "garbage", "old", "duplicates")
DELAY_S = 3
"""Longer than an edge waits for its store."""

GARBAGE = (
    (200, b'{"Attributes": {"st": {"S": "asleep"}, "e": {"N": "x"}}, "Item": 5}'),
    (200, b"<html>"),
    (500, b'{"__type": "InternalServerError"}'),
    (400, b'{"__type": "com.amazonaws.dynamodb#ProvisionedThroughputExceededException"}'),
)

STATE = """
    import { BreakerState as Shipped } from "./shipped.mjs";
    export { default } from "./shipped.mjs";

    let mode = "";
    let turn = 0;
    const before = new Map();
    const garbage = (ack) => [undefined, 7, { state: "open", ack, retryInMs: "for ever" }, { state: "open", ack: ack + 1 }][turn++ % 4];
    const never = () => new Promise(() => {});

    export class BreakerState extends Shipped {
      fault(next) { mode = next; }

      async sync(delta, breaker) {
        const act = () => super.sync(delta, breaker);
        switch (mode) {
          case "refuses": throw new Error("down");
          case "hangs": return never();
          case "delays": await scheduler.wait(DELAY_MS); return act();
          case "drops": act(); return never();
          case "garbage": return garbage(delta.seq);
          case "old": if (!before.has(breaker)) before.set(breaker, act()); return before.get(breaker);
          case "duplicates": act(); return act();
          default: return act();
        }
      }
    }
""".replace("DELAY_MS", str(DELAY_S * 1000)).encode()
"""The Durable Object behind its faults; `fault` switches them for all breakers."""


@dataclass
class Between:
    """A proxy in front of DynamoDB."""

    url: str = ""
    mode: str = ""
    before: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """What each operation was answered first."""

    turn: int = 0


@contextmanager
def proxy(upstream: str) -> Iterator[Between]:
    """Something between the function and its table, which does as its mode says."""
    between = Between()
    over = threading.Event()
    netloc = urlsplit(upstream).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            match between.mode:
                case "refuses":
                    self.close_connection = True
                    return
                case "hangs":
                    over.wait()
                    return
                case "delays":
                    over.wait(DELAY_S)
                case "drops":
                    self.act(body)
                    over.wait()
                    return
                case "garbage":
                    between.turn += 1
                    self.answer(*GARBAGE[between.turn % len(GARBAGE)])
                    return
                case "old":
                    operation = self.headers["x-amz-target"]
                    between.before.setdefault(operation, self.act(body))
                    self.answer(*between.before[operation])
                    return
                case "duplicates":
                    self.act(body)
            self.answer(*self.act(body))

        def act(self, body: bytes) -> tuple[int, bytes]:
            connection = http.client.HTTPConnection(netloc, timeout=20)
            try:
                connection.request("POST", self.path, body, dict(self.headers.items()))
                response = connection.getresponse()
                return response.status, response.read()
            finally:
                connection.close()

        def answer(self, status: int, body: bytes) -> None:
            try:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # whoever asked has given up
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    between.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield between
    finally:
        over.set()
        server.shutdown()
        server.server_close()
