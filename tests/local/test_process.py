"""No process outlives the one that started it, however that ended."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kampkin.bundle import Bundle
from kampkin.errors import Cannot
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.origin import LocalOrigins
from kampkin.local.process import Process

PARENT = """
import pickle, sys
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.origin import LocalOrigins
with LocalOrigins({"cart": None}), LocalEdges(deployment_of(pickle.load(sys.stdin.buffer))):
    print("up", flush=True)
    sys.stdin.buffer.raw.read()
"""


def state_of(pid: int) -> str:
    """A process's state letter; empty when there is no such process, or only its exit status."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
    return "" if state == "Z" else state


def started_by(pid: int) -> dict[int, str]:
    """The processes below this one and their command lines."""
    found: dict[int, str] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # a thread or a process that has just ended
            for child in map(int, (task / "children").read_text().split()):
                found[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
                found |= started_by(child)
    return found


def pids(processes: dict[int, str], what: str) -> list[int]:
    """Those with the text in their command line."""
    return [pid for pid, command in processes.items() if what in command]


@pytest.fixture
def parent(standin: Callable[..., Bundle], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Python that has everything running."""
    command = [sys.executable, "-c", PARENT]
    env = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdin
        assert process.stdout
        pickle.dump(standin("cloudflare", "aws"), process.stdin)
        process.stdin.flush()
        assert process.stdout.readline() == b"up\n"
        yield process
        process.kill()


@pytest.fixture
def started(parent: subprocess.Popen[bytes], until: Callable[..., Any]) -> dict[int, str]:
    """All that it started, once the environments are frozen."""
    processes = started_by(parent.pid)
    until(lambda: {state_of(pid) for pid in pids(processes, "lambda-environment")} == {"T"})
    return processes


def test_what_runs_is_all_there(started: dict[int, str]) -> None:
    """The fixture sees every kind of process that could be left behind."""
    kinds = ("workerd.mjs", "/workerd serve", "lambda-host", "kampkin.local.dynamodb", "origin.mjs", "kill -KILL")
    assert all(pids(started, kind) for kind in kinds)
    assert len(pids(started, "lambda-environment")) == 2


def test_a_killed_parent_leaves_nothing_behind(
    parent: subprocess.Popen[bytes], started: dict[int, str], until: Callable[..., Any]
) -> None:
    """SIGKILL for the parent ends all that it started, frozen environments and workerd included."""
    parent.kill()
    until(lambda: not any(map(state_of, started)))


@pytest.mark.parametrize(
    ("program", "child"), [("lambda-host", "lambda-environment"), ("workerd.mjs", "/workerd serve")]
)
def test_a_killed_host_leaves_nothing_behind(
    started: dict[int, str], until: Callable[..., Any], program: str, child: str
) -> None:
    """SIGKILL for a program between takes its own children with it, and the rest goes on."""
    (host,) = pids(started, program)
    below = pids(started, child)
    rest = pids(started, "origin.mjs")
    os.kill(host, signal.SIGKILL)
    until(lambda: not any(map(state_of, [host, *below])))
    assert all(map(state_of, rest))


def test_ctrl_c_reaches_only_the_parent(started: dict[int, str], parent: subprocess.Popen[bytes]) -> None:
    """Nothing it started is in the process group that a terminal interrupts."""
    assert os.getpgid(parent.pid) not in {os.getpgid(pid) for pid in started}


def test_an_exception_leaves_nothing_behind(standin: Callable[..., Bundle], until: Callable[..., Any]) -> None:
    """Leaving the context by an error ends everything before the error goes on."""
    before = set(started_by(os.getpid()))
    running: list[int] = []

    def fail() -> None:
        with LocalOrigins({"cart": None}), LocalEdges(deployment_of(standin("cloudflare", "aws"))):
            running.extend(set(started_by(os.getpid())) - before)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert running
    until(lambda: not any(map(state_of, running)))


def test_a_failed_start_leaves_nothing_behind(standin: Callable[..., Bundle], until: Callable[..., Any]) -> None:
    """When one part does not start, those that did are ended, and the error names the part."""
    broken = standin("cloudflare", "aws")
    broken.aws["main.mjs"] = b"this is no JavaScript"
    before = set(started_by(os.getpid()))
    with pytest.raises(Cannot, match=r"the Lambda@Edge host could not start: .*SyntaxError"):
        LocalEdges(deployment_of(broken)).__enter__()
    until(lambda: set(started_by(os.getpid())) <= before)


def test_a_child_that_ended_answers_no_command(until: Callable[..., Any]) -> None:
    """A command to a child that is gone fails at once and says so, whether it was sent before or after."""
    with LocalOrigins({"cart": None}) as origins:
        os.kill(origins.pid, signal.SIGKILL)
        until(lambda: not state_of(origins.pid))
        for _ in range(2):
            with pytest.raises(Cannot, match="the local origin ended unexpectedly"):
                origins.count("cart")


def test_a_child_that_fails_says_why() -> None:
    """A command that throws is `Cannot` with the child's message."""
    with LocalOrigins({"cart": None}) as origins, pytest.raises(Cannot, match="no such fault: explode"):
        origins.fault("cart", "explode")


def test_what_is_no_json_is_a_log_line(until: Callable[..., Any]) -> None:
    """Whatever else a child prints is logged, not lost."""
    logged: list[dict[str, Any]] = []
    with Process("a child", [sys.executable, "-c", "print('hello')"], {}, logged.append):
        until(lambda: logged == [{"log": "hello"}])
