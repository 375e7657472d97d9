"""The keys of the language as data, read off the models: what the editor's schema and the reference say of each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from pydantic import AfterValidator, WithJsonSchema

from kampkin import values
from kampkin.config import Cooldown, EndpointChange, Fallback, Section, Settings, Target, Targets
from kampkin.grammar import either
from kampkin.layers import built_in
from kampkin.source import Map

PLAIN = re.compile(r"[A-Za-z0-9/](?:[\w ./%@+*<>=-]|:(?! ))*", re.ASCII)
"""A text that needs no quotes, in a map or a list neither."""

MOST_WORDS = 8
"""More are no longer named one by one where a type is told."""


@dataclass(frozen=True)
class Scalar:
    """A value on one line."""

    schema: Mapping[str, Any]
    """Its grammar, as JSON Schema."""


@dataclass(frozen=True)
class Items:
    """A list."""

    of: Form
    some: bool
    """Whether it must name something."""


@dataclass(frozen=True)
class Entries:
    """A map whose keys are a team's own."""

    name: Scalar
    of: Form
    removable: bool
    """Whether null may stand behind a name."""


@dataclass(frozen=True)
class Fixed:
    """A map whose keys the language fixes."""

    model: type[Section]


@dataclass(frozen=True)
class Choice:
    """The long form, and the short one that is expanded to it."""

    long: Form
    short: Form


Form: TypeAlias = Scalar | Items | Entries | Fixed | Choice


@dataclass(frozen=True)
class Key:
    """A key of a section."""

    name: str
    """As it is written."""
    title: str
    meaning: str
    """What it is for, in Markdown; unit, bounds and default are said by the others."""
    examples: Sequence[Any]
    """Values that may stand behind it."""
    form: Form
    required: bool
    default: Any
    """What holds where it is not written, as a value; None where `unset` says it."""
    unset: str
    """What holds where it is not written, in words."""
    see: str | None
    """The page of docs/, or the heading of language.md, that says more."""


def keys_of(model: type[Section]) -> tuple[Key, ...]:
    """The keys of a section, in the order of the model."""
    layer = next((layer for section, layer in built_in_layers().items() if issubclass(model, section)), {})
    found = []
    for name, field in model.model_fields.items():
        written = field.alias or name
        told = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        default = told.get("default")
        if written in layer and not isinstance(layer[written], Map):
            default = values.json_value(layer[written])
        required = field.is_required()
        found.append(
            Key(
                written,
                field.title or "",
                field.description or "",
                tuple(field.examples or ()),
                form_of(field.annotation, field.metadata),
                required,
                default,
                "required" if required else str(told.get("unset", "none")),
                str(told["see"]) if "see" in told else None,
            )
        )
    return tuple(found)


@cache
def built_in_layers() -> Mapping[type[Section], Mapping[str, Any]]:
    """The built-in values of each section that has some."""
    found: dict[type[Section], Mapping[str, Any]] = {}

    def look(model: type[Section], layer: Map) -> None:
        found[model] = layer
        for name, field in model.model_fields.items():
            inner = section_of(form_of(field.annotation, field.metadata))
            if inner and isinstance(layer.get(name), Map):
                look(inner, layer[name])

    look(Settings, built_in())
    return found


def form_of(annotation: Any, metadata: Sequence[Any] = ()) -> Form:
    """What may stand where the annotation is, short forms included."""
    for one in metadata:
        if isinstance(one, WithJsonSchema):
            return Scalar(one.json_schema or {})
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return form_of(parts[0], parts[1:])
    if origin in (Union, UnionType):
        return form_of(next(part for part in parts if part is not NoneType))
    if origin is tuple:
        return with_short_form(Items(form_of(parts[0]), any(isinstance(one, AfterValidator) for one in metadata)))
    if origin is dict:
        return Entries(scalar(parts[0]), form_of(parts[1]), NoneType in get_args(parts[1]))
    return with_short_form(Fixed(annotation))


def scalar(annotation: Any) -> Scalar:
    """A value on one line, by its annotation."""
    form = form_of(annotation)
    assert isinstance(form, Scalar), annotation
    return form


def with_short_form(form: Form) -> Form:
    """The form, with the short one that may stand in its place: of those the language has four."""
    match form:
        case Fixed(model) if model is Cooldown:
            return Choice(form, scalar(values.Cooldown))
        case Fixed(model) if issubclass(model, EndpointChange):
            return Choice(form, scalar(values.OriginUrl))
        case Fixed(model) if model is Targets:
            return Choice(form, Items(scalar(Target), some=False))
        case Items(Fixed(model)) if model is Fallback:
            return Choice(form, Fixed(Fallback))
    return form


def section_of(form: Form) -> type[Section] | None:
    """The section whose keys may stand there; None where there is none."""
    match form:
        case Fixed(model):
            return model
        case Items(of) | Choice(of):
            return section_of(of)
    return None


def type_of(form: Form) -> str:
    """What may stand there, in words of Markdown."""
    match form:
        case Scalar(schema):
            return either([f"`{word}`" for word in words_of(form)]) or str(schema.get("title", "value"))
        case Items(of):
            return f"list of {type_of(of) if words_of(of) else plural(type_of(of))}"
        case Entries(name, of):
            section = section_of(of)
            short = f" or {type_of(of.short)}" if isinstance(of, Choice) else ""
            return f"map of {name.schema['title']} to {noun(section) if section else type_of(of)}{short}"
        case Choice(long, short):
            return f"{type_of(long)}, or {type_of(short)}"
    return "map"


def words_of(form: Form) -> Sequence[str]:
    """The words that may stand there, where they are few; nothing where any other value may."""
    words = form.schema.get("enum", ()) if isinstance(form, Scalar) else ()
    return words if len(words) <= MOST_WORDS else ()


def plural(title: str) -> str:
    """The title of several: `statuses, 400 to 599`, `patterns of files`."""
    head = re.split(",| of | with ", title)[0]
    return f"{head}{'es' if head.endswith('s') else 's'}{title[len(head) :]}"


def noun(model: type[Section]) -> str:
    """What a section is called in a sentence: EndpointChange is an endpoint change."""
    return re.sub(r"(?<!^)([A-Z])", r" \1", model.__name__).lower()


def flow(value: Any) -> str:
    """A value as it is written on one line of a file."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {flow(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    return value if isinstance(value, str) and PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
