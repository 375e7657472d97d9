"""Whether a stack takes up what was reviewed: its settings name the file and the environment that go up, and a review has seen
those of kampkin.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kampkin.formats.quote import visible
from kampkin.plan import TargetName
from kampkin.preview.stackfile import document, read_stack_file
from kampkin.targets.settings import FILE

ELSEWHERE = ("main", "stackConfigDir")
"""What has Pulumi run a program, or read settings, in another folder than the stack's."""

OTHERS = ("Pulumi.yml", "Pulumi.json", "Pulumi.toml")
"""What Pulumi takes for a project too; its stacks' settings end as it does."""


def differences(stacks: Path, target: TargetName, reviewed: Path, environment: str) -> Iterator[str]:
    """How the stack of an environment would take up another file or environment than those that are held against reviews, or
    could for all that is known; nothing where it would not.

    Raises `Cannot` where the stack's files are not there, or no YAML.
    """
    folder = stacks / target
    project = document(folder / "Pulumi.yaml", must_be=True)
    written = folder / f"Pulumi.{environment}.yaml"
    imports = document(written, must_be=True).get("environment")
    stack = read_stack_file(folder, target, environment)
    for name in OTHERS:
        if (folder / name).exists():
            yield f"{folder / name} is beside Pulumi.yaml: which of the two counts is not known"
    for key in ELSEWHERE:
        if key in project:
            yield f"{folder / 'Pulumi.yaml'} has {key}: what the stack reads is elsewhere"
    if imports and not {"file", "environment"} <= stack.own:
        yield f"{written} imports settings by its environment: it must have file and environment itself"
    found = {key: stack.values.get(key, "") for key in ("file", "environment")}
    file = found["file"] or FILE
    if (folder / file).resolve() != reviewed.resolve():
        yield f"{written}: file is {visible(file)}; what was reviewed is {reviewed}"
    if found["environment"] != environment:
        yield f"{written}: environment is {visible(found['environment']) or 'none'}; what was reviewed is {environment}"
