"""The admin API on the real workerd."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kampkin.plan import Target

from .conftest import LONGEST_MS, TOKEN, Stage, plan

API = "/.kampkin/v1"
HOLD = {"mode": "forced-open", "for": 60_000, "owner": "dana", "reason": "CHG-1182"}
CLOUDFLARE = {"cloudflare": Target(store="durable-object")}

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def running(stage: Callable[..., Stage]) -> Stage:
    """The Worker on two nodes, its admin API open."""
    return stage(plan(targets=CLOUDFLARE), admin=TOKEN)


@pytest.fixture(scope="module")
def call(running: Stage, ask: Call) -> Call:
    """Sends one request to the API, as the token's holder unless told otherwise."""
    return caller(running, ask)


def caller(stage: Stage, ask: Call) -> Call:
    """Of the API of a stage."""

    def call(method: str, path: str, body: Any = None, token: str | None = TOKEN, **headers: str) -> Any:
        said = {"authorization": f"Bearer {token}"} if token else {}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return ask(stage.edges.edges["cloudflare"].url, f"{API}/{path}", method, data, said | headers)

    return call


@pytest.fixture(scope="module")
def closed_api(stage: Callable[..., Stage]) -> Stage:
    """A Worker without the secret, one of whose endpoints owns every path."""
    return stage(plan(targets=CLOUDFLARE))


def test_without_the_secret_there_is_no_api(closed_api: Stage, ask: Call) -> None:
    """The paths belong to the endpoint that has them, token or none."""
    before = closed_api.origins.count("origin")
    assert caller(closed_api, ask)("GET", "breakers").status == 200
    assert closed_api.origins.count("origin") == before + 1


def test_without_the_secret_and_an_endpoint_the_path_is_unknown(stage: Callable[..., Stage], ask: Call) -> None:
    """It is the 404 of any path that no endpoint has."""
    cart = tuple(endpoint for endpoint in plan().endpoints if endpoint.name == "cart")
    call = caller(stage(plan(targets=CLOUDFLARE, endpoints=cart)), ask)
    answer = call("GET", "breakers")
    assert (answer.status, answer.json()["type"]) == (404, "urn:kampkin:no-route")


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], f"{TOKEN}x", f"{TOKEN} {TOKEN}"])
def test_another_token_opens_nothing(call: Call, token: str | None) -> None:
    """Whatever is asked, the answer is 401, and says nothing of what there is."""
    for method, path in (("GET", "breakers"), ("PUT", "override"), ("GET", "nothing"), ("PATCH", "breakers")):
        answer = call(method, path, HOLD if method == "PUT" else None, token=token)
        assert answer.status == 401, (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "cart" not in answer.body.decode()


def test_the_api_comes_before_the_endpoints(running: Stage, call: Call) -> None:
    """With the secret, no endpoint's route takes the API's paths."""
    before = running.origins.count("origin")
    assert {one["name"] for one in call("GET", "breakers").json()["breakers"]} == {"cart", "rest"}
    assert running.origins.count("origin") == before


def test_nothing_is_kept(call: Call) -> None:
    """Answers and problems alike are for one look only."""
    for answer in (call("GET", "breakers/cart"), call("GET", "breakers/card"), call("GET", "", token=None)):
        assert answer.headers["cache-control"] == "no-store"


def test_a_breaker_says_what_it_does(running: Stage, call: Call, ask: Call, until: Call) -> None:
    """Its record, which plan runs, and when each region's nodes last spoke."""
    assert ask(running.edges.edges["cloudflare"].url, "/cart").status == 200
    until(lambda: call("GET", "breakers/cart").json()["regions"])
    told = call("GET", "breakers/cart").json()
    assert told["name"] == "cart"
    assert told["plan"].startswith("sha256:")
    assert told["snapshot"]["state"] == "closed"
    assert list(told["regions"]) == ["local"]


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "breakers/card", 404, "Declared are cart, rest"),
        ("GET", "breakers/constructor", 404, "Declared are cart, rest"),
        ("PUT", "breakers/card/override", 404, "Declared are cart, rest"),
        ("GET", "breaker", 404, "Expected breakers"),
        ("GET", "breakers/cart/", 404, "Expected breakers"),
        ("GET", "breakers/cart/flip", 405, "POST"),
        ("POST", "breakers", 405, "GET"),
        ("POST", "breakers/cart/override", 405, "PUT, DELETE"),
        ("GET", "override", 405, "PUT, DELETE"),
        ("GET", "breakers/cart/events?limit=0", 400, "limit"),
        ("GET", "breakers/cart/events?limit=101", 400, "limit"),
        ("GET", "breakers/cart/events?before=-1", 400, "before"),
        ("GET", "breakers/cart/events?before=", 400, "before"),
        ("GET", "breakers/cart/metrics?from=5&to=4", 400, "from and to"),
        ("GET", "breakers/cart/metrics?from=0&to=1440", 400, "1440"),
        ("GET", "breakers/cart/metrics?from=x", 400, "from"),
    ],
)
def test_what_is_asked_wrongly_is_told(call: Call, method: str, path: str, status: int, said: str) -> None:
    """The problem says what was expected."""
    answer = call(method, path)
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mode": "open"}, "mode"),
        ({"mode": None}, "mode"),
        ({"for": None}, "end"),
        ({"for": 0}, "end"),
        ({"for": -1}, "end"),
        ({"for": 1.5}, "end"),
        ({"for": "60000"}, "end"),
        ({"for": LONGEST_MS + 1}, "max_override"),
        ({"for": ..., "until": 1}, "max_override"),
        ({"for": ..., "until": "2026-12-01"}, "end"),
        ({"for": ...}, "end"),
        ({"until": 4_000_000_000_000}, "either for"),
        ({"owner": ...}, "owner"),
        ({"owner": "  "}, "owner"),
        ({"owner": 5}, "owner"),
        ({"owner": "x" * 201}, "owner"),
        ({"reason": ...}, "reason"),
        ({"reason": "two\nlines"}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"force": True}, "force"),
    ],
)
def test_an_override_is_bounded(call: Call, change: dict[str, Any], said: str) -> None:
    """One of the modes, an end within the plan's bound, who and why; and nothing is set."""
    body = {key: value for key, value in (HOLD | change).items() if value is not ...}
    answer = call("PUT", "breakers/rest/override", body)
    assert answer.status == 400, answer.body
    assert said in answer.json()["detail"]
    assert call("GET", "breakers/rest").json()["snapshot"]["override"] is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xff"])
