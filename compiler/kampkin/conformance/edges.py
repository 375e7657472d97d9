"""Vectors on the edges: the Worker on workerd, the function in its Lambda host.

The bundle that runs is the one that ships, with an entry that hands in a clock, a coin and timers. Every vector is an
endpoint of one plan, so one start of the edges plays them all.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from importlib.resources import files
from urllib.parse import urlsplit

from kampkin.bundle import Bundle, bundle, deterministic_zip, module, slim
from kampkin.conformance.conductor import Conductor
from kampkin.conformance.operate import Operate, OperateTable, OperateWorkers
from kampkin.conformance.run import EPOCH_MS, Played, Runtime, Seen, Shipped, plan_of
from kampkin.conformance.vectors import NODES, Step, Vector
from kampkin.errors import Cannot
from kampkin.local.deployment import Deployment, deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.values import duration


class EdgeStage(AbstractContextManager["EdgeStage"]):
    """An edge on which vectors can be played, while the context lasts."""

    def __init__(self, runtime: Runtime, vectors: Sequence[Vector], shipped: Shipped | None = None) -> None:
        self.runtime = runtime
        self.vectors = vectors
        self.shipped = shipped
        self.stack = ExitStack()
        self.pool = self.stack.enter_context(ThreadPoolExecutor(max_workers=8))
        self.conductor = self.stack.enter_context(Conductor())
        self.plans = tuple(plan_of(vectors, self.conductor.url, later) for later in (False, True))

    def __enter__(self) -> EdgeStage:
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
        deployment = staged(compiled, later, self.runtime)
        edges = stack.enter_context(LocalEdges(deployment, nodes=len(NODES)))
        if self.runtime == "workerd":
            return edges.edges["cloudflare"].nodes, OperateWorkers(edges)
        return edges.edges["aws"].nodes, OperateTable(edges)

    def play(self, vector: Vector) -> Played:
        """Plays a vector from its first step to its last."""
        play = Play(self, vector, f"v{self.vectors.index(vector):03d}")
        return Played(vector, tuple(play.step(step) for step in vector.steps))


class Play:
    """One vector on its way: what the steps before have left."""

    def __init__(self, stage: EdgeStage, vector: Vector, name: str) -> None:
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
