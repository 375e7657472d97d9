"""Short forms, and the layers that make an endpoint: built-in < defaults < endpoint, an environment over the whole file.

Maps merge, lists replace, null removes (RFC 7396). Every value keeps the place where it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from kampkin.config import BUILT_IN
from kampkin.diagnostics import Diagnostic, Span, error
from kampkin.source import Mapping, Node, Scalar, Sequence, parse

CAN_BE_OFF = {
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
"""Settings that null turns off; over any other it is refused."""

BUILT_IN_NAME = "built-in"
"""The file that the spans of built-in values name."""


def built_in() -> Mapping:
    """The lowest layer."""
    root = parse(BUILT_IN_NAME, BUILT_IN.encode()).root
    assert root is not None
    return root


def expand(root: Mapping) -> Mapping:
    """The document with its short forms written out; environments too."""
    root = _change(root, "targets", _targets)
    root = _change(root, "defaults", _settings)
    root = _change(root, "endpoints", _endpoints)
    return _change(
        root, "environments", lambda all_: _each(all_, lambda one: expand(one) if isinstance(one, Mapping) else one)
    )


def merge(base: Node, over: Node, keep: Container[str] = ()) -> Node:
    """`over` on top of `base`. A null behind a key of `keep` stays one, for a layer below this one."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    entries = {key.text: (key, value) for key, value in base}
    for key, value in over:
        if isinstance(value, Scalar) and value.is_null and key.text not in keep:
            entries.pop(key.text, None)
        else:
            below = entries[key.text][1] if key.text in entries else Mapping((), value.span)
            entries[key.text] = (key, merge(below, value, keep))
    return Mapping(tuple(entries.values()), over.span)


def in_environment(root: Mapping, name: str | None) -> Mapping:
    """The document as the environment has it; None is none. An environment adds no endpoint."""
    base = _without(root, "environments")
    environments = root.get("environments")
    change = environments.get(name or "") if isinstance(environments, Mapping) else None
    if not isinstance(change, Mapping):
        return base
    merged = _change(
        merge(base, change, CAN_BE_OFF), "endpoints", lambda endpoints: _only(endpoints, root.get("endpoints"))
    )
    return Mapping(merged.entries, root.span)


def endpoint_of(root: Mapping, endpoint: Mapping) -> Mapping:
    """The endpoint with what holds where it says nothing."""
    layer: Node = built_in()
    defaults = root.get("defaults")
    for over in (defaults, endpoint):
        if isinstance(over, Mapping):
            layer = merge(layer, over)
    assert isinstance(layer, Mapping)
    return layer


def nulls(node: Node, of_names: bool = False) -> Iterator[Diagnostic]:
    """A finding for each null over a setting that needs a value; `of_names`: the keys are names of a team's own."""
    if not isinstance(node, Mapping):
        return
    for key, value in node:
        if key.text.startswith("x-") and not of_names:
            continue
        if isinstance(value, Scalar) and value.is_null and (of_names or key.text not in CAN_BE_OFF):
            yield error("null-value", key.span, f"{key.text} needs a value", "remove the line to get the default")
        yield from nulls(value, not of_names and key.text in ("endpoints", "owners"))


def _only(node: Node, known: Node | None) -> Node:
    if not isinstance(node, Mapping) or not isinstance(known, Mapping):
        return node
    return Mapping(tuple((key, value) for key, value in node if known.key(key.text)), node.span)


def _settings(node: Node) -> Node:
    if not isinstance(node, Mapping):
        return node
    node = _change(node, "breaker", lambda breaker: _change(breaker, "cooldown", _cooldown))
    return _change(node, "fallback", _fallback)


def _endpoints(node: Node) -> Node:
    return _each(node, lambda one: _settings(one if not _is_url(one) else _map(one.span, origin=one)))


def _is_url(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.is_null and not node.is_empty


def _cooldown(node: Node) -> Node:
    """One duration is a fixed cooldown: it never grows."""
    if not isinstance(node, Scalar) or node.is_null or node.is_empty:
        return node
    return _map(node.span, initial=node, factor=Scalar("1", True, node.span), max=node)


def _fallback(node: Node) -> Node:
    """One entry is a list of it. A list replaces a list, so nothing in it is ever merged."""
    if isinstance(node, Sequence) or (isinstance(node, Scalar) and (node.is_null or node.is_empty)):
        return node
    return Sequence((node,), node.span)


def _targets(node: Node) -> Node:
    if not isinstance(node, Sequence):
        return node
    names = [item for item in node.items if isinstance(item, Scalar)]
    return Mapping(tuple((name, Mapping((), name.span)) for name in names), node.span)


def _map(span: Span, **entries: Node) -> Mapping:
    return Mapping(tuple((Scalar(key, True, span), value) for key, value in entries.items()), span)


def _change(node: Node, key: str, change: Callable[[Node], Node]) -> Mapping:
    if not isinstance(node, Mapping):
        return node  # type: ignore[return-value]  # not a map: the shape will say so
    return Mapping(tuple((name, change(value) if name.text == key else value) for name, value in node), node.span)


def _each(node: Node, change: Callable[[Node], Node]) -> Node:
    return Mapping(tuple((key, change(value)) for key, value in node), node.span) if isinstance(node, Mapping) else node


def _without(node: Mapping, key: str) -> Mapping:
    return Mapping(tuple((name, value) for name, value in node if name.text != key), node.span)
