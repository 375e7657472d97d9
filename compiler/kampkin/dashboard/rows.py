"""The board's rows: each endpoint, what is known of it at all of its places, the one most in trouble first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kampkin.dashboard.history import summary
from kampkin.dashboard.journal import Journal
from kampkin.dashboard.memory import Known, Memory
from kampkin.dashboard.running import Runs
from kampkin.dashboard.steady import Steady
from kampkin.dashboard.tally import MINUTES, Hours, Tally
from kampkin.operate import words
from kampkin.operate.edge import Override, Place, Status
from kampkin.operate.trouble import FAILING, QUIET, failing, rank
from kampkin.plan import MINUTE_MS, Endpoint, TargetName

UNKNOWN = QUIET + 1
LATE_MS = 3 * MINUTE_MS
"""A place that has not told its minutes for so long is missing in the sums."""

COUNTED = ("ok", "network", "service", "slow")


def row(
    endpoint: Endpoint, places: Sequence[Place], memory: Memory, runs: Mapping[TargetName, Runs], now_ms: int
) -> dict[str, Any]:
    """One endpoint."""
    name = endpoint.name
    records = {place: memory.records.get((name, place)) or nothing(place, memory) for place in places}
    seen = {place: one.status for place, one in records.items() if one.status}
    worst = min(seen.values(), key=lambda one: (rank(one), -failing(one)), default=None)
    tallies = {str(place): memory.tallies.get((name, place)) for place in places}
    sights = [sight(name, place, one, memory) for place, one in records.items()]
    chosen = next((one for one in sights if worst and one["place"] == str(worst.place)), None)
    return {
        "name": name,
        "owner": endpoint.owner,
        "targets": list(endpoint.targets),
        "rank": rank(worst) if worst else UNKNOWN,
        "worst": worst.state if worst else "unknown",
        "because": because(worst, memory.journal) if worst else None,
        "since": chosen["since"] if chosen else None,
        "override": next((one["override"] for one in sights if one["override"]), None),
        "windowMs": endpoint.policy.window_ms,
        "places": sights,
        "hour": hour(name, tallies, memory.hours, now_ms),
        "spark": spark(name, tallies, memory.hours, now_ms),
        "drift": drift(endpoint, runs),
    }


def order(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names, the one most in trouble first; equals by name, so that nothing moves about without a reason."""

    def key(row: Mapping[str, Any]) -> tuple[int, int, str]:
        failed = sum(sum(one["counts"].values()) - one["counts"]["ok"] for one in row["places"] if one["counts"])
        return row["rank"], -failed if row["rank"] == FAILING else 0, row["name"]

    return [row["name"] for row in sorted(rows, key=key)]


def nothing(place: Place, memory: Memory) -> Known:
    """Of a breaker that was not seen there: why, where the place does not answer."""
    seen = memory.answering.get(place)
    return Known(None, seen.problem.message if seen and seen.problem else None)


def sight(name: str, place: Place, one: Known, memory: Memory) -> dict[str, Any]:
    """A breaker at a place."""
    status = one.status
    if status is None:
        absent = dict.fromkeys(("state", "epoch", "since", "why", "retryAt", "counts", "probes", "override", "heard"))
        return {"place": str(place), **absent, "problem": one.problem or memory.refused.get((name, place))}
    steady, key = memory.steady, (name, place)
    since = one.at_ms - status.since_ms if status.since_ms is not None else None
    retry = one.at_ms + status.retry_in_ms if status.retry_in_ms else None
    return {
        "place": str(place),
        "state": status.state,
        "epoch": status.epoch,
        "since": steady((*key, "since"), since),
        "why": because(status, memory.journal),
        "retryAt": steady((*key, "retry"), retry),
        "counts": {name: status.counts.get(name, 0) for name in COUNTED},
        "probes": dict(status.probes),
        "override": override(status.override, key, steady, one.at_ms),
        "heard": max(status.heard.values(), default=None),
        "problem": one.problem or memory.refused.get((name, place)),
    }


def because(status: Status, journal: Journal) -> str | None:
    """Which rule moved it, with its numbers where they are known."""
    if not status.why:
        return None
    turn = journal.turn(status.breaker, status.place, status.epoch)
    return words.reason(status.why, turn["numbers"] if turn else None)


def override(said: Override | None, key: tuple[str, Place], steady: Steady, at_ms: int) -> dict[str, Any] | None:
    """A person's word in force."""
    if said is None:
        return None
    until = steady((*key, "until"), at_ms + said.left_ms)
    return {"mode": said.mode, "until": until, "owner": said.owner, "reason": said.reason}


def hour(name: str, tallies: Mapping[str, Tally | None], hours: Hours, now_ms: int) -> dict[str, Any] | None:
    """The last hour's numbers, and the places that are not in them: they have not told for a while. None where no place has told
    any of its minutes, which nodes do when one is over."""
    told = hours.of(name, asked(tallies), now_ms // MINUTE_MS).sums
    late = [place for place, one in tallies.items() if not one or now_ms - (one.asked_ms or 0) > LATE_MS]
    return summary(told) | {"without": late} if told else None


def spark(name: str, tallies: Mapping[str, Tally | None], hours: Hours, now_ms: int) -> dict[str, Any] | None:
    """The last hour minute by minute; null for a minute that is not known yet."""
    known = asked(tallies)
    if not known:
        return None
    minute = now_ms // MINUTE_MS
    each = hours.of(name, known, minute).each
    return {
        "from": (minute - MINUTES + 1) * MINUTE_MS,
        "requests": [one.requests if one else None for one in each],
        "failures": [one.failures if one else None for one in each],
        "rejects": [one.rejected if one else None for one in each],
    }


def asked(tallies: Mapping[str, Tally | None]) -> list[Tally]:
    """Those of places that have told something."""
    return [one for one in tallies.values() if one and one.asked_ms is not None]


def drift(endpoint: Endpoint, runs: Mapping[TargetName, Runs]) -> dict[str, Any]:
    """Whether its edges run the file's plan."""
    mine = {target: runs[target] for target in endpoint.targets if target in runs}
    if not mine:
        return {"state": "not-compared", "words": "edges are not held against the file here"}
    other = [f"{target} {one.words}" for target, one in mine.items() if one.same is False]
    unsure = [f"{target} {one.words}" for target, one in mine.items() if one.same is None]
    if other:
        return {"state": "other", "words": "; ".join(other)}
    if unsure:
        return {"state": "unknown", "words": "; ".join(unsure)}
    return {"state": "same", "words": "every edge runs the file's plan"}
