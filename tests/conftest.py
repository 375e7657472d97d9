"""What the tests of several folders share: edges that run, and a caller."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from kampkin.bundle import Bundle
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges


@dataclass(frozen=True)
class Answer:
    """What a caller got."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@pytest.fixture(scope="session")
def ask() -> Callable[..., Answer]:
    """Sends one request on a connection of its own; raises what `http.client` raises."""

    def ask(
        url: str,
        path: str = "/",
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        patience_s: float = 20,
    ) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=patience_s)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    return ask


@pytest.fixture(scope="session")
def until() -> Callable[..., Any]:
    """Waits for a condition and returns its first truthy value; fails the test when it never comes."""

    def until(condition: Callable[[], Any], limit_s: float = 20) -> Any:
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            if value := condition():
                return value
            time.sleep(0.01)  # between two looks at the condition; what is waited for is the condition
        pytest.fail(f"what was waited for did not come within {limit_s} s")

    return until


@pytest.fixture(scope="module")
def local_edges() -> Iterator[Callable[..., LocalEdges]]:
    """Starts local edges for a bundle; they run until the module's last test. Takes what `LocalEdges` takes."""
    with ExitStack() as stack:

        def start(bundle: Bundle, **options: Any) -> LocalEdges:
            return stack.enter_context(LocalEdges(deployment_of(bundle), **options))

        yield start
