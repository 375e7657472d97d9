"""What day it is matters to `kampkin check` alone, and only for overrides."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kampkin.load import load

FILE = """\
version: 1
safety: {max_override: 2d}
endpoints:
  cart:
    origin: https://cart.acme.dev
    override: {state: forced-open, until: 2026-12-01T06:00:00Z, owner: dana, reason: the move}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with an override."""
    path = tmp_path / "kampkin.yaml"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize(
    ("at", "code", "says"),
    [
        ("2026-11-29T05:59:59Z", 1, "kampkin.yaml:6:43: error[override-too-far]"),
        ("2026-11-29T06:00:00Z", 0, "no problems"),
        ("2026-12-01T05:59:59Z", 0, "no problems"),
        ("2026-12-01T06:00:00Z", 0, "kampkin.yaml:6:43: warning[override-passed]"),
        ("2026-12-01T07:00:00+01:00", 0, "kampkin.yaml:6:43: warning[override-passed]"),
        ("tomorrow", 2, "kampkin: 'tomorrow' is no time\n  hint: such as --at 2026-12-01T06:00:00Z"),
    ],
)
def test_check_judges_overrides_as_of_a_time(file: Path, at: str, code: int, says: str) -> None:
    """Too far ahead is an error, over is a warning, and both bounds belong to what is fine."""
    command = [sys.executable, "-m", "kampkin", "check", "--at", at]
    ran = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == code, ran.stderr
    assert says in ran.stdout + ran.stderr


def test_what_a_file_comes_to_does_not_depend_on_today(file: Path) -> None:
    """Without a clock nothing is said of it, and the plan is the same."""
    compiled = load(file)
    assert compiled.diagnostics == ()
    assert compiled.plan == load(file, now_ms=1_796_000_000_000).plan


def test_a_silence_of_it_is_not_idle_where_nobody_asks(file: Path) -> None:
    """Only where the rule was asked can it have found nothing."""
    file.write_text(FILE + "    silence: {override-passed: it is history}\n")
    assert load(file).diagnostics == ()
    assert [one.id for one in load(file, now_ms=1_796_000_000_000).diagnostics] == ["silence-without-finding"]
    assert load(file, now_ms=1_797_000_000_000).diagnostics == ()
