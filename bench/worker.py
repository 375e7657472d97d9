"""`bench worker`: what the compiled Worker costs beside a bare pass-through: the answer untouched, changed, watched.

Processes of raw `workerd serve` in front of one origin: the pass-through, the same again, a barer one, and compiled
Workers with its state Worker as a second service. `wrk` keeps 16 connections of one busy for a slice, then those of the
next; what is compared is the processor time that a request costs workerd. Each round has processes of its own, since
two of the same differ by several percent for as long as they live.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.children import cpu_ns, listening
from bench.plans import CHANGED, WATCHED, plan_of
from bench.stats import percent, ratios, rotated, spread
from bench.table import Table
from bench.workerd import BY_FIELDS, bare, compiled
from kampkin.bundle import bundle
from kampkin.errors import Cannot
from kampkin.local.ports import LOOPBACK, free_ports
from kampkin.local.toolchain import node

CONNECTIONS = 16
WARM_UP_S = 1
PATH = "/service-0/items/1"
ORIGIN = Path(__file__).parent / "js" / "origin.mjs"

PLAIN, AGAIN, LESS = "pass-through", "the same again (control)", "pass-through, by fields"
OURS: dict[str, Mapping[str, str]] = {
    "compiled Worker": {},
    "compiled Worker, the answer's headers changed (cors)": CHANGED,
    "compiled Worker, the body watched (watch_body)": WATCHED,
}
NAMES = (PLAIN, AGAIN, LESS, *OURS)


@dataclass(frozen=True)
class Slice:
    """What a slice of load came to."""

    requests: int
    cpu_us: float
    """Processor time of workerd for each request, µs."""
    busy: float
    """Processors that workerd kept busy."""
    origin_busy: float


def run(rounds: int, quick: bool) -> list[Table]:
    """Measures; the tables. Raises `Cannot` where wrk is missing."""
    wrk = shutil.which("wrk")
    if not wrk:
        raise Cannot("this needs wrk, which is not on PATH", "apt-get install wrk")
    seconds = 1 if quick else 2
    slices: dict[str, list[Slice]] = {name: [] for name in NAMES}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kampkin-bench-")))
        (port,) = free_ports(1)
        origin_pid = stack.enter_context(listening("the origin", [node(), ORIGIN, str(port)], port))
        for number, order in enumerate(rotated(list(slices), rounds)):
            place = folder / str(number)
            for name, found in measured(wrk, place, order, f"http://{LOOPBACK}:{port}", origin_pid, seconds).items():
                slices[name].append(found)
    return [table(slices, seconds)]


def measured(wrk: str, folder: Path, order: list[str], origin: str, origin_pid: int, seconds: int) -> dict[str, Slice]:
    """One round: each in a process of its own, warmed, then a slice of load on one after the other."""
    with ExitStack() as stack:
        running: dict[str, tuple[int, int, Path]] = {}
        for name, port in zip(order, free_ports(len(order)), strict=True):
            place = folder / re.sub(r"\W+", "-", name)
            place.mkdir(parents=True)
            serve = command(name, place, port, origin)
            log = place / "log"
            running[name] = stack.enter_context(listening(name, serve, port, log=log)), port, log
        for pid, port, _ in running.values():
            load(wrk, port, pid, origin_pid, WARM_UP_S)
        found = {name: load(wrk, port, pid, origin_pid, seconds) for name, (pid, port, _) in running.items()}
        for name, (_, _, log) in running.items():
            if said := log.read_text().strip():
                raise Cannot(f"the {name} did not have an easy time: it logged {said.splitlines()[0]}")
        return found


def command(name: str, folder: Path, port: int, origin: str) -> list[str | Path]:
    """What serves the Worker of this name."""
    if name in OURS:
        return compiled(folder, port, bundle(plan_of(3, origin, OURS[name])))
    return bare(folder, port, origin, BY_FIELDS) if name == LESS else bare(folder, port, origin)


def load(wrk: str, port: int, pid: int, origin_pid: int, seconds: int) -> Slice:
    """One slice of load on one process. Raises `Cannot` where any answer was not 200."""
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", f"http://{LOOPBACK}:{port}{PATH}"]
    before, origin_before = cpu_ns(pid), cpu_ns(origin_pid)
    told = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30, check=True).stdout
    used, origin_used = cpu_ns(pid) - before, cpu_ns(origin_pid) - origin_before
    found = re.search(r"(\d+) requests in ([\d.]+)s", told)
    if not found or "Non-2xx" in told or "Socket errors" in told:
        raise Cannot(f"the load on port {port} did not go well", " ".join(told.split()))
    requests, lasted_ns = int(found[1]), float(found[2]) * 1e9
    return Slice(requests, used / requests / 1000, used / lasted_ns, origin_used / lasted_ns)


def table(slices: dict[str, list[Slice]], seconds: int) -> Table:
    """The slices side by side, in ratios to the pass-through's of the same round."""
    rounds = len(slices[PLAIN])
    found = Table(
        f"Worker: processor time of a request, {rounds} rounds of {seconds} s, {CONNECTIONS} kept connections",
        [
            "workerd runs",
            "CPU, median",
            "over pass-through, median",
            "quartiles",
            "requests/s",
            "workerd busy",
            "origin busy",
        ],
    )
    base = [each.cpu_us for each in slices[PLAIN]]
    for name in NAMES:
        each = slices[name]
        cpu = [one.cpu_us for one in each]
        ratio = ratios(cpu, base)
        middle = [spread([getattr(one, key) for one in each]).median for key in ("busy", "origin_busy")]
        rate = spread([one.requests / seconds for one in each]).median
        compared = (
            ["", ""] if name == PLAIN else [percent(ratio.median), f"{percent(ratio.low)} … {percent(ratio.high)}"]
        )
        found.rows.append(
            [name, f"{spread(cpu).median:.1f} µs", *compared, f"{rate:.0f}", *(f"{m:.2f}" for m in middle)]
        )
    return found
