"""What an endpoint's settings promise: waits, openings, what an origin still sees, and healing, reckoned from the plan alone.

Each promise is a number with its `text` in plain English and its `proof`: the vectors of the specification
(`kampkin.conformance`, by what they prove) and the tests of tests/promises that play it on the machine that ships. The formulas, and what
they assume, are in docs/promises.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kampkin.plan import Endpoint, Policy, Target, TargetName
from kampkin.promises.arrivals import Arrivals
from kampkin.promises.healing import Healing, healing
from kampkin.promises.opening import Opening, openings
from kampkin.promises.pressure import Pressure, pressure
from kampkin.promises.waits import Wait, waits
from kampkin.promises.words import clouds, moment, span

HEARTBEAT_MAX_MS = 10_000
"""runtime/node.mjs"""
SHARES_COUNTS = ("durable-object", "dynamodb")

OVERRIDES = {
    "forced-open": "every caller is rejected, no probe is made and nothing is counted; then it probes as after a cooldown",
    "forced-closed": "every caller passes and nothing is counted, so it cannot open; then it is closed, with an empty window",
    "monitor": "it opens and closes as it would, and rejects nobody",
}
"""What holds while the file's override does."""


Promise = Wait | Opening | Pressure | Healing


@dataclass(frozen=True)
class Promises:
    """Of one endpoint, at a rate of requests."""

    endpoint: str
    instead: tuple[str, ...]
    """What holds in the place of all others, in sentences: while it monitors, or under the file's override."""
    waits: tuple[Wait, ...]
    openings: tuple[Opening, ...]
    pressures: tuple[Pressure, ...]
    healing: Healing
    heartbeat_ms: int
    """How often a node with requests speaks to the store."""
    stores: tuple[tuple[TargetName, str], ...]

    @property
    def assumption(self) -> str:
        """What all of them are reckoned for, and what is otherwise with many nodes."""
        said = ["One node is assumed."]
        if any(store in SHARES_COUNTS for _, store in self.stores):
            heartbeat = f"at most the heartbeat later, {span(self.heartbeat_ms)}"
            said.append(f"With many, each counts by itself until they have spoken to the store: {heartbeat}.")
        alone = tuple(target for target, store in self.stores if store not in SHARES_COUNTS)
        if alone:
            said.append(f"On {clouds(alone)} nodes share no counts: each opens by what it sees itself.")
        return " ".join(said)

    @property
    def each(self) -> tuple[Promise, ...]:
        """All of them."""
        return (*self.waits, *self.openings, *self.pressures, self.healing)

    @property
    def text(self) -> str:
        """All of it, a line for each promise."""
        return "\n".join([*self.instead, *(one.text for one in self.each), self.assumption])


def promises(
    endpoint: Endpoint, targets: Mapping[TargetName, Target], rate: int | Fraction = 10, probe_ms: int = 100
) -> Promises:
    """What an endpoint promises on the plan's targets that have it: at so many requests a second, where a probe of a healed
    origin takes so many ms. Raises `Cannot` for a rate that is not reckoned with."""
    arrivals = Arrivals(Fraction(rate))
    policy = endpoint.policy
    mine = [(name, targets[name]) for name in endpoint.targets]
    return Promises(
        endpoint=endpoint.name,
        instead=in_stead(policy),
        waits=tuple(wait for name, target in mine for wait in waits(endpoint, name, target)),
        openings=tuple(openings(endpoint, arrivals)),
        pressures=tuple(pressure(policy, name, target, arrivals) for name, target in mine),
        healing=healing(policy, arrivals, probe_ms),
        heartbeat_ms=min(HEARTBEAT_MAX_MS, policy.window_ms // 4),
        stores=tuple((name, target.store) for name, target in mine),
    )


def in_stead(policy: Policy) -> tuple[str, ...]:
    """What a person has decided in the file, and that it only monitors."""
    found = []
    if policy.override:
        mode, until = policy.override.mode, moment(policy.override.until)
        found.append(f"Until {until} it is on {mode}: {OVERRIDES[mode]}. What follows holds from then on.")
    if policy.monitor:
        found.append("It only monitors: it opens and closes as said here, and rejects nobody.")
    return tuple(found)
