"""A repository with an edge, and a GitHub that knows its pull requests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.clouds.github import REPOSITORY, WORKFLOW, LocalGitHub, local_github
from tests.repository import git

DOCUMENT = """\
version: 1
project: edge
include: [teams/*.yaml]
targets: [cloudflare]
endpoints:
  cart: {origin: https://cart.acme.dev, timeout: 3s, fallback: {status: 503, file: fallbacks/resting.html}}
  search: {origin: https://search.acme.dev, timeout: 3s}
environments:
  staging: {}
  prod: {endpoints: {cart: {timeout: 2s}}}
safety: {approvers: ["@acme/platform", "@dana"]}
"""
TEAM = "endpoints:\n  maps: {origin: https://maps.acme.dev, timeout: 3s}\n"
FILES = {
    "kampkin.yaml": DOCUMENT,
    "teams/maps.yaml": TEAM,
    "fallbacks/resting.html": "<p>resting</p>\n",
    "stacks/cloudflare/Pulumi.yaml": "name: kampkin-cloudflare\nruntime: python\n",
    "stacks/cloudflare/__main__.py": "from kampkin.targets.cloudflare import program\n\nprogram()\n",
    "requirements.txt": "kampkin\n",
    "scripts/tidy.html": "<p>read by nothing</p>\n",
    ".github/workflows/kampkin-check.yml": "name: kampkin-check\n",
}
Ran = subprocess.CompletedProcess[str]


class Repository:
    """A clone whose branches are pull requests."""

    def __init__(self, root: Path, github: LocalGitHub) -> None:
        self.root, self.github = root, github

    def write(self, files: Mapping[str, str]) -> None:
        """Files by their paths."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self, what: str = "change") -> str:
        """Commits everything; the commit."""
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "--allow-empty", "--message", what)
        return self.at("HEAD")

    def at(self, ref: str) -> str:
        """The commit of a ref."""
        command = ["git", "rev-parse", ref]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True).stdout.strip()

    def branch(self, name: str, files: Mapping[str, str], number: int = 7, author: str = "eli") -> str:
        """A branch off main with these files, opened as a pull request; its head. What is checked out is main again."""
        git(self.root, "switch", "--quiet", "--create", name, "main")
        self.write(files)
        head = self.commit(name)
        git(self.root, "switch", "--quiet", "main")
        self.github.open_pull(number, author, head)
        return head

    def merge(self, name: str, number: int) -> str:
        """Merges a branch into main, as GitHub does; the merge."""
        git(self.root, "merge", "--quiet", "--no-ff", "--message", f"Merge #{number}", name)
        self.github.merge_pull(number, self.at("HEAD"))
        return self.at("HEAD")

    def edit(self, old: str, new: str) -> str:
        """The document with one text in another's place."""
        text = (self.root / "kampkin.yaml").read_text()
        assert old in text
        return text.replace(old, new)

    def diff(self, branch: str, *arguments: object) -> Ran:
        """Runs `kampkin diff` in a clone that has a branch checked out."""
        there = self.root.parent / f"at-{branch}" / self.root.name
        if not there.exists():
            git(self.root, "clone", "--quiet", "--branch", branch, str(self.root), str(there))
            git(there, "branch", "main", "origin/main")
        options = ("--no-behaviour", "--no-promises", *map(str, arguments))
        return subprocess.run(
            [sys.executable, "-m", "kampkin", "diff", *options],
            cwd=there,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def run(self, *arguments: object, token: str = WORKFLOW, **environment: str) -> Ran:
        """Runs the command in the repository, as a job would."""
        of_the_job = {"GITHUB_TOKEN": token, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_API_URL": self.github.url}
        return subprocess.run(
            [sys.executable, "-m", "kampkin", "approval", *map(str, arguments)],
            cwd=self.root,
            env=os.environ | of_the_job | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def github() -> Iterator[LocalGitHub]:
    """A GitHub without anything in it."""
    with local_github() as found:
        yield found


@pytest.fixture
def repository(tmp_path: Path, github: LocalGitHub) -> Repository:
    """The repository, with main checked out."""
    root = tmp_path / "edge"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch", "main")
    for key, value in (("user.email", "eli@acme.dev"), ("user.name", "Eli"), ("commit.gpgsign", "false")):
        git(root, "config", key, value)
    found = Repository(root, github)
    found.write(FILES)
    found.commit("first")
    return found
