"""The world of a vector: three nodes, their store, and the clock; what each event means."""

from __future__ import annotations

from kampkin.conformance.run import EPOCH_MS, Played, Seen
from kampkin.conformance.vectors import NODES, NodeName, Step, Vector
from kampkin.plan import Policy
from kampkin.values import duration
from tests.model.node import Call, Node
from tests.model.rules import outcome_of
from tests.model.store import Store


class World:
    """One breaker, three nodes a, b, c and a store: the specification once more."""

    def __init__(self, policy: Policy, later: Policy) -> None:
        self.policy = policy
        self.later = later
        self.store = Store()
        self.restarts = dict.fromkeys(NODES, 0)
        self.nodes: dict[NodeName, Node] = {letter: self.start(letter) for letter in NODES}
        self.going: dict[str, Call] = {}
        self.timers: dict[str, int] = {}
        """When each call that goes on is to be looked at, ms; in the order in which they began."""

    def start(self, letter: NodeName) -> Node:
        """A fresh node of that letter."""
        return Node(f"test/{letter}{self.restarts[letter]}", self.policy, self.store)

    def restart(self, letter: NodeName) -> None:
        """The old one is left to the calls that it has let through."""
        self.restarts[letter] += 1
        self.nodes[letter] = self.start(letter)

    def step(self, step: Step) -> Seen:
        """Carries out a step; what came of it."""
        now = EPOCH_MS + step.at_ms
        self.advance(now, step.coin)
        verdict, wait_s = self.act(step, now)
        record = self.store.record
        return Seen(verdict, wait_s, *((record.state, record.epoch, record.level) if record else ("closed", 0, 0)))

    def advance(self, now: int, coin: int) -> None:
        """Fires the timers that are due, in the order in which they are, each at its own time."""
        for due, name in sorted(
            ((due, name) for name, due in self.timers.items() if due <= now), key=lambda one: one[0]
        ):
            del self.timers[name]
            call = self.going[name]
            call.node.look(call, due, coin)

    def act(self, step: Step, now: int) -> tuple[str, int | None]:
        """Does what the event says: the verdict on a request, and the Retry-After of a rejection."""
        part, store, coin = step.part, self.store, step.coin
        if result := part("result"):
            wait_s, call = self.nodes[step.node].request(now, coin)
            if isinstance(call, str):
                return call, wait_s
            self.end(call, result, step, now)
            return call.verdict, None
        if name := part("begin"):
            wait_s, call = self.nodes[step.node].request(now, coin)
            if isinstance(call, str):
                return call, wait_s
            self.going[name] = call
            if call.node.slow and call.verdict != "probe":
                self.timers[name] = now + call.node.policy.slow_after_ms
            return call.verdict, None
        if name := part("end"):
            self.timers.pop(name, None)
            if name in self.going:
                self.end(self.going.pop(name), part("ends") or "", step, now)
        elif step.event.startswith("store"):
            store.up = step.event != "store down"
            if step.event == "store lost":
                store.lose()
        elif step.event == "restart":
            self.restart(step.node)
        elif step.event == "deploy":
            self.policy = self.later
            for letter in NODES:
                self.restart(letter)
        elif mode := part("mode"):
            store.override(mode, duration(part("for")), now)
        elif step.event == "release":
            store.release(now)
        elif state := part("flip"):
            store.flip(state, self.policy, now, coin)
        return "-", None

    def end(self, call: Call, result: str, step: Step, now: int) -> None:
        """A call's result is taken in by the node that let it through; only a status carries a Retry-After."""
        after_ms = (step.after_s or 0) * 1_000 if result.isdigit() else 0
        call.node.end(call, outcome_of(result, call.node.policy), after_ms, now, step.coin)


def play(vector: Vector, policies: tuple[Policy, Policy]) -> Played:
    """Plays a vector from its first step to its last, under its policy and the one that a deploy brings."""
    world = World(*policies)
    return Played(vector, tuple(world.step(step) for step in vector.steps))
