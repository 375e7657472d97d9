"""What a page's scripts can call and read through a protected URL, by the browser's own judgement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kampkin.plan import TargetName

from .conftest import PATH, Stage
from .page import Page, Read

Visit = Callable[[str], Page]
JSON = {"content-type": "application/json"}


def rejection(page: Page, url: str, until: Callable[..., Any]) -> Read:
    """Calls until the breaker rejects; what the page reads then."""
    read: Read = until(lambda: (read := page.call(url)) and "breaker" in read.headers.get("proxy-status", "") and read)
    return read


def test_an_allowed_page_reads_the_origins_answer(stage: Stage, visit: Visit) -> None:
    """Status and body, and of the headers those that the origin exposes."""
    read = visit(stage.pages).call(f"{stage.edge}/shop/shown")
    assert read.status == 200
    assert read.json() == {"method": "GET", "body": ""}
    assert read.headers["x-shown"] == "1"
    assert "x-hidden" not in read.headers


def test_an_allowed_page_posts_json(stage: Stage, visit: Visit) -> None:
    """The browser asks first, and the edge answers in the origin's place: that sees the POST alone, with the page's own header."""
    page = visit(stage.pages)
    read = page.call(f"{stage.edge}/shop/posted", method="POST", headers=JSON | {"x-cart": "7"}, body='{"item":1}')
    assert read.json() == {"method": "POST", "body": b'{"item":1}'.hex()}
    assert stage.service.methods(f"{PATH}/posted") == ["POST"]
    asked = stage.service.last(f"{PATH}/posted")
    assert (asked.headers["content-type"], asked.headers["x-cart"]) == ("application/json", "7")


def test_a_page_that_is_not_allowed_reads_nothing(stage: Stage, visit: Visit) -> None:
    """The browser keeps the answer from it, though the origin itself would let everyone in."""
    page = visit(stage.strangers)
    assert "Access-Control-Allow-Origin" in page.refused(f"{stage.edge}/shop/shown")
    assert "Access-Control-Allow-Origin" in page.refused(f"{stage.edge}/shop/lax")


def test_the_preflight_of_a_page_that_is_not_allowed_is_refused(
    stage: Stage, visit: Visit, ask: Callable[..., Any]
) -> None:
    """So the origin never hears of its POST."""
    path = "/shop/refused"
    said = visit(stage.strangers).refused(stage.edge + path, method="POST", headers=JSON, body="{}")
    assert "preflight" in said
    assert stage.service.methods(f"{PATH}/refused") == []
    asked = {"origin": stage.strangers, "access-control-request-method": "POST"}
    assert ask(stage.edge, path, "OPTIONS", headers=asked).status == 403
    assert ask(stage.edge, path, "OPTIONS", headers=asked | {"origin": stage.pages}).status == 204
    assert stage.service.methods(f"{PATH}/refused") == []


def test_a_page_sends_only_what_is_declared(stage: Stage, visit: Visit) -> None:
    """Methods and headers that the endpoint does not take are stopped in the browser."""
    page = visit(stage.pages)
    assert "preflight" in page.refused(f"{stage.edge}/shop/strict", method="PUT")
    page.refused(f"{stage.edge}/account/strict", headers={"x-other": "1"})
    assert stage.service.methods(f"{PATH}/strict") == []
    assert page.call(f"{stage.edge}/account/strict", headers={"x-cart": "7"}).status == 200
    assert stage.service.methods(f"{PATH}/strict") == ["GET"]


def test_cookies_travel_where_credentials_are_declared(stage: Stage, visit: Visit) -> None:
    """The origin's cookie comes back to it with the next call."""
    page = visit(stage.pages)
    page.call(f"{stage.edge}/account/login", credentials="include")
    page.call(f"{stage.edge}/account/mine", credentials="include", method="POST", headers=JSON, body="{}")
    assert stage.service.last(f"{PATH}/mine").headers["cookie"] == "session=7"
    assert stage.service.methods(f"{PATH}/mine") == ["POST"]


def test_a_page_reads_nothing_with_credentials_that_are_not_declared(stage: Stage, visit: Visit) -> None:
    """Though the origin itself would allow them."""
    page = visit(stage.pages)
    assert "Credentials" in page.refused(f"{stage.edge}/shop/lax", credentials="include")
    assert page.call(f"{stage.edge}/shop/lax").status == 200


