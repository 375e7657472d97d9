"""What would become of resources: what was declared before against what is declared now. A comparison without an engine: it
knows neither what a provider fills in nor what is live."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kampkin.preview.declared import Resource
from kampkin.preview.forcing import FORCING
from kampkin.preview.shown import joined

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

    The same resource has the same type and name, or has the other's for an alias.
    """
    known = {f"{one.type}::{one.name}": one for one in before}
    pairs = [(former_of(one, known), one) for one in after]
    anew = made_anew(pairs)
    found = [change for old, new in pairs if (change := change_of(old, new, anew))]
    kept = {id(old) for old, _ in pairs if old}
    gone = [one for one in before if id(one) not in kept]
    deleted = [ResourceChange("deleted", one.type, one.name, protected=one.options.protect) for one in gone]
    return (*found, *deleted)


def former_of(resource: Resource, known: dict[str, Resource]) -> Resource | None:
    """What it was before."""
    names = (f"{resource.type}::{resource.name}", *resource.options.aliases)
    return next((known[name] for name in names if name in known), None)


def made_anew(pairs: Iterable[tuple[Resource | None, Resource]]) -> frozenset[str]:
    """The names of the resources that would be made anew: for an input of their own, or as one refers to another such."""
    both = [(old, new) for old, new in pairs if old]
    found = {new.name for old, new in both if forced_by(old, new)}
    while more := {new.name for _, new in both if new.name not in found and forced_by_others(new, found)}:
        found |= more
    return frozenset(found)


def forced_by(old: Resource, new: Resource) -> list[str]:
    """The inputs because of which it would be made anew."""
    forcing = FORCING.get(new.type, frozenset()) - set(new.options.ignore_changes)
    return sorted(key for key in forcing if old.inputs.get(key) != new.inputs.get(key))


def forced_by_others(resource: Resource, anew: Iterable[str]) -> list[str]:
    """The inputs because of which it would be made anew along with another."""
    marks = [f"${{{name}." for name in anew]
    forcing = FORCING.get(resource.type, frozenset()) - set(resource.options.ignore_changes)
    return sorted(key for key in forcing if any(mark in str(resource.inputs.get(key, "")) for mark in marks))


def change_of(old: Resource | None, new: Resource, anew: frozenset[str]) -> ResourceChange | None:
    """What would become of one; None where it stays."""
    if old is None:
        return ResourceChange("created", new.type, new.name, protected=new.options.protect)
    forcing = forced_by(old, new)
    properties = tuple(
        PropertyChange(path, was, is_, forces=path in forcing)
        for path, was, is_ in differences("", told(old), told(new))
        if not ignored(path, new.options.ignore_changes)
    )
    if new.name in anew:
        via = forced_by_others(new, anew - {new.name})
        properties += tuple(
            PropertyChange(key, new.inputs[key], new.inputs[key], forces=True) for key in via if key not in forcing
        )
    if not properties and old.name == new.name:
        return None
    return ResourceChange(
        "replaced" if new.name in anew else "updated",
        new.type,
        new.name,
        tuple(sorted(properties, key=lambda one: one.path)),
        former=old.name if old.name != new.name else None,
        protected=old.options.protect,
    )


def told(resource: Resource) -> dict[str, Any]:
    """What is compared: the inputs, and whether it is protected."""
    return {**resource.inputs, **({"(protect)": True} if resource.options.protect else {})}


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


def document_of(value: Any) -> Any:
    """The document that a text is."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
