"""What docs/gitops.md says of the workflows is what they are, and its comment is a real one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt
from playwright.sync_api import sync_playwright

from kampkin.init.repository import Answers, around
from tests.browser import chromium

PAGE = Path(__file__).parents[2] / "docs" / "gitops.md"
PICTURE = PAGE.parent / "comment.png"
LOOKS = Path(__file__).parent / "comment.html"
"""A page with a comment, as plain as a forge's."""

OPEN = ("Behaviour", "Resources")
UPDATE = bool(os.environ.get("KAMPKIN_UPDATE_GITOPS"))
BEFORE = """\
version: 1
project: shop
targets:
  cloudflare: {host: edge.acme.dev}
endpoints:
  cart: {origin: https://cart.acme.dev, timeout: 3s}
  search: {origin: https://search.acme.dev, timeout: 3s}
environments: {prod: {}}
safety: {max_loosened: 0, approvers: ["@acme/platform"]}
"""
AFTER = BEFORE.replace(
    "cart.acme.dev, timeout: 3s", "cart.acme.dev, breaker: {trip: {consecutive_failures: 9}}, timeout: 3s"
)


@pytest.fixture(scope="module")
def workflows() -> dict[str, str]:
    """The texts of the workflows, by their names."""
    files = around(Answers("shop", {"staging": ("aws",), "prod": ("aws",)}, "acme/kampkin@v1", "main"))
    return {Path(name).stem: text for name, text in files.items() if name.startswith(".github/workflows/")}


def comment(folder: Path, *options: str) -> str:
    """What the review of the example posts."""
    (folder / "kampkin.yaml").write_text(AFTER)
    (folder / "main.yaml").write_text(BEFORE)
    command = ["diff", "--base", "main.yaml", "--env", "prod", "--format", "markdown", *options]
    ran = subprocess.run(
        [sys.executable, "-m", "kampkin", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_the_comment_is_a_real_one(tmp_path: Path) -> None:
    """`KAMPKIN_UPDATE_GITOPS=1 pytest tests/gitops/test_page.py` writes it anew."""
    said = comment(tmp_path, "--no-behaviour", "--no-promises")
    page = re.sub(
        r"(?<=<!-- comment -->\n).*?(?=<!-- /comment -->)",
        lambda _: f"\n```markdown\n{said}```\n\n",
        PAGE.read_text(),
        flags=re.DOTALL,
    )
    if UPDATE:
        PAGE.write_text(page)
    assert PAGE.read_text() == page


@pytest.mark.skipif(not UPDATE, reason="makes the picture of docs/gitops.md, with KAMPKIN_UPDATE_GITOPS=1")
def test_the_comment_has_its_picture(tmp_path: Path) -> None:
    """Whole, as a browser shows what a forge makes of it, with the parts in OPEN unfolded."""
    text = MarkdownIt("commonmark", {"html": True}).enable("table").render(comment(tmp_path, "--resources"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find_or_install(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1024, "height": 600}, color_scheme="light")
        page.set_content(LOOKS.read_text().replace("<!-- comment -->", text))
        for title in OPEN:
            page.locator("details", has=page.locator("summary", has_text=title)).evaluate("one => { one.open = true }")
        page.screenshot(path=PICTURE, full_page=True)
        browser.close()


def test_the_page_shows_the_picture() -> None:
    """Which is there, and is one."""
    assert f"]({PICTURE.relative_to(PAGE.parent)})" in PAGE.read_text()
    assert PICTURE.read_bytes().startswith(b"\x89PNG")


def test_the_permissions_are_the_workflows(workflows: dict[str, str]) -> None:
    """Each job's, and of each job that is called by another workflow there where it stands."""
    rows = re.findall(r"^\| (kampkin-\w+) \| (\w+) \| (`.*`) \|$", PAGE.read_text(), re.MULTILINE)
    told = {(workflow, job): permissions for workflow, job, permissions in rows}
    found = {
        (name, job): ", ".join(f"`{of}: {level}`" for of, level in body["permissions"].items())
        for name, text in workflows.items()
        for job, body in jobs(text).items()
        if "steps" in body
    }
    assert told == found


def jobs(text: str) -> dict[str, Any]:
    """The jobs of a workflow."""
    found: dict[str, Any] = yaml.safe_load(text)["jobs"]
    return found


def test_every_variable_and_secret_is_in_the_table(workflows: dict[str, str]) -> None:
    """And no other."""
    rows = re.findall(r"^\| `(\w+)` \| (variable|secret) \|", PAGE.read_text(), re.MULTILINE)
    found = {
        (name, kind)
        for text in workflows.values()
        for context, kind in (("vars", "variable"), ("secrets", "secret"))
        for name in re.findall(rf"\b{context}\.(\w+)", text)
    }
    assert set(rows) == found


def test_every_command_is_in_the_table() -> None:
    """As the command line has them."""
    ran = subprocess.run(
        [sys.executable, "-m", "kampkin", "approval", "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    known = set(re.findall(r"^    ([a-z-]+)\b", ran.stdout, re.MULTILINE))
    assert known == set(re.findall(r"^\| `kampkin approval ([a-z-]+) ", PAGE.read_text(), re.MULTILINE))
