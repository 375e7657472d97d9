"""An origin on a socket that keeps every byte of a request's head, a hash of its body, and answers the bytes it is told to."""

from __future__ import annotations

import hashlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

CHUNK = 65_536
KEPT = 4_096
"""As much of a body as is kept, beside its hash."""

PATIENCE_S = 30
REMEMBERED = 50_000


class Left(Exception):
    """Whoever called has gone."""


def pattern(size: int) -> Iterable[bytes]:
    """Bytes of every value, so many, in pieces: no test holds a large body twice."""
    piece = bytes(range(256)) * (CHUNK // 256)
    for at in range(0, size, CHUNK):
        yield piece[: min(CHUNK, size - at)]


def sha256_of(pieces: Iterable[bytes]) -> str:
    """The hash of a body that comes in pieces."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


@dataclass(frozen=True)
class Arrival:
    """A request as it came in, byte for byte."""

    line: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    """In the order they came, as they were spelled; the value without the white space around it."""
    size: int
    sha256: str
    body: bytes
    """Its beginning."""
    connection: int

    @property
    def method(self) -> str:
        """The first word."""
        return self.line.split(b" ")[0].decode("latin-1")

    @property
    def target(self) -> str:
        """What stands between method and version."""
        return self.line.partition(b" ")[2].rpartition(b" ")[0].decode("latin-1")

    def values(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value.decode("latin-1") for key, value in self.headers if key.decode("latin-1").lower() == name]


@dataclass
class Connection:
    """One socket with a caller of the origin's."""

    socket: socket.socket
    number: int
    idle: threading.Event = field(default_factory=threading.Event)
    """Set while it waits for a request."""
    data: bytes = b""
    closed: threading.Event = field(default_factory=threading.Event)

    def send(self, data: bytes) -> None:
        """Writes; raises `Left` where nobody reads."""
        try:
            self.socket.sendall(data)
        except OSError:
            raise Left from None

    def read(self, most: int = CHUNK) -> bytes:
        """What comes next, at least a byte; raises `Left` at the end."""
        data, self.data = self.data[:most], self.data[most:]
        if data:
            return data
        try:
            data = self.socket.recv(most)
        except OSError:
            raise Left from None
        if not data:
            raise Left
        return data

    def line(self) -> bytes:
        """Up to the end of the line, without it."""
        while b"\n" not in self.data:
            self.data += self.more()
        line, _, self.data = self.data.partition(b"\n")
        return line.rstrip(b"\r")

    def more(self) -> bytes:
        """What comes next, past what is there already."""
        there, self.data = self.data, b""
        try:
            return self.read()
        finally:
            self.data = there

    def wait_for_end(self) -> None:
        """Returns when the caller has gone."""
        with suppress(Left):
            while True:
                self.read()

    def end(self, reset: bool) -> None:
        """Ends it from another thread than the one that reads, in peace or with a reset; returns when it has."""
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.shutdown(socket.SHUT_RD)
        assert self.closed.wait(PATIENCE_S)


Script = Callable[[Connection, Arrival], object]
"""Answers a request. The connection is closed where it returns False."""


def says(answer: bytes, close: bool = False) -> Script:
    """Answers with these bytes."""

    def script(connection: Connection, arrival: Arrival) -> bool:
        connection.send(answer)
        return not close

    return script


def answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    """An answer with a length, as bytes."""
    return (
        "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body
    )


def OK(connection: Connection, arrival: Arrival) -> None:  # noqa: N802
    """What is answered where nothing else was said."""
    connection.send(answer("200 OK", body=b"ok").removesuffix(b"ok" if arrival.method == "HEAD" else b""))


@dataclass
class Origin:
    """Listens while the context lasts. `scripts` say what is answered below a path's last segment, `early` before the body is read."""

    scripts: dict[str, Script] = field(default_factory=dict)
    early: set[str] = field(default_factory=set)
    seen: deque[Arrival] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    left: list[str] = field(default_factory=list)
    """The targets of requests whose callers went before they had their answer, or had sent all."""
    garbled: list[bytes] = field(default_factory=list)
    """Request lines that are none."""

    def __enter__(self) -> Origin:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self.connections: list[Connection] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for connection in [*self.connections]:
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)

    def on(self, name: str, script: Script, early: bool = False) -> None:
        """Answers requests to `/…/<name>` so from now on; `early`: without having read their bodies."""
        self.scripts[name] = script
        (self.early.add if early else self.early.discard)(name)

    def end_idle(self, reset: bool) -> int:
        """Ends every connection that has brought a request in `seen`, once it waits for another; how many there were."""
        used = {arrival.connection for arrival in self.seen}
        idle = [connection for connection in self.connections if connection.number in used]
        for connection in idle:
            assert connection.idle.wait(PATIENCE_S)
            connection.end(reset)
        return len(idle)

    def _accept(self) -> None:
        number = 0
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(client, number)
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        try:
            while self._one(connection):
                connection.idle.set()
        except Left:
            pass
        finally:
            connection.socket.close()
            self.connections.remove(connection)
            connection.closed.set()

    def _one(self, connection: Connection) -> bool:
        line = connection.line()
        connection.idle.clear()
        if line.count(b" ") < 2:
            self.garbled.append(line)
            return False
        headers = []
        while row := connection.line():
            name, _, value = row.partition(b":")
            headers.append((name, value.strip()))
        target = line.split(b" ")[1].decode("latin-1")
        script = target.partition("?")[0].rpartition("/")[2]
        arrival = Arrival(line, tuple(headers), 0, sha256_of(()), b"", connection.number)
        try:
            if script not in self.early:
                arrival = body_of(connection, arrival)
            self.seen.append(arrival)
            return self.scripts.get(script, OK)(connection, arrival) is not False
        except Left:
            self.left.append(target)
            raise


def body_of(connection: Connection, head: Arrival) -> Arrival:
    """The arrival with its body, read piece by piece."""
    digest, size, kept = hashlib.sha256(), 0, b""

    def take(left: int) -> None:
        nonlocal size, kept
        while left > 0:
            piece = connection.read(min(CHUNK, left))
            digest.update(piece)
            size, left, kept = size + len(piece), left - len(piece), (kept + piece)[:KEPT]

    if head.values("transfer-encoding"):
        while length := int(connection.line().split(b";")[0], 16):
            take(length)
            connection.line()
        while connection.line():
            pass
    else:
        said = (head.values("content-length") or ["0"])[0]
        take(int(said) if said.isdecimal() else 0)
    return Arrival(head.line, head.headers, size, digest.hexdigest(), kept, head.connection)
