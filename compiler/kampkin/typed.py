"""A sound document of one environment: typed, with all layers in, and the places where its values stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kampkin.config import STORES, AwsTarget, CloudflareTarget, Document, Endpoint, Fallback, Targets
from kampkin.diagnostics import Span
from kampkin.layers import BUILT_IN_NAME
from kampkin.plan import Route, TargetName
from kampkin.source import Mapping, Node, Sequence

EVERY_TARGET: tuple[TargetName, ...] = ("aws", "cloudflare")


@dataclass(frozen=True)
class Typed:
    """What the rules look at and what is lowered."""

    document: Document
    root: Mapping
    endpoints: dict[str, Endpoint]
    nodes: dict[str, Mapping]

    @property
    def targets(self) -> dict[TargetName, CloudflareTarget | AwsTarget]:
        """The targets by name, sorted."""
        declared = self.document.targets or Targets(cloudflare=CloudflareTarget(), aws=AwsTarget())
        return {name: target for name in EVERY_TARGET if (target := getattr(declared, name)) is not None}

    def targets_of(self, name: str) -> tuple[TargetName, ...]:
        """The targets that an endpoint is on, sorted."""
        chosen = self.endpoints[name].targets
        return tuple(target for target in self.targets if chosen is None or target in chosen)

    def route_of(self, name: str) -> Route:
        """An endpoint's route: its own, or `/<name>/*`."""
        return self.endpoints[name].route or Route(path=f"/{name}", prefix=True)

    def lines_of(self, name: str) -> frozenset[int]:
        """The lines of the file that say something of an endpoint: its own, and those of the environment's change of it."""
        declared = self.root.get("endpoints")
        entries = declared.entries if isinstance(declared, Mapping) else ()
        return frozenset(lines(*(part for entry in entries if entry[0].text == name for part in entry)))

    def store_of(self, target: TargetName) -> str | None:
        """Where the target's nodes share state; None where the file has no such target."""
        declared = self.targets.get(target)
        return None if declared is None else declared.store or STORES[target][0]

    def target_span(self, target: TargetName, key: str) -> Span:
        """Where a target's setting is written."""
        node: Node | None = self.root
        for part in ("targets", target, key):
            node = node.get(part) if isinstance(node, Mapping) else None
        assert node is not None, "asked about what the file says only"
        return node.span

    def fallbacks_of(self, name: str) -> tuple[Fallback, ...]:
        """An endpoint's fallbacks, in their order."""
        return self.endpoints[name].fallback or ()

    def files(self) -> Iterator[tuple[str, Span]]:
        """The files that fallbacks name, as written, and where."""
        for name in self.endpoints:
            for index, fallback in enumerate(self.fallbacks_of(name)):
                if fallback.file is not None:
                    yield fallback.file, self.span(name, "fallback", index, "file")

    def span(self, name: str, *path: str | int) -> Span:
        """Where an endpoint's value is written; its name where the value is a default."""
        declared = self.root.get("endpoints")
        key = declared.key(name) if isinstance(declared, Mapping) else None
        assert key is not None, "endpoints were read from this map"
        node: Node = self.nodes[name]
        for part in path:
            child: Node | None = None
            if isinstance(part, int):
                child = node.items[part] if isinstance(node, Sequence) else None
            elif isinstance(node, Mapping):
                child = node.get(part)
            if child is None or child.span.file == BUILT_IN_NAME:
                return key.span
            node = child
        return node.span


def lines(*nodes: Node) -> Iterator[int]:
    """The lines on which the nodes' texts stand, keys included."""
    for node in nodes:
        if isinstance(node, Mapping):
            yield from lines(*(part for entry in node for part in entry))
        elif isinstance(node, Sequence):
            yield from lines(*node.items)
        else:
            yield from range(node.span.line, node.span.end_line + (node.span.end_column > 1))
