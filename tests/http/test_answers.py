"""Answers that are odd and legal pass; those that are none are failures, told in time and without what was in them."""

from __future__ import annotations

import pytest

from kampkin.plan import TargetName

from .caller import Caller
from .conftest import Stage
from .origin import OK, Arrival, Connection, Origin, answer, says

LONG = "y" * 15_000
COOKIES = [f"c{at}=v, w; Expires=Thu, 01 Jan 2026 00:00:00 GMT; Path=/; HttpOnly" for at in range(50)]

ODD = {
    "no reason": b"HTTP/1.1 200\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok",
    "an empty reason": b"HTTP/1.1 200 \r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nok",
    "no length": b"HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nok",
    "chunks": b"HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
    "empty values": answer("200 OK", "X-A: 1", "X-Empty:", "X-Blank:   ", body=b"ok"),
    "names in any case": answer("200 OK", "x-A: 1", "CONTENT-type: a/b", body=b"ok"),
    "bytes beyond ASCII": answer("200 OK", "X-A: 1", "X-Bytes: \xfc\xff\x80", body=b"ok"),
    "a long value": answer("200 OK", "X-A: 1", f"X-Long: {LONG}", body=b"ok"),
    "many headers": answer("200 OK", "X-A: 1", *(f"X-{at}: {at}" for at in range(80)), body=b"ok"),
    "a date of its own": answer("200 OK", "X-A: 1", "Date: Thu, 01 Jan 2026 00:00:00 GMT", "Server: x/1", body=b"ok"),
    "no close that it said": answer("200 OK", "X-A: 1", "Connection: close", body=b"ok"),
}
"""All of them mean 200 and `ok`."""

