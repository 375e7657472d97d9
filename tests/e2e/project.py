"""A team's repository and its CI: a copy of the stacks, a kampkin.yaml, and Pulumi run in it as a user would."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kampkin.local.dynamodb import CREDENTIALS
from kampkin.plan import TargetName
from tests.clouds.cloud import ROOT
from tests.clouds.cloudflare import TOKEN
from tests.e2e.engine import cli, language_host
from tests.e2e.providers import aws, cloudflare

PLUGINS = {"pulumi-resource-aws": aws, "pulumi-resource-cloudflare": cloudflare}
StackName = TargetName | Literal["bootstrap"]

IDENTITIES: dict[StackName, dict[str, str]] = {
    "cloudflare": {"accountId": "0123456789abcdef0123456789abcdef", "workersSubdomain": "acme"},
    "aws": {},
    "bootstrap": {"repository": "acme/shop"},
}
PATIENCE_S = 120

PROGRAM = """\
#!{python}
import runpy, sys
sys.path[0] = {root!r}
runpy.run_module({module!r}, run_name="__main__")
"""


@dataclass(frozen=True)
class Outcome:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that it said."""
        return f"{self.out}\n{self.err}"


class Project:
    """A checkout in `folder`, with a Pulumi of its own: state, plugins and settings lie in the folder too."""

    def __init__(self, folder: Path, engine: cli.Engine, aws_url: str, cloudflare_url: str) -> None:
        self.folder = folder
        self.pulumi = engine.pulumi
        shutil.copytree(ROOT / "stacks", folder / "stacks", ignore=shutil.ignore_patterns(".kampkin", "__pycache__"))
        (folder / ".venv").symlink_to(sys.prefix)
        for name in ("state", "home", "bin"):
            (folder / name).mkdir()
        write_programs(folder / "bin", engine)
        self.environment = {
            "PATH": os.pathsep.join([str(folder / "bin"), str(engine.pulumi.parent), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT / "compiler"),  # this checkout's, whichever is installed
            "HOME": str(folder / "home"),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "NO_COLOR": "1",
            "AWS_ENDPOINT_URL": aws_url,
            "AWS_REGION": "eu-central-1",
            "CLOUDFLARE_BASE_URL": cloudflare_url,
            "CLOUDFLARE_API_TOKEN": TOKEN,
            **({"KAMPKIN_TESTS_SCRIPT": str(engine.script)} if engine.script else {}),
            **CREDENTIALS,
        }

    def write(self, text: str) -> None:
        """What a pull request changes: the file."""
        (self.folder / "kampkin.yaml").write_text(text)

    def stack(self, target: StackName) -> Path:
        """The folder a user works in."""
        return self.folder / "stacks" / target

    def run(self, target: StackName, *arguments: str, expect: int | None = 0, **environment: str) -> Outcome:
        """Runs pulumi in the stack's folder. Fails the test where it does not end as expected; None takes any end."""
        done = subprocess.run(
            [self.pulumi, *arguments, "--non-interactive"],
            cwd=self.stack(target),
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        outcome = Outcome(done.returncode, done.stdout, done.stderr)
        said = f"pulumi {' '.join(arguments)} in stacks/{target} ended with {done.returncode}\n{outcome.text}"
        assert expect is None or done.returncode == expect, said
        return outcome

    def init(self, target: StackName, stack: str = "prod") -> None:
        """Makes the stack and says whose it is, as the docs tell a user to."""
        self.run(target, "stack", "init", stack)
        for key, value in IDENTITIES[target].items():
            self.run(target, "config", "set", key, value)

    def resources(self, target: StackName) -> list[Any]:
        """What the stack's state holds."""
        exported = json.loads(self.run(target, "stack", "export").out)
        found: list[Any] = exported["deployment"].get("resources", [])
        return found

    def changes(self, target: StackName, *arguments: str) -> dict[str, dict[str, list[str]]]:
        """What `preview --json` names: the operation and the changed properties by type and name of each resource that
        would not stay the same."""
        steps = json.loads(self.run(target, "preview", *arguments, "--json").out)["steps"]
        return {
            step["urn"].split("::")[-1]: {step["op"]: sorted(step.get("detailedDiff") or {})}
            for step in steps
            if step["op"] != "same"
        }

    def with_runtime(self, module: str, addition: bytes) -> Path:
        """Another release of Kampkin, with more in a module of its runtime: where Python finds it."""
        place = self.folder / "next"
        shutil.copytree(ROOT / "compiler" / "kampkin", place / "kampkin")
        with (place / "kampkin" / "runtime" / module).open("ab") as file:
            file.write(addition)
        return place

    def unprotect(self, target: StackName) -> None:
        """Lets go of what `destroy` must not touch by accident."""
        self.run(target, "state", "unprotect", "--all", "--yes")


def write_programs(folder: Path, engine: cli.Engine) -> None:
    """The executables that the engine looks for: the providers, and a language host where the CLI came without."""
    programs = {name: module.__name__ for name, module in PLUGINS.items()}
    if engine.script:
        programs[cli.HOST] = language_host.__name__
    for name, module in programs.items():
        path = folder / name
        path.write_text(PROGRAM.format(python=sys.executable, root=str(ROOT), module=module))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
