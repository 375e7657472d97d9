"""A receiver of webhooks on this machine: it answers as told and remembers what it was sent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Reply = tuple[int, dict[str, str]]
OK: Reply = (200, {})


@dataclass(frozen=True)
class Sent:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    """What it was answered."""


class Receiver(AbstractContextManager["Receiver"]):
    """Answers each path by what `reply` says to the path and how often that has been asked."""

    def __init__(self, reply: Callable[[str, int], Reply] = lambda path, times: OK) -> None:
        self.reply = reply
        self.sent: list[Sent] = []
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # workerd loses a connection now and then where each answer closes its own

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status, headers = receiver.take(self.path, dict(self.headers.items()), body)
                self.send_response(status)
                for name, value in {"content-length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Remembers a request; the answer."""
        with self._lock:
            times = sum(one.path == path for one in self.sent)
            status, more = self.reply(path, times)
            lower = {name.lower(): value for name, value in headers.items()}
            self.sent.append(Sent(path, lower, body, status))
        return status, more

    def at(self, path: str) -> list[Sent]:
        """What was sent to a path."""
        return [one for one in self.sent if one.path == path]

    def taken(self, path: str) -> list[Sent]:
        """What was sent to a path and accepted."""
        return [one for one in self.at(path) if one.status < 300]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
