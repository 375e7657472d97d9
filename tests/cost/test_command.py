"""`kampkin cost` at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kampkin.cli import main

FILE = """
version: 1
targets: {cloudflare: {}, aws: {}}
endpoints:
  busy: {origin: https://busy.example.com}
  quiet: {origin: https://quiet.example.com, targets: [aws], breaker: {window: 1m}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cost(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Exit code, output and errors of `kampkin cost`."""
    code = main(["cost", *args])
    out, err = capsys.readouterr()
    return code, out, err


def as_json(capsys: pytest.CaptureFixture[str], *args: str) -> Any:
    """What `kampkin cost --json` says, by cloud and traffic."""
    code, out, err = cost(capsys, *args, "--json")
    assert code == 0, err
    return {(one["target"], one["traffic"]): one for one in json.loads(out)["estimates"]}


def test_without_a_file_it_is_of_the_default_breaker(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both clouds, three kinds of traffic, with Campion's bill beside ours and the date of the prices."""
    code, out, err = cost(capsys, "--requests", "1M")
    assert (code, err) == (0, "")
    for said in (
        "Cloudflare, a month",
        "AWS, a month",
        "healthy",
        "flapping",
        "outage",
        "Campion's store",
        "2026-11-24",
    ):
        assert said in out
    assert "Workers Free, healthy: fits" in out
    assert "\nCampion is the open-source edge breaker that Kampkin descends from; " in out


def test_each_endpoint_has_its_share_and_its_clouds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Requests are split evenly, or as said; a cloud is billed for the endpoints that it serves."""
    folder.joinpath("kampkin.yaml").write_text(FILE)
    even = as_json(capsys, "--requests", "10M")
    assert even["cloudflare", "healthy"]["requests"] == 5e6
    assert even["aws", "healthy"]["requests"] == 10e6
    assert list(even["cloudflare", "healthy"]["endpoints"]) == ["busy"]
    told = as_json(capsys, "--requests", "10M", "--share", "quiet=10%")
    assert told["cloudflare", "healthy"]["requests"] == pytest.approx(9e6)
    endpoints = told["aws", "healthy"]["endpoints"]
    assert endpoints["quiet"]["requests"] == pytest.approx(1e6)
    assert sum(one["month"] for one in endpoints.values()) > 0
    lines = {line["what"]: line["quantity"] for line in told["aws", "healthy"]["lines"]}
    assert lines["lambda_invocations"] == pytest.approx(10e6)


def test_an_endpoint_is_measured_with_its_own_policy(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A shorter window has a shorter heartbeat, which costs more."""
    store = {}
    for window in ("10s", "30s"):
        folder.joinpath("kampkin.yaml").write_text(FILE.replace("1m", window))
        said = as_json(capsys, "--requests", "10M")
        store[window] = said["aws", "healthy"]["endpoints"]["quiet"]["storePerMillion"]
    assert store["10s"] > 1.5 * store["30s"]


def test_a_store_that_the_file_names_is_the_one_that_is_billed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """KV is read by the clock and told decisions only; a store in memory costs nothing."""
    stores = FILE.replace("{cloudflare: {}, aws: {}}", "{cloudflare: {store: kv}, aws: {store: memory}}")
    folder.joinpath("kampkin.yaml").write_text(stores)
    found = as_json(capsys, "--requests", "10M")
    lines = {
        traffic: {line["what"]: line["quantity"] for line in found["cloudflare", traffic]["lines"]}
        for traffic in ("healthy", "flapping")
    }
    assert lines["healthy"]["kv_reads"] > 0 == lines["healthy"]["kv_writes"] < lines["flapping"]["kv_writes"]
    assert not any(what.startswith("object") for what in lines["healthy"])
    assert found["aws", "outage"]["storePerMillion"] == 0 < found["aws", "outage"]["month"]


def test_the_least_traffic_is_billed_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One request a month costs what Workers Paid costs, and fits Workers Free."""
    found = as_json(capsys, "--requests", "1")
    assert found["cloudflare", "healthy"]["month"] == 5
    assert found["cloudflare", "outage"]["beyondWorkersFree"] == []


def test_the_flags_reach_the_bill(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Processor time, latency, what is transferred and how busy nodes are."""

    def lines(*flags: str) -> dict[str, float]:
        found = as_json(capsys, "--requests", "10M", *flags)
        both = found["cloudflare", "healthy"]["lines"] + found["aws", "healthy"]["lines"]
        return {line["what"]: line["quantity"] for line in both}

    plain = lines()
    told = lines("--cpu-ms", "2.5", "--latency", "1s", "--response-size", "20kB", "--rate-per-node", "0.1")
    assert told["worker_cpu"] == pytest.approx(25e6)
    assert told["lambda_duration"] > 8 * plain["lambda_duration"]
    assert "cloudfront_out" not in plain and told["cloudfront_out"] == pytest.approx(200)
    assert told["dynamodb_writes"] > 2 * plain["dynamodb_writes"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--requests", "1m"], "no number of requests"),
        (["--requests", "0"], "no number of requests"),
        (["--requests", "many"], "no number of requests"),
        (["--requests=-5M"], "no number of requests"),
        (["--requests", "1M", "--rate-per-node", "0"], "--rate-per-node"),
        (["--requests", "1M", "--rate-per-node", "1000"], "--rate-per-node"),
        (["--requests", "1M", "--cpu-ms", "fast"], "--cpu-ms"),
        (["--requests", "1M", "--latency", "100"], "--latency"),
        (["--requests", "1M", "--latency", "1h"], "--latency"),
        (["--requests", "1M", "--response-size", "20"], "--response-size"),
        (["--requests", "1M", "--response-size", "9" * 400 + "MB"], "at most 50000MB"),
        (["--requests", "²M"], "no number of requests"),
        (["--requests", "1M", "--cpu-ms", "²"], "--cpu-ms"),
        (["--requests", "1M", "--latency", "١٠ms"], "no duration"),
        (["--requests", "1M", "--latency", "9" * 5000 + "ms"], "12 digits"),
        (["--requests", "1M", "--share", "busy=" + "9" * 5000], "no share"),
        (["--requests", "1M", "--share", "busy=٣٠%"], "no share"),
        (["--requests", "1M", "--share", "busy=half"], "--share"),
        (["--requests", "1M", "--share", "busy"], "is not NAME=VALUE"),
        (["--requests", "1M", "--share", "other=50%"], "no endpoint is called 'other'"),
        (["--requests", "1M", "--share", "busy=50%", "--share", "quiet=60%"], "the shares come to 110%"),
        (["--requests", "1M", "--share", "busy=50%", "--share", "quiet=40%"], "the shares come to 90%"),
        (["--requests", "1M", "--share", "busy=100%"], "the shares come to 100%"),
    ],
)
def test_bad_input_is_told(flags: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no amount ends with 2, one line that names it and a hint."""
    folder.joinpath("kampkin.yaml").write_text(FILE)
    code, out, err = cost(capsys, *flags)
    assert (code, out) == (2, "")
    assert err.startswith("kampkin: ") and said in err


def test_a_file_that_is_named_must_be_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file or an environment that does not exist is never taken for the defaults."""
    assert cost(capsys, "--requests", "1M", "nowhere.yaml")[0] == 2
    assert cost(capsys, "--requests", "1M", "--env", "production")[0] == 2
