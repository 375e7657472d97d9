"""`bench language`: what reading, checking and compiling a large file costs, beside a bare `yaml.load` of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.stats import ratios, rotated, spread
from bench.table import Table
from kampkin.errors import Cannot

MANY = 10_000
TIMES = 10
"""How many times fewer endpoints the smaller file has."""
COMMANDS = ("check", "compile")
OWN = Path(__file__).parents[1] / "kampkin.yaml"

HEAD = """\
version: 1
project: acme
defaults:
  timeout: 3s
  breaker:
    window: 30s
    trip: {failure_ratio: 50%, minimum_requests: 20, consecutive_failures: 5}
    cooldown: {initial: 10s, factor: 2, max: 5m, jitter: 20%}
    half_open: {admit: 10%, max_probes: 3, successes: 3, ramp: 30s}
endpoints:
"""
CART = """\
  cart-{0}:
    owner: shop
    route: /cart-{0}/*
    origin: https://cart-{0}.acme.dev/v2
    methods: [GET, POST, DELETE]
    cors: {{origins: [https://shop.acme.dev]}}
    breaker: {{trip: {{network_failures: 5, service_failures: 10}}}}
    fallback: {{status: 503, json: {{error: the cart is resting}}}}
    override: {{state: forced-open, until: 2026-12-01T06:00:00Z, owner: dana, reason: CHG-1182 move}}
"""
"""The endpoint `cart` of docs/language.md."""

BARE = "import sys, yaml; yaml.load(open(sys.argv[1], encoding='utf-8').read(), yaml.CSafeLoader)"
IMPORTS = "import pydantic, yaml, jsonschema"


@dataclass(frozen=True)
class Run:
    """What a process used."""

    cpu_s: float
    memory_kb: float


def run(rounds: int, quick: bool) -> list[Table]:
    """Measures; the tables. Raises `Cannot` where a command fails."""
    count = MANY // 50 if quick else MANY
    with tempfile.TemporaryDirectory(prefix="kampkin-bench-") as folder:
        files = {size: written(Path(folder, f"{size}.yaml"), size) for size in (1, count // TIMES, count)}
        bare = command("-c", BARE, files[count])
        ours = {
            f"{size} {name}": command("-m", "kampkin", name, file, *(("--out", folder) if name == "compile" else ()))
            for size, file in files.items()
            for name in COMMANDS
        }
        found = played({"yaml.load(text, CSafeLoader)": bare, "the same again (control)": bare, **ours}, rounds)
    imports = command("-c", IMPORTS)
    started = played(
        {
            f"python -c '{IMPORTS}'": imports,
            "the same again (control)": imports,
            "kampkin check of this repository's kampkin.yaml": command("-m", "kampkin", "check", OWN),
        },
        rounds * 2,
    )
    largest = {f"kampkin {name}": found[f"{count} {name}"] for name in COMMANDS}
    beside = {name: runs for name, runs in found.items() if name[0] not in "0123456789"}
    return [
        against(f"Language: {count:,} endpoints of the shape of cart, {rounds} rounds", beside | largest),
        growth(found, count),
        against(f"Language: start, {rounds * 2} rounds", started),
    ]


def written(path: Path, count: int) -> Path:
    """A file of so many endpoints."""
    path.write_text(HEAD + "".join(CART.format(number) for number in range(count)), encoding="utf-8")
    return path


def command(*arguments: str | Path) -> list[str]:
    """This Python with arguments."""
    return [sys.executable, *map(str, arguments)]


def played(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[Run]]:
    """Each command once a round, in changing order."""
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for order in rotated(list(commands), rounds):
        for name in order:
            found[name].append(measured(commands[name]))
    return found


def measured(arguments: Sequence[str]) -> Run:
    """A process's processor time, user and system, and the most memory it held at once."""
    child = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stderr.close()
    if child.returncode:
        raise Cannot(
            f"{' '.join(arguments)} ended with {child.returncode}", said.decode(errors="replace").strip() or None
        )
    return Run(used.ru_utime + used.ru_stime, used.ru_maxrss)


def against(title: str, found: Mapping[str, Sequence[Run]]) -> Table:
    """Each beside the first."""
    table = Table(title, ["", "CPU, median", "times the first", "quartiles", "memory, peak", "times the first"])
    first = next(iter(found.values()))
    for name, runs in found.items():
        cpu = ratios([one.cpu_s for one in runs], [one.cpu_s for one in first])
        memory = ratios([one.memory_kb for one in runs], [one.memory_kb for one in first])
        compared = (
            ["", "", ""]
            if runs is first
            else [f"{cpu.median:.2f}", f"{cpu.low:.2f} … {cpu.high:.2f}", f"{memory.median:.2f}"]
        )
        held = spread([one.memory_kb for one in runs]).median / 1024
        seconds = spread([one.cpu_s for one in runs]).median
        table.rows.append([name, f"{seconds * 1000:,.0f} ms", *compared[:2], f"{held:,.0f} MiB", compared[2]])
    return table


def growth(found: Mapping[str, Sequence[Run]], count: int) -> Table:
    """How much dearer the large file is than one a tenth of its size, each less what a file of one endpoint takes."""
    title = f"Language: {count // TIMES:,} to {count:,} endpoints, a file of one subtracted from both"
    table = Table(title, ["", "CPU, times", "quartiles"])
    for name in COMMANDS:
        one, fewer, many = ([run.cpu_s for run in found[f"{size} {name}"]] for size in (1, count // TIMES, count))
        grown = ratios(
            [a - c for a, c in zip(many, one, strict=True)], [b - c for b, c in zip(fewer, one, strict=True)]
        )
        table.rows.append([f"kampkin {name}", f"{grown.median:.2f}", f"{grown.low:.2f} … {grown.high:.2f}"])
    return table
