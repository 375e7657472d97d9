"""Who may ask: this machine's own page, and nobody else's in the same browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kampkin.dashboard.app import Desk, application
from kampkin.dashboard.feed import Feed
from kampkin.dashboard.serve import Listening
from kampkin.errors import Cannot
from kampkin.operate.cloudflare import LOOPBACK

from .scene import FILE, outage, scene

HERE = "http://127.0.0.1:8790"
OURS = {"origin": HERE, "content-type": "application/json"}


def desk(folder: Path, may_branch: bool = True) -> Desk:
    looker = outage(scene(folder)).looker()
    return Desk(looker, Feed(looker, 2.0), may_branch)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """On loopback."""
    with TestClient(application(desk(tmp_path), [*LOOPBACK]), base_url=HERE) as made:
        yield made


@pytest.mark.parametrize("host", ["127.0.0.1:8790", "localhost:8790", "[::1]:8790", "LOCALHOST"])
def test_by_the_loopbacks_own_names_it_answers(client: TestClient, host: str) -> None:
    assert client.get("/api/board", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/board", "/api/stream", "/metrics", "/static/index.html", "/nowhere"])
@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1.evil.test", "evil.test:8790", "127.0.0.1@evil.test", "", "["])
def test_by_another_name_it_does_not(client: TestClient, path: str, host: str) -> None:
    answer = client.get(path, headers={"host": host})
    assert answer.status_code == 421
    assert "this is not" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://evil.test"},
        {"origin": "http://["},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://127.0.0.1:8790.evil.test"},
        {"origin": HERE, "sec-fetch-site": "cross-site"},
        {"origin": HERE, "sec-fetch-site": "same-site"},
    ],
)
def test_what_another_page_posts_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    said = headers | {"content-type": "application/json"}
    for path in ("/api/drift", "/api/endpoints/cart/proposal", "/api/endpoints/cart/branch"):
        assert client.post(path, json={}, headers=said).status_code == 403


def test_another_page_reads_nothing_but_may_link_here(client: TestClient) -> None:
    cross = {"sec-fetch-site": "cross-site"}
    assert client.get("/api/board", headers=cross | {"sec-fetch-mode": "no-cors"}).status_code == 403
    assert client.get("/endpoints/cart", headers=cross | {"sec-fetch-mode": "navigate"}).status_code == 200
    assert "access-control-allow-origin" not in client.get("/api/board", headers={"origin": HERE}).headers


def test_every_answer_says_what_the_page_may_do(client: TestClient) -> None:
    for path in ("/", "/api/board", "/metrics", "/static/style.css", "/nowhere"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/endpoints/cart/proposal", b"[]", 400),
        ("/api/endpoints/cart/proposal", b"{", 400),
        ("/api/endpoints/cart/proposal", b"[" * 100_000, 400),
        ("/api/endpoints/cart/proposal", b'{"changes": 7}', 400),
        ("/api/endpoints/cart/proposal", b'{"changes": [7]}', 400),
        ("/api/endpoints/cart/proposal", b'{"changes": [{"key": 1, "value": "x"}]}', 400),
        ("/api/endpoints/cart/proposal", b'{"changes": [{"key": "timeout", "value": 2}]}', 400),
        ("/api/endpoints/cart/proposal", b'{"changes": [], "environment": 3}', 400),
        ("/api/endpoints/nobody/proposal", b"{}", 404),
        ("/api/endpoints/cart/branch", b'{"changes": []}', 400),
        ("/api/endpoints/cart/proposal", b'{"changes": "' + b"x" * 300_000 + b'"}', 413),
    ],
)
def test_what_is_no_proposal_is_said(client: TestClient, path: str, body: bytes, status: int) -> None:
    answer = client.post(path, content=body, headers=OURS)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_a_form_is_no_proposal(client: TestClient) -> None:
    answer = client.post("/api/drift", content=b"a=1", headers={"origin": HERE, "content-type": "text/plain"})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/endpoints/nobody", 404),
        ("/api/endpoints/cart/history?span=year", 400),
        ("/api/events?kind=odd", 400),
        ("/api/events?limit=0", 400),
        ("/api/events?limit=x", 400),
        ("/api/nowhere", 404),
        ("/static/../app.py", 404),
        ("/static/%2e%2e/app.py", 404),
        ("/static/..%2fapp.py", 404),
    ],
)
def test_what_is_not_there_is_said(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_a_page_that_is_not_there_is_said_on_the_page(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "<title>Kampkin</title>" in answer.text


def test_a_mistake_of_ours_is_answered_behind_the_guard_too(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kampkin.dashboard.app.exposition", lambda looker, accept: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        client.get("/metrics")
    assert "kampkin: /metrics: ZeroDivisionError" in capsys.readouterr().err


def test_values_of_headers_are_in_no_answer(tmp_path: Path) -> None:
    """On AWS a credential can stand in the file; the page has its name alone."""
    there = scene(
        tmp_path, FILE.replace("    timeout: 1s\n", "    headers: {request: {authorization: Bearer s3cr3t}}\n")
    )
    looker = there.looker()
    with TestClient(application(Desk(looker, Feed(looker, 2.0), True), [*LOOPBACK]), base_url=HERE) as client:
        answer = client.get("/api/endpoints/cart")
    shown = next(one for one in answer.json()["settings"] if one["key"] == "headers.request")
    assert (shown["value"], shown["editable"]) == ("{authorization: •••}", False)
    assert "s3cr3t" not in answer.text


def test_with_a_password_nothing_is_had_without_it(tmp_path: Path) -> None:
    app = application(desk(tmp_path), ["dash.acme.dev"], "correct horse")
    with TestClient(app, base_url="http://dash.acme.dev") as client:
        for auth in (None, ("any", "wrong"), ("any", ""), ("any", "correct horse "), ("correct horse", "")):
            for path in ("/", "/api/board", "/static/main.mjs", "/metrics"):
                answer = client.get(path, auth=auth)
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"].startswith("Basic")
        for odd in ("Basic", "Basic !!", "Bearer correct horse", "Basic Y29ycmVjdA"):
            assert client.get("/", headers={"authorization": odd}).status_code == 401
        assert client.get("/api/board", auth=("any", "correct horse")).status_code == 200


def test_open_to_others_it_makes_no_branch(tmp_path: Path) -> None:
    with TestClient(application(desk(tmp_path, may_branch=False), [*LOOPBACK]), base_url=HERE) as client:
        answer = client.post("/api/endpoints/cart/branch", json={"changes": [], "branch": "x"}, headers=OURS)
    assert answer.status_code == 403
    assert "makes no branch" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("listening", "said"),
    [
        (Listening("0.0.0.0"), "no password"),
        (Listening("192.0.2.7", names=("x",)), "no password"),
        (Listening("::", password="secret"), "no name is let in"),
        (Listening(names=("edge.acme.dev",)), "as edge.acme.dev others than this machine can ask"),
        (Listening(port=99_999), "is no port"),
        (Listening(names=("http://x",)), "is no name of a host"),
    ],
)
def test_open_to_others_it_wants_a_password_and_a_name(listening: Listening, said: str) -> None:
    with pytest.raises(Cannot, match=said):
        listening.require_safe()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_alone_needs_neither(address: str) -> None:
    Listening(address).require_safe()
