"""Ports of the local edges."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from kampkin.bundle import Bundle
from kampkin.errors import Cannot
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.ports import LOOPBACK, free_ports


@pytest.mark.parametrize("target", ["cloudflare", "aws"])
def test_an_edge_listens_on_the_port_it_is_given(
    standin: Callable[..., Bundle], ask: Callable[..., Any], target: str
) -> None:
    """A chosen port is the edge's own, and only this machine can reach it."""
    (port,) = free_ports(1)
    with LocalEdges(deployment_of(standin(target)), ports={target: port}) as edges:  # type: ignore[dict-item]
        (edge,) = edges.edges.values()
        assert edge.url == f"http://127.0.0.1:{port}"
        assert ask(edge.url, "/node").status == 200


@pytest.mark.parametrize("target", ["cloudflare", "aws"])
def test_a_port_in_use_is_named(standin: Callable[..., Bundle], target: str) -> None:
    """The error says which port, and the flag that chooses another."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Cannot, match=f"port {port} is in use") as error:
            LocalEdges(deployment_of(standin(target)), ports={target: port}).__enter__()  # type: ignore[dict-item]
    assert error.value.hint == f"choose another with --port-{target} PORT"
