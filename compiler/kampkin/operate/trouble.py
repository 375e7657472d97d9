"""Which breaker wants looking at first."""

from __future__ import annotations

from collections.abc import Iterable

from kampkin.operate.edge import Status

BAD = ("network", "service", "slow")
STATES = {"open": 0, "half-open": 2, "ramp": 3}
FORCED_OPEN, HELD, FAILING, QUIET = 1, 4, 5, 6


def rank(status: Status) -> int:
    """0 is the worst: open by itself, forced open, on its way back, held in another way, failing while closed, quiet."""
    if status.override and status.override.mode == "forced-open":
        return FORCED_OPEN
    if status.state in STATES:
        return STATES[status.state]
    if status.override:
        return HELD
    return FAILING if failing(status) else QUIET


def failing(status: Status) -> int:
    """How much failed in the window."""
    return sum(status.counts.get(name, 0) for name in BAD)


def by_trouble(statuses: Iterable[Status]) -> list[Status]:
    """The worst breaker first, with all of its places together, by the worst of them; equals by name."""
    statuses = list(statuses)
    worst: dict[str, tuple[int, int]] = {}
    for one in statuses:
        worst[one.breaker] = min(worst.get(one.breaker, (QUIET, 0)), (rank(one), -failing(one)))
    return sorted(statuses, key=lambda one: (worst[one.breaker], one.breaker, one.place))
