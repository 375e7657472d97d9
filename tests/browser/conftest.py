"""A browser, pages on two origins, and both edges. Without Chromium these tests are skipped: `make browser` installs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from kampkin.bundle import bundle
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.origin import LocalOrigins
from kampkin.local.redirect import origin_of, redirect
from kampkin.plan import (
    Alternate,
    Answer,
    Cors,
    Origin,
    Plan,
    Policy,
    Route,
    Stale,
    Target,
    TargetName,
    seal_endpoint,
    seal_plan,
)

from . import chromium
from .page import Page
from .service import Asked, Reply, Service

TARGETS: tuple[TargetName, ...] = ("cloudflare", "aws")
PATH = "/v2"
"""Where the origin's services lie."""

LOOPBACK_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
"""The browser's own errands too."""


def policy(cooldown_ms: int) -> Policy:
    """Five failures in a row trip it; nothing is left to chance."""
    return Policy(
        window_ms=10_000,  # and with it the heartbeat
        failure_ratio_bp=0,
        cooldown_ms=cooldown_ms,
        cooldown_factor=1,
        cooldown_max_ms=cooldown_ms,
        cooldown_jitter_bp=0,
        admit_bp=10_000,
        probe_timeout_ms=2_000,
    )


def plan(friends: tuple[str, ...], alternate: str) -> Plan:
    """An endpoint for each breaker that is tripped, and for each kind of `cors`; `friends` are the origins of pages that may read."""
    cors = Cors(origins=friends)
    covered = Answer(status=200, headers=(("content-type", "application/json"),), body='{"items":[]}')
    endpoints: dict[str, dict[str, Any]] = {
        "shop": {"cors": cors, "methods": ("DELETE", "GET", "POST")},
        "account": {"cors": Cors(origins=friends, headers=("content-type", "x-cart"), credentials=True)},
        "anyone": {"cors": Cors(origins=("*",))},
        "large": {"cors": cors, "large_bodies": True},
        "plain": {},
        "rests": {"cors": cors},
        "covered": {"cors": cors, "fallback": (covered,)},
        "moved": {"cors": cors, "fallback": (Alternate(origin=origin_of(alternate), timeout_ms=2_000),)},
        "kept": {"cors": cors, "fallback": (Stale(max_age_ms=3_600_000),), "targets": ("cloudflare",)},
        "heals": {"cors": cors, "policy": policy(cooldown_ms=1_000)},
        "silent": {},
    }
    return seal_plan(
        project="browser",
        targets={
            "aws": Target(store="dynamodb", regions=("us-east-1",)),
            "cloudflare": Target(store="durable-object"),
        },
        endpoints=[
            seal_endpoint(
                **{
                    "name": name,
                    "targets": ("aws", "cloudflare"),
                    "route": Route(path=f"/{name}", prefix=True),
                    "origin": Origin(scheme="https", host="shop.example.com", port=443, path=PATH),
                    "timeout_ms": 2_000,
                    "policy": policy(cooldown_ms=300_000),
                    **settings,
                }
            )
            for name, settings in endpoints.items()
        ],
    )


def origin(asked: Asked) -> Reply:
    """What the service behind the edges answers: an echo, and what some paths are for."""
    headers: tuple[tuple[str, str], ...] = ()
    match asked.path.removeprefix(PATH):
        case "/shown":
            headers = (("x-shown", "1"), ("x-hidden", "2"), ("access-control-expose-headers", "x-shown"))
        case "/login":
            headers = (("set-cookie", "session=7; Path=/; HttpOnly"),)
        case "/kept":
            headers = (("cache-control", "max-age=600"),)
        case "/old":
            return Reply(302, (("location", f"{PATH}/new"),))
        case "/lax":  # would let everyone in
            headers = (
                ("access-control-allow-origin", asked.headers.get("origin", "*")),
                ("access-control-allow-credentials", "true"),
                ("access-control-allow-methods", "GET, POST, PUT"),
                ("access-control-allow-headers", "content-type"),
            )
    if asked.method == "OPTIONS":
        return Reply(204, headers)
    body = b'{"method": "%b", "body": "%b"}' % (asked.method.encode(), asked.body.hex().encode())
    return Reply(200, (("content-type", "application/json"), *headers), body)


@dataclass(frozen=True)
class Stage:
    """One edge, the origin behind it, and where pages are served."""

    target: TargetName
    edge: str
    """The edge's URL."""
    service: Service
    """What answers at the origin."""
    pages: str
    """Where pages are that may read."""
    neighbours: str
    """Where other pages are that may read, on the same site."""
    strangers: str
    """Where pages are that may not."""
    _origins: LocalOrigins

    @contextmanager
    def fault(self, mode: str) -> Iterator[None]:
        """The origin fails this way while the context lasts."""
        self._origins.fault(self.target, mode)
        try:
            yield
        finally:
            self._origins.fault(self.target, "heal")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; for this module only, since Playwright holds the thread's event loop as long as it lives."""
    found = chromium.find()
    if found is None:
        pytest.skip("Chromium is not on PATH: make browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[LOOPBACK_ONLY])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stages(browser: Browser) -> Iterator[dict[TargetName, Stage]]:
    """Both edges, each with an origin of its own."""
    with ExitStack() as stack:
        services = {target: stack.enter_context(Service(origin)) for target in TARGETS}
        pages, neighbours = (
            stack.enter_context(Service(lambda asked: Reply(200, (("content-type", "text/html"),), b"<!doctype html>")))
            for _ in range(2)
        )
        alternate = stack.enter_context(Service(origin))
        origins = stack.enter_context(LocalOrigins({target: services[target].url for target in TARGETS}))
        made = plan(tuple(sorted((pages.url, neighbours.url))), alternate.url + PATH)
        urls = {t: dict.fromkeys((one.name for one in made.endpoints), origins.url(t) + PATH) for t in TARGETS}
        bundles = {target: bundle(redirect(made, urls[target])) for target in TARGETS}
        both = replace(bundles["cloudflare"], aws=bundles["aws"].aws)
        edges = stack.enter_context(LocalEdges(deployment_of(both))).edges
        strangers = f"http://localhost:{pages.port}"
        yield {
            target: Stage(target, edges[target].url, services[target], pages.url, neighbours.url, strangers, origins)
            for target in TARGETS
        }


@pytest.fixture(params=TARGETS)
def stage(request: pytest.FixtureRequest, stages: dict[TargetName, Stage]) -> Stage:
    """Each edge in turn."""
    return stages[request.param]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens a page of a new profile; all of a test's are in the same one."""
    with browser.new_context() as context:
        yield lambda url: Page(context.new_page(), url)
