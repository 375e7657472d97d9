"""Holds values of a file against the models of the language; what does not fit is a finding at its place."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kampkin.closest import closest
from kampkin.config import BUILT_IN_NAME, Section, Targets
from kampkin.diagnostics import Diagnostic, Span, error
from kampkin.source import List, Map, Node, Text, is_empty, is_null
from kampkin.values import unspaced

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[int | str, ...]

MOST_FINDINGS = 1_000
"""In one value; nobody reads more, and looking for what each was meant to be takes its time."""

EXPECTED = {
    "model_type": "a map",
    "model_attributes_type": "a map",
    "dict_type": "a map",
    "tuple_type": "a list",
    "dataclass_type": "a map",
}
"""What pydantic wants a container to be, in the words of the language."""

MISSING = {
    "version": "begin the file with version: 1",
    "endpoints": "declare at least one: endpoints: {name: https://…}",
    "origin": "name the service: origin: https://…",
}


def validate(values: Mapping[str, Any], model: type[Model], where: Span) -> tuple[Model | None, list[Diagnostic]]:
    """The values as the model, and what kept them from being one; `where` is the place of what is missing at the top."""
    try:
        return model.model_validate(values), []
    except ValidationError as problem:
        details = problem.errors(include_url=False)
    findings = [finding_of(one, values, model, where) for one in details[:MOST_FINDINGS]]
    if more := len(details) - len(findings):
        message = f"{more} more things are wrong with this"
        findings.append(error("too-many-findings", where, message, "mend the others first"))
    return None, findings


def finding_of(details: ErrorDetails, values: Mapping[str, Any], model: type[BaseModel], where: Span) -> Diagnostic:
    """A model's error as a finding at the place it is about."""
    kind, context = details["type"], details.get("ctx", {})
    trails = [walk(values, (*details["loc"], *at.split("."))) for at in context.get("at", ())]
    trail = next((one for one in trails if is_written(one[-1][1])), walk(values, details["loc"]))
    key, value = trail[-1]
    if kind == "missing":
        name = str(details["loc"][-1])
        return error("missing-key", span_of(key, None, where), f"{name} is missing", MISSING.get(name))
    if kind == "extra_forbidden":
        return unknown_key(key, section_at(model, details["loc"][:-1]))
    if details["loc"][-1:] == ("[key]",):
        value = key
    elif is_null(value) and (kind in EXPECTED or kind == "null-value"):
        message = f"{key} needs a value" if key else "null is no value"
        return error("null-value", span_of(key, value, where), message, "remove it")
    elif is_empty(value):
        message = f"nothing stands behind {key}" if key else "nothing stands here"
        return error("empty-value", span_of(key, value, where), message, "give it a value, or remove the line")
    if kind in EXPECTED:
        return misfit(value, EXPECTED[kind], section_at(model, details["loc"]))
    message, hint = context.get("message", details["msg"]), context.get("hint")
    span = value.span if is_written(value) else where
    return error(kind if "message" in context else "wrong-type", span, message, hint)


def is_written(value: Any) -> bool:
    """Whether a file has it; what is built in stands in none."""
    return isinstance(value, Text | Map | List) and value.file.name != BUILT_IN_NAME


def walk(node: Any, loc: Path) -> list[tuple[Text | None, Any]]:
    """The values on the way to an error, each with the key before it; the last is the nearest that there is."""
    trail: list[tuple[Text | None, Any]] = [(None, node)]
    for part in loc:
        if isinstance(node, dict) and part in node:
            key = node.key(str(part)) if isinstance(node, Map) else next(name for name in node if name == part)
            node = node[part]
            trail.append((key if isinstance(key, Text) else None, node))
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
            trail.append((None, node))
    return trail


def span_of(key: Text | None, value: Node | None, where: Span) -> Span:
    """The key's place; without one the value's, and without either `where`."""
    place = key if key is not None else value
    return where if place is None else place.span


def misfit(value: Node, expected: str, section: type[Section] | None) -> Diagnostic:
    """A map, a list or a text where another of them is expected."""
    found = "a list" if isinstance(value, List) else "a map" if isinstance(value, Map) else repr(value)
    hint = f"with the keys {', '.join(keys_of(section))}" if section else None
    if section is Targets:
        expected, hint = "a map, or a list of names, each once", "write [aws], [cloudflare] or [cloudflare, aws]"
    if isinstance(value, Text):
        hint = unspaced(value) or (f"write [{value}]" if expected == "a list" else hint)
    return error("wrong-type", value.span, f"expected {expected}, not {found}", hint)


def unknown_key(key: Text | None, section: type[Section] | None) -> Diagnostic:
    """A key that the section does not have; which it may be meant to be."""
    assert key is not None and section is not None, "the model has looked at this map's keys"
    known = keys_of(section)
    close = closest(key, known)
    hint = f"did you mean {close}?" if close else f"known here: {', '.join(known)}"
    return error("unknown-key", key.span, f"there is no key {key}", hint)


def keys_of(section: type[BaseModel]) -> list[str]:
    """The keys of a section, in the order of the language."""
    return [field.alias or name for name, field in section.model_fields.items()]


def section_at(model: type[BaseModel], loc: Path) -> type[Section] | None:
    """The section that stands at a place below the model; None where the language has none there."""
    kind: Any = model
    for part in loc:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
            kind = bare(fields.get(str(part)))
        else:
            inner = get_args(kind)
            kind = bare(inner[-1] if get_origin(kind) is dict else inner[0] if inner else None)
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def bare(annotation: Any) -> Any:
    """An annotation without None and without what is noted beside it."""
    while (origin := get_origin(annotation)) in (Annotated, Union, UnionType):
        parts = get_args(annotation)
        annotation = parts[0] if origin is Annotated else next(part for part in parts if part is not NoneType)
    return annotation
