"""Ports are chosen here and listened on by another process, a while later."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from kampkin.local.ports import KEEPS, LOOPBACK, free_ports

TAKING_MANY = """
import socket, sys
listeners = []
try:
    while len(listeners) < 900:
        listeners.append(socket.create_server(("127.0.0.1", 0)))
except OSError:
    pass
taken = {listener.getsockname()[1] for listener in listeners}
print(len(taken), *taken & set(map(int, sys.argv[1:])))
"""


def test_free_ports_differ_refuse_and_can_be_listened_on() -> None:
    """Nobody answers there until somebody listens, who then does."""
    first, second = free_ports(2)
    assert first != second
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, first))
    with socket.create_server((LOOPBACK, first)):
        socket.create_connection((LOOPBACK, first)).close()


@pytest.mark.skipif(not KEEPS, reason="only Linux keeps a bound port for one that listens later")
def test_nobody_else_is_given_a_free_port() -> None:
    """Another process is not given them: Miniflare once found its own port taken. Were they not kept, 900 of the
    system's 28,232 ports would hold six of these 200."""
    ports = free_ports(200)
    taken = subprocess.run(
        [sys.executable, "-c", TAKING_MANY, *map(str, ports)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert int(taken[0]) > 800
    assert taken[1:] == []


def test_many_may_be_asked_for() -> None:
    """What is kept is bounded, what is handed out at once is not."""
    assert len(set(free_ports(600))) == 600
