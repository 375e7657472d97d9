"""The pictures of docs/dashboard.md and of the README, made by KAMPKIN_UPDATE_DASHBOARD=1. What they show is tested in test_page.py; here
the pages are held to have them all."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from kampkin.errors import Cannot

from .conftest import Open, Shown
from .scene import FILE, scene
from .test_outage import running

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "dashboard"
WANTED = bool(os.environ.get("KAMPKIN_UPDATE_DASHBOARD"))
SIZE: ViewportSize = {"width": 1280, "height": 720}
PHONE: ViewportSize = {"width": 390, "height": 720}

made_on_demand = pytest.mark.skipif(
    not WANTED,
    reason="makes pictures of docs/dashboard.md, with KAMPKIN_UPDATE_DASHBOARD=1; what they show is tested in test_page.py",
)


def board(shown: Shown) -> None:
    shown.goto()
    expect(shown.page.locator('[data-row="cart"]')).to_contain_text("560")


def endpoint(shown: Shown) -> None:
    shown.goto("/endpoints/cart")
    expect(shown.page.get_by_text("not over")).to_be_visible()
    expect(shown.page.locator("#history canvas").first).to_be_visible()


def events(shown: Shown) -> None:
    shown.goto("/events")
    expect(shown.page.locator(".log li").first).to_contain_text("probe_failed")


def proposal(shown: Shown) -> None:
    endpoint(shown)
    page = shown.page
    page.get_by_role("button", name="Propose a change").click()
    page.get_by_label("breaker.trip.consecutive_failures", exact=True).fill("9")
    page.get_by_role("button", name="Show what it means").click()
    expect(page.get_by_label("Patch", exact=True)).to_be_visible(timeout=60_000)


def away(shown: Shown) -> None:
    shown.there.memories["aws"].away = Cannot(
        "DynamoDB in us-east-1: connect timeout", "is the network there, and the region?"
    )
    shown.goto()
    expect(shown.page.get_by_text("connect timeout").first).to_be_visible()


def unknown(shown: Shown) -> None:
    for memory in shown.there.memories.values():
        memory.away = Cannot("there are no AWS credentials", "set AWS_PROFILE, or whatever else the AWS SDKs read")
    shown.goto()
    expect(shown.page.locator('[data-row="cart"] .word')).to_have_text("unknown")


def stale(shown: Shown) -> None:
    board(shown)
    shown.server.desk.feed.end()
    shown.server.should_exit = True
    expect(shown.page.get_by_text("No word from the server")).to_be_visible()


def broken(shown: Shown) -> None:
    board(shown)
    shown.there.file.write_text(FILE.replace("timeout: 1s", "timeout: soon"))
    expect(shown.page.get_by_text("What is shown is how it was before.")).to_be_visible()


def loading(shown: Shown) -> None:
    shown.page.route("**/api/stream", lambda route: None)
    shown.goto()
    expect(shown.page.locator("[aria-busy=true]")).to_be_attached()


def nothing(shown: Shown) -> None:
    shown.goto("/?q=nothing")
    expect(shown.page.get_by_text("Nothing fits this filter")).to_be_visible()


def calm(shown: Shown) -> None:
    shown.goto("/endpoints/images")
    expect(shown.page.locator("#incidents")).to_contain_text("Never tripped")


STATES: dict[str, tuple[Callable[[Shown], None], ViewportSize]] = {
    "board": (board, SIZE),
    "endpoint": (endpoint, {"width": 1280, "height": 1400}),
    "proposal": (proposal, {"width": 1280, "height": 4600}),
    "events": (events, SIZE),
    "away": (away, {"width": 1280, "height": 460}),
    "unknown": (unknown, {"width": 1280, "height": 460}),
    "stale": (stale, {"width": 1280, "height": 460}),
    "broken": (broken, {"width": 1280, "height": 460}),
    "loading": (loading, {"width": 1280, "height": 460}),
    "nothing": (nothing, {"width": 1280, "height": 460}),
    "calm": (calm, SIZE),
    "phone": (board, PHONE),
}
STARTS_AT_S = 51
SCHEMES = ("dark", "light")


@made_on_demand
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", STATES)
def test_every_state_has_its_picture(opened: Open, name: str, scheme: str) -> None:
    reach, size = STATES[name]
    shown = opened(scene(Path()) if name == "calm" else None, 2.0, viewport=size, color_scheme=scheme)
    reach(shown)
    part = shown.page.get_by_role("group", name="Propose a change") if name == "proposal" else shown.page
    shoot(part, f"{name}-{scheme}")


@made_on_demand
def test_the_demo_has_its_picture(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    page = context.new_page()
    while time.time() % 60 < STARTS_AT_S or time.time() % 60 > STARTS_AT_S + 1:
        time.sleep(0.1)  # a picture, no test: begun so that a minute is over, and told, within the demo's outage
    with running(ROOT, "demo", "--dashboard") as demo:
        page.goto(demo.hears(r"dashboard: (http://\S+)")[1])
        demo.hears("the origin is hanging")
        demo.hears("open → half-open")
        page.locator('[data-row="api"] a').click()
        expect(page.locator("#incidents")).to_contain_text("not over")
        demo.hears("Worker: half-open → open")
        expect(page.locator(".hero-word")).to_have_text("open", ignore_case=True)
        expect(page.get_by_label("The last hour")).not_to_contain_text("–")
        shoot(page, "demo")
    context.close()


def shoot(part: Page | Locator, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    part.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


def test_the_pages_show_every_picture_there_is() -> None:
    said = (ROOT / "docs" / "dashboard.md").read_text() + (ROOT / "README.md").read_text().replace("docs/", "")
    shown = set(re.findall(r"\(dashboard/([a-z-]+\.png)\)", said))
    assert shown == {picture.name for picture in PICTURES.iterdir()}
    assert {f"{name}-{scheme}.png" for name in STATES for scheme in SCHEMES} | {"demo.png"} == shown
