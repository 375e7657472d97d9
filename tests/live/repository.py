"""A team's repository with one file, and the tools that are run in it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from kampkin.conformance.vectors import Vector
from kampkin.load import load
from kampkin.plan import Plan, TargetName
from tests.live import outage, vectors

ROOT = Path(__file__).parents[2]
STACK = "live"
LONGEST_S = 1_800
"""A distribution takes minutes, and a cloud has its bad days."""

DEFAULTS = {"timeout": "10s", "breaker": {"cooldown": {"jitter": "0%"}, "half_open": {"probe_timeout": "5s"}}}
"""As the vectors have them."""


class Failed(Exception):
    """A tool did not do what it was asked; its words."""


class Repository:
    """A folder with `kampkin.yaml` and `stacks/`. `environment` is all that the tools see; `pulumi` is the CLI."""

    def __init__(self, folder: Path, environment: Mapping[str, str], pulumi: str | Path) -> None:
        self.folder = folder
        self.environment = dict(environment)
        self.tool = str(pulumi)

    def prepare(self) -> None:
        """Copies what a team has: the stacks, and the Python that they run on."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, place in (("stacks", ROOT / "stacks"), ("origin", ROOT / "tests" / "live" / "origin")):
            ignored = shutil.ignore_patterns(".kampkin", "__pycache__", "Pulumi.*.yaml")
            shutil.copytree(place, self.folder / name, ignore=ignored, dirs_exist_ok=True)
        if not (self.folder / ".venv").exists():
            (self.folder / ".venv").symlink_to(sys.prefix)

    def write(self, project: str, targets: Sequence[TargetName], origin: str, chosen: Sequence[Vector]) -> Plan:
        """Writes the file: one endpoint for the outage and one for each vector; its plan."""
        endpoints = {outage.ENDPOINT: {"origin": f"{origin}/outage", "breaker": dict(outage.BREAKER)}}
        endpoints |= vectors.endpoints(chosen, origin)
        document = {
            "version": 1,
            "project": project,
            "targets": list(targets),
            "defaults": DEFAULTS,
            "endpoints": endpoints,
        }
        path = self.folder / "kampkin.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        loaded = load(path)
        if loaded.plan is None:
            raise Failed("\n".join(f"{one.span}: {one.message}" for one in loaded.diagnostics))
        return loaded.plan

    def pulumi(self, folder: str, *arguments: str, told: str | None = None) -> str:
        """Runs Pulumi in a folder of the repository; what it printed. `told` is what it reads. Raises `Failed`."""
        return self.run([self.tool, *arguments, "--non-interactive"], self.folder / folder, told)

    def output(self, folder: str, name: str) -> Any:
        """An output of the folder's stack."""
        return json.loads(self.pulumi(folder, "stack", "output", name, "--json", "--stack", STACK))

    def kampkin(self, *arguments: str) -> str:
        """Runs a command of Kampkin's beside the file; what it printed. Raises `Failed`."""
        return self.run([sys.executable, "-m", "kampkin", *arguments], self.folder)

    def run(self, command: Sequence[str], folder: Path, told: str | None = None) -> str:
        """Runs a command; what it printed. Raises `Failed` with all its words."""
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=LONGEST_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"{' '.join(command)} did not end within {LONGEST_S} s") from None
        if done.returncode:
            raise Failed(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout
