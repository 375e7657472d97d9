"""httpbin as an origin, made to say the same twice: its clock, its ids and its `Date` stand still."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

BASE = "/base"
"""The path it is mounted at, so that what leads out of it is told from what leads into it."""

DATE = "Thu, 01 Jan 2026 00:00:00 GMT"


class Handler(WSGIRequestHandler):
    """HTTP/1.1, without a line for each request."""

    protocol_version = "HTTP/1.1"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Always the same."""
        return DATE

    def log(self, type: str, message: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def serving() -> Iterator[int]:
    """httpbin below BASE, while the context lasts; the port."""
    httpbin = pytest.importorskip("httpbin", reason="httpbin is not installed: make .venv/.all")
    from httpbin import core, helpers  # type: ignore[import-untyped]

    def nowhere(environ: Any, start: Any) -> list[bytes]:
        start("404 NOT FOUND", [("Content-Length", "0")])
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core, "uuid", SimpleNamespace(uuid4=lambda: UUID(int=7)))
        patch.setattr(core, "http_date", lambda: DATE)
        patch.setattr(helpers, "os", SimpleNamespace(urandom=bytes))
        patch.setattr(helpers, "time", SimpleNamespace(time=lambda: 0))
        app = DispatcherMiddleware(nowhere, {BASE: httpbin.app})
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()
