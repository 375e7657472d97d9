"""A language server for YAML, as an editor talks to it: https://microsoft.github.io/language-server-protocol/."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PATIENCE_S = 20
"""How long one message may be waited for."""


class LanguageServer:
    """The process, and a conversation with it. Messages are waited for with a deadline."""

    def __init__(self, command: Sequence[str | Path], settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._answers: dict[int, dict[str, Any]] = {}
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        self._asked = 0
        self._configured = False
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        documents = {"completion": {"completionItem": {"documentationFormat": ["markdown"]}}}
        capabilities = {"workspace": {"configuration": True}, "textDocument": documents}
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        self.tell("initialized", {})
        self._take_until(lambda: self._configured)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.ask("shutdown", None)
            self.tell("exit", None)
            self._process.wait(PATIENCE_S)
        finally:
            self._process.kill()
            self._process.communicate()

    def open(self, uri: str, text: str) -> None:
        """Shows the server a document; it will send what it finds in it."""
        self.tell(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}},
        )

    def diagnostics(self, uri: str) -> list[dict[str, Any]]:
        """What the server finds in a document that was opened."""
        self._take_until(lambda: uri in self._diagnostics)
        return self._diagnostics[uri]

    def at(self, method: str, uri: str, line: int, column: int) -> Any:
        """The answer of a method that is about a place in a document; both count from 0."""
        position = {"line": line, "character": column}
        return self.ask(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": position})

    def ask(self, method: str, params: Any) -> Any:
        """Sends a request; its result."""
        self._asked += 1
        number = self._asked
        self._send({"id": number, "method": method, "params": params})
        self._take_until(lambda: number in self._answers)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def tell(self, method: str, params: Any) -> None:
        """Sends a notification."""
        self._send({"method": method, "params": params})

    def _take_until(self, done: Callable[[], bool]) -> None:
        """Takes messages until one of them has brought what is waited for."""
        end = time.monotonic() + PATIENCE_S
        while not done():
            self._take(end)

    def _take(self, end: float) -> None:
        """Takes one message, whatever it is."""
        try:
            message = self._messages.get(timeout=max(0, end - time.monotonic()))
        except queue.Empty:
            raise TimeoutError(f"what was waited for did not come within {PATIENCE_S} s") from None
        if message is None:
            raise EOFError("the language server has ended")
        method = message.get("method")
        if method is None:
            self._answers[message["id"]] = message
        elif method == "textDocument/publishDiagnostics":
            self._diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "id" in message:
            result = None
            if method == "workspace/configuration":
                result = [self._settings.get(item.get("section")) for item in message["params"]["items"]]
                self._configured = True
            self._send({"id": message["id"], "result": result})

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin
        body = json.dumps({"jsonrpc": "2.0"} | dict(message)).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _read(self) -> None:
        """What the server says, into the queue; None at its end."""
        stream = self._process.stdout
        assert stream
        while line := stream.readline():
            length = 0
            while line.strip():
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                line = stream.readline()
            self._messages.put(json.loads(stream.read(length)))
        self._messages.put(None)
