"""What one change comes to, over all environments: what every format shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kampkin.diagnostics import Diagnostic
from kampkin.review.budget import Approvals, Budget, Reason, budget, reasons
from kampkin.review.changes import Change, Changes, EndpointChange, Kind, compare
from kampkin.review.digests import ChangeDigest, change_digests
from kampkin.review.sections import Section
from kampkin.review.sides import Side

Environment = str | None


@dataclass(frozen=True)
class Seen:
    """An endpoint's change, and the environments in which it is the same."""

    change: EndpointChange
    environments: tuple[Environment, ...]
    urls: Mapping[Environment, Mapping[str, str]]
    """Those that come or disappear, by environment and target."""

    @property
    def all_urls(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(dict.fromkeys(url for urls in self.urls.values() for url in urls.values()))


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


@dataclass(frozen=True)
class Review:
    """The whole of it."""

    base: str
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


def review(before: Side, after: Side, approvals: Approvals | None, only: Environment = None) -> Review:
    """What changes from one side to the other, in every environment of either, or in one."""
    names = (only,) if only is not None else environments_of(before, after)
    found = {name: compared(before, after, name) for name in names}
    why = (
        [Reason("base", "the file before is broken, so nothing it says can be held against this")]
        if before.broken
        else []
    )
    for name, changes in found.items():
        old = before.plan(name)
        count = len(old.endpoints) if old else 0
        told = reasons(changes, before.document(name), after.document(name), count)
        why += [replace(reason, text=f"{reason.text}{in_(name)}") if name else reason for reason in told]
    bases = [document for name in names if (document := before.document(name))]
    return Review(
        base=before.label,
        environments=names,
        endpoints=seen(found),
        groups=groups(found.values()),
        parts=parts_seen(found),
        budget=budget(why, bases[0] if bases else None, approvals),
        digests=tuple(one for name in names for one in change_digests(name, before.plan(name), after.plan(name))),
        findings=after.findings,
    )


def environments_of(before: Side, after: Side) -> tuple[Environment, ...]:
    """Of either, the new side's first. A file that gets its first environments loses the deployment without any."""
    return tuple(dict.fromkeys((*after.environments, *before.environments)))


def compared(before: Side, after: Side, name: Environment) -> Changes:
    """One environment."""
    return compare(before.plan(name), after.plan(name), before.placing(name), after.placing(name))


def in_(name: Environment) -> str:
    """Where, as the end of a sentence."""
    return f" in {name}" if name else ""


def seen(found: Mapping[Environment, Changes]) -> tuple[Seen, ...]:
    """Each endpoint's change once, for all environments in which it is the same; removals first, then by name."""
    places: dict[EndpointChange, dict[Environment, Mapping[str, str]]] = defaultdict(dict)
    for name, changes in found.items():
        for change in changes.endpoints:
            places[replace(change, urls=EMPTY)][name] = change.urls
    order = {"removed": 0, "changed": 1, "added": 2}
    every = [Seen(change, tuple(urls), urls) for change, urls in places.items()]
    return tuple(sorted(every, key=lambda one: (order[one.change.kind], one.change.name, str(one.environments))))


def parts_seen(found: Mapping[Environment, Changes]) -> tuple[PartSeen, ...]:
    """Likewise."""
    places: dict[Change, list[Environment]] = defaultdict(list)
    for name, changes in found.items():
        for change in changes.parts:
            places[change].append(name)
    return tuple(PartSeen(change, tuple(names)) for change, names in places.items())


def groups(found: Iterable[Changes]) -> tuple[Group, ...]:
    """The changes that come from `defaults`, a profile or an environment's change of them to more than one endpoint."""
    same: dict[Change, dict[str, None]] = defaultdict(dict)
    for changes in found:
        for one in changes.of("changed"):
            for change in one.changes:
                if layer_of(change):
                    same[change][one.name] = None
    together: dict[tuple[str, tuple[str, ...]], list[Change]] = defaultdict(list)
    for change, names in same.items():
        if len(names) > 1:
            together[layer_of(change), tuple(sorted(names))].append(change)
    return tuple(Group(layer, tuple(changes), names) for (layer, names), changes in together.items())


def layer_of(change: Change) -> str:
    """The layer that a value stands in where many endpoints may have it from; empty for an endpoint's own."""
    layers = [place.layer for place in (change.now, change.was) if place]
    return "" if not layers or any(layer.startswith("endpoint ") for layer in layers) else layers[0]


def own(change: EndpointChange, found: Sequence[Group]) -> tuple[Change, ...]:
    """The changes of an endpoint that are not told as a group's."""
    grouped = {one for group in found if change.name in group.endpoints for one in group.changes}
    return tuple(one for one in change.changes if one not in grouped)


EMPTY: Mapping[str, str] = {}
