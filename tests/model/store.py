"""The store of one breaker: one transaction per delta (The store's side)."""

from __future__ import annotations

from kampkin.plan import Policy
from tests.model.clock import Clock
from tests.model.overrides import Ruling, forced
from tests.model.record import Record
from tests.model.rules import judge
from tests.model.window import width_of
from tests.model.wire import Delta, Snapshot, snapshot_of


class Store:
    """Answers at once, or, while it is not `up`, not at all."""

    def __init__(self) -> None:
        self.up = True
        self.lose()

    def lose(self) -> None:
        """Forgets everything."""
        self.record: Record | None = None
        self.clock = Clock()
        self.last_seq: dict[str, int] = {}

    def at(self, raw: int) -> tuple[Record, int]:
        """The record, begun where there is none, and its now."""
        now, back = self.clock.see(raw)
        if self.record is None:
            self.record = Record()
        if back:
            self.record.set_back(back)
        return self.record, now

    def sync(self, delta: Delta, raw: int, coin: int) -> Snapshot | None:
        """What the delta comes to; None is no answer."""
        if not self.up:
            return None
        record, now = self.at(raw)
        lease, again_ms = None, 0
        if delta.seq > self.last_seq.get(delta.node, 0):
            self.last_seq[delta.node] = delta.seq
            lease, again_ms = merge(record, delta, now, coin)
        return snapshot_of(record, delta.policy, now, lease, again_ms)

    def override(self, mode: str, for_ms: int, raw: int) -> None:
        """A person decides for a time; it never moves the epoch."""
        record, now = self.at(raw)
        record.ruling = Ruling(mode, now + for_ms)

    def release(self, raw: int) -> None:
        """A person lets go."""
        record, now = self.at(raw)
        if record.ruling:
            record.ruling = record.ruling._replace(until=now)

    def flip(self, state: str, policy: Policy, raw: int, coin: int) -> None:
        """A person moves it."""
        record, now = self.at(raw)
        record.flip(state, policy, now, coin)


def merge(record: Record, delta: Delta, now: int, coin: int) -> tuple[int | None, int]:
    """Takes a delta in: a lease where one is granted, and after how many ms to ask again."""
    policy = delta.policy
    if forced(record.ruling, policy.override, now):  # rule 2
        if delta.lease is not None:
            record.free(delta.lease)
        return None, 0
    record.end_by_time(policy, now)  # rule 3
    if delta.epoch == record.epoch:  # rule 4
        if record.state in ("closed", "ramp"):
            count(record, delta, now, coin)
        elif record.state == "half-open":
            word = delta.result if delta.lease is not None and record.free(delta.lease) else "void"
            record.tally(word, policy, now, coin, delta.after_ms)
    return record.serve(policy, now, coin) if delta.ask else (None, 0)  # rules 6 and 7


def count(record: Record, delta: Delta, now: int, coin: int) -> None:
    """Adds a delta to a closed breaker, or one on its ramp, and judges (rule 5)."""
    policy = delta.policy
    record.sample.add_aged(width_of(policy.window_ms), now, delta.buckets)
    record.streak += delta.head
    why = judge(policy, record.sample, record.streak, now) if delta.pressing else None
    if why is None and delta.any:
        record.streak = delta.tail
        why = judge(policy, record.sample, record.streak, now) if delta.pressing else None
    if why:
        record.trip(why, policy, now, coin, delta.after_ms)
