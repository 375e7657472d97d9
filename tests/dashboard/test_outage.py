"""An outage on the real edges, seen on the page: by the commands that a person types."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from kampkin.local.origin import LocalOrigins
from kampkin.local.ports import free_ports

from .conftest import DESK, PATIENCE_MS

FILE = """\
version: 1
project: shop
endpoints:
  cart:
    origin: https://cart.acme.dev
    timeout: 2s
    breaker:
      window: 8s
      trip: {consecutive_failures: 3}
      cooldown: {initial: 2s, factor: 1}
      half_open: {admit: 100%, successes: 3}
"""
HEARTBEAT_MS = 2_000
"""A quarter of the window: docs/state.md."""

LOOKS_MS = 2_000
"""How often the dashboard looks."""

URL = re.compile(r"http://127\.0\.0\.1:\d+")


class Command:
    """A command of Kampkin's that runs on, and what it says."""

    def __init__(self, folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kampkin", *arguments],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self.more = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self.more:
                self.said.append(line)
                self.more.notify_all()

    def hears(self, pattern: str) -> re.Match[str]:
        """The first line that has it."""

        def found() -> re.Match[str] | None:
            return next(filter(None, (re.search(pattern, line) for line in self.said)), None)

        with self.more:
            match = self.more.wait_for(found, 90)
        assert match, "".join(self.said)
        return match

    def type(self, line: str) -> None:
        """A line at its terminal."""
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def end(self) -> int:
        """Ctrl-C; how it ended."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(60)
        self.reader.join(10)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream
            stream.close()
        return code


@contextmanager
def running(folder: Path, *arguments: str, **options: dict[str, str]) -> Iterator[Command]:
    """Until the context ends, if it has not ended by itself."""
    command = Command(folder, *arguments, **options)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            command.end()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Empty."""
    context = browser.new_context(viewport=DESK, color_scheme="dark")
    made = context.new_page()
    made.set_default_timeout(PATIENCE_MS)
    yield made
    context.close()


def test_the_tile_goes_through_an_outage_without_a_reload(page: Page, tmp_path: Path) -> None:
    """Closed, open, half-open, closed, by the requests of callers; then a person's flip, within one heartbeat."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    worker, function = free_ports(2)
    with LocalOrigins({"cart": None}) as origins:
        ports = ("--port-cloudflare", str(worker), "--port-aws", str(function))
        with running(tmp_path, "dev", "--origin", f"cart={origins.url('cart')}", "--nodes", "1", *ports) as dev:
            dev.hears("fail an origin")
            with running(tmp_path, "dashboard", "--dev", "--port", "0") as dashboard:
                page.goto(dashboard.hears(URL.pattern)[0])
                word = page.locator('[data-row="cart"] .word')
                expect(word).to_have_text("closed")
                page.evaluate("window.mine = 1")

                def until(status: int) -> None:
                    """Callers of each edge, until it answers so: on a busy machine a lease may come too late for one of them."""
                    for port in (worker, function):
                        url = f"http://127.0.0.1:{port}/cart/1"
                        assert any(requests.get(url, timeout=10).status_code == status for _ in range(500)), port

                until(200)
                dev.type("cart=500")
                dev.hears("cart: 500")
                until(503)
                expect(word).to_have_text("open")
                dev.type("cart=heal")
                dev.hears("cart: heal")
                until(200)
                expect(word).to_have_text("half-open")
                until(200)
                until(200)
                expect(word).to_have_text("closed")

                flip = [sys.executable, "-m", "kampkin", "flip", "cart", "open", "--dev", "--yes"]
                subprocess.run(flip, cwd=tmp_path, check=True, capture_output=True)
                expect(word).to_have_text("open", timeout=HEARTBEAT_MS + LOOKS_MS)
                assert page.evaluate("window.mine") == 1

                page.locator('[data-row="cart"] a').click()
                expect(page.locator("#incidents")).to_contain_text("manual")
                expect(page.locator("#incidents")).to_contain_text("3 service, 3 streak")
                expect(page.locator("#urls")).to_contain_text(f"http://127.0.0.1:{worker}/cart")
                expect(page.locator("#drift")).to_contain_text("not compared")
                assert dashboard.end() == 130


def test_the_demo_opens_it_during_the_outage(page: Page, tmp_path: Path) -> None:
    """In the browser of `BROWSER`, once the origin has begun to fail; and it stays until Ctrl-C."""
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {seen}\n')
    browser.chmod(0o755)
    with running(tmp_path, "demo", "--dashboard", environment={"BROWSER": str(browser)}) as demo:
        url = demo.hears(r"dashboard: (http://\S+)")[1]
        page.goto(url)
        word = page.locator('[data-row="api"] .word')
        expect(word).to_have_text("closed")
        assert not seen.exists()
        demo.hears("the origin is 500s")
        expect(word).to_have_text("open")
        assert seen.read_text() == f"{url}\n"
        demo.hears("closed \\(probes_succeeded\\)")
        expect(word).to_have_text("closed", timeout=30_000)
        demo.hears("the dashboard goes on at")
        assert requests.get(f"{url}/api/board", timeout=10).json()["endpoints"][0]["name"] == "api"
        assert demo.end() == 0


def test_a_cloud_that_does_not_answer_keeps_nobody(page: Page, tmp_path: Path) -> None:
    """The page comes and says so; Ctrl-C ends it without a word of Python's."""
    (tmp_path / "kampkin.yaml").write_text(FILE.replace("endpoints:", "targets: [aws]\nendpoints:"))
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:  # takes connections, and never answers
        shell = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
        }
        with running(tmp_path, "dashboard", "--port", "0", environment=shell) as dashboard:
            page.goto(dashboard.hears(URL.pattern)[0])
            expect(page.locator('[data-row="cart"] .word')).to_have_text("unknown")
            expect(page.get_by_text("aws us-east-1").first).to_be_visible()
            assert dashboard.end() == 130
            said = "".join(dashboard.said)
    assert said.count("\n") == 1, said


