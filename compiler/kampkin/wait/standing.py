"""What has been seen of an edge until now, folded poll by poll. Times are s since 1970."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kampkin.plan import TargetName
from kampkin.wait.sight import Running, Sight

ENOUGH = 10
"""So many answers in a row must agree: a node that still runs the plan before may be behind the same address."""

IN_PROGRESS = "InProgress"
HEARD = ("certificate", "older", "stranger")
"""Troubles in which somebody was there."""


@dataclass(frozen=True)
class Wanted:
    """What an edge should say of itself."""

    target: TargetName
    plan: str
    runtime: str
    project: str
    environment: str | None

    def is_it(self, seen: Running) -> bool:
        """Whether this is the deployment that is meant, whatever it runs."""
        return (seen.edge, seen.project, seen.environment) == (self.target, self.project, self.environment)

    def fits(self, seen: Sight) -> bool:
        """Whether it runs what it should."""
        return isinstance(seen, Running) and self.is_it(seen) and (seen.plan, seen.runtime) == (self.plan, self.runtime)


@dataclass(frozen=True)
class Front:
    """What CloudFront says of a distribution."""

    status: str
    """`Deployed`, or `InProgress` as long as not all of its locations have the last change."""
    versions: tuple[str, ...]
    """Of the function, as its behaviours name them."""
    domain: str


@dataclass(frozen=True)
class Look:
    """One poll of an edge: every connection of it."""

    at_s: float
    sights: tuple[Sight, ...]
    front: Front | None = None
    unseen: tuple[str, ...] = ()
    """What there was to see and could not be seen from here."""


@dataclass(frozen=True)
class Standing:
    """An edge, by all polls until now."""

    wanted: Wanted
    url: str
    begun_s: float
    last: Look | None = None
    row: int = 0
    """Answers that agreed, without one in between that did not."""
    since_s: float | None = None
    """The first poll of that row."""
    places: frozenset[str] = frozenset()
    """Where the row was answered."""
    answered: bool = False
    """Whether anybody ever has."""

    @property
    def is_live(self) -> bool:
        """Whether it runs what it should everywhere that can be seen."""
        return self.row >= ENOUGH

    @property
    def is_rolling_out(self) -> bool:
        """Whether CloudFront says that it has not brought the last change everywhere."""
        return bool(self.last and self.last.front and self.last.front.status == IN_PROGRESS)

    @property
    def fits(self) -> bool:
        """Whether every answer of the last poll was as it should be."""
        return bool(self.last and self.last.sights) and all(
            map(self.wanted.fits, self.last.sights if self.last else ())
        )

    @property
    def is_agreeing(self) -> bool:
        """Whether it answers as it should, and only has not done so often enough."""
        return self.fits and not self.is_live and not self.is_rolling_out

    def after(self, look: Look) -> Standing:
        """With one more poll. What CloudFront said last holds until it says something else."""
        front = look.front or (self.last.front if self.last else None)
        known = replace(
            self,
            last=replace(look, front=front),
            answered=self.answered or any(isinstance(one, Running) or one.kind in HEARD for one in look.sights),
        )
        if not known.fits or known.is_rolling_out:
            return replace(known, row=0, since_s=None, places=frozenset())
        return replace(
            known,
            row=self.row + len(look.sights),
            since_s=look.at_s if self.since_s is None else self.since_s,
            places=self.places | {one.place for one in look.sights if isinstance(one, Running)},
        )
