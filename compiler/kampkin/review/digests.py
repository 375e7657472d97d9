"""A digest of each change of a plan: what was reviewed, by which an apply can tell whether that is what goes up.

A change is told by what it changes, from which state to which, in which environment. It does not depend on the other
changes of a pull request, nor on those that were merged before it, so each stands for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from kampkin.plan import Plan, digest_of


@dataclass(frozen=True)
class ChangeDigest:
    """One change, in a few characters."""

    environment: str | None
    """None: the file without any."""
    subject: str
    """What is changed, as the language has it: `endpoints.cart`, `targets.aws`, `owners.shop`, `safety`, `project`."""
    before: str | None
    """The digest of its state before; None where it was not there."""
    after: str | None
    """The same, after."""
    digest: str
    """Of the other four together."""

    @property
    def endpoint(self) -> str | None:
        """The endpoint that is changed; None where it is something else."""
        section, _, name = self.subject.partition(".")
        return name if section == "endpoints" else None


def change_digests(environment: str | None, before: Plan | None, after: Plan | None) -> tuple[ChangeDigest, ...]:
    """Each change between two plans of an environment, sorted by subject; None is no plan at all."""
    old, new = subjects(before), subjects(after)
    return tuple(
        change_digest(environment, subject, old.get(subject), new.get(subject))
        for subject in sorted(old.keys() | new.keys())
        if old.get(subject) != new.get(subject)
    )


def change_digest(environment: str | None, subject: str, before: str | None, after: str | None) -> ChangeDigest:
    """One change with its digest, from the digests of its two sides."""
    told = {"environment": environment, "subject": subject, "before": before, "after": after}
    return ChangeDigest(environment, subject, before, after, digest_of(told))


def subjects(plan: Plan | None) -> dict[str, str]:
    """The digest of each part of a plan that is changed by itself."""
    if plan is None:
        return {}
    return {
        "project": digest_of(plan.project),
        "safety": digest_of(plan.safety.to_json()),
        **{f"targets.{name}": digest_of(target.to_json()) for name, target in plan.targets.items()},
        **{f"owners.{owner.name}": digest_of(owner.to_json()) for owner in plan.owners},
        **{f"endpoints.{endpoint.name}": endpoint.digest for endpoint in plan.endpoints},
    }
