"""A row of a provider's table: a resource type, and how its cloud is asked for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi._types import resource_py_to_pulumi_names
from pulumi.runtime.rpc import _special_sig_key

Json = dict[str, Any]


SIGNATURE = _special_sig_key
"""The key by which an archive is known on the wire."""


class Refused(Exception):
    """The cloud said no; its words."""


@dataclass(frozen=True)
class Kind:
    """A resource type.

    Which inputs there are and which are required is read from `args`, the provider's own class. The calls take the
    cloud's client first; live properties go by the provider's names, and a call raises `Refused` with the cloud's words.
    """

    resource: type
    args: type
    create: Callable[[Any, Json], str]
    """From inputs; the id."""
    read: Callable[[Any, str, Json], Json | None]
    """From id and inputs: the live properties, None where the resource is gone."""
    update: Callable[[Any, str, Json, Json], None]
    """From id, the inputs before and the inputs now."""
    delete: Callable[[Any, str, Json], None]
    """From id and the last known properties."""
    replaces: frozenset[str] = frozenset()
    """Inputs that no update can change."""
    unread: frozenset[str] = frozenset()
    """Inputs that the provider cannot, or does not, read back: a change of theirs from outside is not seen."""
    fills: frozenset[str] = frozenset()
    """Properties that the cloud fills in: unknown until it has."""
    renews: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Properties that are new, and so unknown beforehand, whenever one of these inputs changes."""
    keeps: frozenset[str] = frozenset()
    """Inputs that stay what they are where the program says nothing of them any more: Optional and Computed, in the schema."""
    names: str | None = None
    """The input that gets a name from the resource's own where the program gives none."""

    def __post_init__(self) -> None:
        known = {*resource_py_to_pulumi_names(self.resource).values(), "id"}
        stray = (self.fills | self.replaces | self.unread | self.keeps | {*self.renews}) - known
        assert not stray, f"{self.resource.__name__} has no {', '.join(sorted(stray))}"


@dataclass(frozen=True)
class Provider:
    """A cloud's table, by type token, and its look-ups."""

    package: str
    """The provider's own package: whose version this one stands in for."""
    connect: Callable[[Json], Any]
    """A client, from the provider's own configuration."""
    kinds: Mapping[str, Kind]
    invokes: Mapping[str, Callable[[Any, Json], Json]]
    unusable: Callable[[Json], str] = lambda config: ""
    """Why its configuration cannot be used; empty where it can."""


def project(live: Any, declared: Any) -> Any:
    """The live value in the shape of the declared one: only the keys that were declared, and a list in the declared
    order where it holds the same. What the cloud adds of its own accord is no drift."""
    if isinstance(live, dict) and isinstance(declared, dict):
        return {key: project(live[key], declared[key]) for key in declared if key in live}
    if isinstance(live, list) and isinstance(declared, list) and len(live) == len(declared):
        rest, found = list(live), []
        for one in declared:
            match = next((other for other in rest if project(other, one) == one), None)
            if match is None:
                return [project(*pair) for pair in zip(live, declared, strict=True)]
            rest.remove(match)
            found.append(one)
        return found
    return live


def differences(old: Any, new: Any, path: str = "") -> dict[str, str]:
    """Where two values differ, deepest first: property path to `add`, `delete` or `update`."""
    if old == new:
        return {}
    if isinstance(old, dict) and isinstance(new, dict) and SIGNATURE not in new:
        found: dict[str, str] = {}
        for key in sorted({*old, *new}):
            where = f'{path}["{key}"]' if "." in key else f"{path}.{key}" if path else key
            if key not in old or key not in new:
                found[where] = "add" if key in new else "delete"
            else:
                found |= differences(old[key], new[key], where)
        return found
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return {
            where: how
            for index, pair in enumerate(zip(old, new, strict=True))
            for where, how in differences(*pair, f"{path}[{index}]").items()
        }
    return {path: "update"}