NOT_ONE = {
    "nothing": b"",
    "no HTTP": b"hello\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "a space in a name": answer("200 OK", "X A: b"),
    "a NUL": answer("200 OK", "X-A: a\x00b"),
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nxy",
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_passes(caller: Caller, origin: Origin, name: str) -> None:
    """Status, headers and body, as it meant them."""
    has_end = b"Content-Length" in ODD[name] or b"chunked" in ODD[name]
    origin.on(
        "odd", says(ODD[name], close=not has_end)
    )  # a connection that may be kept is kept: its end would meet the next call
    came = caller.ask("GET", "/plain/odd")
    assert (came.status, came.body, came.value("x-a"), came.whole) == (200, b"ok", "1", True)
    expected = {
        "x-empty": "",
        "x-blank": "",
        "content-type": "a/b",
        "x-bytes": "\xfc\xff\x80",
        "x-long": LONG,
        "x-79": "79",
    }
    expected |= {"date": "Thu, 01 Jan 2026 00:00:00 GMT", "server": "x/1"}
    for header, value in expected.items():
        if f"\r\n{header}:" in ODD[name].decode("latin-1").lower():
            assert came.value(header) == value


@pytest.mark.parametrize("name", NOT_ONE)
def test_what_is_no_answer_is_a_failure(stage: Stage, origin: Origin, target: TargetName, name: str) -> None:
    """502, in the service's name and without a word of what came."""
    origin.on("not-one", says(NOT_ONE[name], close=True))
    came = stage.caller(target).ask("GET", "/odd/not-one")
    assert (came.status, came.problem) == (502, "unreachable")


def test_cookies_stay_as_many_as_they_were(caller: Caller, origin: Origin) -> None:
    """In their order, commas and all."""
    origin.on("cookies", says(answer("200 OK", *(f"Set-Cookie: {cookie}" for cookie in COOKIES), body=b"ok")))
    assert caller.ask("GET", "/plain/cookies").values("set-cookie") == COOKIES


@pytest.mark.parametrize("status", [200, 206, 226, 299, 300, 304, 399, 400, 418, 451, 499])
def test_a_status_passes_with_its_body(
    stage: Stage, caller: Caller, origin: Origin, target: TargetName, status: int
) -> None:
    """And none of these is a failure."""
    bodiless = status == 304
    origin.on("status", says(answer(f"{status} Whatever", "X-A: 1", body=b"" if bodiless else b"body")))
    came = caller.ask("GET", "/statuses/status")
    assert (came.status, came.value("x-a"), came.body) == (status, "1", b"" if bodiless else b"body")
    assert stage.states(target, "statuses") == []


@pytest.mark.parametrize("status", [600, 999])
def test_a_status_that_cloudfront_does_not_take_is_told(stage: Stage, origin: Origin, status: int) -> None:
    """Workers pass it."""
    origin.on("status", says(answer(f"{status} X", body=b"x")))
    assert stage.caller("cloudflare").ask("GET", "/odd/status").status == status
    came = stage.caller("aws").ask("GET", "/odd/status")
    assert (came.status, came.problem) == (502, "status-not-passable")


def test_headers_longer_than_a_platform_takes_are_no_failure_of_the_service(
    stage: Stage, caller: Caller, origin: Origin, target: TargetName
) -> None:
    """17 kB of them, which Cloudflare and CloudFront take, pass."""
    origin.on("long", says(answer("200 OK", *(f"X-{at}: {'y' * 1_000}" for at in range(17)), body=b"ok")))
    assert caller.ask("GET", "/long-head/long").status == 200
    assert stage.states(target, "long-head") == []


@pytest.mark.parametrize(
    "location", ["https://elsewhere.test/base/x", "mailto:a@b.test", "http://[", "//elsewhere.test/", "x", "?a", "#b"]
)
def test_a_location_elsewhere_or_relative_is_not_touched(caller: Caller, origin: Origin, location: str) -> None:
    """Nor one that is none."""
    origin.on("leads", says(answer("302 Found", f"Location: {location}")))
    assert caller.ask("GET", "/plain/leads").value("location") == location


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/base", "/plain"),
        ("/base/", "/plain/"),
        ("/base/x?y=1&z=%2F#w", "/plain/x?y=1&z=%2F#w"),
        ("HERE/base/x", "/plain/x"),
        ("//HOST/base/x", "/plain/x"),
        ("/based/x", "HERE/based/x"),
        ("/", "HERE/"),
        ("../x", "HERE/x"),
        ("/base/../x", "HERE/x"),
        ("HERE/x", "HERE/x"),
        ("/base//evil.test", "/plain//evil.test"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("header", "status"), [("Location", "302 Found"), ("Location", "201 Created"), ("Content-Location", "200 OK")]
)
def test_a_location_in_the_origin_leads_to_the_protected_url(
    stage: Stage, caller: Caller, origin: Origin, header: str, status: str, location: str, expected: str
) -> None:
    """And one beside its path to the origin, where it was meant; large answers and small ones alike."""
    for text in ("HERE", "HOST"):
        at = f"127.0.0.1:{origin.port}" if text == "HOST" else f"http://127.0.0.1:{origin.port}"
        location, expected = location.replace(text, at), expected.replace(text, at)
    origin.on("leads", says(answer(status, f"{header}: {location}")))
    assert caller.ask("GET", "/plain/leads").value(header.lower()) == expected
    came = caller.ask("POST", "/large/leads", body=[b"x"], size=1).value(header.lower())
    assert came == expected.replace("/plain", "/large")


def test_an_exact_route_is_led_back_to(caller: Caller, origin: Origin) -> None:
    """What is not that very path is the origin's."""
    origin.on("base", says(answer("302 Found", "Location: /base?a=1")))
    assert caller.ask("GET", "/one").value("location") == "/one?a=1"
    origin.on("base", says(answer("302 Found", "Location: /base/x")))
    assert caller.ask("GET", "/one").value("location") == f"http://127.0.0.1:{origin.port}/base/x"
    assert caller.ask("GET", "/one/x").status == 404
    origin.on("base", OK)


def test_one_answer_is_not_another_callers(stage: Stage, origin: Origin) -> None:
    """On AWS, bytes after an answer's end belong to nobody: the connection is not used again. workerd would."""

    def splits(connection: Connection, arrival: Arrival) -> None:
        connection.send(answer("200 OK", body=b"mine") + answer("200 OK", body=b"not yours"))

    origin.on("splits", splits)
    caller = stage.caller("aws")
    assert caller.ask("GET", "/odd/splits").body == b"mine"
    assert [caller.ask("GET", "/odd/ok").body for _ in range(3)] == [b"ok"] * 3
