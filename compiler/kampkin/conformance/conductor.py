"""The origin of a conformance run, and its clock: it answers as a step says, and tells a timer when its time has come."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kampkin.errors import Cannot
from kampkin.local.ports import LOOPBACK

PATIENCE_S = 20
FAILURES = ("timeout", "network", "void")


@dataclass
class Call:
    """A call that goes on until it is ended."""

    verdict: str
    ended: threading.Event = field(default_factory=threading.Event)
    result: str = ""
    after_s: int | None = None
    clock: dict[str, int | bool] = field(default_factory=dict)


class Conductor(AbstractContextManager["Conductor"]):
    """Listens on a port of its own while the context lasts."""

    def __init__(self) -> None:
        self.now = 0
        self.coin = 0
        self.calls: dict[str, Call] = {}
        self.timers: dict[str, int] = {}
        """When each call that goes on is to be looked at."""
        self.fired = 0
        """Timers whose time has come and whose work is not yet reported done."""
        self.changed = threading.Condition()
        conductor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, headers, body = conductor.answer(self.path)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # a timer that was cancelled

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a node that was ended in the middle

        self.server = Server((LOOPBACK, 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://{LOOPBACK}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """What a request gets: a timer's ring, a word of thanks, or what a service answers."""
        parts = urlsplit(path)
        if parts.path == "/looked":
            with self.changed:
                self.fired -= 1
                self.changed.notify_all()
            return 200, {}, b""
        if parts.path.startswith("/until/"):
            due, _, name = parts.path.removeprefix("/until/").partition("/")
            clock = self.ring(name, int(due))
            return (200, {}, json.dumps(clock).encode()) if clock else (410, {}, b"")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        call = Call(query["verdict"])
        if hold := query.get("hold"):
            with self.changed:
                self.calls[hold] = call
                self.changed.notify_all()
            call.ended.wait(PATIENCE_S)
        else:
            call.result, call.after_s = query["want"], int(query["after"]) if "after" in query else None
        headers = {"retry-after": str(call.after_s)} if call.after_s is not None else {}
        if call.clock:
            headers["x-step"] = json.dumps(call.clock)
        if call.result in FAILURES:
            return 200, headers | {"x-failure": call.result}, b""
        return int(call.result), headers, b""

    def ring(self, name: str, due: int) -> dict[str, int] | None:
        """Waits for the time; the clock as it then stands, None where the call has ended before."""
        with self.changed:
            self.timers[name] = due
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.now >= due or name not in self.timers, PATIENCE_S)
            if self.timers.pop(name, None) is None:
                return None
            return {"now": due, "coin": self.coin}

    def advance(self, now: int, coin: int) -> None:
        """Moves the clock, timer by timer, each to the end of the work that it begins."""
        with self.changed:
            self.coin = coin
            for due in sorted({at for at in self.timers.values() if at <= now}):
                self.fired += sum(at == due for at in self.timers.values())
                self.now = due
                self.changed.notify_all()
                self.until(lambda: self.fired == 0, "a timer's work did not end")
            self.now = now

    def begun(self, name: str, looked_at: bool) -> str | None:
        """The verdict on a call that goes on, once it has come in, and with it the timer that looks at it; None where it
        has not within the patience of a moment."""
        with self.changed:
            if not self.changed.wait_for(lambda: name in self.calls, 0.02):
                return None
            if looked_at and self.calls[name].verdict == "pass":
                self.until(lambda: name in self.timers, "a call that goes on has set no timer")
            return self.calls[name].verdict

    def until(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Waits for a condition. Raises `Cannot` where it does not come."""
        if not self.changed.wait_for(condition, PATIENCE_S):
            raise Cannot(f"the conformance run stands still: {otherwise}")

    def end(self, name: str, result: str, after_s: int | None, up: bool) -> None:
        """Ends a call that goes on, at the clock's time; the node learns whether its store is up."""
        with self.changed:
            call = self.calls.pop(name)
            self.timers.pop(name, None)
            self.changed.notify_all()
        call.result, call.after_s, call.clock = result, after_s, {"now": self.now, "coin": self.coin, "up": up}
        call.ended.set()
