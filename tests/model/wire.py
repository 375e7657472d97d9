"""What nodes and stores say to each other: ages and remaining times only."""

from __future__ import annotations

from dataclasses import dataclass, field

from kampkin.plan import Policy
from tests.model.overrides import Ruling
from tests.model.record import Record
from tests.model.window import Aged, Counts, Sample, width_of


@dataclass
class Pending:
    """What a node has seen and not told yet, all of one epoch."""

    width: int
    sample: Sample = field(default_factory=Sample)
    any: bool = False
    head: int = 0
    tail: int = 0
    after_ms: int = 0
    pressing: bool = False
    """Holds a failure or a slow call."""

    def add(self, counts: Counts, now: int, after_ms: int) -> None:
        """One call, or that it is slow."""
        self.sample.add(self.width, now // self.width, counts)
        self.pressing |= counts.pressing
        if counts.ok:
            self.any, self.tail = True, 0
        if counts.failures:
            self.tail += 1
            self.head += 0 if self.any else 1
            self.after_ms = max(self.after_ms, after_ms)


@dataclass(frozen=True)
class Delta:
    """A node's word to the store."""

    node: str
    seq: int
    epoch: int
    policy: Policy
    buckets: tuple[Aged, ...] = ()
    any: bool = False
    head: int = 0
    tail: int = 0
    after_ms: int = 0
    pressing: bool = False
    lease: int | None = None
    """Of the probe whose result this is."""
    result: str = "void"
    """good, bad, neutral or void."""
    ask: bool = False


@dataclass(frozen=True)
class Snapshot:
    """The store's answer."""

    epoch: int
    state: str
    why: str
    since_ms: int
    retry_in_ms: int
    level: int
    buckets: tuple[Aged, ...]
    streak: int
    half: tuple[int, int, int]
    granted_ago_ms: int | None
    ruling: tuple[str, int] | None
    """Mode and ms left."""
    lease: int | None
    again_ms: int


def snapshot_of(record: Record, policy: Policy, now: int, lease: int | None, again_ms: int) -> Snapshot:
    """The record as its store tells of it."""
    ruling = record.ruling
    return Snapshot(
        epoch=record.epoch,
        state=record.state,
        why=record.why,
        since_ms=max(0, now - record.since),
        retry_in_ms=max(0, record.retry_at - now),
        level=record.level,
        buckets=record.sample.aged(width_of(policy.window_ms), now),
        streak=record.streak,
        half=(record.ok, record.bad, record.answered),
        granted_ago_ms=None if record.granted_at is None else max(0, now - record.granted_at),
        ruling=(ruling.mode, max(0, ruling.until - now)) if ruling else None,
        lease=lease,
        again_ms=again_ms,
    )


def view_of(snapshot: Snapshot, policy: Policy, now: int) -> Record:
    """The snapshot as its node reads it."""
    ok, bad, answered = snapshot.half
    view = Record(
        since=now - snapshot.since_ms,
        epoch=snapshot.epoch,
        state=snapshot.state,
        why=snapshot.why,
        retry_at=now + snapshot.retry_in_ms,
        level=snapshot.level,
        streak=snapshot.streak,
        ok=ok,
        bad=bad,
        answered=answered,
        granted_at=None if snapshot.granted_ago_ms is None else now - snapshot.granted_ago_ms,
        ruling=Ruling(snapshot.ruling[0], now + snapshot.ruling[1]) if snapshot.ruling else None,
    )
    view.sample.add_aged(width_of(policy.window_ms), now, snapshot.buckets)
    return view
