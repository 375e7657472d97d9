"""A node: what it says to a request (Verdicts), and what it makes of a call's end (Outcomes, The node's side)."""

from __future__ import annotations

from dataclasses import dataclass

from kampkin.plan import Policy
from tests.model.clock import Clock
from tests.model.overrides import forced, in_force, over
from tests.model.rules import FAILURES, LONGEST_TOLD_S, counts_of, judge, ramp_share, retry_after
from tests.model.store import Store
from tests.model.talk import Moment, Result, Talk
from tests.model.window import Counts, width_of

SECOND_MS = 1_000


@dataclass
class Call:
    """A request that a node has let through."""

    node: Node
    verdict: str
    stamp: int
    begun: int
    """ms, as the node reckons."""
    counted: bool
    """False: its outcome is void or metrics only."""
    lease: int | None = None
    local: bool = False
    """Whether the lease is the node's own, given without the store."""
    looked: bool = False
    """Whether it was found slow."""


class Node:
    """One incarnation, with its own view of the breaker."""

    def __init__(self, name: str, policy: Policy, store: Store) -> None:
        self.policy = policy
        self.lone_policy = policy.model_copy(update={"ramp_ms": 0})
        self.slow = policy.slow_ratio_bp > 0
        self.clock = Clock()
        self.talk = Talk(name, policy, store)
        self.last_request: int | None = None

    def see(self, raw: int, coin: int) -> Moment:
        """Now; a clock that was set back makes the node cold (Clocks)."""
        fresh = self.clock.last is None
        now, back = self.clock.see(raw)
        if fresh or back:
            self.talk.forget()
            self.last_request = None
        return Moment(now, raw, coin)

    # What it says to a request

    def request(self, raw: int, coin: int) -> tuple[int | None, Call | str]:
        """The Retry-After (s) and "reject", or the call that goes on."""
        at = self.see(raw, coin)
        if self.last_request is None or at.now - self.last_request > 2 * self.talk.heartbeat_ms:
            self.talk.sync(at)
        self.last_request = at.now
        lease = None
        word = self.decide(at)
        if word == "ask":
            word, lease = self.ask(at)
        if word == "reject" and self.monitors(at.now):  # rule 8
            word = "would-reject"
        if word in ("reject", "shut"):
            told = self.tell_callers(at)
            self.talk.speak_if_due(at)
            return told, "reject"
        verdict = "pass" if word == "uncounted" else word
        return None, Call(self, verdict, self.talk.stamp, at.now, word in ("pass", "probe"), lease, self.talk.alone)

    def decide(self, at: Moment) -> str:
        """By rules 1 to 4 and 7: pass, uncounted (a pass), ask (a would-be probe), reject, shut (by a person)."""
        view, file, now = self.talk.view, self.policy.override, at.now
        found = in_force(view.ruling, file, now)
        if found and found.mode != "monitor":
            return "shut" if found.mode == "forced-open" else "uncounted"
        ended = over(view.ruling, file, view.since, now)
        if ended:
            return "ask" if ended == "forced-open" else "pass"
        if view.state == "open":
            return "reject" if now < view.due_at(self.policy) else "ask"
        if view.state == "half-open":
            lucky = at.coin < self.policy.admit_bp
            return "ask" if lucky or view.granted_at is None or now - view.granted_at >= SECOND_MS else "reject"
        if view.state == "ramp":
            since = max(0, now - view.since)
            return "pass" if since >= self.policy.ramp_ms or at.coin < ramp_share(self.policy, since) else "reject"
        return "pass"

    def ask(self, at: Moment) -> tuple[str, int | None]:
        """By rules 5 and 6: what becomes of a would-be probe, and its lease."""
        talk = self.talk
        if at.now < talk.ask_at:
            return "reject", None
        snapshot = talk.sync(at, ask=True)
        if snapshot:
            if snapshot.lease is not None:
                return "probe", snapshot.lease
            word = self.decide(at)
            if word in ("shut", "uncounted"):
                return word, None
            return ("pass" if talk.view.state in ("closed", "ramp") else "reject"), None
        if not talk.alone:
            talk.go_alone()
        self.end_by_time_alone(at)
        lease, _ = talk.view.serve(self.lone_policy, at.now, at.coin)
        return ("reject" if lease is None else "probe"), lease

    def monitors(self, now: int) -> bool:
        """Whether it rejects nothing by itself."""
        found = in_force(self.talk.view.ruling, self.policy.override, now)
        return self.policy.monitor or (found is not None and found.mode == "monitor")

    def tell_callers(self, at: Moment) -> int:
        """The Retry-After of a rejection, s."""
        view, file = self.talk.view, self.policy.override
        found = in_force(view.ruling, file, at.now)
        if found and found.mode == "forced-open":
            return min(LONGEST_TOLD_S, -(-(found.until - at.now) // 1_000))
        if over(view.ruling, file, view.since, at.now):
            return retry_after(self.policy, 0, at.coin)
        if view.state == "open":
            return retry_after(self.policy, view.due_at(self.policy) - at.now, at.coin)
        return 1

    # What it makes of a call's end

    def look(self, call: Call, raw: int, coin: int) -> None:
        """The call has run for slow_after and goes on."""
        at = self.see(raw, coin)
        call.looked = True
        if call.counted:
            self.count(call, Counts(slow=1, aged=1), 0, at, first=False)
        self.talk.speak_if_due(at)

    def end(self, call: Call, outcome: str, after_ms: int, raw: int, coin: int) -> None:
        """The call has ended; `after_ms` is the origin's Retry-After."""
        at = self.see(raw, coin)
        after_ms = after_ms if outcome in FAILURES else 0
        if call.lease is not None:
            self.end_probe(call, call.lease, outcome, after_ms, at)
        elif call.counted and outcome != "void":
            aged = Counts(aged=int(self.slow and not call.looked))
            self.count(call, counts_of(outcome).plus(aged), after_ms, at, first=True)
        self.talk.speak_if_due(at)

    def count(self, call: Call, counts: Counts, after_ms: int, at: Moment, first: bool) -> bool:
        """Counts and judges what is of the present epoch, tells at once what has to be; False where it is not counted.
        `first`: the first such of an epoch is told."""
        talk = self.talk
        if talk.alone:
            self.end_by_time_alone(at)
        view = talk.view
        if call.stamp != talk.stamp or forced(view.ruling, self.policy.override, at.now):
            return False
        why = None
        if view.state in ("closed", "ramp"):
            width = width_of(self.policy.window_ms)
            view.sample.add(width, at.now // width, counts)
            view.streak = 0 if counts.ok else view.streak + counts.failures
            why = judge(self.policy, view.sample, view.streak, at.now) if counts.pressing else None
        if talk.alone:
            if why:
                view.trip(why, self.lone_policy, at.now, at.coin, after_ms)
                talk.sync(at)
            return True
        talk.pending.add(counts, at.now, after_ms)
        after_ms = talk.pending.after_ms
        first = first and not talk.first_told
        talk.first_told |= first
        if (why or first) and not talk.sync(at) and why:
            talk.go_alone()
            view.trip(why, self.lone_policy, at.now, at.coin, after_ms)
        return True

    def end_probe(self, call: Call, lease: int, outcome: str, after_ms: int, at: Moment) -> None:
        """Tells a probe's result to the one who gave its lease."""
        slow = self.slow and at.now - call.begun >= self.policy.slow_after_ms
        word = {"void": "void", "success": "good", "answered": "neutral"}.get(outcome, "bad")
        if slow and word != "void":
            word = "bad"
        talk = self.talk
        if call.local:
            if talk.alone:
                self.end_by_time_alone(at)
            view = talk.view
            if call.stamp == talk.stamp and view.free(lease) and not forced(view.ruling, self.policy.override, at.now):
                epoch = view.epoch
                view.tally(word, self.lone_policy, at.now, at.coin, after_ms)
                if view.epoch != epoch:
                    talk.sync(at)
            return
        talk.end_wait()
        current = call.stamp == talk.stamp and not forced(talk.view.ruling, self.policy.override, at.now)
        talk.first_told |= current and not talk.alone and word != "void"
        if not talk.sync(at, result=Result(lease, word, after_ms)):
            self.judge_probe(call, word, after_ms, at)

    def judge_probe(self, call: Call, word: str, after_ms: int, at: Moment) -> None:
        """The store did not hear a result: the node takes it into its view, and is alone where that decides."""
        talk = self.talk
        view = talk.view
        forced_now = forced(view.ruling, self.policy.override, at.now)
        if call.stamp != talk.stamp or view.state != "half-open" or forced_now:
            return
        epoch = view.epoch
        view.tally(word, self.lone_policy, at.now, at.coin, after_ms)
        if view.epoch != epoch:
            talk.go_alone()

    def end_by_time_alone(self, at: Moment) -> None:
        """What time has ended, ends for a node alone too."""
        view = self.talk.view
        if not forced(view.ruling, self.policy.override, at.now):
            view.end_by_time(self.lone_policy, at.now)
