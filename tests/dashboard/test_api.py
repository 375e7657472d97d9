"""What the page reads, and what it proposes."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from kampkin.dashboard.app import Desk, application
from kampkin.dashboard.feed import Feed
from kampkin.errors import Cannot
from kampkin.operate.cloudflare import LOOPBACK

from .scene import FILE, MINUTE, NOW, Scene, outage, scene

HERE = "http://127.0.0.1:8790"


@pytest.fixture
def there(tmp_path: Path) -> Scene:
    """An outage."""
    return outage(scene(tmp_path))


@pytest.fixture
def client(there: Scene) -> Iterator[TestClient]:
    """A page that may ask."""
    looker = there.looker()
    looker.look()
    app = application(Desk(looker, Feed(looker, 2.0), may_branch=True), [*LOOPBACK])
    with TestClient(app, base_url=HERE, headers={"origin": HERE}) as made:
        yield made


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_board_has_every_endpoint(client: TestClient) -> None:
    board = get(client, "/api/board")
    assert [one["name"] for one in board["endpoints"]] == ["cart", "orders", "suggest", "images"]
    assert (board["project"], board["environment"], board["owners"]) == ("acme", "prod", ["search", "shop"])
    assert [one["place"] for one in board["places"]] == ["aws us-east-1", "cloudflare"]


def test_an_endpoint_says_what_holds_and_where_it_is_written(client: TestClient, there: Scene) -> None:
    said = get(client, "/api/endpoints/cart")
    settings = {one["key"]: one for one in said["settings"]}
    assert settings["breaker.cooldown.initial"]["value"] == "20s"
    assert settings["breaker.cooldown.initial"]["place"]["line"] == 14
    assert settings["breaker.window"]["layer"] == "built-in"
    assert all(one["words"] for one in said["settings"])
    assert {one["kind"] for one in said["promises"]["promises"]} == {"wait", "opening", "pressure", "healing"}
    assert all("--env prod" in one["command"] for one in said["commands"])


def test_its_incidents_have_numbers(client: TestClient) -> None:
    running, over = get(client, "/api/endpoints/cart")["incidents"]
    assert running["to"] is None
    assert running["tripped"] == "consecutive_failures (3 ok, 5 network, 5 streak, first failure 3s earlier)"
    assert running["rejected"] == 2 * 4 * 70
    assert running["probes"] == 2 * 4 * 2
    assert running["places"] == ["aws us-east-1", "cloudflare"]
    assert over["ended"] == "probes_succeeded"
    assert over["openings"] == 2 * 3
    assert over["to"] - over["from"] == 70_000
    assert over["rejected"] == 2 * 2 * 61


def test_a_place_that_is_away_costs_an_incident_its_numbers_alone(client: TestClient, there: Scene) -> None:
    there.memories["aws"].away = Cannot("nobody answers")
    said = get(client, "/api/endpoints/cart")
    there.clock[0] += 2_000
    client.get("/api/board")
    said = get(client, "/api/endpoints/cart")
    assert said["unread"] == ["aws us-east-1: nobody answers"]
    assert said["incidents"][0]["rejected"] == 4 * 70
    assert said["incidents"][0]["places"] == ["aws us-east-1", "cloudflare"]


def test_where_no_place_can_be_asked_nobody_says_that_it_never_tripped(there: Scene) -> None:
    for memory in there.memories.values():
        memory.away = Cannot("nobody answers")
    looker = there.looker()
    with TestClient(
        application(Desk(looker, Feed(looker, 2.0), may_branch=True), [*LOOPBACK]), base_url=HERE
    ) as client:
        said = get(client, "/api/endpoints/cart")
        past = get(client, "/api/endpoints/cart/history")
    assert said["incidents"] == []
    assert said["unread"] == ["aws us-east-1: nobody answers", "cloudflare: nobody answers"]
    assert [{span["state"] for span in one["spans"]} for one in past["states"]] == [{"unknown"}, {"unknown"}]
    assert set(past["series"]["requests"]) == {None}


@pytest.mark.parametrize(("span", "step", "steps"), [("hour", 1, 60), ("day", 10, 144), ("fortnight", 120, 168)])
def test_the_past_comes_in_steps(client: TestClient, span: str, step: int, steps: int) -> None:
    told = get(client, f"/api/endpoints/cart/history?span={span}")
    series = told["series"]
    assert told["stepMs"] == step * MINUTE
    assert len(series["at"]) == steps
    assert {len(column) for column in series.values()} == {steps}
    assert series["at"][0] % told["stepMs"] == 0
    assert told["from"] == series["at"][0] <= told["to"] == NOW
    assert sum(series["rejects"]) == 2 * 4 * 70 + (0 if span == "hour" else 2 * 2 * 61)
    assert [one["place"] for one in told["states"]] == ["aws us-east-1", "cloudflare"]
    for one in told["states"]:
        assert one["spans"][0]["from"] == told["from"]
        assert one["spans"][-1] == {"from": NOW - 7_000, "to": NOW, "state": "open"}
    assert sum(one["requests"] for one in told["places"]) == sum(series["requests"])


def test_what_is_over_is_asked_for_once(client: TestClient, there: Scene) -> None:
    get(client, "/api/endpoints/cart/history?span=fortnight")
    asked = there.memories["aws"].count("minutes")
    there.clock[0] += 20_000
    get(client, "/api/endpoints/cart/history?span=fortnight")
    assert there.memories["aws"].count("minutes") == asked + 1  # that in which we are


def test_a_place_that_is_away_is_said_and_the_other_is_shown(client: TestClient, there: Scene) -> None:
    there.memories["aws"].away = Cannot("nobody answers")
    there.clock[0] += 2_000
    client.get("/api/board")
    told = get(client, "/api/endpoints/cart/history?span=day")
    assert [(one["place"], one["problem"]) for one in told["unanswered"]] == [("aws us-east-1", "nobody answers")]
    assert sum(told["series"]["rejects"]) == 4 * 70 + 2 * 61


def test_the_log_has_pages(client: TestClient) -> None:
    first = get(client, "/api/events?limit=5")
    rest = get(client, f"/api/events?before={first['next']}")
    entries = first["entries"] + rest["entries"]
    assert first["complete"]
    assert len({entry["id"] for entry in entries}) == len(entries) == 2 * (28 + 1)
    assert [entry["at"] for entry in entries] == sorted((entry["at"] for entry in entries), reverse=True)
    assert {entry["kind"] for entry in get(client, "/api/events?kind=manual")["entries"]} == {"manual"}


def test_for_prometheus_all_of_it_is_there(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }

    def value(name: str, **labels: str) -> float:
        return float(samples[name, *sorted(labels.items())])

    aws = {"breaker": "cart", "place": "aws us-east-1"}
    assert value("kampkin_breaker_state", **aws, owner="shop", state="open") == 1
    assert value("kampkin_breaker_state", **aws, owner="shop", state="closed") == 0
    assert value("kampkin_breaker_transitions_total", **aws) == 28
    assert value("kampkin_breaker_rejects_total", **aws, state="open") == 4 * 70
    assert value("kampkin_breaker_calls_total", **aws, outcome="network") == 4 * 3
    assert value("kampkin_breaker_override", breaker="orders", place="cloudflare", mode="monitor") == 1
    assert value("kampkin_place_answered", place="cloudflare") == 1
    assert value("kampkin_breaker_call_seconds_count", **aws) == value(
        "kampkin_breaker_call_seconds_bucket", **aws, le="+Inf"
    )
    assert value("kampkin_breaker_call_seconds_bucket", **aws, le="0.05") > 0
    asked = answer.request.headers | {"accept": "application/openmetrics-text"}
    assert client.get("/metrics", headers=asked).text.endswith("# EOF\n")


def test_every_metric_is_documented_with_its_labels(client: TestClient) -> None:
    """And none that is not there."""
    page = (Path(__file__).parents[2] / "docs" / "dashboard.md").read_text()
    told = dict(re.findall(r"^\| `(kampkin_\w+)` \|([^|]*)\|", page, re.MULTILINE))
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            name = family.name if family.type == "histogram" else sample.name
            if not sample.name.endswith("_created"):
                found.setdefault(name, set()).update(sample.labels)
    assert {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in told.items()} == found


def propose(client: TestClient, *changes: tuple[str, str | None], **more: Any) -> Any:
    said = {"changes": [{"key": key, "value": value} for key, value in changes], "environment": None, **more}
    return client.post("/api/endpoints/cart/proposal", json=said)


def test_a_proposal_says_what_it_means(client: TestClient, there: Scene) -> None:
    before = there.file.read_text()
    said = propose(client, ("breaker.trip.consecutive_failures", "9")).json()
    assert said["ok"]
    assert any("less sensitive" in line for line in said["review"]["lines"]), said["review"]
    assert "+      trip: {consecutive_failures: 9}" in said["patch"]
    assert (said["canBranch"], said["branch"]) == (False, None)
    assert "no git repository" in said["whyNoBranch"]
    assert there.file.read_text() == before


@pytest.mark.parametrize(
    ("private", "headers", "has"), [(True, True, True), (False, True, False), (False, False, True)]
)
def test_a_patch_with_values_of_headers_is_handed_to_nobody_else(
    there: Scene, private: bool, headers: bool, has: bool
) -> None:
    """Where others than this machine can ask; it is shown without them."""
    if headers:
        there.file.write_text(FILE.replace("timeout: 1s", "timeout: 1s\n    headers: {request: {x-key: sekret}}"))
    looker = there.looker()
    with TestClient(
        application(Desk(looker, Feed(looker, 2.0), may_branch=private), [*LOOPBACK]),
        base_url=HERE,
        headers={"origin": HERE},
    ) as made:
        told = propose(made, ("timeout", "2s"))
    said = told.json()
    assert (said["patch"] is not None, said["whyNoPatch"] is None) == (has, has)
    assert "+    timeout: 2s" in said["shownPatch"]
    assert ("sekret" in told.text) == (private and headers)


def test_what_cannot_be_is_said_in_words(client: TestClient) -> None:
    nonsense = propose(client, ("breaker.trip.consecutive_failure", "9"))
    assert nonsense.status_code == 422
    assert "consecutive_failures" in nonsense.json()["hint"]
    wrong = propose(client, ("breaker.cooldown", "soon")).json()
    assert not wrong["ok"]
    assert wrong["findings"][0]["severity"] == "error"
    assert wrong["findings"][0]["place"].endswith("kampkin.yaml:14:17")
    same = propose(client, ("breaker.cooldown", "20s")).json()
    assert not same["ok"]
    assert "nothing to change" in same["findings"][0]["message"]


def test_a_proposal_becomes_a_branch_and_nothing_else_moves(client: TestClient, there: Scene) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=Dana", "-c", "user.email=d@acme.dev", *arguments]
        return subprocess.run(command, cwd=there.file.parent, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    git("config", "user.name", "Dana")
    git("config", "user.email", "dana@acme.dev")
    git("add", ".")
    git("commit", "--quiet", "-m", "Endpoints")
    head = git("rev-parse", "HEAD")
    said = propose(client, ("breaker.cooldown", "25s")).json()
    assert (said["canBranch"], said["branch"]) == (True, "kampkin/cart-breaker-cooldown")
    body = {"changes": [{"key": "breaker.cooldown", "value": "25s"}], "environment": None, "branch": said["branch"]}
    made = client.post("/api/endpoints/cart/branch", json=body)
    assert made.status_code == 200, made.text
    assert git("rev-parse", said["branch"]) == made.json()["commit"]
    assert git("rev-parse", f"{said['branch']}^") == head == git("rev-parse", "HEAD")
    assert git("status", "--porcelain") == ""
    again = client.post("/api/endpoints/cart/branch", json=body)
    assert again.status_code == 422
    assert "already" in again.json()["detail"]
