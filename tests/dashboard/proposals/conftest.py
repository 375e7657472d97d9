"""A repository with a file of one team in it, beside the document that includes it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE = """\
version: 1
project: acme
targets: {cloudflare: {host: edge.acme.dev}, aws: {}}
safety: {max_changed: 10%, approvers: ["@dana"]}
owners: {shop: {}, search: {}}
include: [teams/*.yaml]
defaults: {breaker: {cooldown: 7s}}
endpoints:
  # the shop's
  cart: {origin: https://cart.acme.dev, owner: shop}   # busy
  search: {origin: https://search.acme.dev, owner: search}
environments:
  staging: {}
  prod: {}
"""
TEAM = "endpoints:\n  maps:\n    origin: https://maps.acme.dev\n    owner: search\n"


def git(folder: Path, *arguments: str) -> str:
    """What git prints in the folder."""
    run = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout.decode().rstrip("\n")


@pytest.fixture(scope="module", autouse=True)
def nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Git knows neither this machine's settings nor its person."""
    patch = pytest.MonkeyPatch()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        patch.delenv(name)
    patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    patch.delenv("XDG_CONFIG_HOME", raising=False)
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    yield
    patch.undo()


def repository_in(root: Path) -> Path:
    """Makes a repository of Dana's with one commit; the document, which is in a folder of it."""
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "config", "user.name", "Dana")
    git(root, "config", "user.email", "dana@acme.dev")
    file = root / "edge" / "kampkin.yaml"
    (root / "edge" / "teams").mkdir(parents=True)
    file.write_text(FILE)
    (root / "edge" / "teams" / "maps.yaml").write_text(TEAM)
    git(root, "add", "-A")
    git(root, "commit", "--quiet", "-m", "first")
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The document."""
    return repository_in(tmp_path)
