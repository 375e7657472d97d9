"""`bench lambda`: what the compiled function costs beside a handler that only makes the same call.

One Node 24 per handler, as Lambda has one per environment, each handed one event at a time with no HTTP in front. The
table is moto's, in a process of its own; a node speaks to it at its heartbeat only.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from typing import Any

from bench.children import listening
from bench.plans import plan_of
from bench.stats import percent, ratios, rotated, spread
from bench.table import Table
from bench.worker import ORIGIN, PATH
from kampkin.bundle import bundle
from kampkin.errors import Cannot
from kampkin.local.deployment import deployment_of
from kampkin.local.dynamodb import CREDENTIALS, LocalDynamoDB
from kampkin.local.ports import LOOPBACK, free_ports
from kampkin.local.process import Process
from kampkin.local.toolchain import node

JS = Path(__file__).parent / "js"
WARM_UP = 5000
"""Events before anything is counted."""

PLAIN, AGAIN, OURS = "the call alone", "the same again (control)", "compiled function"


def run(rounds: int, quick: bool) -> list[Table]:
    """Measures; the tables."""
    events = 300 if quick else 1500
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kampkin-bench-")))
        origin_port, database_port = free_ports(2)
        origin = f"http://{LOOPBACK}:{origin_port}"
        stack.enter_context(listening("the origin", [node(), ORIGIN, str(origin_port)], origin_port))
        function = deployment_of(bundle(plan_of(3, origin))).function
        assert function and function.table, "the plan has the target aws, with a table"
        with zipfile.ZipFile(io.BytesIO(function.archive)) as archive:
            archive.extractall(folder)
        database = stack.enter_context(LocalDynamoDB(database_port, [function.table], function.region))
        database.ready()
        aws = CREDENTIALS | {"AWS_REGION": function.region, "AWS_ENDPOINT_URL_DYNAMODB": database.url}
        bare = JS / "bare-lambda.mjs", {"BENCH_ORIGIN": origin}
        handlers = {PLAIN: bare, AGAIN: bare, OURS: (folder / "main.mjs", aws)}
        environments = {name: stack.enter_context(environment(name, *how)) for name, how in handlers.items()}
        for each in environments.values():
            each.ready()
            invoke(each, WARM_UP // 10 if quick else WARM_UP)
        found: dict[str, list[dict[str, float]]] = {name: [] for name in environments}
        for order in rotated(list(environments), rounds):
            for name in order:
                found[name].append(invoke(environments[name], events))
    return [table(found, events)]


def environment(name: str, handler: Path, env: dict[str, str]) -> Process:
    """A Node that runs the handler."""
    conversation = Path(str(files("kampkin.local") / "js" / "conversation.mjs")).as_uri()
    config = {"handler": handler.as_uri(), "env": env, "path": PATH}
    return Process(name, [node(), JS / "environment.mjs", conversation], config)


def invoke(environment: Process, events: int) -> dict[str, float]:
    """µs of processor and of wall time for each of so many events. Raises `Cannot` where one failed."""
    told: dict[str, Any] = environment.ask("run", events)
    if told["failed"]:
        raise Cannot(f"{environment.name}: {told['failed']} of {events} events did not come to a 200")
    if told["said"]:
        raise Cannot(f"the {environment.name} is not on its untouched path: it logged {told['said'][0]}")
    return {"cpu": told["cpu"] / events, "wall": told["wall"] / events}


def table(found: dict[str, list[dict[str, float]]], events: int) -> Table:
    """The handlers side by side, in ratios to the plain one's of the same round."""
    rounds = len(found[PLAIN])
    made = Table(
        f"Lambda@Edge: processor time of an event, {rounds} rounds of {events} events",
        ["handler", "CPU, median", "over the call alone, median", "quartiles", "more CPU", "wall, median"],
    )
    base = [each["cpu"] for each in found[PLAIN]]
    for name, each in found.items():
        cpu = [one["cpu"] for one in each]
        ratio, own = ratios(cpu, base), spread(cpu).median
        row = [
            percent(ratio.median),
            f"{percent(ratio.low)} … {percent(ratio.high)}",
            f"{own - spread(base).median:+.0f} µs",
        ]
        compared = ["", "", ""] if name == PLAIN else row
        made.rows.append([name, f"{own:.0f} µs", *compared, f"{spread([one['wall'] for one in each]).median:.0f} µs"])
    return made
