"""What an endpoint has its own origin told in place of the caller: that origin, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files

import pytest
from pydantic_core import PydanticCustomError

from kampkin.plan import TargetName
from kampkin.values import request_header_name

from .caller import Caller
from .conftest import SECRET, Stage
from .origin import Arrival, Origin, answer, says
from .test_connections import UPGRADE, accepts, reading
from .test_hostile_events import holds_no_secret

CALLERS = (("Cookie", "mine=1"), ("X-From", "me"), ("X-from", "me again"), ("X-Empty", "no"), ("X-Mine", "1"))
EDGES = {"cookie": ["edge=1"], "x-from": ['the "edge"'], "x-empty": [""], "x-mine": ["1"]}


def told(arrival: Arrival, *names: str) -> dict[str, list[str]]:
    """What the origin got of the headers, by default of those that the edge sets here and of one that it does not."""
    return {name: arrival.values(name) for name in names or EDGES}


def test_the_origin_gets_the_edges_headers_and_not_the_callers(caller: Caller, origin: Origin) -> None:
    """Whatever the method, however often the caller says otherwise."""
    assert caller.ask("GET", "/dressed/ok", *CALLERS).status == 200
    assert caller.ask("GET", "/dressed/ok", ("X-Mine", "1")).status == 200
    assert caller.ask("POST", "/dressed/ok", *CALLERS, body=(b"body",), size=4).status == 200
    assert [told(arrival) for arrival in origin.seen] == [EDGES] * 3


def test_a_call_that_is_handed_back_has_them_too(stage: Stage, origin: Origin) -> None:
    """CloudFront takes them, and the origin gets them from it."""
    assert stage.caller("aws").ask("POST", "/dressed-back/ok", *CALLERS, body=(b"body",), size=4).status == 200
    [arrival] = origin.seen
    assert told(arrival) == EDGES
    assert arrival.values("kampkin-exchange")


def test_a_websocket_has_them_too(stage: Stage, origin: Origin) -> None:
    """Its handshake is a request like any other."""
    origin.on("socket", accepts)
    said = (f"{name}: {value}" for name, value in CALLERS)
    with reading(stage.caller("cloudflare"), "/dressed/socket", *UPGRADE, *said) as (_, response):
        assert response.status == 101
    assert told(origin.seen[0]) == EDGES


def test_another_origin_gets_what_the_caller_said(caller: Caller, origin: Origin) -> None:
    """What is meant for one service reaches no other, after a failure and while open."""
    origin.on("fails", says(answer("500 Failed")))
    assert caller.ask("GET", "/dressed-instead/fails", *CALLERS[:2]).status == 500
    assert caller.ask("GET", "/dressed-instead/ok", *CALLERS[:2]).status == 200
    first, *others = origin.seen
    assert [arrival.target for arrival in others] == ["/other/fails", "/other/ok"]
    assert told(first, "cookie", "x-from") == {"cookie": ["edge=1"], "x-from": ['the "edge"']}
    for arrival in others:
        assert told(arrival, "cookie", "x-from") == {"cookie": ["mine=1"], "x-from": ["me"]}


def test_a_secret_is_sent_and_told_to_nobody_else(stage: Stage, origin: Origin) -> None:
    """The origin gets its value; plan, bundle and log have its name at most."""
    came = stage.caller("cloudflare").ask("GET", "/dressed-secretly/ok", ("Authorization", "Bearer mine"))
    assert came.status == 200
    [arrival] = origin.seen
    assert told(arrival, "authorization", "x-from") == {"authorization": [f"Bearer {SECRET}"], "x-from": ['the "edge"']}
    assert holds_no_secret(repr(came.headers) + "".join(stage.logged()))
    assert not [path for path, data in stage.bundle.files().items() if SECRET.encode() in data]


def test_a_secret_that_is_not_bound_fails_no_request(
    stage: Stage, origin: Origin, until: Callable[..., object]
) -> None:
    """Its header is left out, the caller's own too, and one line says so, however many requests there are."""
    for _ in range(3):
        assert stage.caller("cloudflare").ask("GET", "/dressed-barely/ok", ("X-Key", "guessed")).status == 200
    assert [told(arrival, "x-key", "x-other") for arrival in origin.seen] == [{"x-key": [], "x-other": []}] * 3

    def lines() -> list[dict[str, object]]:
        found = [json.loads(line) for line in stage.logged()]
        return [line for line in found if line["breaker"] == "dressed-barely"]

    until(lines)
    [line] = lines()
    assert (line["kampkin"], line["missing"]) == ("secret", "NOT_BOUND, NEITHER")


def test_a_page_may_call_it_still(caller: Caller, origin: Origin, target: TargetName) -> None:
    """What the caller says of the page goes on as it was."""
    assert caller.ask("GET", "/dressed/ok", ("Origin", "https://shop.test")).status == 200
    assert told(origin.seen[0], "origin") == {"origin": ["https://shop.test"]}


@pytest.mark.parametrize(
    ("file", "opens"),
    [
        ("local/js/cloudfront.mjs", "HEADERS_HIDDEN = new Set(["),
        ("local/js/cloudfront-origin.mjs", "READ_ONLY = ["),
        ("runtime/headers.mjs", "HOP_BY_HOP = ["),
        ("runtime/headers.mjs", "const KEPT_HERE = ["),
    ],
)
def test_no_header_may_be_set_that_an_edge_would_not_send(file: str, opens: str) -> None:
    """What CloudFront hides from a function or lets it read only, and what stays behind here."""
    listed = (files("kampkin") / file).read_text().partition(opens)[2].partition("]")[0]
    names = re.findall(r'"([a-z-]+)"', listed)
    assert names
    for name in [*names, "host", "x-edge-a", "x-amz-cf-a", "kampkin-exchange"]:
        with pytest.raises(PydanticCustomError):
            request_header_name(name)
