"""What a stack's files say without an engine: `Pulumi.yaml` the project's name and the settings of all its stacks,
`Pulumi.<environment>.yaml` those of one, which lie on top.
What is encrypted stays so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kampkin.errors import Cannot
from kampkin.plan import TargetName

NO_STACK = "preview"
"""What the stack of a file without an environment is called."""


@dataclass(frozen=True)
class StackFile:
    """The settings of one stack, keys without the project's name, values as the engine hands them to a program."""

    project: str
    stack: str
    values: Mapping[str, str] = field(default_factory=dict)
    sealed: frozenset[str] = frozenset()
    """The keys whose values are encrypted; each has its own name in brackets for a value."""
    own: frozenset[str] = frozenset()
    """The keys that the stack's own file has; what it imports lies on top of those of `Pulumi.yaml`."""


def read_stack_file(folder: Path, target: TargetName, environment: str | None) -> StackFile:
    """The files of a stack's folder; without them the settings are empty. Raises `Cannot` where one is no YAML."""
    said = document(folder / "Pulumi.yaml")
    project = str(said.get("name") or f"kampkin-{target}")
    settings = {
        key: value for key, one in config_of(folder / "Pulumi.yaml").items() if (value := of_project(one)) is not None
    }
    written = {} if environment is None else config_of(folder / f"Pulumi.{environment}.yaml")
    settings |= written
    values, sealed = {}, set()
    for key, value in settings.items():
        namespace, _, name = str(key).rpartition(":")
        if namespace not in ("", project):
            continue
        sealed.discard(name)
        if is_sealed(value):
            sealed.add(name)
        values[name] = value if isinstance(value, str) else json.dumps(opened(value, name))
        if name in sealed:
            values[name] = f"<{name}>"
    own = {str(key).rpartition(":") for key in written}
    return StackFile(
        project,
        environment or NO_STACK,
        values,
        frozenset(sealed),
        frozenset(name for namespace, _, name in own if namespace in ("", project)),
    )


def config_of(path: Path) -> dict[str, Any]:
    """The settings in one of the files. Raises `Cannot` where they are no map."""
    settings = document(path).get("config") or {}
    if not isinstance(settings, Mapping):
        raise Cannot(f"{path}: config is not a map")
    return dict(settings)


def of_project(said: Any) -> Any:
    """A setting's value in `Pulumi.yaml`, as it stands or under `value` or `default`; None where it is only described."""
    if isinstance(said, Mapping) and not is_sealed(said):
        return said.get("value", said.get("default"))
    return said


def read_values(path: Path) -> dict[str, dict[str, str]]:
    """Settings by target, out of a file that lays them over the stacks' own. Raises `Cannot` where it is none such."""
    said = document(path, must_be=True)
    found: dict[str, dict[str, str]] = {}
    for target, settings in said.items():
        if target not in ("cloudflare", "aws") or not isinstance(settings, Mapping):
            raise Cannot(f"{path}: {target} is no map of a target's settings", "such as cloudflare: {accountId: …}")
        found[target] = {
            str(key): value if isinstance(value, str) else json.dumps(value) for key, value in settings.items()
        }
    return found


def document(path: Path, must_be: bool = False) -> Mapping[str, Any]:
    """A YAML file's map, every scalar a text as written: an account's number may begin with a nought. Empty where there is no
    such file, unless there must be.

    A pull request may have written it: aliases, of which a few lines make gigabytes, and links are refused.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise Cannot(f"{path} is no regular file")
    try:
        text = path.read_text(encoding="utf-8")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.BaseLoader)):
            raise Cannot(f"{path} has aliases of YAML, which are not read here", "write the value out")
        said = yaml.load(text, Loader=yaml.BaseLoader)
    except FileNotFoundError:
        if must_be:
            raise Cannot(f"there is no file {path}") from None
        return {}
    except (OSError, UnicodeDecodeError) as problem:
        raise Cannot(f"could not read {path}: {getattr(problem, 'strerror', None) or 'it is not UTF-8'}") from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        raise Cannot(f"{path}{f':{mark.line + 1}' if mark else ''} is no YAML") from None
    except RecursionError:
        raise Cannot(f"{path} is nested too deep") from None
    if not isinstance(said or {}, Mapping):
        raise Cannot(f"{path} is not a map")
    return said or {}


def is_sealed(value: Any) -> bool:
    """Whether Pulumi has encrypted it."""
    return isinstance(value, Mapping) and set(value) == {"secure"}


def opened(value: Any, name: str) -> Any:
    """A value with what is encrypted within it left out: the setting's name in brackets stands for it."""
    if is_sealed(value):
        return f"<{name}>"
    if isinstance(value, Mapping):
        return {key: opened(one, name) for key, one in value.items()}
    return [opened(one, name) for one in value] if isinstance(value, list) else value
