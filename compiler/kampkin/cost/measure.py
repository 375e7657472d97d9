"""Operation counts, measured: the modules that ship run in Node for a stretch of virtual time, over stores that count.

What is counted is what the modules do; nothing here knows how often a node speaks.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from kampkin.local.process import Process
from kampkin.local.toolchain import node
from kampkin.plan import Policy, TargetName

Store = Literal["durable-object", "kv", "dynamodb", "memory"]

PERIOD_S = 300
STRETCH_S = 600
LONGEST_STRETCH_S = 86_400
FEWEST_REQUESTS = 2_000
MOST_NODES = 500
QUIETEST_PER_S = 1 / 60
"""Fewer requests than this all find their node cold, each like the other."""

STORE_MS = 20
"""A round trip to the store."""

LAMBDA_MOST_PER_S = 10
"""Requests that one Lambda environment serves a second: Lambda's own limit."""


@dataclass(frozen=True)
class Traffic:
    """When the origin fails, with 503: between two points of every period, ms."""

    name: str
    from_ms: int = 0
    until_ms: int = 0
    every_ms: int = PERIOD_S * 1000


HEALTHY = Traffic("healthy")
FLAPPING = Traffic("flapping", 60_000, 90_000)
OUTAGE = Traffic("outage", 0, PERIOD_S * 1000)
TRAFFIC = (HEALTHY, FLAPPING, OUTAGE)


@dataclass(frozen=True)
class Load:
    """How many nodes get how much of it, for how long. A node begins cold and lives for the stretch."""

    nodes: int
    rate: float
    """Requests a second of each node."""
    stretch_s: int


@dataclass(frozen=True)
class Run:
    """One breaker on one cloud, with the traffic that it meets."""

    target: TargetName
    store: Store
    policy: Policy
    timeout_ms: int
    traffic: Traffic
    load: Load
    origin_ms: int


@dataclass(frozen=True)
class Measured:
    """What came of a run."""

    requests: int
    calls: int
    """Of the origin."""
    busy_ms: int
    """From request to answer, of all requests together."""
    spoke: tuple[tuple[int, ...], ...]
    """When each node called the store, ms into the run."""
    counts: dict[str, Any]
    """What the store's own bill is made of."""
    campion: dict[str, int]
    """Reads, lists and writes of Campion's for the same requests."""

    @property
    def operations(self) -> int:
        """Calls of the store."""
        return sum(map(len, self.spoke))


class Meter(AbstractContextManager["Meter"]):
    """The modules in a Node process, while the context lasts. The same run gives the same counts; each is made once.

    Raises `Cannot` where Node is missing or the modules throw.
    """

    def __init__(self) -> None:
        self.known: dict[Run, Measured] = {}
        self.stack = ExitStack()

    def __enter__(self) -> Meter:
        program = files("kampkin.cost") / "js" / "measure.mjs"
        command: list[str | Path] = [
            node(),
            "--disable-warning=ExperimentalWarning",
            str(program),
        ]  # node:sqlite says that it is new
        with self.stack as stack:
            self.process = stack.enter_context(Process("the breaker in Node", command, {}))
            self.process.ready()
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def measure(self, run: Run) -> Measured:
        """What a run comes to."""
        if run not in self.known:
            self.known[run] = measured(self.process.ask("measure", as_json(run)))
        return self.known[run]


def as_json(run: Run) -> dict[str, Any]:
    """The run as Node reads it."""
    failing = {"everyMs": run.traffic.every_ms, "fromMs": run.traffic.from_ms, "untilMs": run.traffic.until_ms}
    load = {"nodes": run.load.nodes, "rate": run.load.rate, "stretchMs": run.load.stretch_s * 1000}
    breaker = {"target": run.target, "store": run.store, "policy": run.policy.to_json(), "timeoutMs": run.timeout_ms}
    return breaker | load | {"failing": failing, "originMs": run.origin_ms, "storeMs": STORE_MS}


def measured(said: dict[str, Any]) -> Measured:
    """What Node said."""
    spoke = tuple(tuple(times) for times in said["spoke"])
    return Measured(said["requests"], said["calls"], said["busyMs"], spoke, said["counts"], said["campion"])


def load_of(target: TargetName, requests_per_s: float, rate: float, budget: int) -> Load:
    """A load that stands for so many requests a second in all, at the rate of a node, in about `budget` requests.

    Nodes speak for themselves, so fewer of them cost as much a request; what a breaker costs once, its transitions,
    counts for more.
    """
    requests_per_s = max(requests_per_s, QUIETEST_PER_S)
    rate = min(rate, requests_per_s, LAMBDA_MOST_PER_S if target == "aws" else rate)
    stretch_s = PERIOD_S if rate * STRETCH_S > budget else STRETCH_S
    affordable = max(2, min(MOST_NODES, int(budget / (rate * stretch_s))))
    nodes = max(1, min(round(requests_per_s / rate), affordable))
    wanted_s = FEWEST_REQUESTS / (nodes * rate)
    periods = math.ceil(min(max(stretch_s, wanted_s), LONGEST_STRETCH_S) / PERIOD_S)
    return Load(nodes, rate, periods * PERIOD_S)
