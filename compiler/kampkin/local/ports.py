"""Ports on this machine's loopback address."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping

from kampkin.errors import Cannot

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """As many different free ports."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    try:
        return [listener.getsockname()[1] for listener in sockets]
    finally:
        for listener in sockets:
            listener.close()


def require_free(ports: Mapping[str, int]) -> None:
    """Raises `Cannot` for the first port that cannot be listened on; `ports` maps the flag that sets it to its number."""
    for flag, port in ports.items():
        try:
            socket.create_server((LOOPBACK, port)).close()
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
            raise Cannot(f"port {port} {why}", f"choose another with {flag} PORT") from None
