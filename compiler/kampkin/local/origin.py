"""Origins on this machine that fail on cue."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Literal, Self, get_args

from kampkin.local.ports import LOOPBACK, free_ports
from kampkin.local.process import Process
from kampkin.local.toolchain import node

Fault = Literal["hang", "500", "refuse", "slow", "heal"]
FAULTS: tuple[str, ...] = get_args(Fault)

SLOW_MS = 2_000
"""How late a slow service answers."""


class LocalOrigins(Process):
    """Services by name. Each answers by itself (None) or stands in front of an upstream URL of scheme and host.

    They begin healthy; `fault` switches one for the requests that come from then on.
    """

    def __init__(self, upstreams: Mapping[str, str | None], slow_ms: int = SLOW_MS) -> None:
        self._slow_ms = slow_ms
        ports = dict(zip(upstreams, free_ports(len(upstreams)), strict=True))
        self._urls = {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items()}
        services = {
            name: {"port": ports[name], "upstream": upstream, "slowMs": slow_ms} for name, upstream in upstreams.items()
        }
        program = files("kampkin.local") / "js" / "origin.mjs"
        super().__init__("the local origin", [node(), str(program)], {"services": services})

    def __enter__(self) -> Self:
        try:
            self.ready()
        except BaseException:
            self.close()
            raise
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The services there are."""
        return tuple(self._urls)

    def place(self, name: str, upstream: str | None) -> None:
        """Puts a service in front of another upstream, or adds one that is new."""
        if name not in self._urls:
            (port,) = free_ports(1)
            self._urls[name] = f"http://{LOOPBACK}:{port}"
        port = int(self._urls[name].rpartition(":")[2])
        self.ask("place", {"name": name, "port": port, "upstream": upstream, "slowMs": self._slow_ms})

    def url(self, name: str) -> str:
        """Where the service listens."""
        return self._urls[name]

    def fault(self, name: str, mode: str) -> None:
        """Makes the service fail this way, or heals it."""
        self.ask("fault", {"name": name, "mode": mode})

    def count(self, name: str) -> int:
        """How many requests have reached the service."""
        return int(self.ask("count", name))
