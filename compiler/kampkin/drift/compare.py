"""Desired and live, made alike by the same code, and where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kampkin.preview.compare import document_of
from kampkin.preview.declared import Resource
from kampkin.preview.shown import SECRET, joined, shown

REFERENCE = "${"
"""How a desired value begins that another resource gives."""


def differences(resource: Resource, live: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Path, desired and live of everything that was declared and is other. What the cloud has beyond that is its own; lists are
    held against each other whatever their order; what is a secret, or another resource gives, is not compared."""
    ignored = set(resource.options.ignore_changes)
    desired = {key: value for key, value in resource.inputs.items() if key not in ignored}
    yield from within(desired, shown(dict(live)), "")


def within(desired: Any, live: Any, path: str, is_whole: bool = False) -> Iterator[tuple[str, Any, Any]]:
    """Where two values differ, as deep as they can be told apart. What is whole has nothing of the cloud's own: a text that is
    a JSON document, where another principal in a policy was put by somebody."""
    said, is_ = document_of(desired), document_of(live)
    if said is not desired and is_ is not live:
        yield from within(said, is_, path, is_whole=True)
        return
    if is_given(desired) or desired == live or (is_nothing(desired) and is_nothing(live)):
        return
    if isinstance(desired, Mapping) and isinstance(live, Mapping):
        more = [key for key in live if key not in desired] if is_whole else []
        for key in (*desired, *more):
            yield from within(desired.get(key), live.get(key), joined(path, key), is_whole)
    elif isinstance(desired, list) and isinstance(live, list):
        yield from of_lists(desired, live, path, is_whole)
    else:
        yield path, desired, live


def of_lists(desired: list[Any], live: list[Any], path: str, is_whole: bool = False) -> Iterator[tuple[str, Any, Any]]:
    """Each desired one against the live one that is it, else against those that are nobody's."""
    rest = list(live)
    missing = []
    for at, one in enumerate(desired):
        match = next((other for other in rest if not any(within(one, other, "", is_whole))), None)
        if match is None:
            missing.append((at, one))
        else:
            rest.remove(match)
    for (at, one), other in zip(missing, rest, strict=False):
        yield from within(one, other, f"{path}[{at}]", is_whole)
    for at, one in missing[len(rest) :]:
        yield f"{path}[{at}]", one, None
    for other in rest[len(missing) :]:
        yield f"{path}[]", None, other


def undeclared(
    resting: Mapping[str, Any], declared: Mapping[str, Any], live: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    """Path, resting and live value of what nobody declared and somebody set."""
    yield from within(silent(resting, declared), live, "")


def silent(resting: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Of what rests that which is not declared, at any depth."""
    found = {}
    for key, value in resting.items():
        said = declared.get(key)
        if isinstance(value, Mapping) and isinstance(said, Mapping):
            found[key] = silent(value, said)
        elif said is None:
            found[key] = value
    return found


def is_given(value: Any) -> bool:
    """Whether something else gives it: no text of the file's."""
    return value == SECRET or (isinstance(value, str) and (REFERENCE in value or is_placeholder(value)))


def is_placeholder(value: str) -> bool:
    """Whether it stands for a setting that this machine does not have."""
    return value.startswith("<") and value.endswith(">")


def is_nothing(value: Any) -> bool:
    """What providers do not tell apart: a block in which all is off is none."""
    if isinstance(value, Mapping):
        return all(map(is_nothing, value.values()))
    return value in (None, "", False, [])


def texts(value: Any) -> Iterator[str]:
    """Every text within a value."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str):
        yield value
