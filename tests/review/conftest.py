"""A repository with a file as it was and as it is, and `kampkin diff` in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.repository import below_a_root, git

BEFORE = """\
version: 1
project: acme
targets: {cloudflare: {host: edge.acme.dev}, aws: {}}
safety: {max_removed: 0, max_loosened: 1, max_changed: 70%, approvers: ["@dana", "@acme/platform"]}
owners: {shop: {}, search: {}}
defaults: {breaker: {cooldown: 10s}}
endpoints:
  cart: {origin: https://cart.acme.dev, owner: shop}
  search: {origin: https://search.acme.dev, owner: search}
  legacy: {origin: https://old.acme.dev}
environments:
  staging: {}
  prod: {}
"""
Kampkin = Callable[..., "subprocess.CompletedProcess[str]"]
Changed = Callable[..., Path]
Report = Callable[..., dict[str, Any]]


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """Writes the file, commits it, and changes it; `(old, new)` pairs of text, or a whole new text. The file's folder."""

    def changed(*edits: tuple[str, str], before: str = BEFORE, after: str | None = None) -> Path:
        folder = below_a_root(tmp_path)
        git(tmp_path, "config", "user.email", "eli@acme.dev")
        git(tmp_path, "config", "user.name", "Eli")
        file = folder / "kampkin.yaml"
        file.write_text(before)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "--quiet", "-m", "before")
        text = before if after is None else after
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        file.write_text(text)
        return folder

    return changed


@pytest.fixture
def kampkin() -> Kampkin:
    """Runs `kampkin diff` in a folder."""

    def kampkin(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
        env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        command = [sys.executable, "-m", "kampkin", "diff", *args]
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)

    return kampkin


@pytest.fixture
def report(kampkin: Kampkin) -> Report:
    """What it says as JSON."""

    def report(folder: Path, *args: str) -> dict[str, Any]:
        run = kampkin(folder, "--format", "json", "--no-behaviour", "--no-promises", *args)
        assert run.stdout, run.stderr
        found: dict[str, Any] = json.loads(run.stdout)
        return found

    return report
