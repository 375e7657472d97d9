"""The demo's outage on the dashboard: opened when the origin begins to fail, and there to be read when it is over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rich.console import Console

from kampkin.dashboard.looker import Looker
from kampkin.dashboard.serve import Listening, bound, serving, show
from kampkin.dashboard.source import Source
from kampkin.errors import Cannot
from kampkin.local import demo
from kampkin.local.edges import LocalEdges
from kampkin.local.overview import places
from kampkin.local.ports import LOOPBACK
from kampkin.operate.connect import Reach
from kampkin.operate.session import Session

FAILING = "500s"
"""The phase of the outage in which the page is opened."""

EVERY_S = 1.0
PORT = 8790
"""That of `kampkin dashboard`, so that a tunnel to it can be there before."""


def usual_or_free(port: int) -> int:
    """The port, or 0 for any where somebody has it."""
    try:
        bound(LOOPBACK, port).close()
    except Cannot:
        return 0
    return port


@contextmanager
def beside(console: Console, edges: LocalEdges) -> Iterator[demo.Companion]:
    """Serves the page as long as the context lasts."""
    file, loaded = demo.loaded()
    plan = loaded.plan
    assert plan is not None, "demo.yaml is sound: a test compiles it"
    urls = {target: edge.url for target, edge in edges.edges.items()}
    session = Session(plan, Reach(edges=list(places(plan, edges, demo.ADMIN))), None, urls=urls)
    looker = Looker(lambda: Source(file, loaded, session, local=True, options=None))
    with serving(looker, Listening(port=usual_or_free(PORT), every_s=EVERY_S)) as server:
        console.print(f"dashboard: {server.url}")

        def enter(phase: str) -> None:
            if phase == FAILING:
                show(server.url)

        def stay() -> None:
            console.print(f"the dashboard goes on at {server.url}; Ctrl-C ends", style="dim")
            with suppress(KeyboardInterrupt):
                threading.Event().wait()

        yield demo.Companion(enter, stay)
