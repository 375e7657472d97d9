"""The files of a GitOps repository, by their paths, from a few answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from kampkin import __version__
from kampkin.schema import config_schema, render

DEFAULT_ACTION = f"kampkin/kampkin@v{__version__}"
"""What the workflows call, unless another is named."""

TARGETS = ("cloudflare", "aws")
"""In the order in which an environment's stacks go up."""

BOOTSTRAP = "bootstrap"
"""The stack of what CI itself needs; it is told its settings by hand."""

STACKS = {"Pulumi.yaml": "Pulumi.yaml", "__main__.py": "__main__.txt"}
"""The files of a stack that are the same everywhere, and as what they lie here: a program of Pulumi's is no module of ours."""

PLAIN = {
    "requirements.txt": "requirements.txt",
    ".gitignore": "gitignore",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
}
WORKFLOWS = ("check", "comment", "deploy", "drift", "flip")
JOB = "up-"
"""How the id of an environment's job begins: GitHub has none that begins with a digit."""

NO_TEXT = re.compile(r"\d.*|null|true|false|yes|no|on|off|y|n", re.IGNORECASE)
"""What some YAML takes for a number, a date, a truth or nothing."""


@dataclass(frozen=True)
class Answers:
    """What one repository has otherwise than the next."""

    project: str
    deployed: Mapping[str, Sequence[str]]
    """The targets of each environment, in the order in which these are deployed."""
    action: str
    """The action that the workflows call, with its ref."""
    branch: str
    """What is deployed once it is merged."""

    @property
    def environments(self) -> Sequence[str]:
        """In the order in which they are deployed."""
        return tuple(self.deployed)

    @property
    def targets(self) -> Sequence[str]:
        """All that any environment has."""
        return tuple(one for one in TARGETS if any(one in targets for targets in self.deployed.values()))

    @property
    def words(self) -> Mapping[str, str]:
        """What stands for the words in the texts that begin with KAMPKIN_."""
        return {
            "KAMPKIN_PROJECT": as_yaml(self.project),
            "KAMPKIN_TARGETS": ", ".join(self.targets),
            "KAMPKIN_ENVIRONMENTS": ", ".join(map(as_yaml, self.environments)),
            "KAMPKIN_SPACED_ENVIRONMENTS": as_yaml(" ".join(self.environments)),
            "KAMPKIN_SPACED_TARGETS": " ".join(self.targets),
            "KAMPKIN_LAST_ENVIRONMENT": as_yaml(self.environments[-1]),
            "KAMPKIN_ACTION": self.action,
            "KAMPKIN_BRANCH": as_yaml(self.branch),
            "KAMPKIN_VERSION": __version__,
        }


def document(answers: Answers) -> str:
    """A small, sound `kampkin.yaml`."""
    environments = "\n".join(f"  {as_yaml(name)}: {{}}" for name in answers.environments)
    return filled(text_of("kampkin.yaml"), {**answers.words, "KAMPKIN_ENVIRONMENTS": environments})


def around(answers: Answers) -> dict[str, str]:
    """Every file beside `kampkin.yaml` and CODEOWNERS, by its path."""
    found = {"schemas/kampkin.schema.json": render(config_schema())}
    for stack in (BOOTSTRAP, *answers.targets):
        for name, lies_as in STACKS.items():
            found[f"stacks/{stack}/{name}"] = text_of(f"stacks/{stack}/{lies_as}")
    for target in answers.targets:
        for environment in (name for name, targets in answers.deployed.items() if target in targets):
            setting = f"config:\n  kampkin-{target}:environment: {as_yaml(environment)}\n"
            found[f"stacks/{target}/Pulumi.{environment}.yaml"] = setting
    for path, lies_as in PLAIN.items():
        found[path] = filled(text_of(lies_as), answers.words)
    for name in WORKFLOWS:
        text = text_of(f"workflows/kampkin-{name}.yml")
        found[f".github/workflows/kampkin-{name}.yml"] = filled(text, answers.words)
    found[".github/workflows/kampkin-up.yml"] = up(answers)
    return found


def up(answers: Answers) -> str:
    """The workflow that deploys: a job for each environment, behind the one before."""
    jobs, before = filled(text_of("workflows/kampkin-up.yml"), answers.words), ""
    for environment in answers.environments:
        job = text_of("workflows/up-job.yml")
        if not before:
            job = job.replace("    needs: [KAMPKIN_BEFORE]\n", "")
        here = JOB + environment
        jobs += filled(
            job, {"KAMPKIN_JOB": here, "KAMPKIN_ENVIRONMENT": as_yaml(environment), "KAMPKIN_BEFORE": before}
        )
        before = here
    return jobs


def as_yaml(text: str) -> str:
    """A name as YAML that every reader takes for that text."""
    return f'"{text}"' if NO_TEXT.fullmatch(text) else text


def text_of(name: str) -> str:
    """A file that lies here."""
    return files("kampkin.init").joinpath("files", name).read_text(encoding="utf-8")


def filled(text: str, words: Mapping[str, str]) -> str:
    """The text with its words put in; longer ones first, as one may begin with another."""
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, words[word])
    return text
