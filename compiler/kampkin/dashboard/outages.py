"""The incident that a breaker is in, for its row: reckoned when something has happened to it and not at every look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kampkin.dashboard.incidents import Incident, incidents
from kampkin.dashboard.past import Past
from kampkin.operate.edge import Place


@dataclass(frozen=True)
class Outage:
    """An incident that goes on."""

    begin_ms: int
    tripped: str | None
    """What began it; None where that is older than what is kept."""
    failed_probes: Mapping[Place, int]
    """How often a probe has failed, at each place that is in it."""


class Outages:
    """Remembers by breaker. For one thread."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[object, Outage | None]] = {}

    def of(self, breaker: str, mark: object, pasts: Callable[[], Mapping[Place, Past]]) -> Outage | None:
        """None where no event tells of one. The mark is other when there may be something new in the past."""
        kept = self._kept.get(breaker)
        if kept is None or kept[0] != mark:
            newest = next(iter(incidents(pasts())), None)
            kept = mark, outage(newest) if newest and newest.is_running else None
            self._kept[breaker] = kept
        return kept[1]


def outage(incident: Incident) -> Outage:
    """In short."""
    failed = dict.fromkeys(incident.places, 0)
    for place, step in incident.steps:
        failed[place] += step.get("reason") == "probe_failed"
    return Outage(incident.begin, incident.tripped, failed)
