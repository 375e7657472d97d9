"""A line of the runtime's log: docs/state.md, "Log lines"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kampkin.plan import TargetName

SAID = ("kampkin", "breaker", "request")
"""Fields that are told otherwise, or to nobody at a terminal."""


@dataclass(frozen=True, order=True)
class Line:
    """A line, and where it was written."""

    at_ms: int
    target: TargetName
    place: str
    """The region, or Cloudflare's location where it is known."""
    entry: Mapping[str, Any] = field(compare=False)


def entry_in(text: str) -> Mapping[str, Any] | None:
    """The runtime's object in a line of a log; None where it has none. Lambda writes time, request and level before it."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        found = json.loads(text[start:])
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("kampkin"), str) else None


def in_words(entry: Mapping[str, Any]) -> str:
    """As a person reads it."""
    told = [f"{key} {value}" for key, value in entry.items() if key not in SAID and value not in (None, "", False)]
    return f"{entry.get('breaker') or '-'}: {entry['kampkin']}, {', '.join(told)}"
