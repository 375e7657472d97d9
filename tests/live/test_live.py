"""What `make live` does before it touches an account, and how it judges what it sees."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kampkin.conformance.vectors import parse, read_vectors
from kampkin.load import load
from kampkin.local.toolchain import node
from tests.live import vectors
from tests.live.__main__ import main, skipped
from tests.live.calls import Answer
from tests.live.outage import Outage, states_of
from tests.live.repository import Repository
from tests.live.run import Report, Row, table
from tests.live.vectors import hindrance

HANDLER = Path(__file__).parent / "origin" / "handler.mjs"
SMALL = """
- name: {name}
  proves: rule.service
  breaker: {breaker}
  steps:
    - [0s, call 500, pass, closed]
    - {step}
"""
SERVED, FAILED, REJECTED = Answer(200, False, None, 9.0), Answer(500, False, None, 9.0), Answer(503, True, 3, 2.0)
THROUGH = ("closed", "open", "half-open", "closed")


def test_without_a_yes_nothing_is_done(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It says what it would make, what that costs and what it lacks, and ends with 2."""
    assert main(["--folder", str(tmp_path / "live")], {"PATH": ""}) == 2
    said = capsys.readouterr().out
    for word in (
        "two Workers",
        "a distribution",
        "some cents",
        "CLOUDFLARE_API_TOKEN is not set",
        "Pulumi's CLI",
        "KAMPKIN_LIVE=yes",
    ):
        assert word in said
    assert not (tmp_path / "live").exists()


def test_a_yes_alone_is_not_enough(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What is missing is told before anything is made."""
    assert main(["--target", "cloudflare", "--folder", str(tmp_path)], {"PATH": "", "KAMPKIN_LIVE": "yes"}) == 2
    said = capsys.readouterr().out
    assert "CLOUDFLARE_ACCOUNT_ID is not set" in said
    assert "a distribution, a" not in said
    assert not list(tmp_path.iterdir())


def test_every_vector_runs_or_has_a_reason() -> None:
    """A good part of them runs, of every file that says something about a single node's calls; the rest is counted by reason."""
    runs = [vector for vector in read_vectors() if hindrance(vector) is None]
    assert len(runs) + sum(count for _, count in skipped()) == len(read_vectors())
    assert {"10-outcomes.yaml", "20-rules.yaml", "40-half-open.yaml"} <= {vector.file for vector in runs}
    assert len(runs) >= 30


@pytest.mark.parametrize(
    ("step", "breaker", "reason"),
    [
        ("[1s, call 500, pass, open]", "{}", None),
        ("[1s, store down, '-', open]", "{}", "its store fails, or is lost"),
        ("[1s, restart, '-', open]", "{}", "a fresh node, or a release in the middle"),
        ("[1s, flip open, '-', open]", "{}", "a person's word"),
        ("[1s, call 500, pass, open, {node: b}]", "{}", "callers cannot choose a node"),
        ("[1s, call 500, pass, open, {coin: 7}]", "{}", "its coin is handed in"),
        ("[1s, call timeout, pass, open]", "{}", "calls that go on, hang or break off"),
        ("[1s, call 500, pass, open, {after: 3}]", "{}", "the origin has a word of its own"),
        ("[5s, call 500, pass, open]", "{window: 5s}", "it turns on a window's edge"),
        ("[999ms, call 500, pass, open]", "{}", "its steps are closer than a second"),
        ("[16s, call 500, pass, open]", "{}", "it takes longer than 15 s"),
    ],
)
def test_why_a_vector_cannot_run(step: str, breaker: str, reason: str | None) -> None:
    """Each reason keeps out what it names."""
    [vector] = parse(SMALL.format(name="one", breaker=breaker, step=step), "x.yaml")
    assert hindrance(vector) == reason


def test_the_file_is_sound(tmp_path: Path) -> None:
    """What would be deployed, with an endpoint for the outage and two for each vector that runs."""
    runs = [vector for vector in read_vectors() if hindrance(vector) is None]
    plan = Repository(tmp_path, {}, "pulumi").write("live-1", ["cloudflare", "aws"], "https://x.on.aws", runs)
    assert len(plan.endpoints) == 1 + 2 * len(runs)
    assert not [one for one in load(tmp_path / "kampkin.yaml").diagnostics if one.is_error]
    origins = {f"{one.origin.scheme}://{one.origin.host}{one.origin.path}" for one in plan.endpoints}
    assert origins == {"https://x.on.aws/outage", "https://x.on.aws/status"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, None),
        ({"states": ()}, "did not open: nothing happened"),
        ({"states": ("closed", "open", "half-open")}, "did not close by its probes"),
        ({"states": ("closed", "open", "closed")}, "did not close by its probes"),
        ({"answers": [(0.0, SERVED), (1.0, FAILED), (2.0, SERVED)]}, "no caller was answered by the breaker"),
        ({"answers": [(0.0, SERVED), (1.0, REJECTED)]}, "callers were not served again"),
    ],
)
def test_an_outage_is_judged(change: dict[str, object], says: str | None) -> None:
    """It has to open, to answer callers, to close by its probes, and to serve again."""
    seen = Outage([(0.0, SERVED), (1.0, FAILED), (2.0, REJECTED), (3.0, SERVED)], THROUGH)
    judged = replace(seen, **change)  # type: ignore[arg-type]
    assert judged.problem is None if says is None else says in (judged.problem or "")
    assert (seen.failed, seen.rejected, seen.rejection_ms) == (1, 1, 2.0)