def test_any_page_reads_where_any_is_declared(stage: Stage, visit: Visit) -> None:
    """With `*` there is no page that is not allowed."""
    read = visit(stage.strangers).call(f"{stage.edge}/anyone/posted", method="POST", headers=JSON, body="{}")
    assert read.json()["method"] == "POST"


def test_a_kept_answer_is_read_by_the_page_it_was_for(stage: Stage, visit: Visit) -> None:
    """The browser does not give one page's cached answer to another's script: it varies by Origin."""
    url = f"{stage.edge}/shop/kept"
    first, second = visit(stage.pages), visit(stage.neighbours)
    assert [first.call(url).status, first.call(url).status, second.call(url).status] == [200, 200, 200]
    assert stage.service.methods(f"{PATH}/kept") == ["GET", "GET"]


def test_without_cors_the_origin_decides(stage: Stage, visit: Visit, ask: Callable[..., Any]) -> None:
    """Its headers and its answer to a preflight pass untouched; where it says nothing, nothing is added."""
    page = visit(stage.strangers)
    url = f"{stage.edge}/plain"
    assert page.call(f"{url}/lax", method="PUT", headers=JSON, body="{}", credentials="include").status == 200
    assert stage.service.methods(f"{PATH}/lax")[-2:] == ["OPTIONS", "PUT"]
    assert "Access-Control-Allow-Origin" in page.refused(f"{url}/other")
    headers = ask(stage.edge, "/plain/other", headers={"origin": stage.pages}).headers
    assert [name for name in headers if name.lower().startswith("access-control-") or name.lower() == "vary"] == []


def test_a_redirect_inside_the_origin_stays_at_the_protected_url(stage: Stage, visit: Visit) -> None:
    """The browser follows it to the edge: a script's call, and a person's visit."""
    page = visit(stage.pages)
    read = page.call(f"{stage.edge}/shop/old")
    assert (read.status, read.url) == (200, f"{stage.edge}/shop/new")
    page.tab.goto(f"{stage.edge}/plain/old")
    assert page.tab.url == f"{stage.edge}/plain/new"


def test_an_allowed_page_reads_a_rejection(stage: Stage, visit: Visit, until: Callable[..., Any]) -> None:
    """The failures before it too: what the origin answers, and what the edge says of an origin that does not."""
    page, url = visit(stage.pages), f"{stage.edge}/rests/items"
    with stage.fault("500"):
        assert page.call(url).status == 500
    with stage.fault("refuse"):
        unreachable = page.call(url)
        assert (unreachable.status, unreachable.json()["type"]) == (502, "urn:kampkin:unreachable")
        rejected = rejection(page, url, until)
    assert rejected.status == 503
    assert rejected.json()["type"] == "urn:kampkin:breaker-open"
    assert rejected.headers["retry-after"] == str(rejected.json()["retryAfter"])
    assert rejected.headers["proxy-status"] == 'kampkin; error=destination_unavailable; details="breaker open"'
    count = len(stage.service.asked)
    posted = page.call(url, method="POST", headers=JSON, body="{}")  # the preflight is answered while it is open
    assert (posted.status, posted.json()["type"]) == (503, "urn:kampkin:breaker-open")
    assert len(stage.service.asked) == count


def test_bodies_of_any_size_are_shared_like_others(stage: Stage, visit: Visit, until: Callable[..., Any]) -> None:
    """On AWS CloudFront makes these calls itself; the edge still decides who reads the answers, and rejects."""
    page, stranger, url = visit(stage.pages), visit(stage.strangers), f"{stage.edge}/large"
    read = page.call(f"{url}/shown")
    assert (read.json()["method"], read.headers["x-shown"], "x-hidden" in read.headers) == ("GET", "1", False)
    assert page.call(f"{url}/upload", method="POST", headers=JSON, body="{}").json()["body"] == b"{}".hex()
    assert stage.service.methods(f"{PATH}/upload") == ["POST"]
    assert page.call(f"{url}/old").url == f"{stage.edge}/large/new"
    assert "Credentials" in page.refused(f"{url}/lax", credentials="include")
    assert "Access-Control-Allow-Origin" in stranger.refused(f"{url}/lax")
    with stage.fault("500"):
        assert rejection(page, url, until).status == 503
    assert "Access-Control-Allow-Origin" in stranger.refused(url)


