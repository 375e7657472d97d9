"""`kampkin demo`: one outage, met three ways: directly, through the Worker, through Lambda@Edge.

Both edges are the real runtimes with the real bundles, two nodes each on a shared store; only the origin is
ours, since it has to fail on cue.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.live import Live

from kampkin.bundle import Bundle, bundle
from kampkin.load import Loaded, load
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
ADMIN = secrets.token_urlsafe(32)
"""Of the Worker's admin API: in memory only, here and in workerd."""

PER_SECOND = 14.0
CALM_PER_SECOND = 5.0
ENOUGH = 300
DIRECT = "direct"
EDGES: dict[TargetName, str] = {"cloudflare": "Worker", "aws": "Lambda@Edge"}


@dataclass(frozen=True)
class Companion:
    """What goes along with the outage."""

    enter: Callable[[str], None] = lambda phase: None
    """A phase begins."""
    stay: Callable[[], None] | None = None
    """It is over; but callers go on as long as this lasts, for whoever looks."""


Beside = Callable[[Console, LocalEdges], AbstractContextManager[Companion]]


@contextmanager
def alone(console: Console, edges: LocalEdges) -> Iterator[Companion]:
    """Nothing."""
    yield Companion()


def run(json_file: Path | None, svg_file: Path | None = None, beside: Beside = alone) -> int:
    """Plays the outage and shows what each caller met; 0 only if both breakers did what they promise.

    With `json_file`, the same facts are written there as JSON; with `svg_file`, a picture of the last moment
    of the hang. What is `beside` it runs as long as the edges do.
    """
    console = Console()
    started = time.monotonic()
    with ExitStack() as stack:
        origins = stack.enter_context(LocalOrigins(dict.fromkeys([DIRECT, *EDGES])))
        edges = stack.enter_context(LocalEdges(deployment_of(compiled(origins)), nodes=NODES, admin=ADMIN))
        console.print(f"both edges are up after {time.monotonic() - started:.1f} s", style="dim")
        companion = stack.enter_context(beside(console, edges))
        demo = Demo(console, origins, edges, companion.enter)
        found = demo.play()
        code = tell(console, found)
        if svg_file:
            svg_file.write_text(picture(demo.worst))
        if json_file:
            json_file.write_text(json.dumps(found, indent=2) + "\n")
        if companion.stay:
            demo.go_on(companion.stay)
    return code


def tell(console: Console, found: dict[str, Any]) -> int:
    """Shows what was found; the exit code."""
    console.print(table(found))
    if found["problem"]:
        console.print(found["problem"], style="bold red")
        return 1
    console.print("Both edges made the same transitions in the same order.", style="green")
    return 0


def loaded() -> tuple[Path, Loaded]:
    """demo.yaml, where it is: from this folder on, where it is below it."""
    with as_file(files(__name__) / "demo.yaml") as path:
        near = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        return near, load(near)


def compiled(origins: LocalOrigins) -> Bundle:
    """The bundle of demo.yaml. Each edge calls the origin on a port of its own, so that its calls can be told apart."""
    plan = loaded()[1].plan
    assert plan is not None, "demo.yaml is sound: a test compiles it"
    bundles = {target: bundle(redirect(plan, {ENDPOINT: origins.url(target)})) for target in EDGES}
    return replace(bundles["cloudflare"], aws=bundles["aws"].aws)


class Demo:
    """The stage: an origin that fails on cue, callers on three ways to it, and somebody watching."""

    def __init__(
        self, console: Console, origins: LocalOrigins, edges: LocalEdges, on_phase: Callable[[str], None]
    ) -> None:
        self.console = console
        self.origins = origins
        self.edges = edges
        self.on_phase = on_phase
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

    def go_on(self, stay: Callable[[], None]) -> None:
        """Callers of the edges alone, fewer of them, until somebody has seen enough."""
        calm = Traffic([Way(way.name, way.url) for way in self.ways[1:]], CALM_PER_SECOND)
        calm.start()
        try:
            stay()
        finally:
            calm.stop()

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
        self.on_phase(phase)

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
