"""Which stack is looked at, and its settings: outputs, a refresh, the clouds and the way back are of the same one."""

from __future__ import annotations

from pathlib import Path

from kampkin.drift.model import Unseen
from kampkin.plan import TargetName
from kampkin.preview.stackfile import StackFile, read_stack_file


def name_of(folder: Path, target: TargetName, environment: str | None) -> str | None:
    """The stack of an environment is called as that; of the file as it stands it is the only one here that names none. None: the
    one that Pulumi has selected, where no stack has settings here. Raises `Unseen` where it is not known."""
    if environment is not None:
        return environment
    stacks = sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.*.yaml"))
    found = [one for one in stacks if not read_stack_file(folder, target, one).values.get("environment")]
    if len(found) > 1:
        raise Unseen(
            f"which of the stacks {', '.join(found)} is of the file as it stands is not known", "one such stack"
        )
    if stacks and not found:
        raise Unseen(
            f"no stack in {folder} is of the file as it stands: {', '.join(stacks)} name an environment",
            f"--env {stacks[0]}" if len(stacks) == 1 else "--env and one of them",
        )
    return found[0] if found else None


def settings_of(folder: Path, target: TargetName, environment: str | None) -> StackFile:
    """The stack's settings. Raises `Unseen` where they are not here: a stack of an environment has a file, and against the defaults
    each setting of its would be drift."""
    file = folder / f"Pulumi.{environment}.yaml"
    if environment is not None and not file.exists():
        raise Unseen("the stack's settings are not known", f"{file}, which pulumi config writes")
    return read_stack_file(folder, target, name_of(folder, target, environment))
