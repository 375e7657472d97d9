"""What happens, as it happens: `watch` and `events --follow`, against both real edges."""

from __future__ import annotations

import json
import os
import pty
import queue
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .conftest import TOKEN, Stage

FILE = """
version: 1
project: operate
targets: {cloudflare: {}, aws: {}}
endpoints:
  cart: {origin: https://cart.example.com, breaker: {window: 1s}}
  rest: {origin: https://cart.example.com, route: /*}
"""


@pytest.fixture(scope="module")
def running(stage: Callable[..., Stage]) -> Stage:
    """Both edges, one node each."""
    return stage(admin=TOKEN, nodes=1)


@pytest.fixture
def shell(running: Stage, tmp_path: Path) -> dict[str, Any]:
    """Where commands run, and with what."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "KAMPKIN_"))}
    env = inherited | {
        "AWS_ENDPOINT_URL": running.edges.database()[0].meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "KAMPKIN_CLOUDFLARE_URL": running.edges.edges["cloudflare"].url,
        "KAMPKIN_ADMIN_TOKEN": TOKEN,
    }
    return {"cwd": tmp_path, "env": env}


@contextmanager
def going(shell: dict[str, Any], *args: str) -> Iterator[tuple[subprocess.Popen[str], Callable[[], str]]]:
    """A command that goes on, and its next line; ended by Ctrl-C."""
    command = [sys.executable, "-m", "kampkin", *args]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **shell)
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield process, lambda: lines.get(timeout=60)
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        reader.join()
    assert (process.returncode, "Traceback" in said) == (130, False), said


def flip(shell: dict[str, Any], *args: str) -> None:
    """By another person."""
    subprocess.run(
        [sys.executable, "-m", "kampkin", "flip", *args], check=True, capture_output=True, timeout=60, **shell
    )


def test_watch_tells_what_changes(shell: dict[str, Any]) -> None:
    """On a pipe every breaker once, and then a line for each that has moved."""
    with going(shell, "watch", "--every", "1s") as (_, line):
        first = [line() for _ in range(4)]
        assert sorted(one.split()[1] for one in first) == ["cart", "cart", "rest", "rest"]
        flip(shell, "cart", "open", "--target", "aws")
        moved = line().split()
        assert moved[1:6] == ["cart", "aws", "us-east-1", "●", "open"]
        flip(shell, "cart", "closed", "--target", "aws")
        assert "○" in line()


def test_watch_gives_json_lines(shell: dict[str, Any]) -> None:
    """A whole board each."""
    with going(shell, "watch", "cart", "--every", "1s", "--json") as (_, line):
        for board in (json.loads(line()), json.loads(line())):
            assert [one["breaker"] for one in board["breakers"]] == ["cart", "cart"]
            assert board["unanswered"] == []


def test_follow_tells_each_event_once(shell: dict[str, Any]) -> None:
    """Of all breakers, from both edges, oldest first, and nothing of what was before."""
    flip(shell, "rest", "open")
    flip(shell, "rest", "closed")
    with going(shell, "events", "--follow", "--every", "1s", "--json") as (process, line):
        assert process.stderr is not None
        assert process.stderr.readline() == "following every breaker on aws us-east-1, cloudflare; Ctrl-C ends\n"
        flip(shell, "cart", "half-open", "--target", "cloudflare")
        flip(shell, "rest", "half-open", "--target", "aws")
        told = [json.loads(line()), json.loads(line())]
        assert [(one["breaker"], one["edge"], one["to"]) for one in told] == [
            ("cart", "cloudflare", "half-open"),
            ("rest", "aws", "half-open"),
        ]
    flip(shell, "cart", "closed")
    flip(shell, "rest", "closed")


def test_on_a_terminal_watch_is_one_picture(shell: dict[str, Any]) -> None:
    """On the other screen, which Ctrl-C leaves again."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "kampkin", "watch", "--every", "1s"]
    env = shell["env"] | {"TERM": "xterm-256color", "COLUMNS": "200", "LINES": "50"}
    process = subprocess.Popen(command, cwd=shell["cwd"], env=env, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    seen = read_until(leader, b"Ctrl-C ends")
    assert b"\x1b[?1049h" in seen
    assert b"breaker" in seen
    assert b"cart" in seen
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    rest = read_until(leader, b"\x1b[?1049l")
    os.close(leader)
    assert b"Traceback" not in rest


def test_a_terminal_that_moves_no_cursor_gets_lines(shell: dict[str, Any]) -> None:
    """One for each breaker, as a pipe does."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "kampkin", "watch", "cart", "--every", "1s"]
    env = shell["env"] | {"TERM": "dumb"}
    process = subprocess.Popen(command, cwd=shell["cwd"], env=env, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    seen = read_until(leader, b"cart  cloudflare")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    os.close(leader)
    assert b"\x1b" not in seen


def test_a_hold_anew_is_told(shell: dict[str, Any]) -> None:
    """Though its mode is the one that was there."""
    hold = ["hold", "cart", "monitor", "--for", "10m", "--target", "aws", "--owner", "dana", "--reason"]

    def held(reason: str) -> None:
        command = [sys.executable, "-m", "kampkin", *hold, reason]
        subprocess.run(command, check=False, capture_output=True, timeout=60, **shell)

    held("first")
    with going(shell, "events", "--follow", "cart", "--every", "1s", "--json") as (process, line):
        assert process.stderr is not None
        assert process.stderr.readline().startswith("following cart on ")
        held("second")
        while json.loads(line())["override"]["reason"] != "second":
            pass  # the first, if it was a moment before: clocks differ


def read_until(terminal: int, mark: bytes) -> bytes:
    """What comes, up to the mark. Fails where it does not come."""
    seen = b""
    while mark not in seen:
        assert select.select([terminal], [], [], 60)[0], seen
        seen += os.read(terminal, 65536)
    return seen
