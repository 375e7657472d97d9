"""Vectors on the three runtimes: the breaker in Node, the Worker on workerd, the function in its Lambda host.

The bundle that runs is the one that ships, with an entry that hands in a clock, a coin and timers. Every vector is an
endpoint of one plan, so one start of the edges plays them all.
"""

from __future__ import annotations

import http.client
import json
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml

from kampkin.bundle import Bundle, bundle, deterministic_zip, module, slim
from kampkin.conformance.conductor import Conductor
from kampkin.conformance.operate import Operate, OperateMemory, OperateTable, OperateWorkers
from kampkin.conformance.vectors import NODES, Step, Vector
from kampkin.diagnostics import as_text
from kampkin.errors import Cannot
from kampkin.load import load
from kampkin.local.deployment import Deployment, deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.ports import LOOPBACK, free_ports
from kampkin.local.process import Process
from kampkin.local.redirect import redirect
from kampkin.local.toolchain import node
from kampkin.plan import Plan
from kampkin.values import duration

Shipped = Mapping[str, Mapping[str, bytes]]
"""The modules of a bundle by part: worker, state, aws."""

Runtime = Literal["node", "workerd", "lambda"]
RUNTIMES: tuple[Runtime, ...] = ("node", "workerd", "lambda")
EPOCH_MS = 1_800_000_000_000
"""When every vector begins; a whole number of buckets of any width."""


@dataclass(frozen=True)
class Seen:
    """What came of a step."""

    verdict: str
    wait_s: int | None
    state: str
    epoch: int
    level: int

    def misses(self, step: Step) -> list[str]:
        """Where it is not what the step says."""
        pairs = [
            ("verdict", step.verdict, self.verdict),
            ("state", step.state, self.state),
            ("wait", step.wait_s, self.wait_s),
            ("epoch", step.epoch, self.epoch),
            ("level", step.level, self.level),
        ]
        return [f"{name} {seen}, not {said}" for name, said, seen in pairs if said is not None and said != seen]


@dataclass(frozen=True)
class Played:
    """A vector that ran to its end."""

    vector: Vector
    seen: tuple[Seen, ...]

    @property
    def transcript(self) -> str:
        """The same text for the same behaviour."""
        lines = [f"{self.vector.file}: {self.vector.name}"]
        for step, seen in zip(self.vector.steps, self.seen, strict=True):
            wait = "" if seen.wait_s is None else f", retry after {seen.wait_s}"
            lines.append(
                f"  {step.at_ms} {step.node} {step.event}: {seen.verdict}{wait}, {seen.state} {seen.epoch}/{seen.level}"
            )
        return "\n".join(lines)

    @property
    def problems(self) -> list[str]:
        """What is not as the vector says."""
        return [
            f"{self.vector.file}: {self.vector.name}: step {number} ({step.at_ms} ms, {step.event}): {', '.join(misses)}"
            for number, (step, seen) in enumerate(zip(self.vector.steps, self.seen, strict=True), 1)
            if (misses := seen.misses(step))
        ]


