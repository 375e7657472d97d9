"""What both texts, for a terminal and for a comment, say in the same words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kampkin.review import stack_settings
from kampkin.review.change import Change, Stated
from kampkin.review.changes import Kind
from kampkin.review.review import Environment, Review, Seen

KINDS: tuple[Kind, ...] = ("removed", "changed", "added")
NO_EFFECT = "no effect: every plan is what it was"


def summary(review: Review) -> str:
    """How much of what, in one line."""
    if not review.has_effect:
        others = {
            "what is asked of a change": review.parts,
            "what a stack is told": any(one.title == stack_settings.TITLE for one in review.sections),
        }
        told = [what for what, changes in others.items() if changes]
        return f"{NO_EFFECT}, but {' and '.join(told)} {'are' if len(told) > 1 else 'is'} not" if told else NO_EFFECT
    if not review.endpoints:
        return "no endpoint changes, but what stands beside them does"
    told = [said for kind in KINDS for said in counted(kind, review)]
    names = {one.change.name for one in review.endpoints}
    loosened = len(review.loosened)
    return f"{many(len(names), 'endpoint')}: {', '.join(told)}{f'; {loosened} loosened' if loosened else ''}"


def counted(kind: Kind, review: Review) -> Iterator[str]:
    """How many are of a kind: in every environment, and in some alone."""
    where: dict[str, set[Environment]] = {}
    for one in review.of(kind):
        where.setdefault(one.change.name, set()).update(one.environments)
    some = [environments for environments in where.values() if len(environments) < len(review.environments)]
    if everywhere := len(where) - len(some):
        yield f"{everywhere} {kind}"
    if some:
        yield f"{len(some)} {kind} {places([one for one in review.environments if one in set().union(*some)], review)}".rstrip()


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


def written_at(one: Stated, kind: Kind) -> str:
    """Where it is written, or was."""
    return f"{one.where} before" if kind == "removed" else str(one.where)


def urls(seen: Seen) -> Iterator[tuple[str, str]]:
    """Each URL that comes, goes or has another endpoint from now on, and what becomes of it."""
    yield from ((url, "disappears") for url in seen.gone)
    for url, name in seen.taken:
        yield url, f"is {name}'s now{', which protects it less' if name in seen.change.laxer else ''}"
    for url, former in seen.come:
        yield url, f"comes, was {former}'s until now" if former else "comes"


def approval(review: Review, most: int = 1_000_000) -> Iterator[str]:
    """Why it needs somebody's approval and whose, or that it has it; nothing where it needs none. Of more names than `most`
    it says how many there are."""
    found = review.budget
    for reason in found.reasons:
        names = f": {listed(reason.names, most)}" if reason.names else ""
        where_ = f" in {', '.join(reason.environments)}" if reason.environments else ""
        yes = f" (approved by {', '.join(reason.approved_by)})" if reason.approved_by else ""
        yield f"{reason.rule}: {reason.text}{where_}{names}{yes}"
    asked: dict[tuple[str, ...], dict[str, None]] = {}
    for reason in found.missing:
        asked.setdefault(reason.approvers, {})[reason.rule] = None
    for approvers, rules in asked.items():
        who = ", ".join(approvers) or "anybody but its author"
        what = f"{', '.join(rules)}: " if len(asked) > 1 else ""
        yield f"{what}needs an approving review on the forge of its last commit, by {who}; none by whoever has a commit in it counts"
    if found.reasons and not found.missing:
        yield f"approved by {', '.join(found.approved_by)}"


def listed(names: Sequence[str], most: int) -> str:
    """The names, and of too many how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
