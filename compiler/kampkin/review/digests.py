"""What names a change, so that what was reviewed can be told from what was not: a digest of what was before and after."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kampkin.plan import Plan, digest_of, parts_of


@dataclass(frozen=True, order=True)
class ChangeDigest:
    """One endpoint, or another part of the plan, that is other than before, in one environment."""

    environment: str | None
    subject: str
    """An endpoint's name behind `endpoints.`, or one of `kampkin.plan.PARTS`."""
    before: str | None
    """Its digest; None where it is new."""
    after: str | None
    """None where it is gone."""
    digest: str
    """Of all of these: what a reviewed set holds."""

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def change_digests(environment: str | None, before: Plan | None, after: Plan | None) -> tuple[ChangeDigest, ...]:
    """The changes from one plan to another, sorted by subject; without a plan there is nothing."""
    old, new = (parts_of(plan) if plan else {} for plan in (before, after))
    return tuple(
        change(environment, subject, old.get(subject), new.get(subject))
        for subject in sorted(old.keys() | new.keys())
        if old.get(subject) != new.get(subject)
    )


def change(environment: str | None, subject: str, before: str | None, after: str | None) -> ChangeDigest:
    """A change with its digest."""
    of = {"environment": environment, "subject": subject, "before": before, "after": after}
    return ChangeDigest(environment, subject, before, after, digest_of(of))
