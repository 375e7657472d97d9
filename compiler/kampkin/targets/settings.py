"""A stack's settings: what only the account's owner knows, and what an environment has otherwise. They stand in
`Pulumi.<environment>.yaml`, where `pulumi config set` writes them; what a team reviews stands in kampkin.yaml instead.

Each target has a model of its own. Importing this does not load Pulumi.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from kampkin.closest import closest
from kampkin.plan import Plan

FILE = "../../kampkin.yaml"
"""From a stack's folder in the repository."""

HOSTNAME = r"^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$"
"""As kampkin.yaml has them after it was read: in lower case, international names in their ASCII form."""


def as_text(value: Any) -> Any:
    """A whole number and a switch as they are written: `pulumi config set --path` makes those of what looks like them."""
    return json.dumps(value) if isinstance(value, int) else value


Tags = Annotated[dict[str, Annotated[str, BeforeValidator(as_text)]], Field(max_length=40)]
"""Of 50 that most resources of AWS may have."""

REASONS = {
    "missing": "is not set",
    "string_pattern_mismatch": "is not written as it should be",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "int_type": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "string_type": "is not a text",
    "dict_type": "is not a map",
    "list_type": "is not a list",
    "tuple_type": "is not a list",
    "greater_than_equal": "is less than {ge:g}",
    "less_than_equal": "is more than {le:g}",
    "literal_error": "is none of {expected}",
    "too_long": "has {actual_length} entries, and {max_length} are the most",
}
"""By pydantic's kind of error, what is wrong with a value."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one setting, and what to run."""

    key: str
    message: str
    command: str

    def __str__(self) -> str:
        return f"{self.key}: {self.message}\n  run: {self.command}"


class Settings(BaseModel):
    """What both stacks can be told."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, validate_by_alias=True)

    file: str = Field(FILE, description="The file to deploy, from the stack's folder.", examples=["../../kampkin.yaml"])
    environment: str | None = Field(
        None, description="Which of the file's environments; without it the file as it stands.", examples=["prod"]
    )
    protect: bool = Field(
        True,
        description="Whether what holds the breakers' state is kept from being deleted until it is let go: "
        "`pulumi state unprotect`.",
        examples=["false"],
    )

    def wanting(self, plan: Plan) -> Iterator[Problem]:
        """What this plan needs of the settings and does not have, or has and cannot use."""
        yield from ()


Model = TypeVar("Model", bound=Settings)


def read(
    model: type[Model], values: Mapping[str, str], secrets: Iterable[str] = ()
) -> tuple[Model | None, list[Problem]]:
    """The settings out of a stack's configuration, keys without the project's name and values as Pulumi keeps them, and
    all that is wrong with them. None where anything of the model's own is.

    `secrets` are the keys that are not the model's: the names of secrets that kampkin.yaml uses.
    """
    fields = {alias_of(name): field for name, field in model.model_fields.items()}
    problems = [unknown(key, [*fields, *secrets]) for key in values if key not in fields and key not in set(secrets)]
    given: dict[str, Any] = {}
    for key, field in fields.items():
        if (text := values.get(key)) is not None and text != "":
            try:
                given[key] = json.loads(text) if is_structured(field) else text
            except ValueError:
                problems.append(Problem(key, "is written as one text where it has parts", set_command(key, field)))
    told = {problem.key for problem in problems}
    try:
        settings = model.model_validate(given)
    except ValidationError as error:
        found = (one for one in error.errors() if str(one["loc"][0]) not in told)
        return None, [
            *problems,
            *(unfit(fields, one["loc"], one["type"], one["msg"], one.get("ctx", {})) for one in found),
        ]
    return (None if problems else settings), problems


def lacking(model: type[Settings], key: str, message: str) -> Problem:
    """A setting that this plan needs and the stack does not have; the command shows an example."""
    return Problem(key, message, set_command(key, model.model_fields[name_of(model, key)]))


def useless(key: str, message: str) -> Problem:
    """A setting that this plan has no use for."""
    return Problem(key, message, f"pulumi config rm {key}")


def unknown(key: str, known: list[str]) -> Problem:
    """A key that nothing reads."""
    near = closest(key, known)
    meant = f"; did you mean {near}?" if near else ""
    return Problem(
        key, f"is no setting of this stack, nor a secret that kampkin.yaml uses{meant}", f"pulumi config rm {key}"
    )


def unfit(
    fields: Mapping[str, FieldInfo], where: tuple[int | str, ...], kind: str, message: str, about: Mapping[str, Any]
) -> Problem:
    """A value that is not what its key says. What was given is not repeated: it may be a secret."""
    key = str(where[0])
    field = fields[key]
    said = (
        REASONS[kind].format(**about)
        if kind in REASONS
        else f"is not as it should be: {message[:1].lower()}{message[1:]}"
    )
    inside = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where[1:] if part != "[key]")
    return Problem(f"{key}{inside}", f"{said}. {field.description}", set_command(key, field))


def set_command(key: str, field: FieldInfo) -> str:
    """The command that sets it, with the key's own example."""
    example = (field.examples or ["VALUE"])[0]
    if is_structured(field):
        return f"pulumi config set --path {example}"
    return f"pulumi config set {'--secret ' if is_secret(field) else ''}{key} {example}"


def alias_of(name: str) -> str:
    """A field's key in the stack file."""
    return to_camel(name)


def name_of(model: type[Settings], key: str) -> str:
    """A key's field."""
    return next(name for name in model.model_fields if alias_of(name) == key)


def is_structured(field: FieldInfo) -> bool:
    """Whether it is a map or a list, which Pulumi keeps as JSON. Its examples are `--path`'s arguments: `tags.team checkout`."""
    return get_origin(field.annotation) in (dict, list, tuple)


def is_secret(field: FieldInfo) -> bool:
    """Whether its value must be shown nowhere."""
    return SecretStr in (field.annotation, *getattr(field.annotation, "__args__", ()))


def table(model: type[Settings]) -> str:
    """The settings as a table of Markdown, for docs/deploy.md."""
    rows = ["| key | what it says | example | without it |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        command = re.sub(r"\|", r"\\|", set_command(alias_of(name), field))
        rows.append(f"| `{alias_of(name)}` | {field.description} | `{command}` | {unset(field)} |")
    return "\n".join(rows)


def unset(field: FieldInfo) -> str:
    """What holds where a setting is left out."""
    if field.is_required():
        return "nothing goes up"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, list | tuple) and default:
        return ", ".join(f"`{one}`" for one in default)
    return "none" if default in (None, "", {}, [], ()) else f"`{default}`"
