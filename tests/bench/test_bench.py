"""The benchmarks run and print what they say they do. What the figures are is nobody's business here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUICK = ("--rounds", "1", "--quick", "--markdown")
FIGURE = re.compile(r"\d")


def bench(*args: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """`python -m bench` in the repository, with another PATH where one is given."""
    env = {"PATH": path, "HOME": str(Path.home())} if path is not None else None
    command = [sys.executable, "-m", "bench", *args]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)


def rows(text: str) -> list[list[str]]:
    """The cells of the rows of all markdown tables in a text, without their heads."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    rules = [at for at, row in enumerate(cells) if row[0] == "---"]
    return [row for at, row in enumerate(cells) if at not in rules and at + 1 not in rules]


@pytest.mark.parametrize(
    ("which", "named"),
    [
        (
            "breaker",
            [
                "sync: breaker.mjs",
                "async: no breaker",
                "async: cockatiel",
                "async: opossum",
                "a call: decide",
                "a breaker's record",
            ],
        ),
        ("language", ["yaml.load", "kampkin check", "kampkin compile", "python -c", "kampkin check of"]),
        ("dashboard", ["50"]),
        ("bundle", ["edge Worker", "state Worker", "Lambda@Edge function", "1 endpoint", "50 endpoints"]),
    ],
)
def test_it_prints_a_figure_for_each_thing_it_names(which: str, named: list[str]) -> None:
    """Each thing that a benchmark compares has a row of its own, with figures in it."""
    ran = bench(which, *QUICK)
    assert ran.returncode == 0, ran.stderr
    found = rows(ran.stdout)
    for name in named:
        matching = [row for row in found if row[0].startswith(name)]
        assert matching and all(any(FIGURE.search(cell) for cell in row[1:]) for row in matching), (name, ran.stdout)


def test_without_wrk_it_says_how_to_get_it(tmp_path: Path) -> None:
    """The benchmark of the Worker needs wrk; without it the command ends with 2 and the remedy."""
    ran = bench("worker", *QUICK, path=str(tmp_path))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "apt-get install wrk" in ran.stderr
