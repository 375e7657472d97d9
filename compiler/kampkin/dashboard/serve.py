"""The dashboard as a server: in the foreground for the command, in a thread beside the demo and the tests."""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import uvicorn

from kampkin.dashboard.app import Desk, application
from kampkin.dashboard.feed import Feed
from kampkin.dashboard.guard import host_in, is_loopback
from kampkin.dashboard.looker import Looker
from kampkin.errors import Cannot
from kampkin.operate.cloudflare import LOOPBACK

GOODBYE_S = 2
"""What is still answered when it ends."""

PATIENCE_S = 10


@dataclass(frozen=True)
class Listening:
    """Where, and who may ask."""

    address: str = "127.0.0.1"
    port: int = 0
    """0: any that is free."""
    names: tuple[str, ...] = ()
    """Hosts beside the loopback's own by which it is asked for."""
    password: str | None = None
    every_s: float = 2.0

    def require_safe(self) -> None:
        """Raises `Cannot` where others than this machine could ask, and nothing keeps them out; and for a port that is none."""
        if not 0 <= self.port < 65_536:
            raise Cannot(f"{self.port} is no port", "a port is 0 to 65535; 0 takes one that is free")
        if odd := next((name for name in self.names if host_in(f"//{name}") != name.casefold()), None):
            raise Cannot(
                f"{odd!r} is no name of a host", "--allow-host edge-dashboard.acme.dev, without scheme and port"
            )
        if self.is_private:
            return
        if not self.password:
            where = f"on {self.address}" if not is_loopback(self.address) else f"as {self.names[0]}"
            hint = "KAMPKIN_DASHBOARD_PASSWORD holds one that every request needs; put TLS in front"
            raise Cannot(f"{where} others than this machine can ask, and there is no password", hint)
        if not self.names:
            raise Cannot("no name is let in by which it would be asked for", "--allow-host edge-dashboard.acme.dev too")

    @property
    def is_private(self) -> bool:
        """Whether only this machine can ask."""
        return is_loopback(self.address) and not self.names


class Server(uvicorn.Server):
    """One that listens where it was said, and tells where that is."""

    def __init__(self, looker: Looker, listening: Listening) -> None:
        listening.require_safe()
        self.socket = bound(listening.address, listening.port)
        self.listening = listening
        self.desk = Desk(looker, Feed(looker, listening.every_s), may_branch=listening.is_private)
        app = application(self.desk, [*LOOPBACK, listening.address, *listening.names], listening.password)
        super().__init__(
            uvicorn.Config(
                app,
                log_level="critical",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GOODBYE_S,
                lifespan="on",
            )
        )

    @property
    def url(self) -> str:
        """Where the page is."""
        host, port = self.socket.getsockname()[:2]
        shown = self.listening.names[0] if host in ("0.0.0.0", "::") else host
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Pages are let go of first: a stream that is cut is a complaint."""
        self.desk.feed.end()
        super().handle_exit(sig, frame)

    def serve_here(self) -> None:
        """Until Ctrl-C or SIGTERM."""
        self.run(sockets=[self.socket])


def bound(address: str, port: int) -> socket.socket:
    """Raises `Cannot` where it cannot be listened."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as problem:
        raise Cannot(f"{address} is no address to listen on: {getattr(problem, 'strerror', None) or problem}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen()  # at once: whoever is told the address may come before the server does
    except OSError as problem:
        listener.close()
        hint = "--port 0 takes one that is free"
        raise Cannot(f"cannot listen on {address}:{port}: {problem.strerror or problem}", hint) from None
    return listener


@contextmanager
def serving(looker: Looker, listening: Listening) -> Iterator[Server]:
    """A server that runs beside what the context does."""
    server = Server(looker, listening)
    thread = threading.Thread(target=server.serve_here, name="dashboard", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.desk.feed.end()
        server.should_exit = True
        thread.join(PATIENCE_S)


def show(url: str) -> None:
    """Opens the page, where there is a screen to open it on: in a terminal alone a text browser would take that over."""
    has_screen = sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    if has_screen:
        webbrowser.open(url)
