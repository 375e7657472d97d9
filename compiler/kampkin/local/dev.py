"""`kampkin dev`: both edges on this machine from a team's file, and again at every change of it."""

from __future__ import annotations

import json
import os
import queue
import secrets
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType

from kampkin.bundle import bundle
from kampkin.closest import meant
from kampkin.errors import Cannot
from kampkin.load import load
from kampkin.local.deployment import Deployment, deployment_of
from kampkin.local.edges import LocalEdges, LogLine
from kampkin.local.origin import FAULTS, LocalOrigins
from kampkin.local.redirect import fields, redirect
from kampkin.logs.line import entry_in, in_words
from kampkin.operate.connect import TOKEN
from kampkin.operate.dev import log_of, reachable, runner
from kampkin.plan import Plan, TargetName, seal_plan
from kampkin.report import plan_or_code
from kampkin.stamps import stamp

LOOK_EVERY_S = 0.5
MOST_KEPT = 50_000
"""Lines of the edges' logs."""


def run(
    file: Path,
    environment: str | None,
    origins: Mapping[str, str],
    faults: Mapping[str, str],
    ports: Mapping[TargetName, int],
    nodes: int,
) -> int:
    """Runs until Ctrl-C or SIGTERM; the exit code.

    `origins` puts a URL in place of an endpoint's origin, `faults` a switchable fault in front of it. While it runs,
    a line `NAME=MODE` on standard input switches a fault, and `status` shows the breakers.
    """
    plan = plan_or_code(file, environment)
    if isinstance(plan, int):
        return plan
    for name, mode in faults.items():
        require_fault(plan, name, mode)
    redirect(plan, origins)
    if nodes < 1:
        raise Cannot("an edge needs a node", "write --nodes 1 or more")
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    with ExitStack() as stack:
        session = Session(stack, file, environment, origins)
        session.open(plan, faults, ports, nodes)
        session.watch()
    return 0


