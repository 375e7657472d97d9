"""Guard rails: how much one change may do, by the `safety` of what it changes, never by its own; and who has approved more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from kampkin.config import Document, Safety
from kampkin.review.changes import Changes
from kampkin.review.parts import GUARDED
from kampkin.review.written import share


@dataclass(frozen=True)
class Reason:
    """Why a change needs an approval."""

    rule: str
    """`safety.max_removed` and its like, or the section that has changed."""
    text: str
    names: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    """Who may approve it; empty: anybody but the author."""
    environments: tuple[str, ...] = ()
    """Where; empty in a file without any."""
    approved_by: tuple[str, ...] = ()
    """Those of the approvers who have."""


@dataclass(frozen=True)
class Approvals:
    """What the forge says of a change: `kampkin approval read` makes it."""

    author: str
    approved_by: tuple[str, ...]
    """Logins, and `@organisation/team` for each team that one of them is of."""


@dataclass(frozen=True)
class Budget:
    """Whether a change may go on."""

    reasons: tuple[Reason, ...]

    @property
    def missing(self) -> tuple[Reason, ...]:
        """Those that nobody has approved who may."""
        return tuple(reason for reason in self.reasons if not reason.approved_by)

    @property
    def is_open(self) -> bool:
        """Whether an approval is still needed."""
        return bool(self.missing)

    @property
    def approvers(self) -> tuple[str, ...]:
        """All who may approve something of it."""
        return tuple(dict.fromkeys(one for reason in self.reasons for one in reason.approvers))

    @property
    def approved_by(self) -> tuple[str, ...]:
        """All who have."""
        return tuple(dict.fromkeys(one for reason in self.reasons for one in reason.approved_by))


def reasons(changes: Changes, before: Document | None, after: Document | None, count: int) -> Iterator[Reason]:
    """Why a change goes beyond what was allowed before it. `count` is the number of endpoints before."""
    if before is None:
        return
    safety = before.safety or Safety()
    who = tuple(safety.approvers or ())
    removed = tuple(one.name for one in changes.of("removed"))
    moved = tuple(one.name for one in changes.of("changed") if one.urls.gone)
    gone = tuple(sorted({*removed, *moved}))
    loosened = tuple(sorted(loosened_by(changes)))
    touched = tuple(sorted(touched_by(changes)))
    if safety.max_removed is not None and len(gone) > safety.max_removed:
        what = f"{len(removed)} removed" + (f", {len(moved)} without a URL that they had" if moved else "")
        yield Reason("safety.max_removed", f"{what}, {safety.max_removed} allowed", gone, who)
    if safety.max_loosened is not None and len(loosened) > safety.max_loosened:
        yield Reason("safety.max_loosened", f"{len(loosened)} loosened, {safety.max_loosened} allowed", loosened, who)
    if safety.max_changed is not None and count and len(touched) * 10_000 > safety.max_changed * count:
        part = f"{len(touched)} of {count} changed or removed, {share(safety.max_changed)} allowed"
        yield Reason("safety.max_changed", part, touched, who)
    if after is not None:
        for section in GUARDED:
            if told(before, section) != told(after, section):
                yield Reason(section, f"{section} itself changes", (), who)


def loosened_by(changes: Changes) -> set[str]:
    """The endpoints that are protected less, by what they say themselves or by what stands beside them."""
    own = {one.name for one in changes.of("changed") if one.loosens}
    return own | {name for part in changes.parts if part.direction == "loosens" for name in part.endpoints}


def touched_by(changes: Changes) -> set[str]:
    """The endpoints of before that are not as they were; one that is new is none."""
    own = {one.name for one in changes.endpoints if one.kind != "added"}
    added = {one.name for one in changes.of("added")}
    return own | {name for part in changes.parts for name in part.endpoints} - added


def told(document: Document, section: str) -> Any:
    """What a section says."""
    value = getattr(document, section)
    if isinstance(value, dict):
        return {key: one.model_dump(mode="json") if one else None for key, one in value.items()}
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def together(found: Iterable[Reason]) -> tuple[Reason, ...]:
    """Each reason once, with all the environments in which it is the same."""
    where: dict[Reason, dict[str, None]] = {}
    for reason in found:
        where.setdefault(replace(reason, environments=()), {}).update(dict.fromkeys(reason.environments))
    return tuple(replace(reason, environments=tuple(names)) for reason, names in where.items())


def budget(found: Iterable[Reason], approvals: Approvals | None) -> Budget:
    """Whether it may go on. Each reason takes one of its own approvers, and never the author."""
    if approvals is None:
        return Budget(tuple(found))
    others = tuple(one for one in approvals.approved_by if plain(one) != plain(approvals.author))
    return Budget(tuple(replace(one, approved_by=tuple(those_of(one.approvers, others))) for one in found))


def those_of(approvers: tuple[str, ...], who: tuple[str, ...]) -> Iterator[str]:
    """Those who may."""
    allowed = {plain(one) for one in approvers}
    yield from (one for one in who if not allowed or plain(one) in allowed)


def plain(login: str) -> str:
    """A login or team, however it is written: forges do not care for case."""
    return login.removeprefix("@").lower()
