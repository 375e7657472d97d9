"""What a stack's program declares, as data: resources in the order of the tree that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Options:
    """What the engine is told about a resource beside its inputs."""

    protect: bool = False
    aliases: tuple[str, ...] = ()
    """What it was before, each as `type::name`."""
    ignore_changes: tuple[str, ...] = ()
    """Paths of inputs."""
    depends_on: tuple[str, ...] = ()
    """Names of resources that it comes after, those left out whose outputs it uses."""
    provider: str | None = None
    """The provider's name in the stack; None: the default one."""


@dataclass(frozen=True)
class Resource:
    """One resource. Inputs are JSON values as `kampkin.preview.shown` has them: no secrets and no contents."""

    type: str
    name: str
    """In the stack; what it is called in the cloud is an input."""
    parent: str | None = None
    """The parent's name; None: the stack."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    options: Options = Options()

    def to_json(self) -> dict[str, Any]:
        """For programs; what is left out of the options holds by itself."""
        said = {
            "protect": self.options.protect,
            "aliases": list(self.options.aliases),
            "ignoreChanges": list(self.options.ignore_changes),
            "dependsOn": list(self.options.depends_on),
            "provider": self.options.provider,
        }
        return {
            "type": self.type,
            "name": self.name,
            "parent": self.parent,
            "inputs": dict(self.inputs),
            "options": {key: value for key, value in said.items() if value},
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Resource:
        """The inverse."""
        said = value["options"]
        options = Options(
            protect=said.get("protect", False),
            aliases=tuple(said.get("aliases", ())),
            ignore_changes=tuple(said.get("ignoreChanges", ())),
            depends_on=tuple(said.get("dependsOn", ())),
            provider=said.get("provider"),
        )
        return Resource(value["type"], value["name"], value["parent"], value["inputs"], options)


def in_order(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """The resources as a tree is read: children by name, right behind their parent. One whose parent is not among them is
    the stack's own."""
    found = sorted(resources, key=lambda one: (one.name, one.type))
    names = {one.name for one in found}

    def below(parent: str | None) -> Iterator[Resource]:
        for one in found:
            if (one.parent if one.parent in names else None) == parent:
                yield one
                yield from below(one.name)

    return tuple(below(None))


def depths(resources: Iterable[Resource]) -> dict[str, int]:
    """How deep each stands in the tree, by name. Parents come first, as `in_order` has them."""
    found: dict[str, int] = {}
    for one in resources:
        found[one.name] = found[one.parent] + 1 if one.parent in found else 0
    return found
