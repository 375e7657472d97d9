"""`kampkin conformance`: the vectors on each runtime, side by side, and whether their transcripts are one."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema import ValidationError as SchemaError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from kampkin.conformance.core import core_player
from kampkin.conformance.edges import EdgeStage
from kampkin.conformance.run import RUNTIMES, Played, Player, Runtime, Shipped
from kampkin.conformance.vectors import Vector, read_vectors
from kampkin.errors import Cannot
from kampkin.plan import PLAN_VERSION
from kampkin.schema import plan_schema

GENERATED = ("plan.mjs", "site.mjs", "main.mjs")
"""What a bundle has of its own; a run puts in others."""

PARTS: dict[Runtime, tuple[str, str]] = {"workerd": ("worker", "cloudflare"), "lambda": ("aws", "aws")}
"""Which part of a bundle a runtime plays, and the target it is for. Node plays any."""


def run(folder: Path | None, runtimes: Sequence[Runtime] | None, transcript: Path | None) -> int:
    """Plays every vector on every runtime; 0 if all is as it says and the transcripts are equal, else 1.

    `folder` is what `kampkin compile` wrote; without one the modules of this release are played. Raises `Cannot` where
    a part is missing.
    """
    shipped = read_bundle(folder) if folder else None
    wanted = tuple(runtimes or RUNTIMES)
    if shipped:
        lacking = [one for one in wanted if one in PARTS and not shipped[PARTS[one][0]]]
        if lacking and runtimes:
            raise Cannot(f"{folder} has nothing for {PARTS[lacking[0]][1]}", "compile it with that target")
        wanted = tuple(one for one in wanted if one not in lacking)
    console = Console()
    vectors = read_vectors()
    played = play(vectors, wanted, shipped, console)
    texts = {runtime: text_of(those) for runtime, those in played.items()}
    problems = [problem for those in played.values() for one in those for problem in one.problems]
    console.print(table(played, texts))
    for problem in dict.fromkeys(problems):
        console.print(problem, style="red", markup=False)
    differ = len(set(texts.values())) > 1
    if transcript:
        transcript.write_text(texts[wanted[0]])
    if differ:
        console.print(difference(played), style="bold red", markup=False)
    elif not problems:
        console.print(f"One transcript, {len(wanted)} {'runtimes' if len(wanted) > 1 else 'runtime'}.")
    return 1 if problems or differ else 0


def play(
    vectors: Sequence[Vector], runtimes: Sequence[Runtime], shipped: Shipped | None, console: Console | None = None
) -> dict[Runtime, tuple[Played, ...]]:
    """The vectors on the runtimes, all at once: what each came to, in the vectors' order."""
    columns = (TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console or Console(quiet=True), transient=True) as progress:
        lock = threading.Lock()

        def on(runtime: Runtime) -> tuple[Played, ...]:
            task = progress.add_task(runtime, total=len(vectors))
            found = []
            with player(runtime, vectors, shipped) as play_one:
                for vector in vectors:
                    found.append(play_one(vector))
                    with lock:
                        progress.advance(task)
            return tuple(found)

        with ThreadPoolExecutor(max_workers=len(runtimes)) as pool:
            return dict(zip(runtimes, pool.map(on, runtimes), strict=True))


@contextmanager
def player(runtime: Runtime, vectors: Sequence[Vector], shipped: Shipped | None) -> Iterator[Player]:
    """What plays the vectors on a runtime, while the context lasts."""
    if runtime == "node":
        with core_player(vectors, shipped) as play_one:
            yield play_one
    else:
        with EdgeStage(runtime, vectors, shipped) as stage:
            yield stage.play


def text_of(played: Sequence[Played]) -> str:
    """The transcript of a run: the same bytes for the same behaviour."""
    return "\n".join(one.transcript for one in played) + "\n"


def table(played: dict[Runtime, tuple[Played, ...]], texts: dict[Runtime, str]) -> Table:
    """What each runtime came to."""
    shown = Table("runtime", "vectors", "steps", "as they say", "transcript")
    for runtime, those in played.items():
        sound = sum(not one.problems for one in those)
        digest = hashlib.sha256(texts[runtime].encode()).hexdigest()[:16]
        shown.add_row(runtime, str(len(those)), str(sum(len(one.seen) for one in those)), str(sound), digest)
    return shown


def difference(played: dict[Runtime, tuple[Played, ...]]) -> str:
    """The first vector that is not the same everywhere, as each runtime played it."""
    for together in zip(*played.values(), strict=True):
        if len({one.transcript for one in together}) > 1:
            told = (f"{runtime}\n{one.transcript}" for runtime, one in zip(played, together, strict=True))
            return "The runtimes differ, first in\n" + "\n".join(told)
    return ""


def read_bundle(folder: Path) -> Shipped:
    """The modules that `kampkin compile` wrote. Raises `Cannot` where the folder is none of its."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        plan = json.loads((folder / "plan.json").read_text())
        if plan["version"] == PLAN_VERSION:
            Draft202012Validator(plan_schema()).validate(plan)
        workers = manifest["deploy"].get("cloudflare")
        paths = {
            "worker": [f"cloudflare/{name}" for name in workers["worker"]["modules"]] if workers else [],
            "state": [f"cloudflare/{name}" for name in workers["state"]["modules"]]
            if workers and "state" in workers
            else [],
            "aws": [path for path in manifest["files"] if path.startswith("aws/") and path.endswith(".mjs")],
        }
        return {part: dict(read(folder, those)) for part, those in paths.items()}
    except SchemaError as problem:
        where = "/".join(map(str, problem.absolute_path)) or "its top"
        raise Cannot(f"the plan in {folder} is not one: at {where}, {problem.message}") from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise Cannot(f"{folder} holds no bundle: {problem}", "write one: kampkin compile --out DIR") from None


def read(folder: Path, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The modules by name, without what is a bundle's own."""
    for path in paths:
        name = path.partition("/")[2]
        if name not in GENERATED:
            yield name, (folder / path).read_bytes()
