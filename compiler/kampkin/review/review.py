"""What one change comes to, over all environments: what every format shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from kampkin.diagnostics import Diagnostic
from kampkin.review.addresses import NO_URLS, Urls
from kampkin.review.budget import Approvals, Budget, Reason, budget, reasons, together
from kampkin.review.change import Change
from kampkin.review.changes import Changes, EndpointChange, Kind, compare
from kampkin.review.digests import ChangeDigest, change_digests
from kampkin.review.parts import terms
from kampkin.review.sections import Section
from kampkin.review.sides import Side

Environment = str | None


@dataclass(frozen=True)
class Seen:
    """An endpoint's change, and the environments in which it is the same."""

    change: EndpointChange
    environments: tuple[Environment, ...]
    urls: tuple[Urls, ...]
    """What becomes of its URLs in each of them."""

    @property
    def come(self) -> tuple[tuple[str, str | None], ...]:
        """URLs that it has now, each once, and the endpoint that had them."""
        return tuple(dict.fromkeys(come for urls in self.urls for come in urls.come))

    @property
    def gone(self) -> tuple[str, ...]:
        """URLs that disappear."""
        return tuple(dict.fromkeys(url for urls in self.urls for url in urls.gone))

    @property
    def taken(self) -> tuple[tuple[str, str], ...]:
        """URLs that another endpoint has now, and which."""
        return tuple(dict.fromkeys(taken for urls in self.urls for taken in urls.taken))


@dataclass(frozen=True)
class PartSeen:
    """A change that is no endpoint's, and where it is the same."""

    change: Change
    environments: tuple[Environment, ...]


@dataclass(frozen=True)
class Group:
    """Changes that the same endpoints have from one layer of the file."""

    layer: str
    changes: tuple[Change, ...]
    endpoints: tuple[str, ...]
    environments: tuple[Environment, ...]


@dataclass(frozen=True)
class Review:
    """The whole of it."""

    base: str
    asked: Environment
    """The environment that was asked for; None: all."""
    environments: tuple[Environment, ...]
    endpoints: tuple[Seen, ...]
    groups: tuple[Group, ...]
    parts: tuple[PartSeen, ...]
    budget: Budget
    digests: tuple[ChangeDigest, ...]
    findings: tuple[Diagnostic, ...] = ()
    """What `kampkin check` says of the new file."""
    sections: tuple[Section, ...] = ()
    """Behaviour, promises, resources: what else was looked at."""

    @property
    def has_effect(self) -> bool:
        """Whether any plan is another."""
        return bool(self.digests)

    def of(self, kind: Kind) -> tuple[Seen, ...]:
        """Those of a kind."""
        return tuple(one for one in self.endpoints if one.change.kind == kind)

    @property
    def loosened(self) -> frozenset[str]:
        """The endpoints that are protected less somewhere, by what they say themselves or by what stands beside them."""
        own = {one.change.name for one in self.of("changed") if one.change.loosens}
        parts = (part.change for part in self.parts if part.change.direction == "loosens")
        return frozenset(own | {name for part in parts for name in part.endpoints})

    def own(self, seen: Seen) -> tuple[Change, ...]:
        """The changes of an endpoint that are not told as a group's wherever they are made."""
        name = seen.change.name
        return tuple(
            change
            for change in seen.change.changes
            if any((name, change, environment) not in self._grouped for environment in seen.environments)
        )

    @cached_property
    def _grouped(self) -> frozenset[tuple[str, Change, Environment]]:
        return frozenset(
            (name, change, environment)
            for group in self.groups
            for change in group.changes
            for name in group.endpoints
            for environment in group.environments
        )


