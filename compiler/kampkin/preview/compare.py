"""What would become of resources: what was declared before against what is declared now. A comparison without an engine: it
knows neither what a provider fills in nor what is live."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kampkin.preview.declared import Resource
from kampkin.preview.forcing import FORCING, RENEWED
from kampkin.preview.shown import joined, without

NOTHING: Mapping[str, str] = {}
ALL = frozenset({"*"})
TOP = re.compile(r"[^.\[]*")
"""The input in which a path begins."""

Fate = Literal["created", "updated", "replaced", "deleted"]


@dataclass(frozen=True)
class PropertyChange:
    """One property, from and to, as JSON. None: it is not there."""

    path: str
    """As Pulumi writes it: `files["plan.mjs"].contentBase64`."""
    before: Any
    after: Any
    forces: bool = False
    """Whether the resource is made anew because of it."""

    def to_json(self) -> dict[str, Any]:
        """For programs; a side that is not there is left out."""
        sides = {"before": self.before, "after": self.after}
        said = {side: value for side, value in sides.items() if value is not None}
        return {"path": self.path, **said, "forces": self.forces}


@dataclass(frozen=True)
class ResourceChange:
    """What would become of one resource."""

    fate: Fate
    type: str
    name: str
    properties: tuple[PropertyChange, ...] = ()
    """Sorted by path; none where it is created or deleted."""
    former: str | None = None
    """Its name before, where it has another now and is the same resource all the same."""
    protected: bool = False
    """Whether it holds on: an update that would delete it, or make it anew, is refused."""
    drift: bool = False
    """Whether somebody changed it from outside, rather than the file."""

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "fate": self.fate,
            "type": self.type,
            "name": self.name,
            "former": self.former,
            "protected": self.protected,
            "drift": self.drift,
            "properties": [one.to_json() for one in self.properties],
        }


def changed(before: Sequence[Resource], after: Sequence[Resource]) -> tuple[ResourceChange, ...]:
    """What would become of each resource that would not stay as it is: in the order of the tree after, then what is deleted.

    The same resource has the same type and name, or has the other's for an alias. What uses another's output changes with
    it, where that output would be a new one.
    """
    known = {f"{one.type}::{one.name}": one for one in before}
    pairs = [(former_of(one, known), one) for one in after]
    renamed = {f"${{{old.name}.": f"${{{new.name}." for old, new in pairs if old and old.name != new.name}
    renewed: dict[str, frozenset[str]] = {}
    while True:
        found = {new.name: properties_of(told(old, renamed), new, renewed) for old, new in pairs if old}
        now = {new.name: renewed_by(new, found[new.name]) for old, new in pairs if old}
        if now == renewed:
            break
        renewed = now
    kept = {id(old) for old, _ in pairs if old}
    gone = [one for one in before if id(one) not in kept]
    return (
        *(change for old, new in pairs if (change := change_of(old, new, found.get(new.name, ())))),
        *(ResourceChange("deleted", one.type, one.name, protected=one.options.protect) for one in gone),
    )


def former_of(resource: Resource, known: dict[str, Resource]) -> Resource | None:
    """What it was before."""
    names = (f"{resource.type}::{resource.name}", *resource.options.aliases)
    return next((known[name] for name in names if name in known), None)


def properties_of(
    old: Mapping[str, Any], new: Resource, renewed: Mapping[str, frozenset[str]]
) -> tuple[PropertyChange, ...]:
    """What differs in one resource, by itself or through the outputs that it uses."""
    forcing = FORCING.get(new.type, frozenset())
    own = {path: (was, is_) for path, was, is_ in differences("", old, told(new))}
    through = {path: (text, f"{text} (a new one)") for path, text in texts("", new.inputs) if uses(text, renewed)}
    return tuple(
        PropertyChange(path, was, is_, forces=TOP.match(path)[0] in forcing)  # type: ignore[index]  # it matches any path
        for path, (was, is_) in sorted({**through, **own}.items())
        if not ignored(path, new.options.ignore_changes)
    )


def renewed_by(resource: Resource, properties: Iterable[PropertyChange]) -> frozenset[str]:
    """The outputs of a resource that would be others; `*` is all."""
    properties = tuple(properties)
    if any(one.forces for one in properties):
        return ALL
    return RENEWED.get(resource.type, frozenset()) if properties else frozenset()


def uses(text: str, renewed: Mapping[str, frozenset[str]]) -> bool:
    """Whether a text refers to an output that would be another."""
    for name, outputs in renewed.items():
        for reference in re.finditer(rf"\$\{{{re.escape(name)}\.(\w+)", text) if outputs else ():
            if outputs == ALL or reference[1] in outputs:
                return True
    return False


def change_of(old: Resource | None, new: Resource, properties: tuple[PropertyChange, ...]) -> ResourceChange | None:
    """What would become of one; None where it stays."""
    if old is None:
        return ResourceChange("created", new.type, new.name, protected=new.options.protect)
    if not properties and old.name == new.name:
        return None
    return ResourceChange(
        "replaced" if any(one.forces for one in properties) else "updated",
        new.type,
        new.name,
        properties,
        former=old.name if old.name != new.name else None,
        protected=old.options.protect,
    )


def told(resource: Resource, renamed: Mapping[str, str] = NOTHING) -> dict[str, Any]:
    """What is compared: the inputs, with references by the names of today, and whether it is protected."""
    inputs: dict[str, Any] = without(resource.inputs, renamed)
    return inputs | ({"(protect)": True} if resource.options.protect else {})


def ignored(path: str, ignoring: Iterable[str]) -> bool:
    """Whether a change there is told to be none."""
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in ignoring)


def differences(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Where two values differ, as deep as they can be told apart. A text that is a JSON document, as a policy is, is one."""
    if before == after:
        return
    was, is_ = document_of(before), document_of(after)
    if isinstance(was, dict) and isinstance(is_, dict):
        for key in sorted({*was, *is_}):
            yield from differences(joined(path, key), was.get(key), is_.get(key))
    elif isinstance(was, list) and isinstance(is_, list):
        for at in range(max(len(was), len(is_))):
            yield from differences(f"{path}[{at}]", *(side[at] if at < len(side) else None for side in (was, is_)))
    else:
        yield path, before, after


def texts(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every text within a value, with its path."""
    document = document_of(value)
    if isinstance(document, Mapping):
        for key, one in document.items():
            yield from texts(joined(path, key), one)
    elif isinstance(document, list):
        for at, one in enumerate(document):
            yield from texts(f"{path}[{at}]", one)
    elif isinstance(document, str):
        yield path, document


def document_of(value: Any) -> Any:
    """The document that a text is."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