class Session:
    """A running `kampkin dev`."""

    def __init__(self, stack: ExitStack, file: Path, environment: str | None, origins: Mapping[str, str]) -> None:
        self.stack = stack
        self.file = file
        self.environment = environment
        self.origins = origins
        self.lines: queue.Queue[str] = queue.Queue()
        self.kept = 0
        with suppress(OSError):
            log_of(file).unlink()

    def open(self, plan: Plan, faults: Mapping[str, str], ports: Mapping[TargetName, int], nodes: int) -> None:
        """Starts everything, with each endpoint's origin behind a switch."""
        self.switches = self.stack.enter_context(LocalOrigins({}))
        deployed = self.compiled(plan)
        for name, mode in faults.items():
            self.switches.fault(name, mode)
        self.plan = plan
        self.admin = os.environ.get(TOKEN) or secrets.token_urlsafe(32)  # in memory only, here and in workerd
        edges = LocalEdges(deployed, nodes=nodes, ports=ports, admin=self.admin, on_log=self.log)
        self.edges = self.stack.enter_context(edges)
        self.stores = stores_of(plan)
        if other := runner(self.file):
            say(
                f"kampkin dev runs from {self.file} already, process {other}: commands with --dev reach this one from now on"
            )
        self.stack.enter_context(reachable(self.file, self.environment, *self.edges.reached_at()))
        self.show(plan)
        threading.Thread(target=self.listen, daemon=True).start()

    def compiled(self, plan: Plan) -> Deployment:
        """What the plan would deploy, each origin reached through its switch."""
        plan = redirect(plan, {name: url for name, url in self.origins.items() if name in names_of(plan)})
        for endpoint in plan.endpoints:
            self.switches.place(endpoint.name, endpoint.origin.model_copy(update={"path": ""}).url)
        urls = {e.name: self.switches.url(e.name) + e.origin.path for e in plan.endpoints}
        return deployment_of(bundle(redirect(quiet(plan), urls)))

    def watch(self) -> None:
        """Compiles again whenever the file has changed, or one that it names; a file with errors changes nothing."""
        files = sources_of(self.file)
        seen = [stamp(file) for file in files]
        while True:
            with suppress(queue.Empty):
                self.switch(self.lines.get(timeout=LOOK_EVERY_S))
            if [stamp(file) for file in files] != seen:
                files = sources_of(self.file)
                seen = [stamp(file) for file in files]
                self.reload()

    def reload(self) -> None:
        """Takes up the file as it is now."""
        plan = plan_or_code(self.file, self.environment)
        if isinstance(plan, int):
            say(f"{self.file} has errors: the edges go on as they were")
        elif stores_of(plan) != self.stores:
            say("the targets or their stores have changed: stop and start kampkin dev to take that up")
        else:
            self.edges.reload(self.compiled(plan))
            self.plan = plan
            say(f"compiled again, plan {plan.digest[:19]}")
            self.show(plan)

    def log(self, line: LogLine) -> None:
        """A line from an edge: Kampkin's own in words, any other as it came. Its own are kept too, for `kampkin logs --dev`."""
        entry = entry_in(line.text)
        say(f"[{line.target}] {in_words(entry) if entry else line.text}")
        if entry and self.kept < MOST_KEPT:
            self.kept += 1
            said = {"at": time.time_ns() // 1_000_000, "target": line.target, "entry": entry}
            with suppress(OSError), log_of(self.file).open("a") as kept:
                kept.write(json.dumps(said) + "\n")

    def listen(self) -> None:
        """Takes lines from standard input while there are any; a shell lets nothing in its background read."""
        with suppress(OSError):
            for line in sys.stdin:
                self.lines.put(line.strip())

    def switch(self, line: str) -> None:
        """Carries out a line that somebody typed: `status` or NAME=MODE."""
        if line == "status":
            from kampkin.local.overview import overview, places  # which needs the extra, as the edges did

            say(overview(self.plan, list(places(self.plan, self.edges, self.admin)), int(time.time() * 1000)))
            return
        name, _, mode = line.partition("=")
        if name not in self.switches.names or mode not in FAULTS:
            say(
                f"{line!r} is neither status nor NAME=MODE, with a name of {', '.join(self.switches.names)} and a mode of {', '.join(FAULTS)}"
            )
            return
        self.switches.fault(name, mode)
        say(f"{name}: {mode}")

    def show(self, plan: Plan) -> None:
        """The protected URLs: each endpoint on each of its edges."""
        width = max(len(endpoint.name) for endpoint in plan.endpoints)
        for endpoint in plan.endpoints:
            for target in endpoint.targets:
                route = endpoint.route.path.rstrip("/") if endpoint.route.prefix else endpoint.route.path
                say(f"  {endpoint.name:<{width}}  {target:<10}  {self.edges.edges[target].url}{route or '/'}")
        say(
            "fail an origin: NAME=hang, NAME=500, NAME=refuse, NAME=slow, NAME=heal and Enter; see the breakers: status, or in another terminal kampkin watch --dev; stop: Ctrl-C"
        )


def quiet(plan: Plan) -> Plan:
    """The plan without anybody to tell: what fails here is nobody's incident, and the secrets are elsewhere."""
    return seal_plan(**(fields(plan) | {"owners": ()}))


def stores_of(plan: Plan) -> dict[TargetName, tuple[str, tuple[str, ...]]]:
    """Where each target's nodes share state."""
    return {name: (target.store, target.regions) for name, target in plan.targets.items()}


def names_of(plan: Plan) -> list[str]:
    """The endpoints' names."""
    return [endpoint.name for endpoint in plan.endpoints]


def require_fault(plan: Plan, name: str, mode: str) -> None:
    """Raises `Cannot` for a fault that names no endpoint or no mode."""
    if name not in names_of(plan):
        raise Cannot(f"there is no endpoint {name!r}", meant(name, names_of(plan)))
    if mode not in FAULTS:
        raise Cannot(f"there is no fault {mode!r}", f"one of {', '.join(FAULTS)}")


def sources_of(file: Path) -> tuple[Path, ...]:
    """The file, and those that it names."""
    return file, *load(file).assets


def say(text: str) -> None:
    """One line, at once: a reader may be waiting for it."""
    print(text, flush=True)


def interrupt(number: int, frame: FrameType | None) -> None:
    """SIGTERM ends as Ctrl-C does: cleanly."""
    raise KeyboardInterrupt