def test_a_body_that_is_no_object_is_refused(call: Call, body: bytes) -> None:
    """JSON, and an object."""
    answer = call("PUT", "breakers/rest/override", body)
    assert (answer.status, "JSON object" in answer.json()["detail"]) == (400, True)


def test_a_body_too_large_is_refused(call: Call) -> None:
    """At most 4 KiB are read."""
    assert call("PUT", "breakers/rest/override", HOLD | {"reason": "x" * 5000}).status == 413


@pytest.mark.parametrize("body", [{}, {"state": "ramp"}, {"state": "forced-open"}, {"state": "open", "for": 1}])
def test_a_flip_goes_to_a_state(call: Call, body: dict[str, Any]) -> None:
    """Open, half-open or closed, and nothing beside it."""
    answer = call("POST", "breakers/rest/flip", body)
    assert (answer.status, "open, half-open, closed" in answer.json()["detail"]) == (400, True)


def test_an_override_reaches_another_node_and_ends_in_half_open(
    running: Stage, call: Call, ask: Call, until: Call
) -> None:
    """Set through one node, obeyed by the other from its next word to the store on; once it is over the breaker probes."""
    one, other = running.edges.edges["cloudflare"].nodes
    assert ask(other, "/cart").status == 200
    set_ = ask(
        one,
        f"{API}/breakers/cart/override",
        "PUT",
        json.dumps(HOLD | {"for": 1_500}).encode(),
        {"authorization": f"Bearer {TOKEN}", "x-kampkin-who": "dana%20d%C3%ADaz"},
    )
    assert set_.status == 200
    held = set_.json()["snapshot"]["override"]
    assert (held["mode"], held["owner"], held["reason"]) == ("forced-open", "dana", "CHG-1182")
    assert 0 < held["leftMs"] <= 1_500

    refused = until(lambda: (answer := ask(other, "/cart")).status == 503 and answer)
    assert refused.json()["state"] == "forced-open"
    until(lambda: ask(other, "/cart").status == 200)

    def healed() -> bool:
        ask(other, "/cart")
        return bool(call("GET", "breakers/cart").json()["snapshot"]["state"] == "closed")

    until(healed)
    told = call("GET", "breakers/cart/events").json()["events"]
    closed, probing, said = told[:3]
    assert said["override"]["mode"] == "forced-open"
    assert said["node"] == "local/dana díaz"
    assert (probing["to"], probing["reason"]) == ("half-open", "override_ended")
    assert (closed["to"], closed["reason"]) == ("closed", "probes_succeeded")


def test_until_is_a_time(call: Call) -> None:
    """An end may be named as ms since 1970."""
    now = call("GET", "breakers/cart/metrics").json()["to"] * 60_000
    body = {key: value for key, value in HOLD.items() if key != "for"} | {"until": now + 1_800_000, "mode": "monitor"}
    answer = call("PUT", "breakers/cart/override", body)
    assert answer.status == 200, answer.body
    assert 1_700_000 < answer.json()["snapshot"]["override"]["leftMs"] <= 1_800_000
    assert call("DELETE", "breakers/cart/override").json()["snapshot"]["override"]["leftMs"] == 0


def test_a_release_without_an_override_writes_nothing(call: Call) -> None:
    """The record is told as it stands, and there is no event of it."""
    assert call("PUT", "breakers/cart/override", HOLD).status == 200
    assert call("DELETE", "breakers/cart/override").status == 200
    before = call("GET", "breakers/cart/events").json()["events"]
    assert before[0]["override"] is None
    assert call("DELETE", "breakers/cart/override").status == 200
    assert call("GET", "breakers/cart/events").json()["events"] == before


