"""`kampkin demo`: one outage, met three ways: directly, through the Worker, through Lambda@Edge.

Both edges are the real runtimes with the real bundles, two nodes each on a shared store; only the origin is
ours, since it has to fail on cue.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.live import Live

from kampkin.bundle import Bundle, bundle
from kampkin.load import load
from kampkin.local.demo.outage import ENDPOINT, HANGING, Outage, verdict
from kampkin.local.demo.report import facts, table
from kampkin.local.demo.traffic import Traffic, Way
from kampkin.local.demo.view import picture, screen
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.origin import LocalOrigins
from kampkin.local.redirect import redirect
from kampkin.local.status import BreakerStatus
from kampkin.plan import TargetName

NODES = 2
PER_SECOND = 14.0
ENOUGH = 300
DIRECT = "direct"
EDGES: dict[TargetName, str] = {"cloudflare": "Worker", "aws": "Lambda@Edge"}


def run(json_file: Path | None, svg_file: Path | None = None) -> int:
    """Plays the outage and shows what each caller met; 0 only if both breakers did what they promise.

    With `json_file`, the same facts are written there as JSON; with `svg_file`, a picture of the last moment
    of the hang.
    """
    console = Console()
    started = time.monotonic()
    with ExitStack() as stack:
        origins = stack.enter_context(LocalOrigins(dict.fromkeys([DIRECT, *EDGES])))
        edges = stack.enter_context(LocalEdges(deployment_of(compiled(origins)), nodes=NODES))
        console.print(f"both edges are up after {time.monotonic() - started:.1f} s", style="dim")
        demo = Demo(console, origins, edges)
        found = demo.play()
    console.print(table(found))
    if svg_file:
        svg_file.write_text(picture(demo.worst))
    if json_file:
        json_file.write_text(json.dumps(found, indent=2) + "\n")
    if found["problem"]:
        console.print(found["problem"], style="bold red")
        return 1
    console.print("Both edges made the same transitions in the same order.", style="green")
    return 0


def compiled(origins: LocalOrigins) -> Bundle:
    """The bundle of demo.yaml. Each edge calls the origin on a port of its own, so that its calls can be told apart."""
    with as_file(files(__name__) / "demo.yaml") as path:
        plan = load(path).plan
    assert plan is not None, "demo.yaml is sound: a test compiles it"
    bundles = {target: bundle(redirect(plan, {ENDPOINT: origins.url(target)})) for target in EDGES}
    return replace(bundles["cloudflare"], aws=bundles["aws"].aws)


class Demo:
    """The stage: an origin that fails on cue, callers on three ways to it, and somebody watching."""

    def __init__(self, console: Console, origins: LocalOrigins, edges: LocalEdges) -> None:
        self.console = console
        self.origins = origins
        self.edges = edges
        self.ways = [Way(DIRECT, origins.url(DIRECT))]
        self.ways += [Way(title, f"{edges.edges[target].url}/{ENDPOINT}") for target, title in EDGES.items()]
        self.traffic = Traffic(self.ways, PER_SECOND)
        self.outage = Outage(self, tuple(EDGES), self.enter, self.look)
        self.told = 0
        self.worst: RenderableType = ""
        self.live: Live | None = None

    def play(self) -> dict[str, Any]:
        """The outage from start to end, and what was found."""
        with ExitStack() as stack:
            if self.console.is_terminal:
                self.live = stack.enter_context(Live(console=self.console, auto_refresh=False, transient=True))
            self.outage.began = time.time()
            self.traffic.start()
            try:
                self.outage.play()
            finally:
                self.traffic.stop()
        calls = {way.name: self.origins.count(name) for way, name in zip(self.ways, (DIRECT, *EDGES), strict=True)}
        problem = verdict(self.outage.seen, self.ways[0].sent, ENOUGH)
        return facts(self.outage, self.ways, self.breakers(), calls, problem)

    def read(self, target: TargetName) -> BreakerStatus:
        """The breaker's record, from the store itself."""
        return self.edges.read(target, ENDPOINT)

    def fault(self, mode: str) -> None:
        """Makes the origin fail this way, for everybody."""
        for name in (DIRECT, *EDGES):
            self.origins.fault(name, mode)

    def enter(self, phase: str) -> None:
        """A phase begins: requests sent from now on belong to it."""
        self.traffic.phase = phase
        if not self.live:
            self.console.print(f"{self.seconds():5.1f} s  the origin is {phase}")

    def look(self) -> None:
        """Shows the picture as it is now; without a terminal, only what has changed."""
        if self.live or self.traffic.phase == HANGING:
            now = screen(self.traffic.phase, self.seconds(), self.ways, self.breakers())
            if self.traffic.phase == HANGING:
                self.worst = now
            if self.live:
                self.live.update(now, refresh=True)
                return
        news = [(event.at, target, event) for target, status in self.outage.seen.items() for event in status.events]
        for at, target, event in sorted(news, key=lambda entry: entry[0])[self.told :]:
            self.console.print(
                f"{at / 1000 - self.outage.began:5.1f} s  {EDGES[target]}: {event.from_state} → {event.to} ({event.reason})"
            )
        self.told = len(news)

    def seconds(self) -> float:
        """Since the traffic began."""
        return time.time() - self.outage.began

    def breakers(self) -> dict[str, BreakerStatus]:
        """The breakers as last seen, by the name of their way."""
        return {EDGES[target]: status for target, status in self.outage.seen.items()}
