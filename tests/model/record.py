"""The state of a breaker and its transitions; the same for the record in the store and a node's view of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from kampkin.plan import Policy
from tests.model.overrides import Ruling, over
from tests.model.rules import cooldown, longest_cooldown
from tests.model.window import Sample

LEASE_GRACE_MS = 1_000
SHORTEST_AGAIN_MS, LONGEST_AGAIN_MS = 250, 4_000


@dataclass
class Record:
    """Times are absolute ms on the clock of the side that holds it."""

    since: int = 0
    """A fresh one has been closed for ever."""
    epoch: int = 0
    state: str = "closed"
    why: str = ""
    retry_at: int = 0
    level: int = 0
    sample: Sample = field(default_factory=Sample)
    streak: int = 0
    ok: int = 0
    bad: int = 0
    answered: int = 0
    leases: dict[int, int] = field(default_factory=dict)
    """By slot."""
    granted_at: int | None = None
    ruling: Ruling | None = None

    def move(self, state: str, why: str, now: int, level: int) -> None:
        """A transition (Transitions)."""
        self.epoch += 1
        self.state, self.why, self.since, self.level = state, why, now, level
        self.forget_sample()
        self.ok = self.bad = self.answered = 0
        self.leases.clear()
        self.granted_at = None

    def forget_sample(self) -> None:
        self.sample, self.streak = Sample(), 0

    def open(self, why: str, level: int, policy: Policy, now: int, coin: int, after_ms: int = 0) -> None:
        """Opens for the cooldown of the level."""
        self.move("open", why, now, level)
        self.retry_at = now + cooldown(policy, level, coin, after_ms)

    def trip(self, why: str, policy: Policy, now: int, coin: int, after_ms: int) -> None:
        """Opens because a rule holds, or because probes failed: from closed anew, else for longer."""
        self.open(why, 0 if self.state == "closed" else self.level + 1, policy, now, coin, after_ms)

    def flip(self, state: str, policy: Policy, now: int, coin: int) -> None:
        """Moves because a person says so; an override that is over goes with it (Transitions)."""
        if self.ruling and self.ruling.until <= now:
            self.ruling = None
        if state == "open":
            self.open("manual", 0, policy, now, coin)
        else:
            self.move(state, "manual", now, self.level if state == "half-open" else 0)

    def end_by_time(self, policy: Policy, now: int) -> None:
        """Ends what time has ended: an override, the ramp (The store's side, 3)."""
        mode = over(self.ruling, policy.override, self.since, now)
        if mode and self.ruling and self.ruling.until <= now:
            self.ruling = None
        if mode == "forced-open":
            self.move("half-open", "override_ended", now, self.level)
        elif mode == "forced-closed":
            self.move("closed", "override_ended", now, 0)
        elif self.state == "ramp" and now - self.since >= policy.ramp_ms:
            self.move("closed", "ramp_over", now, 0)

    def due_at(self, policy: Policy) -> int:
        """When an open breaker may probe: no later than the policy at hand could have put it (A change of policy)."""
        return min(self.retry_at, self.since + longest_cooldown(policy))

    def serve(self, policy: Policy, now: int, coin: int) -> tuple[int | None, int]:
        """Serves an ask: a lease, or after how many ms to ask again; 0 where nothing is said of that."""
        if self.state == "open" and now >= self.due_at(policy):
            self.move("half-open", "cooldown_over", now, self.level)
        if self.state != "half-open":
            return None, 0
        slots = range(policy.max_probes)
        for slot in slots:
            if slot not in self.leases or now > self.leases[slot] // 1_000:
                until = now + policy.probe_timeout_ms + LEASE_GRACE_MS
                self.leases[slot] = until * 1_000 + coin // 100 * 10 + slot
                self.granted_at = now
                return self.leases[slot], 0
        first = min(self.leases[slot] // 1_000 for slot in slots)
        return None, min(LONGEST_AGAIN_MS, max(SHORTEST_AGAIN_MS, first - now))

    def free(self, lease: int) -> bool:
        """Empties the lease's slot; False where another has it, or nobody."""
        if self.leases.get(lease % 10) != lease:
            return False
        del self.leases[lease % 10]
        return True

    def tally(self, result: str, policy: Policy, now: int, coin: int, after_ms: int) -> None:
        """Counts a probe's result, good, bad, neutral or void, and moves where that decides (Transitions)."""
        if result == "bad":
            self.bad += 1
            self.answered = 0
        elif result == "good":
            self.ok += 1
        elif result == "neutral":
            self.answered += 1
        if self.bad >= policy.failures:
            self.trip("probe_failed", policy, now, coin, after_ms)
        elif self.ok >= policy.successes or self.ok + self.answered >= 2 * policy.successes:
            ramps = policy.ramp_ms > 0
            self.move("ramp" if ramps else "closed", "probes_succeeded", now, self.level if ramps else 0)

    def set_back(self, step_ms: int) -> None:
        """The clock was set back: absolute times go with it, the sample is empty (Clocks)."""
        self.since -= step_ms
        self.retry_at -= step_ms
        self.leases = {slot: lease - step_ms * 1_000 for slot, lease in self.leases.items()}
        if self.granted_at is not None:
            self.granted_at -= step_ms
        if self.ruling:
            self.ruling = self.ruling._replace(until=self.ruling.until - step_ms)
        self.forget_sample()
