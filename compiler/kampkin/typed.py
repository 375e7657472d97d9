"""A document of one environment: typed, with all layers in, and the places where its values stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kampkin.config import BUILT_IN_NAME, STORES, AwsTarget, CloudflareTarget, Document, Endpoint, Fallback
from kampkin.diagnostics import Span
from kampkin.plan import Route, TargetName
from kampkin.source import List, Map, Node, Text
from kampkin.values import Named

EVERY_TARGET: tuple[TargetName, ...] = ("aws", "cloudflare")


@dataclass(frozen=True, order=True)
class Place(Span):
    """Where something stands, and the endpoint that it is said of: a default stands where many endpoints have it from."""

    endpoint: str = ""


@dataclass(frozen=True)
class Typed:
    """What the rules look at and what is lowered."""

    document: Document
    root: Map
    endpoints: dict[str, Endpoint]
    """Those that are sound."""
    merged: dict[str, Map]
    """The endpoints as values of the file, all layers in."""
    whole: bool = True
    """Whether every endpoint of the file is here."""

    @cached_property
    def targets(self) -> dict[TargetName, CloudflareTarget | AwsTarget]:
        """The targets by name, sorted."""
        declared = self.document.targets
        return {name: target for name in EVERY_TARGET if (target := getattr(declared, name, None)) is not None}

    def targets_of(self, name: str) -> tuple[TargetName, ...]:
        """The targets that an endpoint is on, sorted."""
        chosen = self.endpoints[name].targets
        return tuple(target for target in self.targets if chosen is None or target in chosen)

    def route_of(self, name: str) -> Route:
        """An endpoint's route: its own, or `/<name>/*`."""
        return self.endpoints[name].route or Route(path=f"/{name}", prefix=True)

    def lines_of(self, name: str) -> dict[str, set[int]]:
        """The lines that say something of an endpoint, by file: its own, and those of the environment's change of it."""
        declared = self.root["endpoints"]
        found: dict[str, set[int]] = {}
        for text in texts(declared.key(name), declared[name]):
            span = text.span
            numbers = range(span.line, span.end_line + (span.end_column > 1))
            found.setdefault(span.file, set()).update(numbers)
        return found

    def store_of(self, target: TargetName) -> str | None:
        """Where the target's nodes share state; None where the file has no such target."""
        declared = self.targets.get(target)
        return None if declared is None else declared.store or STORES[target][0]

    def fallbacks_of(self, name: str) -> tuple[Fallback, ...]:
        """An endpoint's fallbacks, in their order."""
        return self.endpoints[name].fallback or ()

    def files(self) -> Iterator[tuple[Named, Span]]:
        """The files that fallbacks name, and where."""
        for name in self.endpoints:
            for index, fallback in enumerate(self.fallbacks_of(name)):
                if fallback.file is not None:
                    yield fallback.file, self.span(name, "fallback", index, "file").plain

    def span(self, name: str, *path: str | int) -> Place:
        """Where an endpoint's value is written; its name where the value is a default."""
        found = reach(self.merged[name], path) if path else None
        return self.at(name, self.name_of(name) if found is None or found.file.name == BUILT_IN_NAME else found)

    def at(self, name: str, value: Node) -> Place:
        """Where a value stands, as seen from an endpoint."""
        span = value.span
        return Place(span.file, span.line, span.column, span.end_line, span.end_column, name)

    def name_of(self, name: str) -> Text:
        """An endpoint's name, with its place."""
        declared: Map = self.root["endpoints"]
        return declared.key(name)

    def place(self, *path: str) -> Span:
        """Where a value of the document outside of the endpoints is written; the nearest there is."""
        found = self.root
        for part in path:
            inner = found.get(part) if isinstance(found, Map) else None
            found = found if inner is None else inner
        return found.span


def reach(node: Any, path: tuple[str | int, ...]) -> Node | None:
    """The value at a path; None where there is none."""
    for part in path:
        if isinstance(part, int):
            node = node[part] if isinstance(node, List) and part < len(node) else None
        else:
            node = node.get(part) if isinstance(node, Map) else None
    return node if isinstance(node, Text | Map | List) else None


def texts(*nodes: Any) -> Iterator[Text]:
    """All texts within the values, keys included."""
    for node in nodes:
        if isinstance(node, Map):
            yield from texts(*(part for entry in node.items() for part in entry))
        elif isinstance(node, List):
            yield from texts(*node)
        elif isinstance(node, Text):
            yield node
