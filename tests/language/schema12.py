"""A file as an editor judges it: read by the core schema of YAML 1.2, held against the published JSON Schema."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from kampkin.schema import config_schema
from kampkin.source import Map, Quoted, parse

CORE: tuple[tuple[str, Any], ...] = (
    (r"null|Null|NULL|~|", lambda text: None),
    (r"true|True|TRUE", lambda text: True),
    (r"false|False|FALSE", lambda text: False),
    (r"[-+]?[0-9]+", int),
    (r"0o[0-7]+", lambda text: int(text[2:], 8)),
    (r"0x[0-9a-fA-F]+", lambda text: int(text[2:], 16)),
    (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", float),
    (r"[-+]?(\.inf|\.Inf|\.INF)", lambda text: float(text.replace(".", ""))),
    (r"\.nan|\.NaN|\.NAN", lambda text: float("nan")),
)
"""What a plain text is: https://yaml.org/spec/1.2.2/#1032-tag-resolution."""


@cache
def validator() -> Draft202012Validator:
    """The published schema. No format is looked at: editors differ in which they know."""
    return Draft202012Validator(config_schema())


def accepts(text: str) -> bool:
    """Whether an editor would let the file pass."""
    root = parse("kampkin.yaml", text.encode()).root
    return root is not None and validator().is_valid(value(root))


def value(node: Any) -> Any:
    """What a program gets that reads YAML 1.2; keys of JSON are texts."""
    if isinstance(node, Map):
        return {str(key): value(inner) for key, inner in node.items()}
    if isinstance(node, list):
        return [value(item) for item in node]
    if isinstance(node, Quoted):
        return str(node)
    return next((read(str(node)) for form, read in CORE if re.fullmatch(form, node)), str(node))
