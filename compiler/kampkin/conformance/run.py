"""What playing a vector comes to, the same words for every runtime: the breaker in Node (`core.py`), the Worker on workerd
and the function in its Lambda host (`edges.py`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import yaml

from kampkin.conformance.vectors import Step, Vector
from kampkin.errors import Cannot
from kampkin.formats import as_text
from kampkin.load import load
from kampkin.local.redirect import redirect
from kampkin.plan import Plan, Policy
from kampkin.values import duration

Shipped = Mapping[str, Mapping[str, bytes]]
"""The modules of a bundle by part: worker, state, aws."""

Runtime = Literal["node", "workerd", "lambda"]
RUNTIMES: tuple[Runtime, ...] = ("node", "workerd", "lambda")
EPOCH_MS = 1_800_000_000_000
"""When every vector begins; a whole number of buckets of any width."""


@dataclass(frozen=True)
class Seen:
    """What came of a step."""

    verdict: str
    wait_s: int | None
    state: str
    epoch: int
    level: int

    def misses(self, step: Step) -> list[str]:
        """Where it is not what the step says."""
        pairs = [
            ("verdict", step.verdict, self.verdict),
            ("state", step.state, self.state),
            ("wait", step.wait_s, self.wait_s),
            ("epoch", step.epoch, self.epoch),
            ("level", step.level, self.level),
        ]
        return [f"{name} {seen}, not {said}" for name, said, seen in pairs if said is not None and said != seen]


@dataclass(frozen=True)
class Played:
    """A vector that ran to its end."""

    vector: Vector
    seen: tuple[Seen, ...]

    @property
    def transcript(self) -> str:
        """The same text for the same behaviour."""
        lines = [f"{self.vector.file}: {self.vector.name}"]
        for step, seen in zip(self.vector.steps, self.seen, strict=True):
            wait = "" if seen.wait_s is None else f", retry after {seen.wait_s}"
            lines.append(
                f"  {step.at_ms} {step.node} {step.event}: {seen.verdict}{wait}, {seen.state} {seen.epoch}/{seen.level}"
            )
        return "\n".join(lines)

    @property
    def problems(self) -> list[str]:
        """What is not as the vector says."""
        return [
            f"{self.vector.file}: {self.vector.name}: step {number} ({step.at_ms} ms, {step.event}): {', '.join(misses)}"
            for number, (step, seen) in enumerate(zip(self.vector.steps, self.seen, strict=True), 1)
            if (misses := seen.misses(step))
        ]


Player = Callable[[Vector], Played]
"""Plays a vector from its first step to its last."""


def plan_of(vectors: Sequence[Vector], origin: str, later: bool) -> Plan:
    """A plan with an endpoint for each vector, or the one of the next release. Raises `Cannot` where a vector's breaker
    section is not sound."""
    defaults = {"timeout": "10s", "breaker": {"cooldown": {"jitter": "0%"}, "half_open": {"probe_timeout": "5s"}}}
    endpoints: dict[str, Any] = {}
    for number, vector in enumerate(vectors):
        breaker = vector.later if later and vector.later is not None else vector.breaker
        endpoints[f"v{number:03d}"] = {"origin": "https://origin.test", "breaker": breaker}
        if vector.override:
            until = datetime.fromtimestamp((EPOCH_MS + duration(vector.override["until"])) / 1000, UTC)
            said = {"owner": "vector", "reason": "it says so", **vector.override, "until": until.isoformat()}
            endpoints[f"v{number:03d}"]["override"] = said
    document = {"version": 1, "project": "conformance", "defaults": defaults, "endpoints": endpoints}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kampkin.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        loaded = load(path)
    if loaded.plan is None:
        raise Cannot(as_text(loaded.diagnostics, loaded.texts), "v000 is the first vector of the first file")
    return redirect(loaded.plan, dict.fromkeys(endpoints, origin))


def policies_of(vectors: Sequence[Vector]) -> list[tuple[Policy, Policy]]:
    """Each vector's policy, and the one of the next release."""
    plans = [plan_of(vectors, "https://origin.test", later) for later in (False, True)]
    return [(one.policy, other.policy) for one, other in zip(*(plan.endpoints for plan in plans), strict=True)]
