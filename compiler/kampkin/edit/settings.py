"""`KEY=VALUE`: a dotted key of an endpoint, held against the language, and a value as it stands in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from kampkin.closest import closest
from kampkin.config import Endpoint
from kampkin.edit.flow import is_plain
from kampkin.errors import Cannot
from kampkin.source import LONGEST_TEXT, File, Node, Quoted, Text, parse
from kampkin.validate import keys_of, section_at

STRUCTURED = re.compile(r"[{\[\"']")
"""What begins a map, a list or a text in quotes; any other value is a text as it is."""
LONGEST_KEY = 1_000
"""Characters. A header's name may stand in one; what is longer was not typed."""
MOST_PARTS = 20
"""Between its dots: many more than any key of the language has. Each is a step down for whoever follows it."""


@dataclass(frozen=True)
class Setting:
    """A key, and the value it is to have."""

    key: str
    path: tuple[str, ...]
    value: Node


def setting_of(written: str) -> Setting:
    """The setting that a person has typed. Raises `Cannot` for a key that no endpoint has, and for what is no value."""
    key, equals, value = written.partition("=")
    if not equals:
        raise no_setting(written)
    return setting(key, value)


def setting(key: str, value: str) -> Setting:
    """The setting of a key and a value's text, whatever stands in either. Raises `Cannot` likewise."""
    path = tuple(key.split("."))
    if not all(path):
        raise no_setting(f"{key}={value}")
    if len(key) > LONGEST_KEY or len(path) > MOST_PARTS:
        raise Cannot(f"no endpoint has a key of {len(key)} characters and {len(path)} parts")
    require_key(key, path)
    return Setting(key, path, value_of(key, value))


def no_setting(written: str) -> Cannot:
    """Why that is none."""
    return Cannot(f"{written!r} is not KEY=VALUE", "such as timeout=3s, or breaker.trip.consecutive_failures=7")


def value_of(what: str, written: str) -> Node:
    """A value as it would stand in the file; what is no map, no list and in no quotes is a text, whatever it says."""
    written = written.strip()
    if not written:
        raise Cannot(f"{what} has no value", f"{what}=null turns it off, or back to its default")
    if not written.isprintable() and any("\ud800" <= one <= "\udfff" for one in written):
        raise Cannot(f"the value of {what} is not UTF-8")
    if len(written) > LONGEST_TEXT and not STRUCTURED.match(written):
        raise Cannot(f"the value of {what} has {len(written)} characters; {LONGEST_TEXT} are the most")
    if not STRUCTURED.match(written):
        return text_of(written)
    source = parse(what, f"{{value: {written}\n}}".encode())
    value = source.root.get("value") if source.root is not None and len(source.root) == 1 else None
    if value is None or source.findings:
        said = source.findings[0].message if source.findings else "this is not one value"
        raise Cannot(f"{what}: {said}", "a text that begins with a quote or a bracket stands in quotes of its own")
    found: Node = value
    return found


def text_of(written: str) -> Text:
    """A text, in quotes where it could not do without."""
    text = Text(written) if is_plain(written, within=False) else Quoted(written)
    text.file, text.start, text.end = File("", written), 0, len(written)
    return text


def require_key(key: str, path: tuple[str, ...]) -> None:
    """Raises `Cannot` where the language has no such key in an endpoint, and says which may be meant."""
    place: list[str | int] = []
    for part in path:
        if place == ["fallback"]:
            place.append(0)
            if part.isdecimal():
                continue
        section = section_at(Endpoint, tuple(place))
        if section is None or part.startswith("x-"):
            return
        known = keys_of(section)
        if part not in known:
            where = ".".join(str(one) for one in place if one != 0)
            raise Cannot(f"there is no key {part} in {where or 'an endpoint'}", likely(key, part, known))
        place.append(part)


def likely(key: str, part: str, known: list[str]) -> str:
    """Which key may be meant: one of that name elsewhere, one that is written alike, or any of those known there."""
    everywhere = [*keys(Endpoint)]
    elsewhere = [one for one in everywhere if one.endswith(f".{key}")]
    close = elsewhere[:1] or [one for one in [closest(key, everywhere)] if one]
    if closest(part, known) is None and not elsewhere:
        return f"known there: {', '.join(known)}"
    return f"did you mean {close[0]}?" if close else f"did you mean {closest(part, known)}?"


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The dotted keys of a section and of all below it."""
    for key in keys_of(model):
        yield f"{prefix}{key}"
        inner = section_at(model, (key,)) or section_at(model, (key, 0))
        if inner is not None:
            yield from keys(inner, f"{prefix}{key}.")
