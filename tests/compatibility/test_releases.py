"""State written by one release is read by another, both ways: during a deploy both are at work."""

from __future__ import annotations

import json
import subprocess
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest

from kampkin import __version__
from kampkin.local.toolchain import node

from .keep import RELEASES

LIFE = Path(__file__).with_name("life.mjs")
NOW = Path(str(files("kampkin") / "runtime"))
KEPT = sorted(RELEASES.glob("*.zip"))


@pytest.mark.parametrize("store", ["durable-object", "dynamodb"])
@pytest.mark.parametrize("order", ["forward", "back"])
@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.stem)
def test_a_breaker_lives_on_over_a_change_of_release(tmp_path: Path, kept: Path, order: str, store: str) -> None:
    """Four failures under one release and the fifth under the other open it; nodes of both are rejected, over either's
    store, and a probe of each closes it."""
    with zipfile.ZipFile(kept) as archive:
        archive.extractall(tmp_path)
    first, second = (tmp_path, NOW) if order == "forward" else (NOW, tmp_path)
    said = json.dumps({"first": str(first), "second": str(second), "store": store})
    run = subprocess.run([node(), LIFE, said], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == [500] * 5 + [503] * 3 + [200] * 3


def test_a_release_is_kept_before_the_next_begins() -> None:
    """There is one to be held against, and it is not this one's own."""
    assert KEPT
    assert all(path.stem != __version__ for path in KEPT)
