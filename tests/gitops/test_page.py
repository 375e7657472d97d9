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

from kampkin.init.repository import Answers, around

PAGE = Path(__file__).parents[2] / "docs" / "gitops.md"
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


def test_the_comment_is_a_real_one(tmp_path: Path) -> None:
    """`KAMPKIN_UPDATE_GITOPS=1 pytest tests/gitops/test_page.py` writes it anew."""
    (tmp_path / "kampkin.yaml").write_text(AFTER)
    (tmp_path / "main.yaml").write_text(BEFORE)
    command = [
        "diff",
        "--base",
        "main.yaml",
        "--env",
        "prod",
        "--format",
        "markdown",
        "--no-behaviour",
        "--no-promises",
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "kampkin", *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    page = re.sub(
        r"(?<=<!-- comment -->\n).*?(?=<!-- /comment -->)",
        lambda _: f"\n```markdown\n{ran.stdout}```\n\n",
        PAGE.read_text(),
        flags=re.DOTALL,
    )
    if os.environ.get("KAMPKIN_UPDATE_GITOPS"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page


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
