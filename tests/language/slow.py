"""How much processor time inputs take, the slowest first: `python -m tests.language.slow [N]` prints N of them."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from kampkin.formats import render
from kampkin.load import load
from tests.language.corpus import MAIN
from tests.language.floods import FLOODS
from tests.language.hostile import ALL


def main(most: int) -> None:
    """Each input once, by `load` and as text for a person."""
    inputs = {one.name: one.data for one in ALL} | {name: make().encode() for name, make in FLOODS.items()}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "edge" / MAIN
        path.parent.mkdir()
        rows = [(*measured(path, data), len(data) / 1_000, name) for name, data in inputs.items()]
    print(f"{'load':>8} {'shown':>8} {'size':>10} {'findings':>9}")
    for load_s, shown_s, findings, size_kb, name in sorted(rows, reverse=True)[:most]:
        print(f"{load_s:6.2f} s {shown_s:6.2f} s {size_kb:7.0f} kB {findings:9} {name}")


def measured(path: Path, data: bytes) -> tuple[float, float, int]:
    """Seconds of the processor to load it and to show what was found, and how much that is."""
    path.write_bytes(data)
    begin = time.process_time()
    loaded = load(path)
    between = time.process_time()
    render("human", loaded.diagnostics, loaded.texts, path.parent)
    return between - begin, time.process_time() - between, len(loaded.diagnostics)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 20)