def test_a_flip_is_one_transition(call: Call) -> None:
    """With its event, by whoever it is, for a first cooldown of the plan's policy."""
    answer = call("POST", "breakers/rest/flip", {"state": "open"}, **{"x-kampkin-who": "dana"})
    assert answer.status == 200
    snapshot = answer.json()["snapshot"]
    assert (snapshot["state"], snapshot["why"]) == ("open", "manual")
    assert 0 < snapshot["retryInMs"] <= 60_000
    assert call("POST", "breakers/rest/flip", {"state": "closed"}).json()["snapshot"]["epoch"] == snapshot["epoch"] + 1
    closed, opened = call("GET", "breakers/rest/events?limit=2").json()["events"]
    assert (opened["to"], opened["node"]) == ("open", "local/dana")
    assert (closed["to"], closed["node"]) == ("closed", "local/unnamed")


def test_events_go_on_where_a_page_ended(call: Call) -> None:
    """Newest first, each once."""
    for state in ("open", "closed", "open", "closed"):
        call("POST", "breakers/rest/flip", {"state": state})
    whole = call("GET", "breakers/rest/events?limit=100").json()
    assert whole["next"] is None
    paged: list[Any] = []
    cursor = None
    while True:
        page = call("GET", f"breakers/rest/events?limit=3{f'&before={cursor}' if cursor else ''}").json()
        paged += page["events"]
        cursor = page["next"]
        if cursor is None:
            break
    assert paged == whole["events"]
    assert [event["at"] for event in paged] == sorted((event["at"] for event in paged), reverse=True)


def test_metrics_are_minutes(call: Call) -> None:
    """A range of minutes since 1970; the last hour where none is named."""
    told = call("GET", "breakers/cart/metrics").json()
    assert told["to"] - told["from"] == 59
    assert isinstance(told["minutes"], list)
    assert call("GET", "breakers/cart/metrics?from=7&to=8").json() == {"from": 7, "to": 8, "minutes": []}


def test_the_global_bypass(running: Stage, call: Call, ask: Call, until: Call) -> None:
    """One word for all breakers, and one to let go of it."""
    url = running.edges.edges["cloudflare"].url
    for path in ("/cart", "/else"):
        assert ask(url, path).status == 200
    answer = call("PUT", "override", HOLD)
    assert answer.status == 200
    assert {one["name"]: one["status"] for one in answer.json()["breakers"]} == {"cart": 200, "rest": 200}
    for path in ("/cart", "/else"):
        until(lambda path=path: ask(url, path).status == 503)
    assert call("DELETE", "override").status == 200
    for path in ("/cart", "/else"):
        until(lambda path=path: ask(url, path).status == 200)


def test_where_nothing_is_shared_there_is_nothing_to_override(stage: Callable[..., Stage], ask: Call) -> None:
    """With another store than the Durable Object the API says so."""
    call = caller(stage(plan(targets={"cloudflare": Target(store="memory")}), admin=TOKEN), ask)
    answer = call("PUT", "breakers/cart/override", HOLD)
    assert (answer.status, answer.json()["type"]) == (409, "urn:kampkin:admin:nothing-shared")


def state_worker(code: str) -> str:
    """A state Worker in the place of the real one."""
    return f"""
        import {{ DurableObject }} from "cloudflare:workers";
        const snapshot = {{ override: null, state: "closed" }};
        export class BreakerState extends DurableObject {{
            sync() {{ return null; }}
            read() {{ return {{ name: "", regions: {{}}, snapshot }}; }}
            override(decided, who, breaker) {{ {code} }}
        }}
        export default {{ fetch: () => new Response(null, {{ status: 404 }}) }};
    """


def test_of_several_breakers_each_outcome_is_told(stage: Callable[..., Stage], ask: Call) -> None:
    """One that refuses and one that hangs hide nothing of each other, and a hang is 504 within seconds."""
    code = 'if (breaker === "cart") throw new Error("no"); return new Promise(() => {});'
    call = caller(stage(plan(targets=CLOUDFLARE), state=state_worker(code), admin=TOKEN), ask)
    answer = call("PUT", "override", HOLD)
    assert answer.status == 207
    told = {one["name"]: one for one in answer.json()["breakers"]}
    assert (told["cart"]["status"], told["rest"]["status"]) == (502, 504)
    assert "no" in told["cart"]["detail"]
    assert "may still take effect" in told["rest"]["detail"]
    alone = call("PUT", "breakers/rest/override", HOLD)
    assert (alone.status, alone.headers["content-type"]) == (504, "application/problem+json")


def test_the_token_is_nowhere_on_disk(
    stage: Callable[..., Stage], ask: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Local edges hand it to workerd in memory."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    call = caller(stage(plan(targets=CLOUDFLARE), admin=TOKEN), ask)
    assert call("PUT", "override", HOLD).status == 200
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []
