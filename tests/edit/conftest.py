"""The editing commands in a folder of their own."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kampkin.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str


Kampkin = Callable[[str], Ran]


@pytest.fixture
def kampkin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kampkin:
    """Runs a command line in the test's folder; nobody is at the terminal."""
    monkeypatch.chdir(tmp_path)

    def kampkin(line: str) -> Ran:
        try:
            code = main(shlex.split(line))
        except SystemExit as ended:  # argparse's usage errors
            code = int(ended.code or 0)
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    return kampkin
