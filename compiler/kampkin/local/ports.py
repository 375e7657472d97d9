"""Ports on this machine's loopback address."""

from __future__ import annotations

import errno
import socket
import sys
from collections import deque
from collections.abc import Mapping

from kampkin.errors import Cannot

LOOPBACK = "127.0.0.1"

KEEPS = sys.platform == "linux"
KEPT = 200
"""Far more than one run of the edges takes, and few enough to have that many files open."""

_kept: deque[socket.socket] = deque()


def free_ports(count: int) -> list[int]:
    """As many different free ports, for this process and those it starts.

    A socket stays bound to each of them until `KEPT` more were handed out: on Linux that keeps the port from every
    other process and from outgoing connections, and whoever sets SO_REUSEADDR, as servers do, can still listen on
    it. Elsewhere nothing can be kept that way, and the port is only free at the moment.
    """
    chosen = [_bound() for _ in range(count)]
    ports = [holder.getsockname()[1] for holder in chosen]
    if KEEPS:
        _kept.extend(chosen)
        while len(_kept) > max(KEPT, count):
            _kept.popleft().close()
    else:
        for holder in chosen:
            holder.close()
    return ports


def _bound() -> socket.socket:
    """A socket on a port that the system chose; it does not listen, so the port refuses connections."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind((LOOPBACK, 0))
    return holder


def require_free(ports: Mapping[str, int]) -> None:
    """Raises `Cannot` for the first port that cannot be listened on; `ports` maps the flag that sets it to its number."""
    for flag, port in ports.items():
        try:
            socket.create_server((LOOPBACK, port)).close()
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
            raise Cannot(f"port {port} {why}", f"choose another with {flag} PORT") from None
