"""`bench bundle`: how large the runtime is without a plan, and what a plan of 1,000 endpoints adds to its start."""

from __future__ import annotations

import gzip
import json
import subprocess
import tempfile
from pathlib import Path

from bench.plans import plan_of
from bench.stats import rotated, spread
from bench.table import Table
from kampkin.bundle import Bundle, bundle
from kampkin.local.toolchain import node

START = Path(__file__).parent / "js" / "start.mjs"
GENERATED = ("plan.mjs", "site.mjs")
MANY = 1000


def run(rounds: int, quick: bool) -> list[Table]:
    """Measures; the tables."""
    one, many = bundle(plan_of(1)), bundle(plan_of(50 if quick else MANY))
    return [sizes(one), start(one, many, rounds)]


def sizes(found: Bundle) -> Table:
    """Bytes of what each part consists of, less what is generated from a plan."""
    table = Table(
        "Bundle: bytes without the plan",
        ["part", "modules", "as they are", "gzip -9 of all in one", "gzip -9 of each, summed"],
    )
    parts = {"edge Worker": found.worker, "state Worker": found.state, "Lambda@Edge function": found.aws}
    for part, modules in parts.items():
        codes = [code for name, code in modules.items() if name not in GENERATED]
        sums = [sum(map(len, codes)), gzipped(b"".join(codes)), sum(map(gzipped, codes))]
        table.rows.append([part, str(len(codes)), *(f"{value:,}" for value in sums)])
    return table


def gzipped(data: bytes) -> int:
    """How many bytes it is by `gzip -9`."""
    return len(gzip.compress(data, 9, mtime=0))


def start(one: Bundle, many: Bundle, rounds: int) -> Table:
    """Starts of fresh Nodes with either plan, and the difference of each round."""
    count = len(many.plan.endpoints)
    table = Table(
        f"Bundle: start of the Lambda@Edge function in a fresh Node, {rounds} rounds",
        [
            "plan",
            "plan.mjs, bytes",
            "import of plan.mjs, median",
            "of main.mjs with it, median",
            "more, median",
            "quartiles",
        ],
    )
    with tempfile.TemporaryDirectory(prefix="kampkin-bench-") as folder:
        places = {"1": Path(folder, "one"), str(count): Path(folder, "many")}
        for place, found in zip(places.values(), (one, many), strict=True):
            for name, code in found.aws.items():
                path = place / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(code)
        took: dict[str, list[dict[str, float]]] = {name: [] for name in places}
        for order in rotated(list(places), rounds):
            for name in order:
                command = [node(), START, places[name]]
                ended = subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=True)
                took[name].append(json.loads(ended.stdout))
    base = [each["main"] for each in took["1"]]
    for (name, each), found in zip(took.items(), (one, many), strict=True):
        main = [ms["main"] for ms in each]
        more = spread([own - other for own, other in zip(main, base, strict=True)])
        compared = ["", ""] if name == "1" else [f"{more.median:+.1f} ms", f"{more.low:+.1f} … {more.high:+.1f} ms"]
        middle = [f"{spread(values).median:.1f} ms" for values in ([ms["plan"] for ms in each], main)]
        table.rows.append(
            [f"{int(name):,} endpoint{'s' * (name != '1')}", f"{len(found.aws['plan.mjs']):,}", *middle, *compared]
        )
    return table
