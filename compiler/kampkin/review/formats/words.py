"""What both texts, for a terminal and for a comment, say in the same words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kampkin.review.changes import Change, Kind
from kampkin.review.review import Environment, Review

KINDS: tuple[Kind, ...] = ("removed", "changed", "added")
NO_EFFECT = "no effect: every plan is what it was"


def summary(review: Review) -> str:
    """How much of what, in one line."""
    if not review.has_effect:
        return NO_EFFECT
    if not review.endpoints:
        return "no endpoint changes, but what stands beside them does"
    counts = {kind: len({one.change.name for one in review.of(kind)}) for kind in KINDS}
    told = [f"{count} {kind}" for kind, count in counts.items() if count]
    loosened = len({one.change.name for one in review.of("changed") if one.change.loosens})
    return f"{many(sum(counts.values()), 'endpoint')}: {', '.join(told)}{f'; {loosened} loosened' if loosened else ''}"


def many(count: int, what: str) -> str:
    """`1 endpoint`, `2 endpoints`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def places(names: Sequence[Environment], review: Review) -> str:
    """The environments, where there is more than one to tell apart."""
    if len(review.environments) < 2:
        return ""
    if tuple(names) == review.environments:
        return "in every environment"
    return f"in {', '.join(name or 'the file as it stands' for name in names)}"


def where(change: Change) -> str:
    """Where it is written, or was."""
    place = change.now if change.now and change.now.file else None
    before = change.was if change.was and change.was.file else None
    if place:
        return str(place)
    return f"{before} before" if before else ""


def approval(review: Review) -> Iterator[str]:
    """Why it needs somebody's approval and whose, or that it has it; nothing where it needs none."""
    found = review.budget
    if not found.reasons:
        return
    for reason in found.reasons:
        names = f": {', '.join(reason.names)}" if reason.names else ""
        yield f"{reason.rule}: {reason.text}{names}"
    who = ", ".join(found.approvers) or "anybody but its author"
    if found.approved_by:
        yield f"approved by {', '.join(found.approved_by)}"
    else:
        yield f"needs an approving review on the forge of its last commit, by {who}; the author's own does not count"
