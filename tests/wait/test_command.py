"""The command, as a shell runs it: against both real edges, and against servers that say what a test wants."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kampkin.bundle import bundle, runtime_digest
from kampkin.load import load
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.ports import free_ports
from kampkin.plan import Plan

from .test_ask import serving

FILE = """
version: 1
project: shop
targets: {cloudflare: {}, aws: {store: memory}}
endpoints:
  cart: {origin: https://cart.example.com, timeout: 5s}
  all: {origin: https://all.example.com, route: /*}
environments:
  prod: {}
"""
CHANGED = FILE.replace("timeout: 5s", "timeout: 2s")
INHERITED = ("AWS_", "KAMPKIN_", "CLOUDFLARE_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def plan_of(text: str, folder: Path) -> Plan:
    """Its plan in prod."""
    file = folder / "kampkin.yaml"
    file.write_text(text)
    plan = load(file, "prod").plan
    assert plan
    return plan


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Both edges, which run FILE, by target; an endpoint has every path, and the Worker its admin API."""
    plan = plan_of(FILE, tmp_path_factory.mktemp("deployed"))
    with LocalEdges(deployment_of(bundle(plan)), nodes=1, admin="a-token+that/is-long-enough=") as local:
        yield {target: edge.url for target, edge in local.edges.items()}


@pytest.fixture
def environment() -> dict[str, str]:
    """A shell without any credentials."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(INHERITED)}
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return kept | nothing | {"AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def kampkin_wait(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs the command in a folder with a file, for prod."""

    def kampkin_wait(*args: str, text: str = FILE, **variables: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "kampkin.yaml").write_text(text)
        return subprocess.run(
            [sys.executable, "-m", "kampkin", "wait", "--env", "prod", *args],
            cwd=tmp_path,
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return kampkin_wait


def said(plan: Plan, target: str, **other: Any) -> tuple[int, str, bytes]:
    """What an edge with this plan answers."""
    told = {"version": 1, "plan": plan.digest, "runtime": runtime_digest(), "edge": target, "project": plan.project}
    body = {**told, "environment": plan.environment, "place": "FRA", **other}
    return 200, "application/json", json.dumps(body).encode()


def test_live_on_both(kampkin_wait: Run, edges: dict[str, str]) -> None:
    """When, and by whom; that nothing was heard of CloudFront is said."""
    run = kampkin_wait(*(f"--url={target}={url}" for target, url in edges.items()))
    assert (run.returncode, run.stderr) == (0, "")
    assert "cloudflare: live since " in run.stdout
    assert "answered by local\n" in run.stdout
    assert "aws: live since " in run.stdout
    assert "answered by us-east-1\n" in run.stdout
    assert (
        "aws: not seen: how far CloudFront is: there are no AWS credentials (set AWS_PROFILE, or whatever" in run.stdout
    )


def test_as_json(kampkin_wait: Run, edges: dict[str, str], tmp_path: Path) -> None:
    """One object on standard output, progress beside it; addresses by variables."""
    plan = plan_of(FILE, tmp_path)
    variables = {"KAMPKIN_CLOUDFLARE_URL": edges["cloudflare"], "KAMPKIN_AWS_URL": edges["aws"]}
    run = kampkin_wait("--json", **variables)
    assert run.returncode == 0
    told = json.loads(run.stdout)
    cloudflare, aws = told.pop("edges")
    assert told == {
        "version": 1, "live": True, "plan": plan.digest, "runtime": runtime_digest(), "timeoutMs": 900_000, "verdict": None,
    }  # fmt: skip
    assert (cloudflare["target"], cloudflare["url"], cloudflare["live"]) == ("cloudflare", edges["cloudflare"], True)
    assert cloudflare["runs"] == [{"plan": plan.digest, "runtime": runtime_digest(), "answers": 5}]
    assert aws["unseen"] == [
        "how far CloudFront is: there are no AWS credentials (set AWS_PROFILE, or whatever else the AWS SDKs read)"
    ]
    assert (aws["places"], aws["finish"], aws["cloudFront"]) == (["us-east-1"], None, None)
    assert "cloudflare: live since " in run.stderr


def test_half_rolled_out(kampkin_wait: Run, edges: dict[str, str], tmp_path: Path) -> None:
    """The Worker has the change, the function has not."""
    before, changed = plan_of(FILE, tmp_path), plan_of(CHANGED, tmp_path)
    with serving(lambda _: said(changed, "cloudflare")) as worker:
        run = kampkin_wait(
            "--timeout=1ms",
            f"--url=cloudflare=http://127.0.0.1:{worker.server_port}",
            f"--url=aws={edges['aws']}",
            text=CHANGED,
        )
    assert run.returncode == 1
    assert f"aws: still the plan before, {before.digest[:19]}\n" in run.stdout
    assert run.stderr == (
        f"half rolled out: cloudflare runs {changed.digest[:19]}, aws runs {before.digest[:19]}; "
        "finish it with: pulumi up --stack prod --cwd stacks/aws\n"
    )


def test_it_goes_live_while_one_waits(kampkin_wait: Run, tmp_path: Path) -> None:
    """From an answer on; before that nothing counts."""
    before, changed = plan_of(FILE, tmp_path), plan_of(CHANGED, tmp_path)
    with serving(lambda number: said(changed if number >= 5 else before, "aws")) as function:
        run = kampkin_wait("--target=aws", f"--url=aws=http://127.0.0.1:{function.server_port}", text=CHANGED)
    lines = [line.partition("  ")[2] for line in run.stdout.splitlines()]
    assert run.returncode == 0
    assert lines[1] == f"aws: still the plan before, {before.digest[:19]}"
    assert lines[2] == "aws: answers as it should, 5 of 10 times in a row"
    assert lines[3].startswith("aws: live since ")


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ((404, "text/html", b"<h1>no</h1>"), "somebody else answers: 404, text/html"),
        (
            (404, "application/problem+json", b'{"type": "urn:kampkin:no-route"}'),
            "an older Kampkin answers, which does not say what it runs",
        ),
    ],
)
def test_another_is_there(kampkin_wait: Run, answer: tuple[int, str, bytes], line: str) -> None:
    """A clear line each, and exit 1: somebody was there."""
    with serving(lambda _: answer) as server:
        run = kampkin_wait("--timeout=1ms", "--target=aws", f"--url=aws=http://127.0.0.1:{server.server_port}")
    assert run.returncode == 1
    assert f"aws: {line}\n" in run.stdout
    assert run.stderr == (
        f"not live: aws is not there ({line}); finish it with: pulumi up --stack prod --cwd stacks/aws\n"
    )


def test_nobody_at_all(kampkin_wait: Run) -> None:
    """It could not be told: exit 2."""
    cloudflare, aws = free_ports(2)
    urls = (f"--url=cloudflare=http://127.0.0.1:{cloudflare}", f"--url=aws=http://127.0.0.1:{aws}")
    run = kampkin_wait("--timeout=1ms", *urls)
    assert run.returncode == 2
    assert "kampkin: nobody answered within 1ms" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "the plan has no host on cloudflare, and the cloud does not tell where it is: CLOUDFLARE_ACCOUNT_ID is not set"),
        (("--target=aws",), "the plan has no host on aws, and the cloud does not tell where it is: there are no AWS credentials"),
        (("--target=aws", "--url=cloudflare=http://127.0.0.1:9"), "'cloudflare' is no target that is waited for"),
        (("--timeout=soon",), "--timeout: "),
        (("--url=here",), "'here' is not NAME=VALUE"),
    ],
)  # fmt: skip
def test_it_cannot_begin(kampkin_wait: Run, args: tuple[str, ...], words: str) -> None:
    """Exit 2, before anybody is asked."""
    run = kampkin_wait(*args)
    assert (run.returncode, run.stdout) == (2, "")
    assert words in run.stderr
    assert "Traceback" not in run.stderr


def test_interrupted(environment: dict[str, str], tmp_path: Path) -> None:
    """Ctrl-C ends it at once."""
    before = plan_of(FILE, tmp_path)
    (tmp_path / "kampkin.yaml").write_text(CHANGED)
    with serving(lambda _: said(before, "aws")) as function:
        url = f"--url=aws=http://127.0.0.1:{function.server_port}"
        command = [sys.executable, "-m", "kampkin", "wait", "--env", "prod", "--target=aws", url]
        with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as run:
            assert run.stdout
            assert "waiting for plan" in run.stdout.readline()
            assert "still the plan before" in run.stdout.readline()
            run.send_signal(signal.SIGINT)
            assert run.wait(60) == 130
