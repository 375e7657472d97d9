"""Both edges, once for all tests here: one node each, in front of an origin that keeps what reaches it, and of httpbin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from kampkin.bundle import Bundle, bundle
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges, LogLine
from kampkin.plan import (
    Alternate,
    Answer,
    Cors,
    Origin,
    Policy,
    Route,
    Stale,
    Target,
    TargetName,
    seal_endpoint,
    seal_plan,
)

from . import bin as httpbin
from .caller import Caller
from .origin import Origin as Recorder

TARGETS: tuple[TargetName, ...] = ("cloudflare", "aws")
BASE = "/base"
"""The declared origin's path: nothing may be called outside it."""

SECRET = "s3cr3t"
"""Stands in each header, query and body that nobody but the origin may see."""

TRIPS_AT_ONCE = Policy(
    consecutive_failures=1,
    failure_ratio_bp=0,
    cooldown_ms=60_000,
    cooldown_max_ms=60_000,
    cooldown_jitter_bp=0,
    probe_timeout_ms=5_000,
)
"""Whatever counts as a failure can be seen: it opens the breaker, which stays open."""

PROBES_SOON = TRIPS_AT_ONCE.model_copy(
    update={"cooldown_ms": 200, "cooldown_max_ms": 200, "cooldown_factor": 1, "admit_bp": 10_000}
    | {"max_probes": 1, "successes": 1, "probe_timeout_ms": 20_000}
)
"""One probe at a time, and one that succeeds closes it."""

NEVER_TRIPS = Policy(consecutive_failures=0, failure_ratio_bp=0)

WATCHED = {"watch_body": True}
DRESSED: dict[str, Any] = {"request_headers": (("cookie", "edge=1"), ("x-empty", ""), ("x-from", 'the "edge"'))}
ENDPOINTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "bodies": {"timeout_ms": 20_000},
    "large": {"large_bodies": True, "timeout_ms": 20_000},
    "watched": WATCHED,
    "cut": {},
    "cut-watched": WATCHED,
    "cut-probe": {"policy": PROBES_SOON},
    "left-probe": {"policy": PROBES_SOON},
    "left-upload": {},
    "left-answer": WATCHED,
    "idle": {"idle_timeout_ms": 250},
    "slow": {"timeout_ms": 400},
    "frozen": {},
    "fuzzed": {},
    "secret": {"timeout_ms": 400},
    "secret-written": {"fallback": (Answer(when=("open", "failure"), status=503, body="resting"),)},
    "odd": {"policy": NEVER_TRIPS},
    "times-out": {"timeout_ms": 400, "policy": NEVER_TRIPS},
    "statuses": {},
    "long-head": {},
    "early": {},
    "handed": {},
    "shared": {"cors": Cors(origins=("https://shop.test",))},
    "stale": {"targets": ("cloudflare",), "fallback": (Stale(when=("open", "failure"), max_age_ms=60_000),)},
    "one": {"route": Route(path="/one", prefix=False)},
    "dressed": DRESSED,
    "dressed-back": DRESSED | {"large_bodies": True, "targets": ("aws",)},
    "dressed-secretly": DRESSED | {"targets": ("cloudflare",), "secret_headers": (("authorization", "SERVICE_TOKEN"),)},
    "passing": {"targets": ("aws",), "pass_host": True},
    "passing-back": {"targets": ("aws",), "pass_host": True, "large_bodies": True},
    "dressed-barely": {"targets": ("cloudflare",), "secret_headers": (("x-key", "NOT_BOUND"), ("x-other", "NEITHER"))},
}

SECRETS = {"SERVICE_TOKEN": f"Bearer {SECRET}"}
"""What the Worker is bound to."""


@dataclass
class Stage:
    """What runs."""

    edges: LocalEdges
    origin: Recorder
    bundle: Bundle
    bin_port: int
    lines: list[LogLine] = field(default_factory=list)

    def caller(self, target: TargetName) -> Caller:
        """Somebody who calls this edge."""
        return Caller(self.edges.edges[target].url)

    def states(self, target: TargetName, breaker: str) -> list[str]:
        """What the breaker has become since it began closed, by the store; empty where nothing has been counted against it."""
        return [event.to for event in self.edges.read(target, breaker).events]

    def time_out(self, target: TargetName) -> None:
        """Returns when a time-out as long as `slow`'s has run out."""
        self.origin.on("hangs", lambda connection, arrival: connection.wait_for_end())
        assert self.caller(target).ask("GET", "/times-out/hangs").status == 504

    def logged(self) -> list[str]:
        """What our own code has logged; workerd and the local CloudFront have lines of their own."""
        return [line.text for line in self.lines if line.text.startswith('{"kampkin"')]


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    """Both edges, the recording origin and httpbin."""
    with Recorder() as origin, httpbin.serving() as bin_port:
        service = Origin(scheme="http", host="127.0.0.1", port=origin.port, path=BASE)
        other = Origin(scheme="http", host="127.0.0.1", port=origin.port, path="/other")
        fallback = (Alternate(when=("open", "failure"), origin=other, timeout_ms=400),)
        of_httpbin = {"origin": Origin(scheme="http", host="127.0.0.1", port=bin_port, path=httpbin.BASE)}
        common = {"targets": TARGETS, "timeout_ms": 5_000, "policy": TRIPS_AT_ONCE, "origin": service}
        declared = ENDPOINTS | {
            "bin": of_httpbin | {"policy": NEVER_TRIPS},
            "other": {"fallback": fallback},
            "instead": {"fallback": fallback},
            "dressed-instead": DRESSED | {"fallback": fallback},
            "passing-instead": {"targets": ("aws",), "pass_host": True, "fallback": fallback},
        }
        plan = seal_plan(
            project="http",
            targets={
                "aws": Target(store="dynamodb", regions=("us-east-1",)),
                "cloudflare": Target(store="durable-object", location="weur"),
            },
            endpoints=[
                seal_endpoint(**(common | {"name": name, "route": Route(path=f"/{name}", prefix=True)} | more))
                for name, more in declared.items()
            ],
        )
        made = bundle(plan)
        lines: list[LogLine] = []
        with LocalEdges(deployment_of(made), nodes=1, secrets=SECRETS, on_log=lines.append) as edges:
            yield Stage(edges, origin, made, bin_port, lines)


@pytest.fixture
def origin(stage: Stage) -> Recorder:
    """The recording origin, which has heard nothing yet."""
    stage.origin.seen.clear()
    stage.origin.left.clear()
    return stage.origin


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> TargetName:
    """Each edge in turn."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def caller(stage: Stage, target: TargetName) -> Caller:
    """A caller of the edge."""
    return stage.caller(target)


@pytest.fixture
def opened(stage: Stage, until: Callable[..., Any]) -> Callable[[TargetName, str], None]:
    """Opens a breaker with a failure."""

    def open_(target: TargetName, breaker: str) -> None:
        stage.origin.on(
            "fails", lambda connection, arrival: connection.send(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")
        )
        assert stage.caller(target).ask("GET", f"/{breaker}/fails").status == 500
        until(lambda: stage.states(target, breaker)[-1:] == ["open"])

    return open_
