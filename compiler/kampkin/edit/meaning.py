"""What a file means, short forms written out: a change as it should come out, to hold what came out against it."""

from __future__ import annotations

from typing import Any

from kampkin.errors import Cannot
from kampkin.source import List, Map, Node, Quoted, Text, is_empty, is_null, like
from kampkin.values import json_value

Path = tuple[str | int, ...]
"""From the root of a file to a value: keys, and numbers for the items of lists."""


def at(node: Any, path: Path) -> Node | None:
    """The value at a path; None where there is none."""
    for part in path:
        if isinstance(part, int):
            node = node[part] if isinstance(node, List) and part < len(node) else None
        else:
            node = node.get(part) if isinstance(node, Map) else None
    return node if isinstance(node, Text | Map | List) else None


def exact(node: Any, path: Path) -> Path:
    """The path with numbers for the items of lists; the one entry of a `fallback` needs none."""
    found: list[str | int] = []
    for part in path:
        if isinstance(node, List) and isinstance(part, str) and part.isdecimal():
            part = int(part)
        elif isinstance(node, List) and isinstance(part, str) and node:
            if len(node) > 1:
                raise Cannot(f"{found[-1]} is a list of {len(node)}", f"say which one: {found[-1]}.0.{part}")
            found.append(0)
            node = node[0]
        found.append(part)
        node = at(node, (part,))
    return tuple(found)


def with_value(node: Node | None, path: Path, value: Node) -> Node:
    """The value with another one at a path within it; what is not there yet is made, and null is as nothing."""
    if not path:
        return value
    part, rest = path[0], path[1:]
    if isinstance(part, int):
        if not isinstance(node, List) or part > len(node):
            raise Cannot(f"there is no entry {part} to change", "set the whole list")
        items = List([*node[:part], with_value(at(node, (part,)), rest, value), *node[part + 1 :]])
        items.file, items.start, items.end = node.file, node.start, node.end
        return items
    if node is not None and not isinstance(node, Map) and not is_null(node) and not is_empty(node):
        raise Cannot(f"there is no map that {part} could be in", "set the whole of what stands there")
    made = like(Map(node if isinstance(node, Map) else {}), value)
    made[key_of(part, value)] = with_value(made.get(part), rest, value)
    return made


def without_value(node: Any, path: Path) -> Any:
    """The value without the one at a path within it."""
    part, rest = path[0], path[1:]
    if isinstance(node, List) and isinstance(part, int) and rest and part < len(node):
        return with_value(node, (part,), without_value(node[part], rest))
    if not isinstance(node, Map):
        return node
    return like(
        Map((key, without_value(inner, rest) if key == part else inner) for key, inner in node.items() if rest or key != part),
        node,
    )  # fmt: skip


def is_same(one: Any, other: Any) -> bool:
    """Whether two values mean the same, whatever the order of their keys and the quotes that change nothing."""
    if isinstance(one, Map):
        return (
            isinstance(other, Map) and one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
        )
    if isinstance(one, List):
        return isinstance(other, List) and len(one) == len(other) and all(map(is_same, one, other))
    return isinstance(other, Text) and one == other and kind(one) == kind(other)


def kind(text: Text) -> type:
    """What a text would be as JSON: in quotes a number, a boolean and null are texts."""
    return str if isinstance(text, Quoted) else type(json_value(text))


def key_of(name: str, place: Node) -> Text:
    """A key as if it stood where a value does."""
    key = Text(name)
    key.file, key.start, key.end = place.file, place.start, place.end
    return key
