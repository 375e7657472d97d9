"""Raw HTTP/1.1: what is sent is what was written, and of an answer every header and byte is kept as it came."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PATIENCE_S = 30
CHUNK = 65_536


@dataclass(frozen=True)
class Came:
    """An answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """In the order they came, names in lower case."""
    size: int
    sha256: str
    body: bytes
    """Its beginning, where it is long."""
    whole: bool
    """Whether it came to the end that its headers promise."""
    reason: str = ""

    def values(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]

    def value(self, name: str) -> str | None:
        """The values of a header as one, None where it has none."""
        return ", ".join(self.values(name)) if self.values(name) else None

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def problem(self) -> str | None:
        """What kind of problem Kampkin says it is, None where it says none."""
        is_problem = self.value("content-type") == "application/problem+json"
        return str(self.json()["type"]).removeprefix("urn:kampkin:") if is_problem and self.body else None


class Caller:
    """Calls one edge, on a connection of its own for each request."""

    def __init__(self, url: str) -> None:
        self.host, self.port = urlsplit(url).hostname or "", urlsplit(url).port or 0

    def connect(self, data: bytes = b"") -> socket.socket:
        """A connection on which that much has been sent."""
        connection = socket.create_connection((self.host, self.port), timeout=PATIENCE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(data)
        return connection

    def ask(
        self,
        method: str,
        target: str,
        *headers: tuple[str, str],
        body: Iterable[bytes] | None = None,
        size: int | None = None,
        keep: int = 1_000_000,
    ) -> Came:
        """One request with these headers and `Host`, and no others; a body of `size` bytes, or chunked without one."""
        rows = [f"{method} {target} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        rows += [f"{name}: {value}" for name, value in headers]
        if body is not None:
            rows.append("Transfer-Encoding: chunked" if size is None else f"Content-Length: {size}")
        with self.connect("\r\n".join([*rows, "", ""]).encode("latin-1")) as connection:
            try:
                for piece in body or ():
                    connection.sendall(piece if size is not None else b"%x\r\n%b\r\n" % (len(piece), piece))
                if body is not None and size is None:
                    connection.sendall(b"0\r\n\r\n")
            except OSError:
                pass  # it has heard enough; what it says to that is to be read
            return read(connection, method, keep)

    def send(self, data: bytes, method: str = "GET") -> Came | None:
        """These bytes and nothing else; None where the edge hangs up without an answer."""
        with self.connect(data) as connection:
            try:
                return read(connection, method)
            except (http.client.HTTPException, OSError):
                return None


def read(connection: socket.socket, method: str = "GET", keep: int = 1_000_000) -> Came:
    """The next answer on a connection."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    digest, size, kept, whole = hashlib.sha256(), 0, b"", True
    try:
        while piece := response.read1(CHUNK):
            digest.update(piece)
            size, kept = size + len(piece), kept + piece[: keep - len(kept)]
        whole = not response.length
    except (http.client.IncompleteRead, OSError):
        whole = False
    headers = tuple((name.lower(), value) for name, value in response.getheaders())
    return Came(response.status, headers, size, digest.hexdigest(), kept, whole, response.reason)
