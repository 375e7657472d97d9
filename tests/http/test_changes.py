"""What changes in flight is what `changes` says: each of it happens, nothing else does, and the page has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kampkin.plan import TargetName

from .caller import Caller
from .changes import ANSWER, REQUEST, Change, change_of
from .conftest import TARGETS, Stage
from .origin import Origin, answer, says

PAGE = Path(__file__).parents[2] / "docs" / "http.md"

ENDTOEND = (
    ("Accept", "text/html, */*;q=0.1"),
    ("Accept-Encoding", "gzip, br"),
    ("Authorization", "Bearer a.b-c"),
    ("Cache-Control", "no-cache"),
    ("Cookie", "a=1; b=2"),
    ("If-None-Match", 'W/"x", "y"'),
    ("If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT"),
    ("Origin", "https://page.test"),
    ("Range", "bytes=0-9"),
    ("Referer", "https://page.test/?q=%20"),
    ("User-Agent", "x/1 (y; z)"),
    ("X-Empty", ""),
    ("X-Bytes", "\xfc\xff\x80"),
    ("X-Tab", "a\tb"),
    ("X-Request-Id", "r"),
)
"""Headers that are the caller's and the service's business. The last looks like one of ours and is none."""

EVERY = [(target, change) for target in TARGETS for change in REQUEST[target]]
EVERY_ANSWER = [(target, change) for target in TARGETS for change in ANSWER[target]]


def name_of(value: object) -> str | None:
    """A change in a test's name."""
    return f"{value.header}={value.sent}" if isinstance(value, Change) else None


def rows(change: Change) -> tuple[tuple[str, str], ...]:
    """The headers that show the change."""
    return () if change.sent is None else ((change.header, change.sent),)


@pytest.mark.parametrize(("target", "change"), EVERY, ids=name_of)
def test_each_change_of_a_request_happens(stage: Stage, origin: Origin, target: TargetName, change: Change) -> None:
    """The header arrives as the table says, or not at all."""
    method = "DELETE" if change.header == "content-length" else "GET"
    assert stage.caller(target).ask(method, "/plain/ok", *rows(change)).status == 200
    [arrival] = origin.seen
    came = ", ".join(arrival.values(change.header)) if arrival.values(change.header) else None
    if change.becomes is None:
        assert came is None
    else:
        assert came is not None and re.fullmatch(change.becomes, came)


@pytest.mark.parametrize(("target", "change"), EVERY_ANSWER, ids=name_of)
def test_each_change_of_an_answer_happens(stage: Stage, origin: Origin, target: TargetName, change: Change) -> None:
    """The header reaches the caller as the table says, or not at all."""
    sent = [] if change.sent is None else [f"{change.header}: {change.sent}"]
    origin.on("changes", says(answer("200 OK", *sent), close=change.header == "connection"))
    came = stage.caller(target).ask("GET", "/odd/changes").value(change.header)
    if change.becomes is None:
        assert came is None
    else:
        assert came is not None and re.fullmatch(change.becomes, came)


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_other_header_of_a_request_changes(caller: Caller, origin: Origin, target: TargetName, method: str) -> None:
    """Not its name, not a byte of its value; and no header comes that nobody sent."""
    sent = {"body": (b"body",), "size": 4} if method == "POST" else {}
    assert caller.ask(method, "/plain/ok?q=%41&%62&&=", *ENDTOEND, **sent).status == 200  # type: ignore[arg-type]
    [arrival] = origin.seen
    assert (arrival.method, arrival.target) == (method, "/base/ok?q=%41&%62&&=")
    expected = {name.lower(): value for name, value in ENDTOEND} | {"host": f"127.0.0.1:{origin.port}"}
    expected |= {"content-length": "4"} if method == "POST" else {}
    came = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in arrival.headers}
    assert len(came) == len(arrival.headers)
    for name in {*came, *expected}:
        change = change_of(REQUEST[target], name, expected.get(name))
        if change:
            assert change.becomes is not None and re.fullmatch(change.becomes, came.get(name, "")), name
        else:
            assert came.get(name) == expected.get(name), name


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_method_without_a_body_arrives_without_one(caller: Caller, origin: Origin, method: str) -> None:
    """It has a length of 0 or none: the origin does not wait for more."""
    assert caller.ask(method, "/plain/ok").status == 200
    [arrival] = origin.seen
    assert (arrival.method, arrival.size, arrival.values("transfer-encoding")) == (method, 0, [])
    assert arrival.values("content-length") in ([], ["0"])


def test_repeated_headers_arrive_in_order(caller: Caller, origin: Origin) -> None:
    """As several or joined, which is the same."""
    assert caller.ask("GET", "/plain/ok", ("X-A", "1"), ("X-B", "2"), ("x-a", "3, 4"), ("X-A", "5")).status == 200
    [arrival] = origin.seen
    assert ", ".join(arrival.values("x-a")) == "1, 3, 4, 5"


def test_several_lines_of_cookies_stay_readable(stage: Stage, origin: Origin) -> None:
    """HTTP/2 splits `Cookie`; put together again it has semicolons, RFC 9113 8.2.3: a comma would become part of a value. On
    Workers that is the front end's work: the page says so."""
    caller = stage.caller("aws")
    assert caller.ask("GET", "/plain/ok", ("Cookie", "a=1"), ("Cookie", "b=2; c=3")).status == 200
    [arrival] = origin.seen
    assert "; ".join(arrival.values("cookie")) == "a=1; b=2; c=3"


def test_the_page_has_every_change() -> None:
    """Each header of the table stands in docs/http.md, in the section of its direction."""
    page = PAGE.read_text().lower()
    requests, answers = (
        part.partition("\n## ")[0]
        for part in (page.partition("## the request,")[2], page.partition("## the answer,")[2])
    )
    for tables, section in ((REQUEST, requests), (ANSWER, answers)):
        for change in {change for table in tables.values() for change in table}:
            assert f"`{(change.page or change.header).lower()}`" in section, change.header
