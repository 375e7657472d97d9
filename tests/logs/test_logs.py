"""Log lines of both clouds in one stream: CloudWatch as moto has it, Workers Logs as its API is documented."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kampkin.errors import Cannot
from kampkin.logs import workers
from kampkin.logs.cloudwatch import group_of
from kampkin.logs.command import complaints
from kampkin.logs.line import entry_in, in_words
from kampkin.regions import EDGE_CACHES, REGIONS
from tests.clouds.aws import LocalAws
from tests.operate.test_command import answering

FILE = """
version: 1
project: acme
targets: [cloudflare, aws]
endpoints:
  cart: {origin: https://cart.acme.dev}
  solo: {origin: https://solo.acme.dev, targets: [aws]}
"""
NAME, ACCOUNT, TOKEN = "kampkin-acme", "0123456789abcdef0123456789abcdef", "a-token"
FAILURE = {
    "kampkin": "failure",
    "breaker": "cart",
    "epoch": 1,
    "kind": "timeout",
    "status": None,
    "ms": 5000,
    "probe": False,
}
REJECT = {"kampkin": "reject", "breaker": "cart", "epoch": 2, "state": "open", "status": 503}


class WorkersLogs:
    """The query API over some events; it filters by Worker and breaker, and pages as the real one does."""

    def __init__(self, events: list[dict[str, Any]], most: int = 1000) -> None:
        self.events, self.most = events, most
        self.asked: list[dict[str, Any]] = []

    def answer(self, path: str, token: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """A page, newest first."""
        self.asked.append(asked)
        if token != f"Bearer {TOKEN}":
            return 403, {
                "success": False,
                "errors": [{"code": 10000, "message": "Authentication error"}],
                "result": None,
            }
        assert path == f"/accounts/{ACCOUNT}/workers/observability/telemetry/query"
        wanted = {one["key"]: one["value"] for one in asked["parameters"]["filters"] if one["operation"] == "eq"}
        found = [
            event
            for event in sorted(self.events, key=lambda event: -event["timestamp"])
            if event["$metadata"]["service"] == wanted["$metadata.service"]
            and wanted.get("breaker") in (None, event["source"].get("breaker"))
            and asked["timeframe"]["from"] <= event["timestamp"] <= asked["timeframe"]["to"]
        ]
        ids = [event["$metadata"]["id"] for event in found]
        start = ids.index(asked["offset"]) + 1 if "offset" in asked else 0
        return 200, {
            "success": True,
            "result": {"events": {"events": found[start : start + min(self.most, asked["limit"])]}},
        }


@contextmanager
def serving(logs: WorkersLogs) -> Iterator[str]:
    """The API's address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status, answer = logs.answer(self.path, self.headers["authorization"], asked)
            said = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def event(at_ms: int, source: dict[str, Any], service: str = NAME) -> dict[str, Any]:
    """As Workers Logs has it."""
    request = {"request": {"cf": {"colo": "FRA"}}}
    return {
        "timestamp": at_ms,
        "source": source,
        "dataset": "cloudflare-workers",
        "$metadata": {"id": f"id{at_ms}", "service": service},
        "$workers": {"scriptName": service, "event": request},
    }


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    """An account where the function has run in one region."""
    with LocalAws() as running:
        running.ready()
        yield running


def now_ms(aws: LocalAws) -> int:
    """By this machine's clock, to which the command's is compared."""
    import time

    return int(time.time() * 1000)


@pytest.fixture
def written(aws: LocalAws) -> int:
    """What the function has written in Frankfurt; when the first of it was."""
    logs = aws.client("logs", "eu-central-1")
    at = now_ms(aws) - 60_000
    group, stream = group_of(NAME), f"2026/11/27/[1]{at}"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    texts = [
        "START RequestId: 1 Version: 3",
        f"2026-11-27T12:00:00.000Z\t1\tINFO\t{json.dumps(FAILURE)}",
        f"2026-11-27T12:00:01.000Z\t1\tINFO\t{json.dumps({**FAILURE, 'breaker': 'solo'})}",
    ]
    events = [{"timestamp": at + number, "message": text} for number, text in enumerate(texts)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    return at


@pytest.fixture
def kampkin(aws: LocalAws, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `kampkin logs`."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "CLOUDFLARE_"))}
    env = inherited | {
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
        "CLOUDFLARE_API_TOKEN": TOKEN,
    }

    def kampkin(*args: str, **changes: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kampkin", "logs", *args]
        return subprocess.run(
            command, cwd=tmp_path, env=env | changes, capture_output=True, text=True, timeout=60, check=False
        )

    return kampkin


def test_both_clouds_are_one_stream(written: int, kampkin: Callable[..., Any]) -> None:
    """Oldest first, each with its place; the platform's own lines are left out."""
    with serving(WorkersLogs([event(written + 500, REJECT), event(written + 600, {"message": "other"})])) as url:
        run = kampkin("--json", CLOUDFLARE_BASE_URL=url)
        person = kampkin("cart", CLOUDFLARE_BASE_URL=url)
    assert (run.returncode, run.stderr) == (0, "")
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(one["target"], one["place"], one["kampkin"], one["breaker"]) for one in lines[-3:]] == [
        ("aws", "eu-central-1", "failure", "cart"),
        ("aws", "eu-central-1", "failure", "solo"),
        ("cloudflare", "FRA", "reject", "cart"),
    ]
    assert person.stdout.splitlines()[-1].endswith("cloudflare FRA  cart: reject, epoch 2, state open, status 503")
    assert "solo" not in person.stdout


def test_a_place_that_does_not_tell_hides_nothing(written: int, kampkin: Callable[..., Any]) -> None:
    """A wrong token, none, and an account that is not there."""
    with serving(WorkersLogs([])) as url:
        run = kampkin("cart", CLOUDFLARE_BASE_URL=url, CLOUDFLARE_API_TOKEN="wrong")
    assert run.returncode == 1
    assert "aws eu-central-1" in run.stdout
    assert "cloudflare: Cloudflare's API answered 403: 10000 Authentication error" in run.stderr
    assert "hint: the token needs Workers Observability: Read" in run.stderr
    nothing = kampkin("cart", "--target", "cloudflare", CLOUDFLARE_API_TOKEN="")
    assert (nothing.returncode, "CLOUDFLARE_API_TOKEN is not set" in nothing.stderr) == (2, True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"CLOUDFLARE_API_TOKEN": "a\u2019b"}, "CLOUDFLARE_API_TOKEN holds what no header carries"),
        ({"REQUESTS_CA_BUNDLE": "/nonexistent"}, "Cloudflare's API cannot be asked: Could not find"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "CloudWatch cannot be asked: Partial credentials"),
    ],
)
def test_what_is_set_wrongly_is_told(kampkin: Callable[..., Any], changes: dict[str, str], said: str) -> None:
    """A quotation mark in the token, certificates that are not there, half of AWS's credentials."""
    with serving(WorkersLogs([])) as url:
        run = kampkin("--region", "us-east-1", CLOUDFLARE_BASE_URL=url.replace("http:", "https:"), **changes)
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_a_region_that_is_none_is_told(kampkin: Callable[..., Any]) -> None:
    """And it alone does not give its logs."""
    run = kampkin("--target", "aws", "--region", "us east", "--region", "us-east-1")
    assert (run.returncode, "CloudWatch cannot be asked: Provided region_name" in run.stderr) == (1, True)


@pytest.mark.parametrize("body", [[], {"errors": ["down"]}, {"errors": None}, "down"])
def test_a_refusal_that_is_not_the_apis_is_told(body: object) -> None:
    """As a proxy answers in its stead."""
    with answering(502, body) as (url, _), pytest.raises(Cannot, match="answered 502: Bad Gateway"):
        list(workers.lines(ACCOUNT, TOKEN, NAME, None, 0, 1, url))


def test_what_every_region_says_is_said_once(kampkin: Callable[..., Any]) -> None:
    """Such as that there are no credentials."""
    run = kampkin("--target", "aws", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", HOME="/nonexistent")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (
        f"aws, all {len(EDGE_CACHES)} regions: there are no AWS credentials\n"
        "  hint: set AWS_PROFILE, or whatever else the AWS SDKs read\n"
    )


def test_what_several_regions_say_is_said_with_their_names() -> None:
    """And what one says, with its own."""
    places = ("aws eu-west-1", "aws us-east-1", "aws us-west-2", "cloudflare")
    same, other = Cannot("no word", "wait"), Cannot("no")
    assert complaints(places, {places[0]: same, places[1]: other, places[2]: same, places[3]: other}) == [
        "aws eu-west-1; aws us-west-2: no word",
        "  hint: wait",
        "aws us-east-1; cloudflare: no",
    ]
    assert complaints(places, {places[0]: other}) == ["aws eu-west-1: no"]


def test_only_what_was_asked_for(written: int, kampkin: Callable[..., Any]) -> None:
    """A region, a time, an endpoint that is on one cloud alone."""
    assert kampkin("--target", "aws", "--region", "us-east-1").stdout == ""
    assert kampkin("--target", "aws", "--since", "1s").stdout == ""
    assert "cart" not in kampkin("solo").stdout
    wrong = kampkin("card")
    assert (wrong.returncode, "did you mean cart?" in wrong.stderr) == (2, True)


def test_pages_are_read_to_the_end() -> None:
    """And no further than there is patience for."""
    logs = WorkersLogs([event(at, REJECT) for at in range(1, 2501)])
    with serving(logs) as url:
        found = list(workers.lines(ACCOUNT, TOKEN, NAME, "cart", 0, 5000, url))
    assert sorted(line.at_ms for line in found) == list(range(1, 2501))
    assert len(logs.asked) == 3


def test_a_line_is_found_behind_what_lambda_writes_before_it() -> None:
    """And nothing else is taken for one."""
    assert entry_in(f"2026-11-27T12:00:00.000Z\tid\tINFO\t{json.dumps(REJECT)}\n") == REJECT
    for text in ("", "REPORT RequestId: 1", "{not json", '{"kampkin": 1}', '{"other": 1}', "[1]"):
        assert entry_in(text) is None
    assert in_words(REJECT) == "cart: reject, epoch 2, state open, status 503"


def test_edge_caches_are_regions() -> None:
    """Each of them one that AWS has."""
    assert set(EDGE_CACHES) <= set(REGIONS)
