"""What one resource gives another, as far as what is live says it: the comparison by itself leaves out what is no text of the
file's, so that a behaviour at an old version, a wider list of tables or another queue would pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from kampkin.drift.compare import differences
from kampkin.preview.declared import Resource

REFERENCE = re.compile(r"\$\{([^}]+)\}")
LOOKED_UP = re.compile(r"get\w+\((?:.*, )?([^,()]+)\)\.id")
STEP = re.compile(r"(\w+)|\[(\d+)\]")

Read = Callable[[str], Mapping[str, Any] | None]
"""What is live of a resource, by its name in the stack."""


def linked(resource: Resource, live: Mapping[str, Any], read: Read) -> Iterator[tuple[str, Any, Any]]:
    """What differs only where another resource gives the value: path, desired and live."""
    known = {path for path, _, _ in differences(resource, live)}
    told = replace(resource, inputs=resolved(resource.inputs, read))
    yield from (one for one in differences(told, live) if one[0] not in known)


def resolved(value: Any, read: Read) -> Any:
    """A value with each reference that is known in its place."""
    if isinstance(value, Mapping):
        return {key: resolved(one, read) for key, one in value.items()}
    if isinstance(value, list):
        return [resolved(one, read) for one in value]
    if not isinstance(value, str):
        return value
    return REFERENCE.sub(lambda found: given(found[1], read) or found[0], value)


def given(reference: str, read: Read) -> str | None:
    """What a reference stands for; None where that is not known. A policy that is looked up has its name."""
    if looked_up := LOOKED_UP.fullmatch(reference):
        return looked_up[1]
    name, _, path = reference.partition(".")
    value: Any = read(name)
    for key, index in STEP.findall(path):
        if isinstance(value, Mapping) and key:
            value = value.get(key)
        elif isinstance(value, list) and index and int(index) < len(value):
            value = value[int(index)]
        else:
            return None
    return value if isinstance(value, str) else None
