"""The dashboard's page with many endpoints, in Chromium: how long until the rows are there, and how much the page works for a look:
with changes, and as the control without."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from tests.browser import chromium
from tests.dashboard.scene import Scene, scene, untouched

from bench.table import Table
from kampkin.dashboard.serve import Listening, Server, serving
from kampkin.errors import Cannot

CHANGED = 50
EVERY_S = 0.5
LOOKS = 6


def run(rounds: int, quick: bool) -> list[Table]:
    """One table: endpoints, ms until the first row and until all, ms of the page's own work for a look."""
    found = chromium.find()
    if found is None:
        raise Cannot("Chromium is not here", "make browser")
    rows: list[Sequence[str]] = [
        measured(found, count, 1 if quick else rounds) for count in ((50,) if quick else (50, 500, 2_000))
    ]
    return [
        Table(
            f"The dashboard in Chromium, medians; a look changes {CHANGED} endpoints",
            ("endpoints", "first row", "all rows (500 at the most)", "work for a look", "without changes"),
            rows,
        )
    ]


def measured(browser: Path, count: int, rounds: int) -> tuple[str, ...]:
    """One size."""
    from playwright.sync_api import sync_playwright

    many = "".join(f"  e{at:04}: {{origin: https://e{at}.acme.dev}}\n" for at in range(count))
    text = f"version: 1\nproject: acme\ntargets: [aws, cloudflare]\nendpoints:\n{many}environments: {{prod: {{}}}}\n"
    with tempfile.TemporaryDirectory() as folder, chdir(folder), sync_playwright() as playwright:
        there = scene(Path(), text)
        launched = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        with serving(there.looker(), Listening(every_s=EVERY_S)) as server:
            server.desk.looker.look()
            opened = [opening(launched, server.url, min(count, 500)) for _ in range(rounds)]
            page = launched.new_page()
            page.goto(server.url)
            page.locator("[data-row]").nth(min(count, 500) - 1).wait_for(state="attached")
            metrics = page.context.new_cdp_session(page)
            metrics.send("Performance.enable")
            works = [worked(metrics, there, server, changes) for _ in range(rounds) for changes in (True, False)]
        launched.close()
    first, every = (median(one[at] for one in opened) for at in (0, 1))
    with_changes, without = median(works[::2]), median(works[1::2])
    return f"{count}", f"{first:.0f} ms", f"{every:.0f} ms", f"{with_changes:.1f} ms", f"{without:.1f} ms"


def opening(browser: Any, url: str, count: int) -> tuple[float, float]:
    """A page anew: ms until its first row and until all of them."""
    page = browser.new_page()
    page.goto(url, wait_until="commit")
    page.locator("[data-row]").first.wait_for(state="attached")
    first = page.evaluate("performance.now()")
    page.locator("[data-row]").nth(count - 1).wait_for(state="attached")
    every = page.evaluate("performance.now()")
    page.close()
    return float(first), float(every)


def worked(metrics: Any, there: Scene, server: Server, changes: bool) -> float:
    """How long the page's thread was busy, ms a look."""

    def busy_s() -> float:
        told = metrics.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in told if one["name"] == "TaskDuration"))

    before = busy_s()
    for number in range(LOOKS):
        if changes:
            change(there, number)
        seen = server.desk.looker.last
        while server.desk.looker.last is seen:
            time.sleep(0.02)  # between two looks at whether there was a look
    return (busy_s() - before) * 1000 / LOOKS


def change(there: Scene, number: int) -> None:
    """Fifty endpoints fail a little more."""
    memory = there.memories["aws"]
    names = [f"e{at:04}" for at in range(CHANGED)]
    for name in names:
        counts = {"ok": 10, "network": number % 7 + 1, "service": 0, "slow": 0}
        memory.records[name] = replace(untouched(name, memory.place), counts=counts)