def review(before: Side, after: Side, approvals: Approvals | None, only: Environment = None) -> Review:
    """What changes from one side to the other, in every environment of either, or in one."""
    names = (only,) if only is not None else environments_of(before, after)
    found = {name: compared(before, after, name) for name in names}
    why = [Reason("base", BROKEN)] if before.broken else []
    for name, changes in found.items():
        old = before.plan(name)
        told = reasons(changes, before.document(name), after.document(name), len(old.endpoints) if old else 0)
        why += [replace(reason, environments=(name,) if name else ()) for reason in told]
    return Review(
        base=before.label,
        asked=only,
        environments=names,
        endpoints=seen(found),
        groups=groups(found),
        parts=parts_seen(
            {name: [*found[name].parts, *terms(before.document(name), after.document(name))] for name in names}
        ),
        budget=budget(together(why), approvals),
        digests=tuple(one for name in names for one in change_digests(name, before.plan(name), after.plan(name))),
        findings=after.findings,
    )


BROKEN = "the file before is broken, so nothing it says can be held against this"


def environments_of(before: Side, after: Side) -> tuple[Environment, ...]:
    """Of either, the new side's first. A file that gets its first environments loses the deployment without any."""
    return tuple(dict.fromkeys((*after.environments, *before.environments)))


def compared(before: Side, after: Side, name: Environment) -> Changes:
    """One environment."""
    return compare(before.plan(name), after.plan(name), before.placing(name), after.placing(name))


def seen(found: Mapping[Environment, Changes]) -> tuple[Seen, ...]:
    """Each endpoint's change once, for all environments in which it is the same; removals first, then by name."""
    places: dict[EndpointChange, dict[Environment, Urls]] = defaultdict(dict)
    for name, changes in found.items():
        for change in changes.endpoints:
            places[replace(change, urls=NO_URLS)][name] = change.urls
    order = {"removed": 0, "changed": 1, "added": 2}
    every = [Seen(change, tuple(urls), tuple(urls.values())) for change, urls in places.items()]
    return tuple(sorted(every, key=lambda one: (order[one.change.kind], one.change.name, str(one.environments))))


def parts_seen(found: Mapping[Environment, Iterable[Change]]) -> tuple[PartSeen, ...]:
    """Likewise."""
    places: dict[Change, list[Environment]] = defaultdict(list)
    for name, parts in found.items():
        for change in parts:
            places[change].append(name)
    return tuple(PartSeen(change, tuple(names)) for change, names in places.items())


def groups(found: Mapping[Environment, Changes]) -> tuple[Group, ...]:
    """The changes that come from `defaults`, a profile or an environment's change of them to more than one endpoint."""
    places: dict[tuple[Change, tuple[str, ...]], list[Environment]] = defaultdict(list)
    for environment, changes in found.items():
        same: dict[Change, list[str]] = defaultdict(list)
        for one in changes.of("changed"):
            for change in one.changes:
                if layer_of(change):
                    same[change].append(one.name)
        for change, names in same.items():
            if len(names) > 1:
                places[change, tuple(names)].append(environment)
    by_layer: dict[tuple[str, tuple[str, ...], tuple[Environment, ...]], list[Change]] = defaultdict(list)
    for (change, having), environments in places.items():
        by_layer[layer_of(change), having, tuple(environments)].append(change)
    return tuple(
        Group(layer, tuple(changes), names, environments) for (layer, names, environments), changes in by_layer.items()
    )


def layer_of(change: Change) -> str:
    """The layer whose change it is, where many endpoints may have it from there; empty for an endpoint's own.

    Of two layers the upper one was written or taken away. A change that is written nowhere is the file's own `targets`.
    """
    layers = sorted((place.layer for place in (change.was, change.now) if place), key=height)
    upper = layers[-1] if layers else "targets"
    another_profile = len(layers) == 2 and layers[0] != upper and height(layers[0]) == height(upper)
    return "" if upper.startswith("endpoint ") or another_profile else upper


def height(layer: str) -> int:
    """How far up a layer stands; an anchor in an extension stands where `defaults` do."""
    return HEIGHTS.get(layer.partition(" ")[0], HEIGHTS["defaults"])


HEIGHTS = {"built-in": 0, "defaults": 1, "profile": 2, "environment": 3, "endpoint": 4}
"""What is above holds."""
