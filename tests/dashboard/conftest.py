"""A browser for the page. Without Chromium these tests are skipped: `make browser` installs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from kampkin.dashboard.serve import Listening, Server, serving
from kampkin.errors import Cannot
from kampkin.local.toolchain import node_modules
from tests.browser import chromium

from .scene import Scene, outage, scene

HERE = Path(__file__).parent
LOOPBACK_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
EVERY_S = 0.1
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    found = chromium.find()
    if found is None:
        pytest.skip("Chromium is not here: make browser")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", LOOPBACK_ONLY]
        launched = playwright.chromium.launch(executable_path=found, args=options)
        yield launched
        launched.close()


@dataclass
class Shown:
    """A scene, whoever serves it, and a page of it."""

    there: Scene
    server: Server
    page: Page
    wrong: list[str]
    """What the page has complained of."""

    def goto(self, path: str = "/") -> Page:
        """The page, once it has something to show."""
        self.page.goto(self.server.url + path)
        return self.page


Open = Callable[..., Shown]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a page of a scene: an outage, or what is handed in. Its clock stands still."""
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        contexts: list[BrowserContext] = []

        def show(
            there: Scene | None = None, every_s: float = EVERY_S, patience_s: float = 30.0, **options: Any
        ) -> Shown:
            there = there or outage(scene(Path()))
            server = stack.enter_context(serving(there.looker(patience_s), Listening(every_s=every_s)))
            settings = {"viewport": DESK, "reduced_motion": "reduce", "color_scheme": "dark"} | options
            context = browser.new_context(**settings)
            contexts.append(context)
            context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            wrong: list[str] = []
            page.on("pageerror", lambda problem: wrong.append(str(problem)))
            page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
            return Shown(there, server, page, wrong)

        yield show
        for context in contexts:
            context.close()


@pytest.fixture(scope="session")
def packages() -> Path:
    """What the page carries of others, as published, and axe."""
    try:
        return node_modules(HERE / "npm", "axe and the page's libraries")
    except Cannot as problem:
        pytest.skip(f"neither axe nor the published libraries: {problem.message}")


@pytest.fixture(scope="session")
def axe(packages: Path) -> str:
    """The script that finds what keeps people out."""
    return (packages / "axe-core" / "axe.min.js").read_text()
