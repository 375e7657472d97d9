"""What a node tells its store, when, and what it makes of the answer (The node's side)."""

from __future__ import annotations

from typing import NamedTuple

from kampkin.plan import Policy
from tests.model.record import LONGEST_AGAIN_MS, Record
from tests.model.store import Store
from tests.model.window import width_of
from tests.model.wire import Delta, Pending, Snapshot, view_of

BETWEEN_FAILURES_MS = 250
LONGEST_HEARTBEAT_MS = 10_000


class Moment(NamedTuple):
    """Now at a node, the time that its clock shows (both ms), and the coin."""

    now: int
    raw: int
    coin: int


class Result(NamedTuple):
    """What a probe with a lease of the store's came to."""

    lease: int
    word: str
    """good, bad, neutral or void."""
    after_ms: int


class Talk:
    """One node's view and its talk with the store; the view holds what was told and not answered, too."""

    def __init__(self, name: str, policy: Policy, store: Store) -> None:
        self.name = name
        self.policy = policy
        self.store = store
        self.heartbeat_ms = min(LONGEST_HEARTBEAT_MS, policy.window_ms // 4)
        self.seq = 0
        self.epoch = 0
        """The store's, as last heard."""
        self.eras = 0
        self.forget()

    def forget(self) -> None:
        """Begins without a view, as if closed; the epoch last heard of is still its word to the store."""
        self.view = Record()
        self.era = self.shared_era = self.new_era()
        """What was let through in another no longer counts; the other is that of the store's epoch."""
        self.marked = 0
        """The view's epoch in this era."""
        self.alone = False
        """Whether the node judges for itself, until the store's word comes."""
        self.pending = Pending(width_of(self.policy.window_ms))
        self.first_told = False
        """Whether the first outcome in the epoch was."""
        self.spoke_at: int | None = None
        self.told_failure_at: int | None = None
        self.ask_at = 0
        self.refusals = 0

    @property
    def stamp(self) -> int:
        """What a result must have been admitted in to count: since the last transition, the node's own ones too."""
        if self.view.epoch != self.marked:
            self.marked, self.era = self.view.epoch, self.new_era()
        return self.era

    def new_era(self) -> int:
        """One that was not there before."""
        self.eras += 1
        return self.eras

    def go_alone(self) -> None:
        """The node runs the same machine alone, from the level that it knows."""
        self.alone = True
        self.view.leases.clear()

    def sync(self, at: Moment, ask: bool = False, result: Result | None = None) -> Snapshot | None:
        """Tells the store what is pending, once; None is no answer."""
        pending, self.pending = self.pending, Pending(self.pending.width)
        self.seq += 1
        self.spoke_at = at.now
        if pending.pressing:
            self.told_failure_at = at.now
        delta = Delta(
            node=self.name,
            seq=self.seq,
            epoch=self.epoch,
            policy=self.policy,
            buckets=pending.sample.aged(pending.width, at.now),
            any=pending.any,
            head=pending.head,
            tail=pending.tail,
            after_ms=max(pending.after_ms, result.after_ms if result else 0),
            pressing=pending.pressing,
            lease=result.lease if result else None,
            result=result.word if result else "void",
            ask=ask,
        )
        snapshot = self.store.sync(delta, at.raw, at.coin)
        if snapshot:
            self.adopt(snapshot, at.now)
            if ask:
                self.take_answer(snapshot, at.now)
        return snapshot

    def adopt(self, snapshot: Snapshot, now: int) -> None:
        """The answer replaces the view, with what is pending of the same epoch on top."""
        if snapshot.epoch != self.epoch:
            self.shared_era = self.new_era()
        self.era, self.marked = self.shared_era, snapshot.epoch
        self.alone = False
        self.view = view_of(snapshot, self.policy, now)
        if snapshot.epoch != self.epoch:
            self.epoch = snapshot.epoch
            self.pending = Pending(self.pending.width)
            self.first_told = False
            self.end_wait()
        elif self.view.state in ("closed", "ramp"):
            self.view.sample.add_aged(self.pending.width, now, self.pending.sample.aged(self.pending.width, now))
            streak = 0 if self.pending.any else self.view.streak
            self.view.streak = streak + self.pending.tail

    def take_answer(self, snapshot: Snapshot, now: int) -> None:
        """To an ask: a grant ends the wait, a refusal doubles it (Leases)."""
        if snapshot.lease is not None:
            self.end_wait()
        elif snapshot.again_ms:
            self.ask_at = now + min(LONGEST_AGAIN_MS, snapshot.again_ms << self.refusals)
            self.refusals += 1

    def end_wait(self) -> None:
        """The node may ask at once."""
        self.ask_at = self.refusals = 0

    def speak_if_due(self, at: Moment) -> None:
        """The heartbeat; failures and slow calls, at most every 250 ms. Alone it is the heartbeat only."""
        beats = self.spoke_at is None or at.now - self.spoke_at >= self.heartbeat_ms
        spaced = self.told_failure_at is None or at.now - self.told_failure_at >= BETWEEN_FAILURES_MS
        if beats or (spaced and self.pending.pressing and not self.alone):
            self.sync(at)
