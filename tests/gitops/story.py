"""A repository that `kampkin init` has made, with pull requests and a GitHub of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.clouds.github import LocalGitHub
from tests.gitops.runner import Runner, git

DOCUMENT = """\
version: 1
project: edge
targets: [cloudflare]
endpoints:
  cart: {origin: https://cart.acme.dev, timeout: 3s}
  search:
    origin: https://search.acme.dev
    timeout: 3s
environments:
  staging: {}
  prod: {}
safety: {max_loosened: 0, approvers: ["@dana"]}
"""


class Story:
    """A clone, the repository that it pushes to, and the runner that works on that."""

    def __init__(self, folder: Path, github: LocalGitHub) -> None:
        self.github = github
        self.clone, origin = folder / "edge", folder / "origin.git"
        git(folder, "init", "--quiet", "--bare", "--initial-branch", "main", str(origin))
        git(folder, "clone", "--quiet", str(origin), str(self.clone))
        for key, value in (("user.email", "eli@acme.dev"), ("user.name", "Eli"), ("commit.gpgsign", "false")):
            git(self.clone, "config", key, value)
        git(self.clone, "switch", "--quiet", "--create", "main")
        self.runner = Runner(origin, folder, github)
        (self.clone / "kampkin.yaml").write_text(DOCUMENT)
        subprocess.run(
            [sys.executable, "-m", "kampkin", "init"], cwd=self.clone, check=True, capture_output=True, timeout=60
        )
        self.main = self.push("first")

    def push(self, message: str) -> str:
        """Commits everything to main and pushes it; the commit."""
        git(self.clone, "add", "--all")
        git(self.clone, "commit", "--quiet", "--message", message)
        git(self.clone, "push", "--quiet", "origin", "main")
        self.main = git(self.clone, "rev-parse", "HEAD").strip()
        return self.main

    def pull(self, number: int, files: dict[str, str], fork: bool = False) -> dict[str, Any]:
        """Opens a pull request, as GitHub does; the payload of its events."""
        git(self.clone, "switch", "--quiet", "--create", f"pull-{number}", "main")
        for name, text in files.items():
            (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
            (self.clone / name).write_text(text)
        git(self.clone, "add", "--all")
        git(self.clone, "commit", "--quiet", "--message", f"#{number}")
        head = git(self.clone, "rev-parse", "HEAD").strip()
        git(self.clone, "push", "--quiet", "origin", f"HEAD:refs/pull/{number}/head")
        git(self.clone, "switch", "--quiet", "--detach", "main")
        git(self.clone, "merge", "--quiet", "--no-ff", "--message", "to look at", f"pull-{number}")
        git(self.clone, "push", "--quiet", "origin", f"HEAD:refs/pull/{number}/merge")
        self.merge_of = git(self.clone, "rev-parse", "HEAD").strip()
        git(self.clone, "switch", "--quiet", "main")
        self.github.open_pull(number, "eli", head)
        repository = "mallory/edge" if fork else "acme/edge"
        pull = {"number": number, "head": {"sha": head, "repo": {"full_name": repository}}}
        return {"pull_request": pull, "repository": {"default_branch": "main"}}

    def checked(self, event: dict[str, Any]) -> dict[str, str]:
        """The trusted side's results."""
        return self.runner.run("kampkin-check", "pull_request_target", self.main, event)

    def merge(self, number: int) -> None:
        """Merges a pull request and pushes."""
        git(self.clone, "merge", "--quiet", "--no-ff", "--message", f"Merge #{number}", f"pull-{number}")
        git(self.clone, "push", "--quiet", "origin", "main")
        self.main = git(self.clone, "rev-parse", "HEAD").strip()
        self.github.merge_pull(number, self.main)

    def up(self, **inputs: Any) -> dict[str, str]:
        """What is merged goes up, or not: each environment's result."""
        results = self.runner.run("kampkin-up", "push", self.main, inputs=inputs)
        return {job.removeprefix("up-"): result for job, result in results.items()}

    def ups(self) -> list[str]:
        """The stacks that have gone up so far, in their order."""
        calls = (call for call in self.runner.calls() if call[:2] == ["pulumi", "up"])
        return [call[call.index("--stack") + 1] for call in calls]

    def edit(self, old: str, new: str) -> str:
        """The document of main with one text in another's place."""
        text = (self.clone / "kampkin.yaml").read_text()
        assert old in text
        return text.replace(old, new)

    def comments(self, number: int) -> list[str]:
        """The comments on a pull request."""
        return [comment["body"] for comment in self.github.comments.get(number, [])]
