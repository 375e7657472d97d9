"""Runs workflows here: each `run:` in bash as GitHub's runner does, our own action from its `action.yml`, the others by
stand-ins. What needs a cloud or an index runs stand-ins on PATH: `pulumi`, `python3 -m venv`, and of `kampkin` what talks to
an edge."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.clouds.github import REPOSITORY, WORKFLOW, LocalGitHub
from tests.gitops.expressions import as_text, evaluate, filled

ROOT = Path(__file__).parents[2]
ACTION = "kampkin/kampkin@"
STANDINS = Path(__file__).parent / "standins"


@dataclass
class Step:
    """What one step came to."""

    job: str
    name: str
    code: int
    said: str
    obeyed: tuple[str, ...] = ()
    """The commands to the runner in it, without those that stop and go on."""


@dataclass
class Runner:
    """A GitHub with runners: `origin` is the repository that jobs check out."""

    origin: Path
    folder: Path
    github: LocalGitHub
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=dict)
    """What a runner's environment has beside GitHub's; its PATH goes before the stand-ins."""
    artifacts: dict[str, Path] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    runs: int = 0

    def run(
        self,
        name: str,
        event: str,
        sha: str,
        payload: Mapping[str, Any] | None = None,
        inputs: Mapping[str, Any] | None = None,
        **environment: str,
    ) -> dict[str, str]:
        """A run of a workflow as it is in the commit; each job's result: success, failure or skipped."""
        self.steps = []
        self.environment = environment
        text = git(self.origin, "show", f"{sha}:.github/workflows/{name}.yml")
        github = {
            "event_name": event,
            "event": dict(payload or {}),
            "repository": REPOSITORY,
            "token": WORKFLOW,
            "actor": "dana",
            "ref_name": "main",
            "sha": sha,
        }
        return self.jobs(yaml.safe_load(text), {"github": github, "inputs": dict(inputs or {})}, sha)

    def jobs(self, workflow: Any, contexts: dict[str, Any], sha: str) -> dict[str, str]:
        """The jobs, each behind those that it needs."""
        results: dict[str, str] = {}
        needs: dict[str, Any] = {}
        for name, job in workflow["jobs"].items():
            wanted = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            assert all(one in results for one in wanted), "jobs stand in their order"
            stopped = any(results[one] != "success" for one in wanted)
            known = {**contexts, "needs": needs, "vars": self.variables, "secrets": self.secrets}
            if stopped or not evaluate(str(job.get("if", "true")), known):
                results[name] = "skipped"
                continue
            for matrix in combinations(job):
                results[name], outputs = self.job(workflow, name, job, {**known, "matrix": matrix}, sha)
                needs[name] = {"outputs": outputs, "result": results[name]}
        return results

    def job(self, workflow: Any, name: str, job: Any, contexts: dict[str, Any], sha: str) -> tuple[str, dict[str, str]]:
        """One job: its result and its outputs."""
        if called := job.get("uses"):
            inputs = {key: value_of(value, contexts) for key, value in job["with"].items()}
            text = git(self.origin, "show", f"{sha}:{called.removeprefix('./')}")
            found = self.jobs(yaml.safe_load(text), {**contexts, "inputs": inputs}, sha)
            return ("success" if set(found.values()) == {"success"} else "failure"), {}
        self.runs += 1
        shell = workflow.get("defaults", {}).get("run", {}).get("shell", "bash")
        place = Place(self.folder / f"job-{self.runs}", sha, shell)
        known = {**contexts, "env": {}, "steps": {}}
        failed = not self.all(job["steps"], name, known, place, [workflow.get("env", {}), job.get("env", {})])
        outputs = {key: filled(text, known) for key, text in job.get("outputs", {}).items()}
        return ("failure" if failed else "success"), outputs

    def all(self, steps: Any, job: str, contexts: dict[str, Any], place: Place, above: list[Mapping[str, str]]) -> bool:
        """The steps in their order; whether none failed."""
        fine = True
        for number, step in enumerate(steps):
            known = {**contexts, "success()": fine, "failure()": not fine, "always()": True}
            condition = str(step.get("if", "success()"))
            if "success()" not in condition and "failure()" not in condition and "always()" not in condition:
                condition = f"success() && ({condition.removeprefix('${{').removesuffix('}}')})"
            if not evaluate(condition, known):
                continue
            environment = {
                key: filled(as_text(value), known)
                for part in [*above, step.get("env", {})]
                for key, value in part.items()
            }
            if "uses" in step:
                code, outputs = self.use(step, job, known, place, environment)
            else:
                code, outputs = self.script(step, job, known, place, environment)
            contexts["steps"][step.get("id", f"step-{number}")] = {"outputs": outputs}
            fine = fine and code == 0
        return fine

    def use(
        self, step: Any, job: str, contexts: dict[str, Any], place: Place, environment: Mapping[str, str]
    ) -> tuple[int, dict[str, str]]:
        """An action: ours by its file, the others as far as a step behind them would miss them."""
        action, given = step["uses"], {key: value_of(value, contexts) for key, value in step.get("with", {}).items()}
        self.steps.append(Step(job, action, 0, json.dumps(given, default=str)))
        if action.startswith(ACTION):
            document = yaml.safe_load((ROOT / "action.yml").read_text())
            assert set(given) <= set(document["inputs"]), given
            inputs = {key: as_text(given.get(key, one.get("default", ""))) for key, one in document["inputs"].items()}
            inner = {**contexts, "inputs": inputs, "steps": {}}
            inner["github"] = {**contexts["github"], "action_path": str(ROOT)}
            fine = self.all(document["runs"]["steps"], job, inner, place, [environment])
            outputs = {key: filled(one["value"], inner) for key, one in document["outputs"].items()}
            return (0 if fine else 1), outputs
        if action.startswith("actions/checkout@"):
            git(self.folder, "clone", "--quiet", str(self.origin), str(place.workspace))
            ref = f"origin/{given['ref']}" if given.get("ref") else place.sha
            git(place.workspace, "checkout", "--quiet", "--detach", ref)
        elif action.startswith("actions/upload-artifact@"):
            self.artifacts[given["name"]] = place.workspace / given["path"]
        elif action.startswith("actions/download-artifact@"):
            if given["name"] not in self.artifacts:
                return 1, {}
            shutil.copytree(self.artifacts[given["name"]], place.workspace / given["path"], symlinks=True)
        else:
            assert action.partition("@")[0] in (
                "actions/setup-python",
                "pulumi/actions",
                "aws-actions/configure-aws-credentials",
            )
        return 0, {}

    def script(
        self, step: Any, job: str, contexts: dict[str, Any], place: Place, environment: Mapping[str, str]
    ) -> tuple[int, dict[str, str]]:
        """A `run:`, in its own shell or that of the workflow."""
        assert "${{" not in step["run"], "nothing becomes part of a script"
        files = {name: place.root / name for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
        files["GITHUB_OUTPUT"].write_text("")
        script = place.root / "script.sh"
        script.write_text(step["run"])
        added = files["GITHUB_PATH"].read_text().split() if files["GITHUB_PATH"].exists() else []
        path = [self.machine["PATH"]] if "PATH" in self.machine else []
        machine = {key: value for key, value in self.machine.items() if key != "PATH"}
        ran = subprocess.run(
            in_shell(step.get("shell", place.shell), script),
            cwd=place.workspace / filled(step.get("working-directory", "."), contexts),
            env={
                "HOME": os.environ["HOME"],
                "PATH": ":".join([*reversed(added), *path, str(STANDINS), "/usr/bin", "/bin"]),
                "STANDIN_PYTHON": sys.executable,
                "STANDIN_FOLDER": str(self.folder),
                "PYTHONPATH": f"{ROOT / 'compiler'}:{ROOT}",
                "RUNNER_TEMP": str(place.temp),
                "GITHUB_REPOSITORY": REPOSITORY,
                "GITHUB_API_URL": self.github.url,
                "GITHUB_REF_NAME": "main",
                **{name: str(path) for name, path in files.items()},
                **machine,
                **self.environment,
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        name = step.get("name", step["run"].split("\n")[0])
        self.steps.append(
            Step(job, name, ran.returncode, ran.stdout + ran.stderr, tuple(obeyed(ran.stderr + ran.stdout)))
        )
        said = (line.partition("=") for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        return ran.returncode, {key: value for key, _, value in said}

    def said(self, name: str) -> str:
        """What the steps of a name said in the last run."""
        return "\n".join(step.said for step in self.steps if step.name == name)

    def calls(self) -> list[list[str]]:
        """What the stand-ins were called with so far."""
        path = self.folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class Place:
    """Where a job runs."""

    def __init__(self, root: Path, sha: str, shell: str) -> None:
        self.root, self.sha, self.shell = root, sha, shell
        self.workspace, self.temp = root / "edge" / "edge", root / "temp"
        self.workspace.mkdir(parents=True)
        self.temp.mkdir()


def in_shell(shell: str, script: Path) -> list[str]:
    """A script's command, as GitHub makes it of `shell`: `bash`, or words with the script in one."""
    if shell == "bash":
        return ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    assert "{0}" in shell, shell
    return [word.replace("{0}", str(script)) for word in shell.split()]


def obeyed(said: str) -> Iterator[str]:
    """The lines that GitHub's runner takes for commands, and not while it has been told to stop that."""
    token = None
    for line in said.splitlines():
        match = re.match(r"\s*(?:::|##\[)([\w-]+)", line)
        if match and token is not None:
            token = None if line.strip() == f"::{token}::" else token
        elif match and match[1] == "stop-commands":
            token = line.strip().removeprefix("::stop-commands::")
        elif match:
            yield line


def value_of(value: Any, contexts: Mapping[str, Any]) -> Any:
    """A value of `with`: an expression keeps its type."""
    if isinstance(value, str) and value.startswith("${{") and value.endswith("}}"):
        return evaluate(value, contexts)
    return filled(value, contexts) if isinstance(value, str) else value


def combinations(job: Any) -> list[dict[str, str]]:
    """The jobs that a matrix of one name makes."""
    matrix = job.get("strategy", {}).get("matrix", {})
    return [{key: value} for key, values in matrix.items() for value in values] or [{}]


def git(folder: Path, *arguments: str) -> str:
    """What git prints."""
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout
