"""In front of a host that has an origin of its own: what an endpoint takes goes through its breaker, all else as if nobody were there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from kampkin.bundle import bundle
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.plan import Alternate, Origin, Route, Target, seal_endpoint, seal_plan

from .caller import Caller, Came
from .conftest import TRIPS_AT_ONCE
from .origin import Arrival, answer, says
from .origin import Origin as Recorder
from .test_connections import UPGRADE, accepts, reading

HOST = "shop.test"
OWN = Origin(scheme="https", host=HOST, port=443, path="/cart")


@dataclass
class Front:
    """The edge, the host's own origin behind it, and a service elsewhere."""

    edges: LocalEdges
    own: Recorder
    elsewhere: Recorder

    @property
    def caller(self) -> Caller:
        """Somebody who calls the edge."""
        return Caller(self.edges.edges["cloudflare"].url)

    def ask(self, line: str, *headers: str, body: str = "", host: str = HOST) -> Came:
        """A request to the host, or another one, with these headers and no others."""
        rows = [f"{line} HTTP/1.1", f"Host: {host}", *headers, *([f"Content-Length: {len(body)}"] if body else [])]
        came = self.caller.send("\r\n".join([*rows, "", body]).encode(), line.split(" ")[0])
        assert came is not None
        return came


def started(elsewhere: Recorder, beyond: str | None) -> LocalEdges:
    """The edge with three endpoints: of the host's own origin, of a service elsewhere, and of that with the other standing in."""
    service = Origin(scheme="http", host="127.0.0.1", port=elsewhere.port, path="/base")
    common = {"targets": ("cloudflare",), "timeout_ms": 5_000, "policy": TRIPS_AT_ONCE}
    fallback = (Alternate(when=("failure",), origin=OWN, timeout_ms=5_000),)
    plan = seal_plan(
        project="front",
        targets={"cloudflare": Target(host=HOST, in_front_of=True, store="memory")},
        endpoints=[
            seal_endpoint(name=name, route=Route(path=path, prefix=path != "/one"), **common, **more)
            for name, path, more in (
                ("cart", "/cart", {"origin": OWN, "pass_host": True}),
                ("moved", "/moved", {"origin": service}),
                ("moving", "/moving", {"origin": service, "fallback": fallback}),
                ("one", "/one", {"origin": service}),
            )
        ],
    )
    return LocalEdges(deployment_of(bundle(plan)), nodes=1, beyond=beyond)


@pytest.fixture(scope="module")
def running() -> Iterator[Front]:
    """With the host's own origin in its place."""
    with (
        Recorder() as own,
        Recorder() as elsewhere,
        started(elsewhere, f"127.0.0.1:{own.port}") as edges,
    ):
        yield Front(edges, own, elsewhere)


@pytest.fixture
def front(running: Front) -> Front:
    """Origins that have heard nothing yet."""
    running.own.seen.clear()
    running.elsewhere.seen.clear()
    return running


def told(arrival: Arrival) -> dict[str, list[str]]:
    """What the origin got, but for what workerd adds to any call."""
    names = {name.decode().lower() for name, _ in arrival.headers} - {"cf-worker"}
    return {name: arrival.values(name) for name in sorted(names)}


