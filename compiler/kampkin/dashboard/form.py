"""What a person may change of an endpoint on the page: each key with what it is for, and what may stand behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from kampkin.config import Endpoint, Section
from kampkin.explain.settings import NO_SETTINGS, below
from kampkin.keys import Form, Key, Scalar, flow, keys_of, words_of
from kampkin.layers import CAN_BE_OFF

SWITCH = ("true", "false")


@dataclass(frozen=True)
class Field:
    """A dotted key."""

    words: str
    """What it is for, in a line."""
    choices: tuple[str, ...]
    """All that may stand behind it, where that is little."""
    example: str
    required: bool
    inner: tuple[str, ...]
    """The keys below it; of a value none."""

    def is_removable(self, key: str, layer: str) -> bool:
        """Whether the value that holds by a layer can be taken out, or be turned off, for the endpoint alone."""
        own = layer.partition(" ")[0] in ("endpoint", "environment")
        return not self.required and (own or key.rpartition(".")[2] in CAN_BE_OFF)


@cache
def fields() -> dict[str, Field]:
    """Of an endpoint, in the order of the language."""

    def walk(model: type[Section], above: str) -> Iterator[tuple[str, Field]]:
        for key in keys_of(model):
            section = below(model, key.name)
            inner = tuple(f"{above}{key.name}.{one.name}" for one in keys_of(section)) if section else ()
            yield f"{above}{key.name}", field(key, inner)
            if section:
                yield from walk(section, f"{above}{key.name}.")

    return {name: one for name, one in walk(Endpoint, "") if name not in NO_SETTINGS}


def field(key: Key, inner: tuple[str, ...]) -> Field:
    """Of a key."""
    example = flow(key.examples[0]) if key.examples else ""
    return Field(key.meaning.partition("\n")[0], choices(key.form), example, key.required, inner)


def choices(form: Form) -> tuple[str, ...]:
    """All that may stand there, where that is little."""
    if isinstance(form, Scalar) and form.schema.get("type") == "boolean":
        return SWITCH
    if isinstance(form, Scalar) and "const" in form.schema:
        return (str(form.schema["const"]),)
    return tuple(words_of(form))


def addable(present: Collection[str]) -> list[dict[str, Any]]:
    """The settings that an endpoint does not have; of a section of which it has none the section, to be written on one line."""
    found: list[str] = []

    def walk(names: Collection[str]) -> None:
        for name in names:
            if any(one.startswith(f"{name}.") for one in present):
                walk(fields()[name].inner)
            elif name not in present:
                found.append(name)

    walk([name for name in fields() if "." not in name])
    return [
        {"key": name, "words": one.words, "choices": list(one.choices), "example": one.example}
        for name in found
        for one in [fields()[name]]
    ]
