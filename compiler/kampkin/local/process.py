"""A child process that is talked to in JSON lines.

The first line in is its configuration, the first line back `{"ready": …}` or `{"failed": …}`; then numbered
commands and their results, and `{"log": …}` lines in between. A child ends when its stdin ends, so nothing is
left behind when we are killed; it is in a session of its own, so Ctrl-C at the terminal reaches only us.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kampkin.errors import Cannot

START_TIMEOUT_S = 60.0
COMMAND_TIMEOUT_S = 60.0
CLOSE_TIMEOUT_S = 10.0

Log = Callable[[dict[str, Any]], None]


class Process:
    """A running child. Use as a context manager; leaving it ends the child and all that it started."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        config: object,
        on_log: Log | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self._on_log = on_log or (lambda message: None)
        self._numbers = count(1)
        self._pending: dict[int, Future[Any]] = {}
        self._ready: Future[Any] = Future()
        self._gone: Cannot | None = None
        self._lock = threading.Lock()
        self._child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=folder,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name=f"{name} reader", daemon=True)
        self._reader.start()
        self._send(config)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The child's process id, which is its group's too."""
        return self._child.pid

    def ready(self) -> Any:
        """Waits until the child is ready and returns what it said; raises `Cannot` where it could not start."""
        try:
            return self._ready.result(START_TIMEOUT_S)
        except FutureTimeoutError:
            raise Cannot(f"{self.name} did not start within {START_TIMEOUT_S:.0f} s") from None

    def ask(self, command: str, args: object = None, patience_s: float = COMMAND_TIMEOUT_S) -> Any:
        """Has the child carry out a command; its result. Raises `Cannot` where it failed."""
        number = next(self._numbers)
        future: Future[Any] = Future()
        with self._lock:
            if self._gone:
                raise self._gone
            self._pending[number] = future
        self._send({"id": number, "command": command, "args": args})
        try:
            return future.result(patience_s)
        except FutureTimeoutError:
            raise Cannot(f"{self.name} did not answer {command!r} within {patience_s:.0f} s") from None

    def close(self) -> None:
        """Ends the child: by the end of its stdin, and by force where that does not do."""
        with suppress(OSError):
            self._child.stdin and self._child.stdin.close()
        try:
            self._child.wait(CLOSE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)  # what it started and could not end itself: frozen environments
        self._reader.join(CLOSE_TIMEOUT_S)
        if self._child.stdout:
            self._child.stdout.close()

    def _send(self, message: object) -> None:
        with self._lock, suppress(OSError):
            assert self._child.stdin is not None
            self._child.stdin.write(json.dumps(message) + "\n")
            self._child.stdin.flush()

    def _read(self) -> None:
        assert self._child.stdout is not None
        try:
            for line in self._child.stdout:
                try:
                    message = json.loads(line)
                except ValueError:
                    message = {"log": line.rstrip("\n")}
                self._take(message)
        finally:
            with self._lock:
                self._gone = Cannot(f"{self.name} ended unexpectedly")
            for future in [self._ready, *self._pending.values()]:
                if not future.done():
                    future.set_exception(self._gone)

    def _take(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self._ready.set_result(message["ready"])
        elif "failed" in message:
            self._ready.set_exception(Cannot(f"{self.name} could not start: {message['failed']}"))
        elif "log" in message:
            self._on_log(message)
        elif future := self._pending.pop(message.get("id", 0), None):
            if "error" in message:
                future.set_exception(Cannot(f"{self.name}: {message['error']}"))
            else:
                future.set_result(message["result"])
