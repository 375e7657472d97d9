"""Child processes on loopback, and the processor time they use."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kampkin.errors import Cannot
from kampkin.local.ports import LOOPBACK

START_TIMEOUT_S = 30.0
END_TIMEOUT_S = 10.0


@contextmanager
def listening(name: str, command: Sequence[str | Path], port: int, log: Path | None = None) -> Iterator[int]:
    """A child that listens on the port, by its process id; ended on leaving. Raises `Cannot` where it does not start.

    What it prints goes into the file `log`.
    """
    with Path(log or os.devnull).open("w") as said:
        child = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=said, stderr=said if log else None
        )
    try:
        until = time.monotonic() + START_TIMEOUT_S
        while not accepts(port):
            if child.poll() is not None or time.monotonic() > until:
                raise Cannot(
                    f"{name} does not listen on port {port}",
                    "what it said stands above" if log is None else log.read_text().strip() or None,
                )
            time.sleep(0.02)  # between two looks at the port
        yield child.pid
    finally:
        child.terminate()
        try:
            child.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def accepts(port: int) -> bool:
    """Whether something listens there."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def cpu_ns(pid: int) -> int:
    """Processor time that all threads of a process have used, user and system, in ns: the clock of POSIX's
    `clock_getcpuclockid`, whose id Linux makes of the pid; `/proc/PID/stat` counts the same in steps of 10 ms."""
    return time.clock_gettime_ns((~pid << 3) | 2)
