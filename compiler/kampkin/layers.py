"""Short forms, and the layers that make an endpoint: built-in < defaults < profile < endpoint, an environment over the
whole file.

Maps merge, lists replace, null removes (RFC 7396). Every value keeps the place where it was written, and what an upper
layer does not touch is the same object in the result.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import cache
from typing import Any

from kampkin.config import BUILT_IN, BUILT_IN_NAME, STORES
from kampkin.source import List, Map, Node, Text, is_empty, is_null, like, parse

CAN_BE_OFF = frozenset(
    {
        "network_failures",
        "service_failures",
        "failure_ratio",
        "consecutive_failures",
        "slow_ratio",
        "slow_after",
        "ramp",
        "failure_statuses",
        "override",
        "methods",
        "idle_timeout",
        "cors",
        "headers",
        "fallback",
        "owner",
    }
)
"""Settings that null turns off; over any other it is refused."""

NAMES_OF_A_TEAMS = frozenset({"request"})
"""Maps of layers whose keys are a team's own, such as the headers of a request: null removes any of them."""


@cache
def built_in() -> Map:
    """The lowest layer."""
    root = parse(BUILT_IN_NAME, BUILT_IN.encode()).root
    assert root is not None
    return root


def nothing() -> Map:
    """A layer that says nothing."""
    return like(Map(), built_in())


def merge(base: Map, over: Map, refused: list[Text] | None = None, keep: Container[str] = ()) -> Map:
    """`over` on top of `base`.

    A null behind a key of `keep` stays one, for a layer below this one. The keys of nulls over settings that need a
    value are added to `refused`.
    """
    merged = like(Map(base), over)
    for key, value in over.items():
        below = merged.pop(key, None)
        if is_null(value):
            if key in keep:
                merged[key] = value
            if refused is not None and key not in CAN_BE_OFF and key[:2] != "x-":
                refused.append(over.key(key))
        elif isinstance(value, Map):
            lower = below if isinstance(below, Map) else nothing()
            merged[key] = merge(lower, value, None if key in NAMES_OF_A_TEAMS else refused, keep)
        else:
            merged[key] = value
    return merged


def in_environment(root: Map, name: str | None) -> Map:
    """The document as the environment has it; None is none. An environment adds no endpoint."""
    base = without(root, "environments")
    if "targets" not in base:
        base = _with_both_targets(base)
    environments = root.get("environments")
    change = environments.get(name) if isinstance(environments, Map) and name is not None else None
    if not isinstance(change, Map):
        return base
    merged = like(merge(base, change, keep=CAN_BE_OFF), root)
    known = root.get("endpoints")
    return changed(merged, "endpoints", lambda all_: only(all_, known) if isinstance(known, Map) else all_)


def without_nulls(root: Map) -> dict[str, Any]:
    """The document for the models to read: in layers a null is a removal, which is no value of a setting."""
    values = dict(root)
    for key in ("defaults", "profiles", "environments"):
        if isinstance(layers := root.get(key), Map):
            values[key] = merge(nothing(), layers)
    return values


def _with_both_targets(root: Map) -> Map:
    """The document that says what leaving `targets` out means."""
    both = _map(root, **{name: like(Map(), root) for name in STORES})
    return like(Map({**root, **_map(root, targets=both)}), root)


def expand(root: Map) -> Map:
    """A document with its short forms written out; environments too."""
    root = changed(root, "targets", _targets)
    root = changed(root, "defaults", _settings)
    root = changed(root, "profiles", lambda profiles: _each(profiles, _settings))
    root = changed(root, "endpoints", lambda endpoints: _each(endpoints, _endpoint))
    return changed(
        root, "environments", lambda all_: _each(all_, lambda one: expand(one) if isinstance(one, Map) else one)
    )


def _settings(node: Node) -> Node:
    if not isinstance(node, Map):
        return node
    node = changed(node, "breaker", lambda breaker: changed(breaker, "cooldown", _cooldown))
    return changed(node, "fallback", _fallback)


def _endpoint(node: Node) -> Node:
    return _settings(_map(node, origin=node)) if isinstance(node, Text) and _says_something(node) else _settings(node)


def _cooldown(node: Node) -> Node:
    """One duration is a fixed cooldown: it never grows."""
    if not isinstance(node, Text) or not _says_something(node):
        return node
    once = Text("1")
    once.file, once.start, once.end = node.file, node.start, node.end
    return _map(node, initial=node, factor=once, max=node)


def _fallback(node: Node) -> Node:
    """One entry is a list of it. A list replaces a list, so nothing in it is ever merged."""
    if isinstance(node, List) or not _says_something(node):
        return node
    entries = List([node])
    entries.file, entries.start, entries.end = node.file, node.start, node.end
    return entries


def _targets(node: Node) -> Node:
    if not isinstance(node, List):
        return node
    return like(Map((name, like(Map(), name)) for name in node if isinstance(name, Text)), node)


def changed(node: Node, key: str, change: Callable[[Node], Node]) -> Map:
    """The map with one value changed; itself where that changes nothing, and where it is none."""
    if not isinstance(node, Map) or key not in node:
        return node  # type: ignore[return-value]  # what is no map is told by the models
    old = node[key]
    new = change(old)
    if new is old:
        return node
    made = like(Map(node), node)
    made[key] = new
    return made


def without(node: Map, key: str) -> Map:
    """The map without a key."""
    return like(Map((name, value) for name, value in node.items() if name != key), node)


def only(node: Node, known: Container[str]) -> Node:
    """The map with the known keys alone."""
    if not isinstance(node, Map):
        return node
    return like(Map((name, value) for name, value in node.items() if name in known), node)


def _each(node: Node, change: Callable[[Node], Node]) -> Node:
    if not isinstance(node, Map):
        return node
    return like(Map((key, change(value)) for key, value in node.items()), node)


def _map(place: Node, **entries: Node) -> Map:
    made = Map()
    for key, value in entries.items():
        name = Text(key)
        name.file, name.start, name.end = place.file, place.start, place.end
        made[name] = value
    return like(made, place)


def _says_something(node: Node) -> bool:
    return not is_null(node) and not is_empty(node)
