"""A sound document of one environment: typed, with all layers in, and the places where its values stand."""

from __future__ import annotations

from dataclasses import dataclass

from kampkin.config import AwsTarget, CloudflareTarget, Document, Endpoint, Targets
from kampkin.diagnostics import Span
from kampkin.layers import BUILT_IN_NAME
from kampkin.plan import Route, TargetName
from kampkin.source import Mapping, Node

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

    def span(self, name: str, *path: str) -> Span:
        """Where an endpoint's value is written; its name where the value is a default."""
        declared = self.root.get("endpoints")
        key = declared.key(name) if isinstance(declared, Mapping) else None
        assert key is not None, "endpoints were read from this map"
        node: Node = self.nodes[name]
        for part in path:
            child = node.get(part) if isinstance(node, Mapping) else None
            if child is None or child.span.file == BUILT_IN_NAME:
                return key.span
            node = child
        return node.span