def test_a_page_that_is_not_allowed_reads_no_rejection(stage: Stage, visit: Visit, until: Callable[..., Any]) -> None:
    """Neither before nor after the trip, by GET or POST."""
    stranger, url = visit(stage.strangers), f"{stage.edge}/rests/items"
    with stage.fault("refuse"):
        stranger.refused(url)
        rejection(visit(stage.pages), url, until)
    assert "Access-Control-Allow-Origin" in stranger.refused(url)
    assert "preflight" in stranger.refused(url, method="POST", headers=JSON, body="{}")


def test_an_allowed_page_reads_the_fallback(stage: Stage, visit: Visit, until: Callable[..., Any]) -> None:
    """The answer that the file has for it, and that it is none of the origin's."""
    page, url = visit(stage.pages), f"{stage.edge}/covered/items"
    with stage.fault("refuse"):
        read = rejection(page, url, until)
    assert (read.status, read.json()) == (200, {"items": []})
    assert "Access-Control-Allow-Origin" in visit(stage.strangers).refused(url)


def test_an_allowed_page_reads_an_alternate_origins_answer(
    stage: Stage, visit: Visit, until: Callable[..., Any]
) -> None:
    """With the headers that it exposes, and that it stands in for the first."""
    page, url = visit(stage.pages), f"{stage.edge}/moved/shown"
    with stage.fault("refuse"):
        read = until(lambda: (read := page.call(url)).status == 200 and read)
    assert read.json() == {"method": "GET", "body": ""}
    assert read.headers["proxy-status"] == 'kampkin; details="fallback origin"'
    assert read.headers["x-shown"] == "1"
    assert "x-hidden" not in read.headers
    assert "Access-Control-Allow-Origin" in visit(stage.strangers).refused(url)


def test_every_allowed_page_reads_the_stale_copy(
    stages: dict[TargetName, Stage], visit: Visit, until: Callable[..., Any]
) -> None:
    """Though it was made of an answer to one of them."""
    stage = stages["cloudflare"]
    page, url = visit(stage.pages), f"{stage.edge}/kept/shown"
    assert page.call(url).headers["x-shown"] == "1"
    with stage.fault("refuse"):
        until(lambda: "stale copy" in page.call(url).headers.get("proxy-status", ""))
        read = visit(stage.neighbours).call(url)
    assert (read.status, read.json()) == (200, {"method": "GET", "body": ""})
    assert read.headers["proxy-status"] == 'kampkin; details="stale copy"'
    assert read.headers["x-shown"] == "1"
    assert "Access-Control-Allow-Origin" in visit(stage.strangers).refused(url)


def test_without_cors_no_page_reads_a_rejection(
    stage: Stage, visit: Visit, until: Callable[..., Any], ask: Any
) -> None:
    """Nothing is added to the edge's own answers either."""
    with stage.fault("refuse"):
        rejected = until(
            lambda: (
                "breaker"
                in (answer := ask(stage.edge, "/silent/items", headers={"origin": stage.pages})).headers["proxy-status"]
                and answer
            )
        )
    assert [name for name in rejected.headers if name.lower().startswith("access-control-")] == []
    assert "Access-Control-Allow-Origin" in visit(stage.pages).refused(f"{stage.edge}/silent/items")


def test_an_open_page_sees_the_origin_heal(stage: Stage, visit: Visit, until: Callable[..., Any]) -> None:
    """Closed, open and closed again, read by one page that is never loaded anew."""
    page, url = visit(stage.pages), f"{stage.edge}/heals/items"
    page.tab.evaluate("() => { window.mark = 'the same page'; }")
    assert page.call(url).status == 200
    with stage.fault("refuse"):
        rejection(page, url, until)
    assert until(lambda: (read := page.call(url)).status == 200 and read).json()["method"] == "GET"
    assert page.tab.evaluate("() => window.mark") == "the same page"
