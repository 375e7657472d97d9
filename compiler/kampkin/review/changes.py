"""What is other in one plan than in another: endpoints that come, go or change, and everything beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from kampkin.plan import Endpoint, Plan
from kampkin.review import written
from kampkin.review.addresses import NO_URLS, Urls, urls_between
from kampkin.review.change import Change, Stated, Where
from kampkin.review.meaning import FIELDS
from kampkin.review.parts import parts

Kind = Literal["added", "removed", "changed"]


Placing: TypeAlias = Callable[[str, str], Where | None]
"""Where an endpoint's key is written; None where it is not."""


def nowhere(endpoint: str, key: str) -> None:
    """Where nobody knows."""


@dataclass(frozen=True)
class EndpointChange:
    """One endpoint."""

    name: str
    kind: Kind
    owner: str | None
    urls: Urls = NO_URLS
    changes: tuple[Change, ...] = ()
    stated: tuple[Stated, ...] = ()
    """Of one that comes, what is written for it; of one that goes, its origin as it was."""
    laxer: tuple[str, ...] = ()
    """Endpoints that have URLs of one that stays from now on, and protect them less."""

    @property
    def loosens(self) -> bool:
        """Whether any of it does."""
        return bool(self.laxer) or loosens(self.changes)


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
    olds = {one.name: one for one in before.endpoints} if before else {}
    news = {one.name: one for one in after.endpoints} if after else {}
    urls = urls_between(before, after)
    found = []
    for name in sorted(olds.keys() | news.keys()):
        old, new, its = olds.get(name), news.get(name), urls.get(name, NO_URLS)
        if old and new:
            changes = () if old.digest == new.digest else tuple(changed(old, new, was, now))
            takers = sorted({taker for _, taker in its.taken})
            laxer = tuple(one for one in takers if loosens(changed(old, news[one], nowhere, nowhere)))
            if changes or its:
                found.append(EndpointChange(name, "changed", new.owner, its, changes, laxer=laxer))
        elif new:
            found.append(EndpointChange(name, "added", new.owner, its, stated=tuple(stated(new, now))))
        elif old:
            origin = (one for one in stated(old, was) if one.key == "origin")
            found.append(EndpointChange(name, "removed", old.owner, its, stated=tuple(origin)))
    return Changes(tuple(found), tuple(parts(before, after)))


def changed(old: Endpoint, new: Endpoint, was: Placing, now: Placing) -> Iterator[Change]:
    """Setting by setting, in the order of the language."""
    for path, meaning in FIELDS.items():
        before, after = at(old, path), at(new, path)
        if before != after:
            said, direction = meaning.says(before, after, new)
            key = meaning.key
            places = place(was, old.name, key), place(now, new.name, key)
            yield Change(key, meaning.written(before), meaning.written(after), said, direction, *places)


def loosens(changes: Iterable[Change]) -> bool:
    """Whether any of them does."""
    return any(change.direction == "loosens" for change in changes)


def stated(endpoint: Endpoint, placing: Placing) -> Iterator[Stated]:
    """What the file says of an endpoint: no built-in default, and nothing that its owner and its URLs tell already."""
    for path, meaning in FIELDS.items():
        where = placing(endpoint.name, meaning.key)
        value = meaning.written(at(endpoint, path))
        if where and where.file and path not in ("owner", "targets", "route") and value != NONE:
            yield Stated(meaning.key, value, where)


NONE = written.text(None)
"""Of two fields behind one key, the one that is not meant."""


def place(placing: Placing, name: str, key: str) -> Where | None:
    """Where a setting is written, or what it follows where it is not."""
    found = placing(name, key)
    return placing(name, FOLLOWS[key]) if found is None and key in FOLLOWS else found


FOLLOWS = {"breaker.half_open.probe_timeout": "timeout"}
"""Settings that are as another one where nothing is said."""


def at(endpoint: Endpoint, path: str) -> Any:
    """The value at a path of FIELDS."""
    value: Any = endpoint
    for part in path.split("."):
        value = getattr(value, part)
    return value
