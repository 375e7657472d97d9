"""The outages that are played: what they do, how long, and to how many of the calls. Their shapes are those by which Semian's
authors compare breakers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["answers", "refused", "hang"]
"""How calls fail: answered with 503, refused at once, or not answered at all."""

BACKGROUND_BP = 120
"""The share of calls that a healthy origin answers with 503."""
LEAD_MS = 30_000
"""Of health before each outage."""
HEALTHY_MS = 120_000


@dataclass(frozen=True)
class Phase:
    """Some time in which calls fail."""

    kind: Kind
    ms: int
    from_bp: int
    """Of all calls, at its begin."""
    to_bp: int
    """At its end; between them it changes evenly."""

    def to_json(self) -> dict[str, Any]:
        """As Node reads it."""
        return {"kind": self.kind, "ms": self.ms, "from": self.from_bp, "to": self.to_bp}


HEALTHY = Phase("answers", 0, BACKGROUND_BP, BACKGROUND_BP)


@dataclass(frozen=True)
class Outage:
    """One of them."""

    name: str
    text: str
    phases: tuple[Phase, ...]
    """None: the origin is healthy all the time."""
    lead_ms: int = LEAD_MS
    """Of health before it."""

    def to_json(self) -> dict[str, Any]:
        """As Node reads it."""
        phases = [phase.to_json() for phase in self.phases]
        return {"leadMs": self.lead_ms, "phases": phases, "healthy": HEALTHY.to_json()}


def steady(kind: Kind, ms: int, share_bp: int) -> Phase:
    """A phase in which the share stays what it is."""
    return Phase(kind, ms, share_bp, share_bp)


PAUSE = steady("answers", 10_000, BACKGROUND_BP)
OUTAGES = (
    Outage("spike", "all connections are refused for 20 s", (steady("refused", 20_000, 10_000),)),
    Outage("sustained", "20 % of calls get a 503 for 60 s", (steady("answers", 60_000, 2_000),)),
    Outage("slow climb", "1.5 % of calls get a 503, and 5 % a minute later", (Phase("answers", 60_000, 150, 500),)),
    Outage("hang", "no call is answered for 60 s", (steady("hang", 60_000, 10_000),)),
    Outage(
        "flapping",
        "20 %, 60 %, then all of the calls get a 503, for 10 s each with 10 s of health between",
        (
            steady("answers", 10_000, 2_000),
            PAUSE,
            steady("answers", 10_000, 6_000),
            PAUSE,
            steady("answers", 10_000, 10_000),
        ),
    ),
    Outage("no outage", "a healthy origin, of whose answers 1.2 % are 503, for two minutes", (), HEALTHY_MS),
)
