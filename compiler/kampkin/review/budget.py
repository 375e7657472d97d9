"""Guard rails: how much one change may do, by the `safety` of what it changes, never by its own; and who has approved more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kampkin.config import Document, Safety
from kampkin.review.changes import Changes
from kampkin.review.written import share

GUARDED = ("safety", "owners", "include")
"""Sections whose change is itself a reason: who they are decides who is asked the next time."""


@dataclass(frozen=True)
class Reason:
    """Why a change needs an approval."""

    rule: str
    """`safety.max_removed` and its like, or the section that has changed."""
    text: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Approvals:
    """What the forge says of a change: `kampkin approval read` makes it."""

    author: str
    approved_by: tuple[str, ...]
    """Logins, and `@organisation/team` for each team that one of them is of."""


@dataclass(frozen=True)
class Budget:
    """Whether a change may go on, in one environment or in all."""

    reasons: tuple[Reason, ...]
    approvers: tuple[str, ...]
    """Who may approve; empty: anybody but the author."""
    approved_by: tuple[str, ...] = ()
    """Those of them who have."""

    @property
    def is_open(self) -> bool:
        """Whether an approval is still needed."""
        return bool(self.reasons) and not self.approved_by


def reasons(changes: Changes, before: Document | None, after: Document | None, count: int) -> Iterator[Reason]:
    """Why a change goes beyond what was allowed before it. `count` is the number of endpoints before."""
    if before is None:
        return
    safety = before.safety or Safety()
    removed = tuple(one.name for one in changes.of("removed"))
    loosened = tuple(one.name for one in changes.of("changed") if one.loosens)
    touched = removed + tuple(one.name for one in changes.of("changed"))
    if safety.max_removed is not None and len(removed) > safety.max_removed:
        yield Reason("safety.max_removed", f"{len(removed)} removed, {safety.max_removed} allowed", removed)
    if safety.max_loosened is not None and len(loosened) > safety.max_loosened:
        yield Reason("safety.max_loosened", f"{len(loosened)} loosened, {safety.max_loosened} allowed", loosened)
    if safety.max_changed is not None and count and len(touched) * 10_000 > safety.max_changed * count:
        part = f"{len(touched)} of {count} changed or removed, {share(safety.max_changed)} allowed"
        yield Reason("safety.max_changed", part, touched)
    if after is not None:
        for section in GUARDED:
            if told(before, section) != told(after, section):
                yield Reason(section, f"{section} itself changes")


def told(document: Document, section: str) -> Any:
    """What a section says."""
    value = getattr(document, section)
    if isinstance(value, dict):
        return {key: one.model_dump(mode="json") if one else None for key, one in value.items()}
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def budget(found: Sequence[Reason], before: Document | None, approvals: Approvals | None) -> Budget:
    """Whether it may go on. Of those who approved only the approvers of before count, and never the author."""
    approvers = tuple(before.safety.approvers or ()) if before and before.safety else ()
    if approvals is None:
        return Budget(tuple(found), approvers)
    author = plain(approvals.author)
    allowed = {plain(one) for one in approvers}
    those = tuple(
        one for one in approvals.approved_by if plain(one) != author and (not allowed or plain(one) in allowed)
    )
    return Budget(tuple(found), approvers, those)


def plain(login: str) -> str:
    """A login or team, however it is written: forges do not care for case."""
    return login.removeprefix("@").lower()
