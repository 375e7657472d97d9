"""The modules that Kampkin generates: what each holds, and whether it is that alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from kampkin.bundle import module

PARSED = re.compile(r"export default JSON\.parse\((.*)\);\s*$", re.DOTALL)
"""As `kampkin.bundle.module` writes one."""

PLAN, CHANGES = "plan.mjs", "changes.mjs"
NO_CHANGES = module("changes", {})
"""What a preview declares: it asks no git who changed an endpoint last, as an update does."""


def held_by(code: bytes) -> dict[str, Any] | None:
    """The map that a module exports; None where somebody wrote another."""
    found = PARSED.search(code.decode(errors="replace"))
    try:
        value = json.loads(json.loads(found[1])) if found else None
    except (TypeError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def is_just(what: str, code: bytes) -> bool:
    """Whether a module is as Kampkin writes it, with no code of anybody's around what it holds."""
    value = held_by(code)
    return value is not None and module(what, value) == code


def unattributed(modules: Mapping[str, bytes]) -> dict[str, bytes]:
    """The modules without who changed an endpoint last. That is said to people and does nothing, and another clone of the
    repository may know it otherwise; what is more than that stays."""
    code = modules.get(CHANGES)
    if code is None or not is_just("changes", code) or not all(map(is_change, (held_by(code) or {}).values())):
        return dict(modules)
    return {**modules, CHANGES: NO_CHANGES}


def is_change(value: Any) -> bool:
    """Whether it is a commit and its author."""
    return isinstance(value, dict) and value.keys() == {"commit", "author"} and all(map(is_text, value.values()))


def is_text(value: Any) -> bool:
    """Whether it is a text."""
    return isinstance(value, str)
