"""The compiled Lambda@Edge function, handed events directly: what no front end would let through reaches our code here."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kampkin.bundle import Bundle
from kampkin.local.process import Process
from kampkin.local.toolchain import node

PROGRAM = Path(__file__).parent / "function.mjs"
HOST = "edge.test"


class Function:
    """One environment of it. `lines` are what it logged."""

    def __init__(self, process: Process, lines: list[str]) -> None:
        self._process = process
        self.lines = lines

    def invoke(self, request: Mapping[str, Any], patience_s: float = 15, **event: Any) -> Any:
        """What it returns for an event; raises `Cannot` where it throws, or takes too long."""
        return self._process.ask("invoke", {"request": request, **event}, patience_s)


@contextmanager
def running(made: Bundle) -> Iterator[Function]:
    """The function of a bundle, while the context lasts."""
    lines: list[str] = []
    with TemporaryDirectory() as folder:
        for name, code in made.aws.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(code)
        config = {"folder": folder}
        with Process("the function", [node(), PROGRAM], config, lambda line: lines.append(line["log"])) as process:
            process.ready()
            yield Function(process, lines)


def request(
    uri: str,
    *headers: tuple[str, str],
    method: str = "GET",
    query: str = "",
    body: bytes | None = None,
    host: str | None = HOST,
) -> dict[str, Any]:
    """A request as an event has it; headers of one name are a list in it, whatever they are."""
    rows: dict[str, list[dict[str, str]]] = {"host": [{"key": "Host", "value": host}]} if host is not None else {}
    for key, value in headers:
        rows.setdefault(key.lower(), []).append({"key": key, "value": value})
    made: dict[str, Any] = {
        "clientIp": "192.0.2.1",
        "method": method,
        "uri": uri,
        "querystring": query,
        "headers": rows,
    }
    data = base64.b64encode(body or b"").decode()
    return made | {"body": {"inputTruncated": False, "action": "read-only", "encoding": "base64", "data": data}}
