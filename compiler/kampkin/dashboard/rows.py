"""The board's rows: each endpoint, what is known of it at all of its places, the one most in trouble first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kampkin.dashboard.history import error_bp, summary
from kampkin.dashboard.journal import Journal
from kampkin.dashboard.memory import Known, Memory
from kampkin.dashboard.running import Runs
from kampkin.dashboard.tally import MINUTES, Hours, Tally
from kampkin.operate import words
from kampkin.operate.edge import Override, Place, Status
from kampkin.operate.trouble import FAILING, QUIET, failing, rank
from kampkin.plan import MINUTE_MS, Endpoint, TargetName
from kampkin.urls import pattern

UNKNOWN = QUIET + 1
RECENT = 5
"""Minutes whose share of failed calls is told beside the hour's."""

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
        "origin": endpoint.origin.url,
        "route": pattern(endpoint.route),
        "rank": rank(worst) if worst else UNKNOWN,
        "worst": worst.state if worst else "unknown",
        "because": because(worst, memory.journal) if worst else None,
        "since": chosen["since"] if chosen else None,
        "outage": outage(worst, places, memory) if worst and worst.state != "closed" else None,
        "override": next((one["override"] for one in sights if one["override"]), None),
        "windowMs": endpoint.policy.window_ms,
        "places": sights,
        "hour": hour(name, tallies, memory.hours, now_ms),
        "spark": spark(name, tallies, memory.hours, now_ms),
        "drift": drift(endpoint, runs),
    }


def order(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names, the one most in trouble first: of those in one state the one whose callers felt it the most in the last hour, by powers
    of two; equals by name. So nothing moves about without a reason."""

    def key(row: Mapping[str, Any]) -> tuple[int, int, int, str]:
        failed = sum(sum(one["counts"].values()) - one["counts"]["ok"] for one in row["places"] if one["counts"])
        felt = row["hour"]["failures"] + row["hour"]["rejects"] if row["hour"] and row["rank"] < QUIET else 0
        return row["rank"], -failed if row["rank"] == FAILING else 0, -felt.bit_length(), row["name"]

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
        problem, last = one.problem or memory.refused.get((name, place)), None
        if one.last:
            said = one.last.override
            last = {"state": one.last.state, "override": {"mode": said.mode} if said else None, "at": one.at_ms}
        return {"place": str(place), **absent, "problem": problem, "last": last}
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
        "override": override(status.override, key, memory, one.at_ms),
        "heard": max(status.heard.values(), default=None),
        "problem": one.problem or memory.refused.get((name, place)),
        "last": None,
    }


def because(status: Status, journal: Journal) -> str | None:
    """Which rule moved it, with its numbers where they are known."""
    if not status.why:
        return None
    turn = journal.turn(status.breaker, status.place, status.epoch)
    return words.reason(status.why, turn["numbers"] if turn else None)


def outage(status: Status, places: Sequence[Place], memory: Memory) -> dict[str, Any] | None:
    """The incident that it is in: since when, what began it, and how often a probe has failed there. None where no event tells."""
    name = status.breaker
    mark = [
        (memory.read.get((name, place)), memory.records.get((name, place), Known(None)).status is None)
        for place in places
    ]
    found = memory.outages.of(name, mark, lambda: memory.pasts(name, places, {}))
    if found is None or status.place not in found.failed_probes:
        return None
    return {"since": found.begin_ms, "tripped": found.tripped, "failedProbes": found.failed_probes[status.place]}


def override(said: Override | None, key: tuple[str, Place], memory: Memory, at_ms: int) -> dict[str, Any] | None:
    """A person's word in force; since when, where an event of it is known."""
    if said is None:
        return None
    until = memory.steady((*key, "until"), at_ms + said.left_ms)
    known = {"mode": said.mode, "owner": said.owner, "reason": said.reason}
    word = memory.journal.word(*key)
    given = (word and word["override"]) or {}
    since = word["at"] if word and known.items() <= given.items() else None
    return {**known, "since": since, "until": until}


def hour(name: str, tallies: Mapping[str, Tally | None], hours: Hours, now_ms: int) -> dict[str, Any] | None:
    """The last hour's numbers, and the places that are not in them: they have not told for a while. None where no place has told
    any of its minutes, which nodes do when one is over."""
    kept = hours.of(name, asked(tallies), now_ms // MINUTE_MS)
    told, recent = kept.sums, [one for one in kept.each[-RECENT - 1 : -1] if one]
    late = [place for place, one in tallies.items() if not one or now_ms - (one.asked_ms or 0) > LATE_MS]
    if not told:
        return None
    return summary(told) | {"without": late, "recentErrorBp": error_bp(recent)}


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
