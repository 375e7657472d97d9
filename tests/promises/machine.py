"""The breaker that ships, in one Node process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kampkin.local.process import Process
from kampkin.local.toolchain import node
from kampkin.plan import Endpoint, Origin, Policy, Route, TargetName, seal_endpoint
from kampkin.promises.arrivals import Arrivals
from kampkin.promises.opening import Fault, Start

HERE = Path(__file__).parent
PATIENCE_S = 120


@contextmanager
def program(name: str) -> Iterator[Process]:
    """A program of this folder that answers commands."""
    with Process(name, [node(), "--disable-warning=ExperimentalWarning", str(HERE / name)], {}) as process:
        process.ready()
        yield process


def endpoint_of(policy: Policy, timeout_ms: int = 5_000, **fields: Any) -> Endpoint:
    """An endpoint on both clouds with that policy."""
    targets: tuple[TargetName, ...] = ("aws", "cloudflare")
    origin = Origin(scheme="https", host="cart.test", port=443, path="")
    plain = {"name": "cart", "targets": targets, "route": Route(path="/", prefix=True), "origin": origin}
    return seal_endpoint(**plain | {"policy": policy, "timeout_ms": timeout_ms} | fields)


@dataclass(frozen=True)
class Opened:
    """When the machine opened."""

    after_ms: int
    rule: str
    callers: int


@dataclass(frozen=True)
class Outage:
    """Calls that begin to fail, the first of them so far into a slot of the window."""

    endpoint: Endpoint
    arrivals: Arrivals
    fault: Fault
    start: Start
    phase_ms: int
    until_ms: int

    def as_json(self) -> dict[str, Any]:
        """As the program takes it."""
        policy, spacing = self.endpoint.policy, self.arrivals.spacing
        full_ms = 2 * policy.window_ms + self.endpoint.timeout_ms
        return {
            "policy": policy.to_json(),
            "spacing": [spacing.numerator, spacing.denominator],
            "phaseMs": self.phase_ms,
            "fault": self.fault,
            "before": self.arrivals.within(full_ms) if self.start == "healthy" else 0,
            "timeoutMs": self.endpoint.timeout_ms,
            "untilMs": self.until_ms,
        }


def play(process: Process, outages: Sequence[Outage]) -> list[Opened | None]:
    """When each opened; None where it did not."""
    said = process.ask("opens", [one.as_json() for one in outages], PATIENCE_S)
    return [Opened(one["afterMs"], one["rule"], one["callers"]) if one else None for one in said]