@pytest.mark.parametrize(
    "path",
    ["/", "/login?next=/cart", "/cartoon", "/one/more", "/a%2f..%2fb", "/a/..;/b", "/%c0%ae", "/.kampkin/v1/breakers"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PROPFIND"])
def test_what_no_endpoint_takes_passes_untouched(front: Front, path: str, method: str) -> None:
    """To the host's own origin, whatever the path looks like: not a header more, none less, and the answer as it is."""
    front.own.on(
        path.partition("?")[0].rpartition("/")[2], says(answer("418 Own", "X-Own: 1", "Location: /cart", body=b"own"))
    )
    headers = ("X-Forwarded-Host: other.test", "Forwarded: for=x", "Via: 1.0 a", "Kampkin-Exchange: x", "Cookie: a=1")
    came = front.ask(f"{method} {path}", *headers, body="body" if method == "POST" else "")
    assert (came.status, came.body, came.value("x-own"), came.value("location")) == (418, b"own", "1", "/cart")
    assert came.value("proxy-status") is None
    [arrival] = front.own.seen
    expected = {"host": [HOST], "x-forwarded-host": ["other.test"], "forwarded": ["for=x"], "via": ["1.0 a"]}
    expected |= {"kampkin-exchange": ["x"], "cookie": ["a=1"]}
    length = {
        "POST": {"content-length": ["4"]},
        "DELETE": {"content-length": ["0"]},
        "PROPFIND": {"content-length": ["0"]},
    }
    assert (arrival.method, arrival.target, arrival.body) == (method, path, b"body" if method == "POST" else b"")
    assert told(arrival) == dict(sorted((expected | length.get(method, {})).items()))
    assert not front.elsewhere.seen


def test_a_get_with_a_body_passes_too(front: Front) -> None:
    """Which an endpoint would refuse."""
    assert front.ask("GET /any", body="body").status == 200
    assert front.own.seen[0].body == b"body"
    assert front.ask("GET /moved/any", body="body").problem == "bad-request"


def test_a_websocket_passes_too(front: Front) -> None:
    """Both ways."""
    front.own.on("socket", accepts)
    with reading(front.caller, "/socket", *UPGRADE) as (_, response):
        assert response.status == 101


def test_an_endpoint_takes_what_is_its(front: Front) -> None:
    """From the service elsewhere, and from the host's own origin, which gets the caller's Host: it is its own."""
    assert front.ask("GET /moved/x?y=1").status == 200
    assert front.ask("GET /one?y=1").status == 200
    assert [arrival.target for arrival in front.elsewhere.seen] == ["/base/x?y=1", "/base?y=1"]
    assert front.ask("GET /cart/x?y=1").status == 200
    [arrival] = front.own.seen
    assert (arrival.target, arrival.values("host"), arrival.values("via")) == ("/cart/x?y=1", [HOST], ["1.1 kampkin"])
    assert front.ask("GET /moved/..%2fx").problem == "bad-request"


def test_the_hosts_own_origin_may_stand_in(front: Front) -> None:
    """For a service that is elsewhere by now and fails."""
    front.elsewhere.on("fails", says(answer("500 Failed")))
    came = front.ask("GET /moving/fails")
    assert (came.status, came.value("proxy-status")) == (200, 'kampkin; details="fallback origin"')
    assert [arrival.target for arrival in front.own.seen] == ["/cart/fails"]


def test_a_breaker_of_the_hosts_own_origin_opens_for_its_endpoint_alone(
    front: Front, until: Callable[..., object]
) -> None:
    """What no endpoint takes is nobody's to reject."""
    front.own.on("fails", says(answer("500 Failed")))
    assert front.ask("GET /cart/fails").status == 500
    until(lambda: front.ask("GET /cart/ok").status == 503)
    assert front.ask("GET /fails").status == 500
    assert front.ask("GET /ok").status == 200


@pytest.mark.parametrize("host", [HOST, "example.com", "127.0.0.1:1"])
def test_without_that_origin_nothing_outside_is_called(host: str) -> None:
    """On a machine of a developer's: a path without an endpoint is 404, and says what it would be."""
    with Recorder() as elsewhere, started(elsewhere, None) as edges:
        front = Front(edges, elsewhere, elsewhere)
        came = front.ask("GET /login", host=host)
        assert (came.status, came.problem) == (404, "no-route")
        assert "would go on to the own origin of shop.test" in came.json()["detail"]
        assert front.ask("GET /moved/x", host=host).status == 200
        assert [arrival.target for arrival in elsewhere.seen] == ["/base/x"]


def test_the_edge_says_what_it_runs(front: Front) -> None:
    """Itself, in front of whatever; with a store that shares nothing, and neither the host's origin nor a service is called."""
    told = front.ask("GET /.kampkin/v1/running").json()
    assert (told["edge"], told["project"]) == ("cloudflare", "front")
    assert not front.own.seen
    assert not front.elsewhere.seen
