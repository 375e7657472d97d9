"""Modules that misbehave while they are played: nothing of them gets further than a message."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kampkin.errors import Cannot
from kampkin.review.behaviour import player
from kampkin.review.behaviour.player import Played, middle, play, question, shipped
from tests.review.behaviour.played import settings


def edited(folder: Path, module: str, old: str, new: str) -> Path:
    """The runtime that ships, with one edit."""
    copy = folder / "runtime"
    shutil.copytree(shipped(), copy)
    code = (copy / module).read_text()
    assert old in code
    (copy / module).write_text(code.replace(old, new, 1))
    return copy


def test_the_same_input_gives_the_same_bytes() -> None:
    """Two processes say the same, to the byte."""
    asked = question([settings(), settings(consecutive_failures=2)], 3)
    first, second = (player.run(shipped(), asked, 60) for _ in range(2))
    assert first == second
    assert len(first) > 1_000


def test_no_settings_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is nothing to play Node is not even looked for."""
    monkeypatch.setattr(player, "node", lambda: pytest.fail("looked for"))
    assert play(shipped(), []) == {}


@pytest.mark.parametrize("loop", ["for (;;);", "await new Promise((resolve) => setInterval(() => {}, 1000));"])
def test_a_module_that_never_ends_is_stopped(tmp_path: Path, loop: str) -> None:
    """Whether it runs or only waits."""
    runtime = edited(tmp_path, "breaker.mjs", "export const CLOSED = 0;", f"export const CLOSED = 0; {loop}")
    with pytest.raises(Cannot) as told:
        play(runtime, [settings()], deadline_s=1.5)
    assert "were stopped" in told.value.message and "1.5 s" in told.value.message
    assert str(runtime) in told.value.message
    assert told.value.hint == "a module there may never end"


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("throw new RangeError('not today');", "RangeError: not today"),
        ("await import('./nowhere.mjs');", "nowhere.mjs"),
        (
            "await import('node:fs').then((fs) => fs.readFileSync('/etc/hostname'));",
            "Access to this API has been restricted",
        ),
        (
            "await import('node:fs').then((fs) => fs.writeFileSync('made', ''));",
            "Access to this API has been restricted",
        ),
        (
            "await import('node:child_process').then((c) => c.execSync('true'));",
            "Access to this API has been restricted",
        ),
        ("if (Object.keys(process.env).length > 0) throw new Error(Object.keys(process.env));", None),
        ("await new Promise(() => {});", "unsettled top-level await"),
        ("const all = []; for (;;) all.push(new Array(1e5).fill(7));", "heap"),
    ],
)
def test_what_a_module_tries(tmp_path: Path, code: str, word: str | None) -> None:
    """It is told why it failed: it has no files but its own, no programs, no environment, so much memory."""
    runtime = edited(tmp_path, "breaker.mjs", "export const CLOSED = 0;", f"export const CLOSED = 0; {code}")
    if word is None:
        assert play(runtime, [settings()])
        return
    with pytest.raises(Cannot) as told:
        play(runtime, [settings()])
    assert word in told.value.message


@pytest.mark.parametrize("said", ["", "{}", '{"played": [[[{"openedMs": "soon"}]]]}', '{"played": []}', "[]"])
def test_what_is_no_result_is_not_believed(tmp_path: Path, said: str) -> None:
    """A module may say anything in the player's stead."""
    code = f"process.stdout.write({said!r}); process.exit(0);"
    runtime = edited(tmp_path, "breaker.mjs", "export const CLOSED = 0;", f"export const CLOSED = 0; {code}")
    with pytest.raises(Cannot, match="no result that can be read"):
        play(runtime, [settings()])


def test_a_fault_in_the_breaker_is_no_result(tmp_path: Path) -> None:
    """The middleware lets requests pass where the breaker throws; here that is told."""
    runtime = edited(
        tmp_path,
        "breaker.mjs",
        "export function observe(",
        "export function observe() { throw new Error('lost'); }\nexport function unused(",
    )
    with pytest.raises(Cannot, match="lost"):
        play(runtime, [settings()])


def test_the_middle_run_is_told() -> None:
    """Each number by itself; never comes after any time, and false opens are added up."""
    runs = [
        Played(100, 3, 9, None, 1, 5),
        Played(None, 1, 8, None, 0, 6),
        Played(4_010, 2, 7, 125_100, 2, 7),
    ]
    assert middle(runs) == Played(4_100, 2, 8, None, 3, 6)
