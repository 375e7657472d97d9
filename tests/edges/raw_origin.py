"""An origin on a socket: it keeps what reached it, byte for byte, and answers what its path says, byte for byte."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import threading
from dataclasses import dataclass, field
from types import TracebackType

GZIPPED = gzip.compress(b"squeezed " * 500, mtime=0)
CHUNK = 65_536


def pattern(size: int) -> bytes:
    """Bytes of every value, so many."""
    return (bytes(range(256)) * (size // 256 + 1))[:size]


@dataclass(frozen=True)
class Arrival:
    """A request as it came in."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in the order they came."""
    size: int
    sha256: str

    def values(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]


@dataclass
class RawOrigin:
    """Listens while the context lasts. `released` lets `/sse` go on; `left` counts callers who were gone before the end."""

    seen: list[Arrival] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    left: int = 0
    port: int = 0

    def __enter__(self) -> RawOrigin:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _listen(self, ready: threading.Event) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._over.wait()
        server.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left += 1
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        line = (await reader.readline()).decode("latin-1").rstrip("\r\n")
        if not line:
            return False
        headers: list[tuple[str, str]] = []
        while row := (await reader.readline()).decode("latin-1").rstrip("\r\n"):
            name, _, value = row.partition(":")
            headers.append((name.lower(), value.strip()))
        method, target, _ = line.split(" ", 2)
        size, sha256 = await body_of(reader, dict(headers))
        arrival = Arrival(method, target, tuple(headers), size, sha256)
        self.seen.append(arrival)
        return await self._answer(arrival, reader, writer)

    async def _answer(self, arrival: Arrival, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        what, _, rest = arrival.target.split("?")[0].rpartition("/v2/")[2].partition("/")

        def head(status: int, *rows: str, length: int | None = None) -> None:
            lines = [f"HTTP/1.1 {status} X", *rows, *([f"Content-Length: {length}"] if length is not None else [])]
            writer.write("".join(f"{row}\r\n" for row in [*lines, ""]).encode("latin-1"))

        body = b""
        match what:
            case "bytes":
                body = pattern(int(rest))
                head(200, "Content-Type: application/octet-stream", 'ETag: "x"', length=len(body))
            case "chunked":
                head(200, "Transfer-Encoding: chunked")
                left = int(rest)
                while left > 0:
                    part = pattern(min(CHUNK, left))
                    writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                    await writer.drain()
                    left -= len(part)
                writer.write(b"0\r\n\r\n")
            case "gzip":
                body = GZIPPED
                head(200, "Content-Encoding: gzip", 'ETag: "z"', length=len(body))
            case "status":
                head(int(rest), "X-Made: here", length=None if rest in ("204", "304") else 0)
            case "redirect":
                head(302, f"Location: {self.url}/v2/next?a=1", length=0)
            case "cut":
                head(200, length=100)
                writer.write(b"abc")
                await writer.drain()
                return False
            case "stall":
                head(200, length=100)
                writer.write(b"abc")
                await writer.drain()
                await reader.read(1)
                self.left += 1
                return False
            case "hang":
                await reader.read(1)
                self.left += 1
                return False
            case "sse":
                head(200, "Content-Type: text/event-stream", "Transfer-Encoding: chunked")
                writer.write(b"9\r\ndata: 1\n\n\r\n")
                await writer.drain()
                await asyncio.to_thread(self.released.wait, 20)
                writer.write(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n")
            case "ws":
                key = arrival.values("sec-websocket-key")[0] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 1.3
                accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
                head(
                    101,
                    "Upgrade: websocket",
                    "Connection: Upgrade",
                    f"Sec-WebSocket-Accept: {accept}",
                )
                await writer.drain()
                while data := await reader.read(1024):
                    writer.write(bytes([data[0], data[1] & 0x7F]) + unmasked(data))
                    await writer.drain()
                return False
            case _:
                body = b"ok"
                rows = ["Set-Cookie: a=1", "Set-Cookie: b=2; Path=/", "X-Twice: 1", "X-Twice: 2", "Via: 1.1 origin"]
                head(200, *rows, "Keep-Alive: timeout=5", length=len(body))
        if arrival.method != "HEAD":
            writer.write(body)
        await writer.drain()
        return True


async def body_of(reader: asyncio.StreamReader, headers: dict[str, str]) -> tuple[int, str]:
    """A request's body, read in pieces: its length and hash."""
    digest, size = hashlib.sha256(), 0

    async def take(left: int) -> None:
        nonlocal size
        while left > 0:
            part = await reader.readexactly(min(CHUNK, left))
            digest.update(part)
            size += len(part)
            left -= len(part)

    if headers.get("transfer-encoding") == "chunked":
        while length := int((await reader.readline()).split(b";")[0], 16):
            await take(length)
            await reader.readline()
        await reader.readline()
    else:
        await take(int(headers.get("content-length", 0)))
    return size, digest.hexdigest()


def unmasked(frame: bytes) -> bytes:
    """The payload of a short client frame, RFC 6455 5.3."""
    mask, payload = frame[2:6], frame[6:]
    return bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
