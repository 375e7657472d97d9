"""What a place that holds breakers can be asked, whichever cloud it is on. Times are ms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from kampkin.errors import Cannot
from kampkin.operate.lasting import lasting
from kampkin.plan import Policy, TargetName

Mode = Literal["forced-open", "forced-closed", "monitor"]
FlipState = Literal["open", "half-open", "closed"]
Event: TypeAlias = Mapping[str, Any]
"""A transition (`from`, `to`, `reason`, `numbers`, `retryAt`) or a person's word (`override`, None where it was let go of),
with `id`, `breaker`, `edge`, `region`, `epoch`, `at` and `node`, which says who."""

Minute: TypeAlias = Mapping[str, Any]
"""`minute` since 1970, `counts` by name and `latency`, pairs of bucket and calls: docs/state.md, "Minutes"."""

AT_ONCE = 8
"""Breakers of a place that are asked at the same time."""

LONGEST_OWNER = 200
LONGEST_REASON = 500


@dataclass(frozen=True, order=True)
class Place:
    """A store of breakers: Cloudflare's one, or DynamoDB in a region."""

    target: TargetName
    name: str
    """`global`, or the region."""

    def __str__(self) -> str:
        return self.target if self.name == "global" else f"{self.target} {self.name}"


@dataclass(frozen=True)
class Hold:
    """What a person decides about a breaker, until it ends."""

    mode: Mode
    for_ms: int
    owner: str
    reason: str

    def require_sound(self, longest_ms: int) -> None:
        """Raises `Cannot` for an end too far off, or where nobody says who and why."""
        if not 1 <= self.for_ms <= longest_ms:
            bound = lasting(longest_ms)
            raise Cannot(f"a hold lasts at most {bound} here", "safety.max_override in the file sets the bound")
        for what, text, longest in (("owner", self.owner, LONGEST_OWNER), ("reason", self.reason, LONGEST_REASON)):
            if not text.strip() or not text.isprintable() or len(text) > longest:
                raise Cannot(f"the {what} is one line of 1 to {longest} characters")


@dataclass(frozen=True)
class Override:
    """A person's word in force."""

    mode: str
    left_ms: int
    owner: str
    reason: str
    in_file: bool = False
    """Whether it stands in the file, and not in the record, which goes first."""


@dataclass(frozen=True)
class Status:
    """A breaker's record at one moment."""

    breaker: str
    place: Place
    state: str
    epoch: int
    why: str
    """Of the last transition; empty before the first."""
    since_ms: int | None
    """How long it has been in its state; None before the first transition."""
    retry_in_ms: int
    """When open: how long until a request may probe."""
    level: int
    streak: int
    counts: Mapping[str, int]
    """In the window: `ok`, `network`, `service`, `slow`, `aged`."""
    probes: Mapping[str, int]
    """In half-open: `ok`, `bad`, `answered`."""
    override: Override | None
    heard: Mapping[str, int] = field(default_factory=dict)
    """When nodes last spoke, ms since 1970, by their region."""
    dead_letters: int = 0
    """Messages to its owner that nobody took, where the place counts them."""
    plan: str | None = None
    """Digest of the plan that the edge runs, where it tells."""

    @property
    def held(self) -> bool:
        """Whether an override that was set at run time is in force."""
        return self.override is not None and not self.override.in_file


Outcomes: TypeAlias = Mapping[str, Status | Cannot]
"""What came of it, breaker by breaker."""


@dataclass(frozen=True)
class Page:
    """Events, newest first, and the cursor behind them; None at the end."""

    events: Sequence[Event]
    next: str | None


Got = TypeVar("Got")


class Edge(Protocol):
    """One place. All but the outcomes of several breakers raise `Cannot` where the place does not do it."""

    @property
    def place(self) -> Place:
        """Which."""

    def status(self, breakers: Sequence[str]) -> Outcomes:
        """The records as they stand."""

    def hold(self, breakers: Sequence[str] | None, decided: Hold) -> Outcomes:
        """Sets an override; None: of every breaker that is deployed there."""

    def release(self, breakers: Sequence[str] | None) -> Outcomes:
        """Lets go of the override in force, if there is one."""

    def flip(self, breaker: str, state: FlipState, policy: Policy) -> Status:
        """Moves a breaker by hand: one transition, and normal life after it."""

    def events(self, breaker: str, before: str | None, limit: int) -> Page:
        """What happened before a cursor of this place's own; None: until now."""

    def minutes(self, breaker: str, first: int, last: int) -> Sequence[Minute]:
        """What nodes have counted, oldest first, from one minute since 1970 to another; minutes without anything are left out."""


def at_once(edges: Sequence[Edge], act: Callable[[Edge], Got]) -> list[tuple[Edge, Got | Cannot]]:
    """What each place answers, or why it does not; a slow one holds up no other."""

    def outcome(edge: Edge) -> Got | Cannot:
        try:
            return act(edge)
        except Cannot as problem:
            return problem

    with ThreadPoolExecutor(max_workers=max(1, len(edges))) as pool:
        return list(zip(edges, pool.map(outcome, edges), strict=True))