class Stage(AbstractContextManager["Stage"]):
    """A runtime on which vectors can be played, while the context lasts."""

    def __init__(self, runtime: Runtime, vectors: Sequence[Vector], shipped: Shipped | None = None) -> None:
        self.runtime = runtime
        self.vectors = vectors
        self.shipped = shipped
        self.stack = ExitStack()
        self.pool = self.stack.enter_context(ThreadPoolExecutor(max_workers=8))
        self.conductor = self.stack.enter_context(Conductor())
        self.plans = tuple(plan_of(vectors, self.conductor.url, later) for later in (False, True))

    def __enter__(self) -> Stage:
        with self.stack as stack:
            self.nodes, self.operate = self.start(stack)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def start(self, stack: ExitStack) -> tuple[tuple[str, ...], Operate]:
        """Starts the runtime: the nodes' URLs, and how its store is operated."""
        compiled = with_modules(bundle(self.plans[0]), self.shipped)
        later = module("plan of the next release", slim(self.plans[1]))
        if self.runtime == "node":
            return self.start_node(stack, compiled)
        deployment = staged(compiled, later, self.runtime)
        edges = stack.enter_context(LocalEdges(deployment, nodes=len(NODES)))
        if self.runtime == "workerd":
            return edges.edges["cloudflare"].nodes, OperateWorkers(edges)
        return edges.edges["aws"].nodes, OperateTable(edges)

    def start_node(self, stack: ExitStack, compiled: Bundle) -> tuple[tuple[str, ...], Operate]:
        """The modules in a folder of their own, in one Node process."""
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kampkin-"))
        for name, code in (compiled.worker | compiled.state).items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(code)
        ports = free_ports(len(NODES))
        config = {"folder": folder, "plan": slim(self.plans[0]), "later": slim(self.plans[1]), "ports": ports}
        program = files("kampkin.conformance") / "js" / "memory.mjs"
        process = stack.enter_context(Process("the breaker in Node", [node(), str(program)], config))
        process.ready()
        return tuple(f"http://{LOOPBACK}:{port}" for port in ports), OperateMemory(process)

    def play(self, vector: Vector) -> Played:
        """Plays a vector from its first step to its last."""
        play = Play(self, vector, f"v{self.vectors.index(vector):03d}")
        return Played(vector, tuple(play.step(step) for step in vector.steps))


class Play:
    """One vector on its way: what the steps before have left."""

    def __init__(self, stage: Stage, vector: Vector, name: str) -> None:
        self.stage = stage
        self.name = name
        self.policies = [next(one for one in plan.endpoints if one.name == name).policy for plan in stage.plans]
        self.deploy = 0
        self.up = True
        self.starts = dict.fromkeys(NODES, 0)
        self.going: dict[str, Future[http.client.HTTPResponse]] = {}

    def step(self, step: Step) -> Seen:
        """Carries out a step; what came of it."""
        now = EPOCH_MS + step.at_ms
        self.stage.conductor.advance(now, step.coin)
        verdict, wait_s = self.act(step, {"now": now, "coin": step.coin})
        return Seen(verdict, wait_s, *self.stage.operate.read(self.name))

    def act(self, step: Step, at: dict[str, int]) -> tuple[str, int | None]:
        """Does what the event says: the verdict on a request, and the Retry-After of a rejection."""
        operate = self.stage.operate
        if result := step.part("result"):
            return answered(self.ask(step, f"want={result}"))
        if name := step.part("begin"):
            return self.begin(step, f"{self.name}-{name}")
        if name := step.part("end"):
            key = f"{self.name}-{name}"
            self.stage.conductor.end(key, step.part("ends") or "", step.after_s, self.up)
            self.going.pop(key).result()
        elif step.event.startswith("store"):
            if step.event == "store lost":
                operate.lose(self.name)
            self.up = step.event != "store down"
        elif step.event == "restart":
            self.starts[step.node] += 1
        elif step.event == "deploy":
            self.deploy = 1
            self.starts = {name: count + 1 for name, count in self.starts.items()}
        elif mode := step.part("mode"):
            decided = {"mode": mode, "forMs": duration(step.part("for")), "owner": "vector", "reason": "it says so"}
            operate.override(self.name, at, decided)
        elif step.event == "release":
            operate.override(self.name, at, None)
        elif state := step.part("flip"):
            operate.flip(self.name, at, state, self.policies[self.deploy].to_json())
        return "-", None

    def begin(self, step: Step, name: str) -> tuple[str, int | None]:
        """A request whose call goes on: its verdict is known when the call comes in, or when it is answered without."""
        policy = self.policies[self.deploy]
        slow = policy.slow_after_ms if policy.slow_ratio_bp else 0
        self.going[name] = self.stage.pool.submit(self.ask, step, f"hold={name}", name, slow)
        while True:
            if verdict := self.stage.conductor.begun(name, slow > 0):
                return verdict, None
            if self.going[name].done():
                return answered(self.going.pop(name).result())

    def ask(self, step: Step, query: str, name: str = "", slow: int = 0) -> http.client.HTTPResponse:
        """One request to the step's node."""
        url = urlsplit(self.stage.nodes[NODES.index(step.node)])
        after = f"&after={step.after_s}" if step.after_s is not None else ""
        said = {
            "now": EPOCH_MS + step.at_ms,
            "coin": step.coin,
            "up": self.up,
            "node": f"test/{step.node}{self.starts[step.node]}",
            "deploy": self.deploy,
            "id": name,
            "slow": slow,
            "conductor": self.stage.conductor.url,
        }
        connection = http.client.HTTPConnection(url.netloc, timeout=60)
        try:
            connection.request("GET", f"/{self.name}?{query}{after}", headers={"x-step": json.dumps(said)})
            response = connection.getresponse()
            response.read()
            return response
        finally:
            connection.close()


