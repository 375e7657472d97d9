"""Holds a tree of nodes against the models: which keys there are, and whether a map, a list or a text stands there.

What fits is handed on as plain values for the models to read; what does not is a finding, and left out. Scalars stay
text: what they mean is the models' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator

from kampkin.config import Json, Section
from kampkin.diagnostics import Diagnostic, error
from kampkin.source import Mapping, Node, Scalar, Sequence

CORE_INT = re.compile(r"[-+]?[0-9]+")
CORE_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
CORE_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    spelling: value for value in (True, False) for spelling in (str(value), str(value).lower(), str(value).upper())
}
NOTHING = object()
"""Stands for a value that was left out because a finding says so."""


class Shape:
    """One walk over a document; `findings` holds what did not fit."""

    def __init__(self) -> None:
        self.findings: list[Diagnostic] = []

    def take(self, node: Node, model: type[BaseModel]) -> dict[str, Any]:
        """The node as values for the model."""
        value = self._section(node, model) if isinstance(node, Mapping) else None
        return value or {}

    def _value(self, node: Node, annotation: Any) -> Any:
        """The node as a value for the annotation, or NOTHING."""
        if isinstance(node, Scalar) and node.is_null:
            return None
        kind, marks = _unwrap(annotation)
        if any(mark is Json for mark in marks):
            return self._json(node)
        if any(isinstance(mark, BeforeValidator) for mark in marks):
            return node.text if isinstance(node, Scalar) else self._misfit(node, "one value")
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return self._section(node, kind) if isinstance(node, Mapping) else self._misfit(node, "a map", kind)
        container = get_origin(kind)
        if container is dict:
            return self._map(node, get_args(kind)[1])
        if container is tuple:
            return self._list(node, get_args(kind)[0])
        return node.text if isinstance(node, Scalar) else self._misfit(node, "one value")

    def _section(self, node: Mapping, model: type[BaseModel]) -> dict[str, Any]:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        values = {}
        for key, child in node:
            if key.text.startswith("x-"):
                continue
            if field := fields.get(key.text):
                if self._is_empty(key, child):
                    continue
                annotation = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
                value = self._value(child, annotation)
                if value is not NOTHING:
                    values[key.text] = value
            else:
                self.findings.append(_unknown(key, list(fields), model))
        return values

    def _map(self, node: Node, annotation: Any) -> Any:
        if not isinstance(node, Mapping):
            return self._misfit(node, "a map")
        values = {}
        for key, child in node:
            value = NOTHING if self._is_empty(key, child) else self._value(child, annotation)
            if value is not NOTHING and (value is not None or _takes_null(annotation)):
                values[key.text] = value
        return values

    def _list(self, node: Node, annotation: Any) -> Any:
        if not isinstance(node, Sequence):
            hint = f"write [{node.text}]" if isinstance(node, Scalar) and node.text else None
            return self._misfit(node, "a list", hint=hint)
        values = [self._value(item, annotation) for item in node.items]
        kept = [value for value in values if value is not NOTHING]
        return kept if kept or not values else NOTHING

    def _json(self, node: Node) -> Any:
        if isinstance(node, Sequence):
            return [self._json(item) for item in node.items]
        if isinstance(node, Mapping):
            return {key.text: self._json(value) for key, value in node}
        if not node.plain:
            return node.text
        if node.text in CORE_WORDS:
            return CORE_WORDS[node.text]
        if CORE_INT.fullmatch(node.text) and len(node.text) <= 4000:
            return int(node.text)
        if CORE_FLOAT.fullmatch(node.text) and abs(number := float(node.text)) != float("inf"):
            return number
        return node.text

    def _is_empty(self, key: Scalar, child: Node) -> bool:
        if isinstance(child, Scalar) and child.is_empty:
            self.findings.append(
                error(
                    "empty-value", key.span, f"nothing stands behind {key.text}", "give it a value, or remove the line"
                )
            )
            return True
        return False

    def _misfit(self, node: Node, expected: str, kind: type[BaseModel] | None = None, hint: str | None = None) -> Any:
        found = "a list" if isinstance(node, Sequence) else "a map" if isinstance(node, Mapping) else repr(node.text)
        if kind and not hint:
            hint = f"with the keys {', '.join(field.alias or name for name, field in kind.model_fields.items())}"
        self.findings.append(error("wrong-type", node.span, f"expected {expected}, not {found}", hint))
        return NOTHING


def _unwrap(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The annotation without None and without marks, and its marks."""
    marks: tuple[Any, ...] = ()
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            marks += tuple(more)
        elif origin in (Union, UnionType):
            annotation = next(part for part in get_args(annotation) if part is not NoneType)
        else:
            return annotation, marks


def _takes_null(annotation: Any) -> bool:
    """Whether null is a value, or for the value's own parser to refuse; any other null has been told already."""
    return NoneType in get_args(annotation) or any(isinstance(mark, BeforeValidator) for mark in _unwrap(annotation)[1])


def _unknown(key: Scalar, known: list[str], model: type[BaseModel]) -> Diagnostic:
    later = model.later if issubclass(model, Section) else frozenset()
    if key.text in later:
        message = f"{key.text} is part of the language, but this version does not honour it yet"
        return error("not-yet", key.span, message, "remove it; CHANGELOG.md says when it comes")
    close = get_close_matches(key.text, known, 1, 0.6)
    hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    return error("unknown-key", key.span, f"there is no key {key.text}", hint)


def locate(node: Node, loc: tuple[int | str, ...], at: str | None = None) -> Iterator[Scalar | Node]:
    """The nodes on the way to a model's error, keys before their values; the last is the place."""
    yield node
    for part in (*loc, *(at.split(".") if at else ())):
        if isinstance(node, Mapping) and isinstance(part, str) and (child := node.get(part.rstrip("_"))):
            key = node.key(part.rstrip("_"))
            assert key is not None
            yield key
            node = child
            yield node
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            yield node