def test_states_are_those_of_the_events() -> None:
    """From the first one's beginning to the last one's end."""
    assert states_of([{"from": "closed", "to": "open"}, {"from": "open", "to": "half-open"}]) == THROUGH[:3]
    assert states_of([]) == ()


def test_a_vector_that_fails_is_played_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a breaker of its own, and the result says so; what fails twice has failed."""
    chosen = [vector for vector in read_vectors() if hindrance(vector) is None][:3]
    played: list[str] = []

    def play(vector: object, name: str, base: str, read: Callable[[str], object]) -> vectors.Result:
        played.append(name)
        bad = name == "v001" or name.startswith("v002")
        return vectors.Result(chosen[int(name[1:4])], "not so" if bad else None, 0)

    monkeypatch.setattr(vectors, "play", play)
    results = vectors.play_all(chosen, "http://localhost", lambda name: None)  # type: ignore[arg-type,return-value]
    assert sorted(played) == ["v000", "v001", "v001-again", "v002", "v002-again"]
    assert [(one.problem, one.again) for one in results] == [(None, False), (None, True), ("not so", True)]


def test_the_table_says_what_was_seen_and_what_was_not() -> None:
    """A row a fact, in Markdown, whatever words a cloud has for it."""
    report = Report([Row("aws", "the outage", "closed → open"), Row("all", "the run", "a | b\nc", fine=False)])
    said = table(report, [("its coin is handed in", 6)], "2026-11-27")
    assert "| aws | the outage | closed → open | yes |" in said
    assert "| all | the run | a \\| b c | **no** |" in said
    assert "* 6: its coin is handed in" in said
    assert not report.fine


@pytest.mark.parametrize(
    ("path", "now", "status"),
    [
        ("/outage/100/200/x", 99, 200),
        ("/outage/100/200/x", 100, 500),
        ("/outage/100/200/x", 199, 500),
        ("/outage/100/200", 200, 200),
        ("/outage/200/100/x", 150, 404),
        ("/outage/now/later", 150, 404),
        ("/status/503", 0, 503),
        ("/status/204/x", 0, 204),
        ("/status/99", 0, 404),
        ("/status/600", 0, 404),
        ("/", 0, 404),
    ],
)
def test_the_service_fails_by_its_path(path: str, now: int, status: int) -> None:
    """From one time until another, or with the status that is asked for; it keeps nothing."""
    program = (
        f"import {{ statusOf }} from {json.dumps(HANDLER.as_uri())}; console.log(statusOf({json.dumps(path)}, {now}));"
    )
    asked = [str(node()), "--input-type=module", "-e", program]
    assert subprocess.run(asked, capture_output=True, text=True, check=True, timeout=20).stdout.strip() == str(status)
