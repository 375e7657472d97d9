"""`bench breaker`: the machine itself beside two circuit breakers for Node, and what it allocates and holds.

Time is measured in one Node process, memory in one each. What is called handed in: the clock and the coin, which the
breaker never reads by itself.
"""

from __future__ import annotations

import json
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

from bench.stats import ratios, rotated, spread
from bench.table import Table
from kampkin.errors import Cannot
from kampkin.local.toolchain import node, node_modules
from kampkin.plan import Policy

JS = Path(__file__).parent / "js"
NPM = Path(__file__).parent / "npm"
TIMEOUT_S = 300

SYNC = {
    "breakerHanded": "breaker.mjs: decide, observe; clock and coin handed in",
    "breakerHandedAgain": "the same again (control)",
    "breaker": "breaker.mjs, reading clock and coin at both steps",
    "nodeHanded": "node.mjs: arrive, verdict, admit, settleAt; handed in",
}
ASYNC = {
    "nothingAsync": "no breaker: the async call alone",
    "breakerHandedAsync": "breaker.mjs; clock and coin handed in",
    "breakerAsync": "breaker.mjs, reading clock and coin at both steps",
    "breakerAsyncAgain": "the same again (control)",
    "nodeAsync": "node.mjs, reading the clock three times, the coin twice",
    "cockatielConsecutive": "cockatiel, ConsecutiveBreaker: no window",
    "cockatielSampling": "cockatiel, SamplingBreaker",
    "opossum": "opossum, without timeout and percentiles",
}
PEERS = ("cockatielConsecutive", "cockatielSampling", "opossum")

NO_COLLECTION = ("--expose-gc", "--min-semi-space-size=512", "--max-semi-space-size=512")
"""For Node: a young generation of 512 MB, so that nothing is collected while what is allocated is counted."""


def run(rounds: int, quick: bool) -> list[Table]:
    """Measures; the tables."""
    names = [*SYNC, *ASYNC]
    ns = measure(
        "speed.mjs",
        peers=str(node_modules(NPM, "the peers")),
        orders=list(rotated(names, rounds)),
        sliceMs=3 if quick else 40,
    )
    return [speed(ns, rounds), memory(quick)]


def measure(program: str, *flags: str, **config: Any) -> Any:
    """What a program of ours in Node printed."""
    shared = {"runtime": str(files("kampkin") / "runtime"), "policy": Policy().to_json()}
    command = [str(node()), *flags, str(JS / program), json.dumps(shared | config)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if ended.returncode != 0:
        raise Cannot(f"{program} failed: {ended.stderr.strip()}")
    return json.loads(ended.stdout)


def speed(ns: dict[str, list[float]], rounds: int) -> Table:
    """Operations a second, and how many times as many as the fastest peer in the same round."""
    fastest = min(PEERS, key=lambda name: spread(ns[name]).median)
    table = Table(
        f"Breaker: decide on a call and record its success, closed, {rounds} rounds",
        ["", "ns, least", "ns, median", "ops/s, median", "times the faster peer", "quartiles"],
    )
    for title, names in (("sync", SYNC), ("async", ASYNC)):
        for name, what in names.items():
            own, times = spread(ns[name]), ratios(ns[fastest], ns[name])
            compared = [f"{times.median:.2f}", f"{times.low:.2f} … {times.high:.2f}"]
            row = [f"{title}: {what}", f"{own.least:.1f}", f"{own.median:.1f}", f"{1000 / own.median:.2f} M", *compared]
            table.rows.append(row)
    floor = spread(ns["nothingAsync"]).median
    added = {ASYNC[name]: spread(ns[name]).median - floor for name in ("breakerHandedAsync", "breakerAsync", *PEERS)}
    table.notes = [
        f"The faster peer: {ASYNC[fastest]}.",
        "ns over the async call alone: " + "; ".join(f"{what} {value:.0f}" for what, value in added.items()) + ".",
    ]
    return table


def memory(quick: bool) -> Table:
    """Bytes that a call allocates, and that a breaker holds."""
    calls, things = (100_000, 1000) if quick else (1_000_000, 10_000)
    table = Table(
        f"Breaker: memory, {calls:,} calls, {things:,} breakers of one window each",
        ["", "heap bytes", "external bytes", "together"],
    )
    for what, name in {
        "nothing": "a call: the loop alone (control)",
        "breaker": "a call: decide, observe",
        "node": "a call: arrive, verdict, admit, settleAt, with its result",
    }.items():
        found = measure("memory.mjs", *NO_COLLECTION, what=what, count=calls)["bytes"]
        table.rows.append([name, f"{found:.2f}", "", f"{found:.2f}"])
    for what, name in {
        "breakers": "a breaker's record",
        "nodes": "a node: its view, and what it has yet to tell",
    }.items():
        held = measure("memory.mjs", *NO_COLLECTION, what=what, count=things)
        heap, external = held["heap"], held["external"]
        table.rows.append([name, f"{heap:.0f}", f"{external:.0f}", f"{heap + external:.0f}"])
    return table
