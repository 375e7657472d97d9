"""What is other in one plan than in another: endpoints that come, go or change, and everything beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from kampkin.plan import Endpoint, Part, Plan
from kampkin.review.meaning import FIELDS, Direction
from kampkin.urls import urls_of

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Where:
    """Where a value is written, and by what it holds for the endpoint."""

    layer: str
    """As `kampkin explain` has it: `defaults`, `profile NAME`, `endpoint NAME`, `built-in` …"""
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else self.layer


Placing: TypeAlias = Callable[[str, str], Where | None]
"""Where an endpoint's key is written; None where it is not."""


def nowhere(endpoint: str, key: str) -> None:
    """Where nobody knows."""


@dataclass(frozen=True)
class Change:
    """One setting."""

    key: str
    """In the file."""
    before: str
    after: str
    meaning: str
    direction: Direction = "neither"
    was: Where | None = None
    now: Where | None = None


@dataclass(frozen=True)
class EndpointChange:
    """One endpoint."""

    name: str
    kind: Kind
    owner: str | None
    urls: Mapping[str, str] = field(default_factory=dict, hash=False)
    """By target: of one that comes, those it will have; of one that goes or moves, those that disappear."""
    changes: tuple[Change, ...] = ()

    @property
    def loosens(self) -> bool:
        """Whether any of it does."""
        return any(change.direction == "loosens" for change in self.changes)


@dataclass(frozen=True)
class Changes:
    """From one plan to another."""

    endpoints: tuple[EndpointChange, ...] = ()
    parts: tuple[Change, ...] = ()
    """What is no endpoint's: `project`, `targets.…`, `safety.…`, `owners.…`."""

    def __bool__(self) -> bool:
        return bool(self.endpoints or self.parts)

    def of(self, kind: Kind) -> tuple[EndpointChange, ...]:
        """Those of a kind."""
        return tuple(one for one in self.endpoints if one.kind == kind)


def compare(before: Plan | None, after: Plan | None, was: Placing = nowhere, now: Placing = nowhere) -> Changes:
    """The changes, sorted by name. Without a plan on a side nothing was, or nothing will be, there."""
    old = {one.name: one for one in before.endpoints} if before else {}
    new = {one.name: one for one in after.endpoints} if after else {}
    found = []
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            assert before is not None
            found.append(EndpointChange(name, "removed", old[name].owner, strings(urls_of(before, old[name]))))
        elif name not in old:
            assert after is not None
            found.append(EndpointChange(name, "added", new[name].owner, strings(urls_of(after, new[name]))))
        elif old[name].digest != new[name].digest:
            assert before is not None and after is not None
            changes = tuple(changed(old[name], new[name], was, now))
            gone = {
                target: url
                for target, url in urls_of(before, old[name]).items()
                if urls_of(after, new[name]).get(target) != url
            }
            found.append(EndpointChange(name, "changed", new[name].owner, strings(gone), changes))
    return Changes(tuple(found), tuple(parts(before, after)))


def strings(urls: Mapping[Any, str]) -> dict[str, str]:
    """URLs by target, as plain texts."""
    return {str(target): url for target, url in urls.items()}


def changed(old: Endpoint, new: Endpoint, was: Placing, now: Placing) -> Iterator[Change]:
    """Setting by setting, in the order of the language."""
    for path, meaning in FIELDS.items():
        before, after = at(old, path), at(new, path)
        if before != after:
            said, direction = meaning.says(before, after, new)
            key = meaning.key
            places = was(old.name, key), now(new.name, key)
            yield Change(key, meaning.written(before), meaning.written(after), said, direction, *places)


def at(endpoint: Endpoint, path: str) -> Any:
    """The value at a path of FIELDS."""
    value: Any = endpoint
    for part in path.split("."):
        value = getattr(value, part)
    return value


def parts(before: Plan | None, after: Plan | None) -> Iterator[Change]:
    """What is no endpoint's, where there was a plan and is one: a first or last one is said by its endpoints."""
    if before is None or after is None:
        return
    old, new = dict(flat(outside(before))), dict(flat(outside(after)))
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield Change(key, old.get(key, "none"), new.get(key, "none"), PARTS.get(key.split(".")[-1], ""))


def outside(plan: Plan) -> dict[str, Any]:
    """A plan without its endpoints, by the keys of the file."""
    owners = {owner.name: part(owner) for owner in plan.owners}
    targets = {name: part(target) for name, target in plan.targets.items()}
    return {"project": plan.project, "targets": targets, "safety": part(plan.safety), "owners": owners}


def part(value: Part) -> dict[str, Any]:
    """A part's own fields; without its name, which is the key."""
    return {key: one for key, one in value.model_dump(mode="json").items() if key != "name"}


def flat(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Leaves by their dotted keys, as texts; what is not set is not there."""
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from flat(inner, f"{above}{key}.")
        elif inner not in (None, [], False):
            text = f"[{', '.join(map(str, inner))}]" if isinstance(inner, list) else str(inner)
            yield f"{above}{key}", "true" if inner is True else text


PARTS = {
    "project": "every name of what is deployed is another: a new deployment beside the old, and new URLs where the platform gives them",
    "host": "callers come in at another hostname: the URLs before disappear",
    "store": "where nodes share what they know is another: every breaker begins anew",
    "in_front_of": "what no endpoint takes goes to the host's own origin, or no longer does",
    "analytics": "whether each minute goes to Analytics Engine too",
    "location": "where new Durable Objects are made; those that are there stay",
    "regions": "where the tables are: a region more is a table more, one less is stopped by its protection",
    "max_override_ms": "how long an override at run time may last",
    "slack": "where the owner hears of its breakers",
    "webhook": "where the owner hears of its breakers",
    "email": "where the owner hears of its breakers",
    "when": "of what the owner hears",
}
"""What a change outside of the endpoints means, by the last word of its key."""
