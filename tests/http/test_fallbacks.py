"""What callers get when a call has failed or was not made, on both edges."""

from __future__ import annotations

from kampkin.plan import TargetName

from .caller import Caller
from .conftest import Stage
from .origin import Origin, answer, says, sha256_of

FAILED = says(answer("500 Failed"))


def test_a_stale_copy_stands_in(stage: Stage, origin: Origin) -> None:
    """The last good answer, marked as such; not that to somebody who may have said who they are."""
    caller = stage.caller("cloudflare")
    for name in ("for-all", "for-one"):
        origin.on(name, says(answer("200 OK", "Content-Type: text/plain", body=name.encode())))
    assert caller.ask("GET", "/stale/for-all").status == 200
    assert caller.ask("GET", "/stale/for-one", ("X-Api-Key", "mine")).status == 200
    origin.on("fails", FAILED)
    caller.ask("GET", "/stale/fails")
    came = caller.ask("GET", "/stale/for-all")
    assert (came.status, came.body) == (200, b"for-all")
    marks = {"proxy-status": 'kampkin; details="stale copy"', "cache-control": "no-store", "age": "0"}
    assert {name: came.value(name) for name in marks} == marks
    assert caller.ask("GET", "/stale/for-one").status == 503


def test_another_origin_stands_in(caller: Caller, origin: Origin) -> None:
    """While open, with the body too; a body that has been sent is not sent again."""
    origin.on("fails", FAILED)
    assert caller.ask("POST", "/instead/fails", body=(b"once",), size=4).status == 500
    came = caller.ask("POST", "/instead/ok?q=1", body=(b"twice",), size=5)
    assert (came.status, came.value("proxy-status")) == (200, 'kampkin; details="fallback origin"')
    assert [arrival.target for arrival in origin.seen] == ["/base/fails", "/other/ok?q=1"]
    assert origin.seen[1].sha256 == sha256_of((b"twice",))


def test_what_is_handed_back_counts_by_its_status(stage: Stage, origin: Origin) -> None:
    """A 500 to a large body opens the breaker, though CloudFront made the call."""
    origin.on("fails", FAILED)
    caller = stage.caller("aws")
    body = (bytes(1_048_577),)
    assert caller.ask("POST", "/handed/fails", body=body, size=1_048_577).status == 500
    assert caller.ask("GET", "/handed/ok").status == 503
    assert stage.states("aws", "handed") == ["open"]


def test_a_rejection_can_be_read_where_the_endpoint_shares(caller: Caller, origin: Origin, target: TargetName) -> None:
    """With the breaker open, and the preflight before it."""
    origin.on("fails", FAILED)
    caller.ask("GET", "/shared/fails")
    came = caller.ask("GET", "/shared/ok", ("Origin", "https://shop.test"))
    assert (came.status, came.value("access-control-allow-origin")) == (503, "https://shop.test")
    asks = ("Origin", "https://shop.test"), ("Access-Control-Request-Method", "PUT")
    came = caller.ask("OPTIONS", "/shared/ok", *asks)
    assert (came.status, came.value("access-control-allow-methods")) == (204, "PUT")
    assert caller.ask("GET", "/shared/ok", ("Origin", "https://evil.test")).value("access-control-allow-origin") is None
