"""Vectors on the breaker in Node: one process, a world of its own for each vector."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from kampkin.bundle import LAMBDA, STATE, WORKER, runtime
from kampkin.conformance.run import EPOCH_MS, Played, Player, Seen, Shipped, policies_of
from kampkin.conformance.vectors import Step, Vector
from kampkin.local.process import COMMAND_TIMEOUT_S, Process
from kampkin.local.toolchain import node
from kampkin.plan import Policy
from kampkin.values import duration

Store = Literal["ledger", "dynamodb"]


class Core(AbstractContextManager["Core"]):
    """The modules in one long-lived Node process, while the context lasts; those of `shipped` in the place of this
    release's."""

    def __init__(self, shipped: Shipped | None = None, patience_s: float = COMMAND_TIMEOUT_S) -> None:
        self.patience_s = patience_s
        self.modules = runtime(WORKER) | runtime(STATE) | runtime(LAMBDA)
        for part in ("worker", "state"):
            self.modules |= (shipped or {}).get(part, {})
        self.stack = ExitStack()

    def __enter__(self) -> Core:
        with self.stack as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kampkin-"))
            for name, code in self.modules.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(code)
            program = files("kampkin.conformance") / "js" / "core.mjs"
            self.process = stack.enter_context(
                Process("the breaker in Node", [node(), str(program)], {"folder": folder})
            )
            self.process.ready()
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def play(self, vector: Vector, policy: Policy, later: Policy, store: Store = "ledger") -> Played:
        """Plays a vector from its first step to its last, under a policy and the one of the next release, over a record in
        memory or an item of a table.

        Raises `Cannot` where the modules do not end in time, or throw.
        """
        steps = [as_json(step) for step in vector.steps]
        seen = self.process.ask(
            "play",
            {"policy": policy.to_json(), "later": later.to_json(), "steps": steps, "store": store},
            self.patience_s,
        )
        return Played(vector, tuple(Seen(*one) for one in seen))


@contextmanager
def core_player(vectors: Sequence[Vector], shipped: Shipped | None = None) -> Iterator[Player]:
    """Plays these vectors, each under its own policy, while the context lasts."""
    policies = dict(zip((vector.name for vector in vectors), policies_of(vectors), strict=True))
    with Core(shipped) as core:
        yield lambda vector: core.play(vector, *policies[vector.name])


def as_json(step: Step) -> dict[str, Any]:
    """The step as Node reads it; durations in ms."""
    parts = {name: step.part(name) for name in ("result", "begin", "end", "ends", "mode", "flip")}
    lasts = step.part("for")
    return {
        **parts,
        "event": step.event,
        "forMs": duration(lasts) if lasts else None,
        "now": EPOCH_MS + step.at_ms,
        "coin": step.coin,
        "node": step.node,
        "after": step.after_s,
    }