def answered(response: http.client.HTTPResponse) -> tuple[str, int | None]:
    """The verdict that an answer tells of, and its Retry-After where it is a rejection's."""
    verdict = response.headers["x-verdict"]
    if verdict is None:
        raise Cannot(f"a node answered {response.status} without a verdict")
    return verdict, int(response.headers["retry-after"]) if verdict == "reject" else None


def plan_of(vectors: Sequence[Vector], origin: str, later: bool) -> Plan:
    """A plan with an endpoint for each vector, or the one of the next release. Raises `Cannot` where a vector's breaker
    section is not sound."""
    defaults = {"timeout": "10s", "breaker": {"cooldown": {"jitter": "0%"}, "half_open": {"probe_timeout": "5s"}}}
    endpoints: dict[str, Any] = {}
    for number, vector in enumerate(vectors):
        breaker = vector.later if later and vector.later is not None else vector.breaker
        endpoints[f"v{number:03d}"] = {"origin": "https://origin.test", "breaker": breaker}
        if vector.override:
            until = datetime.fromtimestamp((EPOCH_MS + duration(vector.override["until"])) / 1000, UTC)
            said = {"owner": "vector", "reason": "it says so", **vector.override, "until": until.isoformat()}
            endpoints[f"v{number:03d}"]["override"] = said
    document = {"version": 1, "project": "conformance", "defaults": defaults, "endpoints": endpoints}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kampkin.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        loaded = load(path)
    if loaded.plan is None:
        raise Cannot(as_text(loaded.diagnostics, loaded.texts), "v000 is the first vector of the first file")
    return redirect(loaded.plan, dict.fromkeys(endpoints, origin))


def with_modules(compiled: Bundle, shipped: Shipped | None) -> Bundle:
    """The bundle with the modules of another in the place of its own: those that were shipped."""
    if shipped is None:
        return compiled
    return replace(compiled, **{part: getattr(compiled, part) | modules for part, modules in shipped.items()})


def staged(compiled: Bundle, later: bytes, runtime: Runtime) -> Deployment:
    """The bundle as it ships, with the stage's entries in the place of its own."""
    entries = files("kampkin.conformance") / "js"
    stage = {"stage.mjs": entries.joinpath("stage.mjs").read_bytes(), "later.mjs": later}
    deployment = deployment_of(compiled)
    if runtime == "lambda":
        assert deployment.function
        entry = {"main.mjs": entries.joinpath("entry.aws.mjs").read_bytes()}
        archive = deterministic_zip(compiled.aws | stage | entry)
        return Deployment(None, replace(deployment.function, archive=archive))
    assert deployment.workers
    workers = dict(deployment.workers)
    entry = {"main.mjs": entries.joinpath("entry.cloudflare.mjs").read_bytes()}
    state = {"entry.mjs": entries.joinpath("entry.state.mjs").read_bytes()}
    workers["worker"] = {**workers["worker"], "modules": as_text_modules(compiled.worker | stage | entry)}
    workers["state"] = {**workers["state"], "main": "entry.mjs", "modules": as_text_modules(compiled.state | state)}
    return Deployment(workers, None)


def as_text_modules(modules: Mapping[str, bytes]) -> dict[str, str]:
    """Modules as the runner of workerd takes them."""
    return {name: code.decode() for name, code in modules.items()}
