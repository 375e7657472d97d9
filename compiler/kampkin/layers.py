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

Null = tuple[tuple[str, ...], Text]
"""The keys of the maps around a null, and its own key."""


@cache
def built_in() -> Map:
    """The lowest layer."""
    root = parse(BUILT_IN_NAME, BUILT_IN.encode()).root
    assert root is not None
    return root


def nothing() -> Map:
    """A layer that says nothing."""
    return like(Map(), built_in())


def merge(
    base: Map, over: Map, nulls: list[Null] | None = None, keep: Container[str] = (), path: tuple[str, ...] = ()
) -> Map:
    """`over` on top of `base`.

    A null behind a key of `keep` stays one, for a layer below this one. All nulls are added to `nulls`.
    """
    merged = like(Map(base), over)
    for key, value in over.items():
        below = merged.pop(key, None)
        if is_null(value):
            if key in keep:
                merged[key] = value
            if nulls is not None:
                nulls.append((path, over.key(key)))
        elif isinstance(value, Map):
            lower = below if isinstance(below, Map) else nothing()
            merged[key] = merge(lower, value, nulls, keep, (*path, key))
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
    merged = like(Map(base), root)
    for key in change:
        if key in CHANGEABLE:
            below = merged.pop(key, None)
            value = _over(below if isinstance(below, Map) else nothing(), change[key], CHANGEABLE[key])
            if not is_null(value):
                merged[change.key(key)] = value
    known = root.get("endpoints")
    return changed(merged, "endpoints", lambda all_: only(all_, known) if isinstance(known, Map) else all_)


CHANGEABLE = {"targets": -1, "owners": -1, "safety": -1, "defaults": 0, "profiles": 1, "endpoints": 1}
"""What an environment may change, and how many maps further down the settings of endpoints begin; -1: nowhere."""


def _over(base: Map, change: Node, settings: int) -> Node:
    """An environment's change of a section. Among settings a null that turns one off stays, for the layers of an endpoint."""
    if not isinstance(change, Map) or settings <= 0:
        return merge(base, change, keep=CAN_BE_OFF if settings == 0 else ()) if isinstance(change, Map) else change
    merged = like(Map(base), change)
    for name, value in change.items():
        below = merged.pop(name, None)
        if not is_null(value):
            merged[name] = _over(below if isinstance(below, Map) else nothing(), value, settings - 1)
    return merged


def without_nulls(root: Map, nulls: list[Null] | None = None) -> dict[str, Any]:
    """The document for the models to read: in layers a null is a removal, which is no value of a setting. Those are added
    to `nulls`, with their paths from the root."""
    values = dict(root)
    for key in ("defaults", "profiles", "environments"):
        if isinstance(layers := root.get(key), Map):
            values[key] = merge(nothing(), layers, nulls, path=(key,))
            if key != "defaults":
                values[key] |= {name: layer for name, layer in layers.items() if is_null(layer)}
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
    return changed(root, "environments", lambda all_: _each(all_, _environment))


def _environment(node: Node) -> Node:
    """Lists replace, so an environment's list of targets is these, and no others."""
    if not isinstance(node, Map):
        return node
    return expand(changed(node, "targets", _those_alone))


def _settings(node: Node) -> Node:
    if not isinstance(node, Map):
        return node
    node = changed(node, "breaker", lambda breaker: changed(breaker, "cooldown", _cooldown))
    node = changed(node, "headers", lambda headers: changed(headers, "request", _in_lower_case))
    return changed(node, "fallback", _fallback)


def _in_lower_case(node: Node) -> Node:
    """Headers by one spelling, so that layers meet; a header that stands twice is left for the models to tell."""
    if not isinstance(node, Map) or len({key.lower() for key in node}) < len(node):
        return node
    if all(key.islower() for key in node):
        return node
    return like(Map((_at(node.key(key), key.lower()), value) for key, value in node.items()), node)


def _endpoint(node: Node) -> Node:
    return _settings(_map(node, origin=node)) if isinstance(node, Text) and _says_something(node) else _settings(node)


def _cooldown(node: Node) -> Node:
    """One duration is a fixed cooldown: it never grows."""
    if not isinstance(node, Text) or not _says_something(node):
        return node
    return _map(node, initial=node, factor=_at(node, "1"), max=node)


def _fallback(node: Node) -> Node:
    """One entry is a list of it. A list replaces a list, so nothing in it is ever merged."""
    if isinstance(node, List) or not _says_something(node):
        return node
    entries = List([node])
    entries.file, entries.start, entries.end = node.file, node.start, node.end
    return entries


def _targets(node: Node) -> Node:
    """A list of names is a map of them; what is no such list is for the models to tell."""
    if not isinstance(node, List) or not _are_names(node):
        return node
    return like(Map((name, like(Map(), name)) for name in node), node)


def _those_alone(node: Node) -> Node:
    if not isinstance(node, List) or not _are_names(node):
        return node
    others = {_at(node, name): _at(node, "null") for name in STORES if name not in node}
    return like(Map({name: like(Map(), name) for name in node} | others), node)


def _are_names(node: List) -> bool:
    return all(isinstance(one, Text) and _says_something(one) for one in node) and len(set(node)) == len(node)


def _at(place: Node, text: str) -> Text:
    """A text that stands for what is written at a place."""
    made = Text(text)
    made.file, made.start, made.end = place.file, place.start, place.end
    return made


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
    return like(Map((_at(place, key), value) for key, value in entries.items()), place)


def _says_something(node: Node) -> bool:
    return not is_null(node) and not is_empty(node)
