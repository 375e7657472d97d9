"""Both edges, run on this machine from what is, or would be, deployed: workerd, and Lambda environments with a DynamoDB.

Nothing in that code knows that it is here. Each edge has several nodes that share its store.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any

from kampkin.errors import Cannot
from kampkin.local.deployment import Deployment, Function
from kampkin.local.dynamodb import CREDENTIALS, LocalDynamoDB, client
from kampkin.local.ports import LOOPBACK, free_ports, require_free
from kampkin.local.process import Process
from kampkin.local.status import BreakerStatus, from_durable_object, from_dynamodb
from kampkin.local.toolchain import node, node_modules
from kampkin.plan import TargetName

FUNCTION_TIMEOUT_MS = 30_000
"""Lambda@Edge's limit at origin-request."""


@dataclass(frozen=True)
class LocalEdge:
    """Where an edge can be reached."""

    target: TargetName
    url: str
    """As callers see it: requests are spread over all nodes."""
    nodes: tuple[str, ...]
    """Each reaches one node only: an isolate, or a Lambda environment."""


@dataclass(frozen=True)
class LogLine:
    """A line that an edge logged."""

    target: TargetName
    text: str
    node: int | None = None
    """Which Lambda environment; workerd does not say which isolate."""


class LocalEdges(AbstractContextManager["LocalEdges"]):
    """The edges of a deployment, while the context lasts.

    `ports` gives an edge a port of its own, 0 or none a free one. `dynamodb_url` puts something else in the place
    of DynamoDB. `admin` is the Worker's admin token; without one it has no admin API. `secrets` are the values of secrets that
    the Worker sends to origins, by name. `beyond`, as `host:port`, is the own origin of the host that the Worker is in front of;
    without it what no endpoint takes is answered 404. Raises `Cannot` where a part is missing or does not start.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        nodes: int = 2,
        ports: Mapping[TargetName, int] | None = None,
        dynamodb_url: str | None = None,
        admin: str | None = None,
        secrets: Mapping[str, str] | None = None,
        beyond: str | None = None,
        on_log: Callable[[LogLine], None] | None = None,
    ) -> None:
        self.edges: dict[TargetName, LocalEdge] = {}
        self._deployment = deployment
        self._nodes = nodes
        self._ports = ports or {}
        self._dynamodb_url = dynamodb_url
        self.admin = admin
        self._secrets = secrets or {}
        self._beyond = beyond
        self._on_log = on_log or (lambda line: None)
        self._stack = ExitStack()
        self._processes: dict[TargetName, Process] = {}

    def __enter__(self) -> LocalEdges:
        with self._stack as stack:
            self._folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="kampkin-", ignore_cleanup_errors=True))
            )
            starting = [*self._start_aws(), *self._start_cloudflare()]
            for process in starting:
                process.ready()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def reload(self, deployment: Deployment) -> None:
        """Runs this from now on, on the same ports; what the stores hold stays."""
        self._deployment = deployment
        if "cloudflare" in self._processes and deployment.workers:
            self._processes["cloudflare"].ask("reload", deployment.workers)
        if "aws" in self._processes and deployment.function:
            self._processes["aws"].ask("reload", {"folder": self._unpack(deployment.function)})

    def kill(self, target: TargetName, number: int = 0) -> None:
        """Kills workerd with all its isolates, or one Lambda environment; returns when a fresh one has taken its place."""
        self._processes[target].ask("kill", number)

    def read(self, target: TargetName, breaker: str, region: str | None = None) -> BreakerStatus:
        """The breaker's record and its transitions, from the store itself; on AWS from the table of the region, by
        default the home's. `Cannot` where the store keeps none."""
        if target == "cloudflare":
            if self._deployment.workers and "state" not in self._deployment.workers:
                raise Cannot(f"the store {self._deployment.workers['store']} keeps no record")
            return from_durable_object(self._processes[target].ask("read", breaker))
        return from_dynamodb(*self.database(region), breaker=breaker)

    def decision(self, breaker: str) -> Any:
        """What KV holds of the breaker; None where it holds nothing."""
        return self._processes["cloudflare"].ask("decision", breaker)

    def call(self, breaker: str, method: str, *args: Any) -> Any:
        """Calls a method of the breaker's Durable Object."""
        return self._processes["cloudflare"].ask("call", [breaker, method, *args])

    def database(self, region: str | None = None) -> tuple[Any, str, str]:
        """A client for the DynamoDB that the function has in a region, by default its home; its table and the region.
        Raises `Cannot` where it has none."""
        function = self._deployment.function
        if function is None or function.table is None or self._dynamodb_url is None:
            raise Cannot("the function shares nothing: there is no table")
        region = region or function.region
        return client(self._dynamodb_url, region), function.table, region

    def reached_at(self) -> tuple[str | None, str, str | None, str | None]:
        """The Worker's address, its admin token, DynamoDB's address and the function's, as an operator needs them; None where
        there is none."""
        places = {target: edge.url for target, edge in self.edges.items()}
        function = self._deployment.function
        table = self._dynamodb_url if function and function.table else None
        return places.get("cloudflare"), self.admin or "", table, places.get("aws")

    def _start_cloudflare(self) -> list[Process]:
        workers = self._deployment.workers
        if workers is None:
            return []
        edge, ports = self._place("cloudflare")
        config = {
            "nodeModules": str(node_modules().parent),
            "ports": ports,
            "folder": str(self._folder),
            "site": workers,
            "admin": self.admin,
            "secrets": dict(self._secrets),
            "beyond": self._beyond,
        }
        return [self._run("cloudflare", edge, "workerd", "workerd.mjs", config)]

    def _start_aws(self) -> list[Process]:
        function = self._deployment.function
        if function is None:
            return []
        edge, ports = self._place("aws")
        starting: list[Process] = []
        if self._dynamodb_url is None and function.table is not None:
            (port,) = free_ports(1)
            dynamodb = self._stack.enter_context(LocalDynamoDB(port, [function.table], *function.regions))
            self._dynamodb_url = dynamodb.url
            starting.append(dynamodb)
        config = {
            "folder": self._unpack(function),
            "handler": function.handler,
            "ports": ports,
            "timeoutMs": FUNCTION_TIMEOUT_MS,
            "regions": function.regions,
            "env": CREDENTIALS
            | {"TZ": ":UTC"}
            | ({"AWS_ENDPOINT_URL_DYNAMODB": self._dynamodb_url} if self._dynamodb_url else {}),
        }
        return [*starting, self._run("aws", edge, "the Lambda@Edge host", "lambda-host.mjs", config)]

    def _run(self, target: TargetName, edge: LocalEdge, name: str, program: str, config: object) -> Process:
        script = files("kampkin.local") / "js" / program
        log = self._on_log
        process = Process(
            name, [node(), str(script)], config, lambda line: log(LogLine(target, line["log"], line.get("node")))
        )
        self._processes[target] = self._stack.enter_context(process)
        self.edges[target] = edge
        return process

    def _place(self, target: TargetName) -> tuple[LocalEdge, dict[str, Any]]:
        main, *nodes = free_ports(1 + self._nodes)
        if wanted := self._ports.get(target, 0):
            require_free({f"--port-{target}": wanted})
            main = wanted
        urls = tuple(f"http://{LOOPBACK}:{port}" for port in nodes)
        return LocalEdge(target, f"http://{LOOPBACK}:{main}", urls), {"main": main, "nodes": nodes}

    def _unpack(self, function: Function) -> str:
        """The function's zip, unpacked into a folder of its own; the folder."""
        folder = tempfile.mkdtemp(prefix="function-", dir=self._folder)
        with zipfile.ZipFile(io.BytesIO(function.archive)) as archive:
            archive.extractall(folder)
        return folder
