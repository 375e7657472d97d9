"""What holds for one endpoint: every setting's value, and where it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from kampkin.config import BUILT_IN_NAME, Endpoint, Section
from kampkin.diagnostics import Span
from kampkin.source import List, Map, Node, Quoted
from kampkin.typed import Typed
from kampkin.validate import section_at

NO_SETTINGS = ("silence",)
"""What an endpoint holds that its breaker does not know of."""

LEADING = ("origin", "route", "owner", "profile")
"""What is shown first: what the endpoint is, before how it behaves."""

SECTIONS = {"profiles": "profile", "endpoints": "endpoint", "environments": "environment"}
"""The sections of a file that hold things by name, and what each of them is called."""

PLAIN = re.compile(r"[A-Za-z0-9_./+-][A-Za-z0-9_./@%+:*-]*(?: [A-Za-z0-9_./@%+*-]+)*")
"""What may stand in a flow list without quotes."""


@dataclass(frozen=True)
class Setting:
    """One setting of an endpoint."""

    key: str
    """Dotted: `breaker.trip.failure_ratio`."""
    value: str
    """As it is written, on one line."""
    layer: str
    """`built-in`, `defaults`, `profile NAME`, `environment NAME` or `endpoint NAME`; an extension's key for an anchor there."""
    place: Span | None
    """None: built in."""


def settings_of(typed: Typed, name: str, documents: Mapping[str, Map]) -> tuple[Setting, ...]:
    """Every setting that holds for the endpoint, in the order of the language; what is off is not there.

    `documents` has the files as they are written, by their names in spans.
    """
    found = sorted(leaves(typed.merged[name], Endpoint), key=lambda leaf: leaf[0] not in LEADING)
    return tuple(Setting(key, flow(value), *origin_of(value, documents)) for key, value in found)


def leaves(values: Map, section: type[Section], above: str = "") -> Iterator[tuple[str, Node]]:
    """The settings below a section, with their dotted keys."""
    for name, field in section.model_fields.items():
        key = field.alias or name
        value = values.get(key)
        inner = below(section, key)
        if inner and isinstance(value, Map):
            yield from leaves(value, inner, f"{above}{key}.")
        elif value is not None and key not in NO_SETTINGS:
            yield f"{above}{key}", value


@cache
def below(section: type[Section], key: str) -> type[Section] | None:
    """The section behind a key of a section; None where there is a value."""
    return section_at(section, (key,))


def origin_of(value: Node, documents: Mapping[str, Map]) -> tuple[str, Span | None]:
    """The layer that a value comes from, and its place there."""
    if value.file.name == BUILT_IN_NAME:
        return "built-in", None
    section, inner = around(documents[value.file.name], value)
    if section in SECTIONS and isinstance(inner, Map):
        return f"{SECTIONS[section]} {around(inner, value)[0]}", value.span
    return section, value.span


def around(outer: Map, value: Node) -> tuple[str, Node]:
    """The entry of a map that a value stands in."""
    return next(((key, inner) for key, inner in outer.items() if holds(inner, value)), ("an anchor", outer))


def holds(outer: Node, value: Node) -> bool:
    """Whether a value stands within another; an empty one within what begins where it does."""
    return outer.start <= value.start <= value.end <= outer.end and (value.start < outer.end or value is outer)


def flow(value: Any) -> str:
    """A value on one line, as YAML's flow style has it."""
    if isinstance(value, Map):
        return "{" + ", ".join(f"{flow(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, List):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    if isinstance(value, Quoted) or not PLAIN.fullmatch(value):
        return json.dumps(str(value), ensure_ascii=False)
    return str(value)