def test_a_page_that_is_open_does_not_spoil_the_end(page: Page, tmp_path: Path) -> None:
    """SIGTERM, as a service manager sends it."""
    (tmp_path / "kampkin.yaml").write_text(FILE.replace("endpoints:", "targets: {aws: {store: memory}}\nendpoints:"))
    with running(tmp_path, "dashboard", "--port", "0") as dashboard:
        page.goto(dashboard.hears(URL.pattern)[0])
        expect(page.locator('[data-row="cart"]')).to_be_visible()
        dashboard.process.send_signal(signal.SIGTERM)
        dashboard.process.wait(30)
        said = "".join(dashboard.said)
    assert said.count("\n") == 1, said


def test_a_kampkin_dev_that_is_started_again_is_found_again(page: Page, tmp_path: Path) -> None:
    """With other ports, another token and another store; while it is away the page says so."""
    (tmp_path / "kampkin.yaml").write_text(FILE)

    def dev() -> AbstractContextManager[Command]:
        worker, function = free_ports(2)
        ports = ("--port-cloudflare", str(worker), "--port-aws", str(function))
        return running(tmp_path, "dev", "--nodes", "1", *ports)

    with dev() as first:
        first.hears("fail an origin")
        with running(tmp_path, "dashboard", "--dev", "--port", "0", "--every", "1s") as dashboard:
            page.goto(dashboard.hears(URL.pattern)[0])
            word = page.locator('[data-row="cart"] .word')
            expect(word).to_have_text("closed")
            first.end()
            expect(page.locator(".banners code", has_text="kampkin dev")).to_be_visible()
            with dev() as second:
                second.hears("fail an origin")
                expect(page.locator(".strip")).not_to_contain_text("no answer")
                expect(page.locator(".banners")).to_have_text("")
                expect(word).to_have_text("closed")
