"""A comparison for people, as tables of what differs, and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kampkin.promises.words import many, span
from kampkin.review.behaviour.comparison import Behaviour, BehaviourChange, Comparison, Row, RuntimeChange
from kampkin.review.behaviour.outages import OUTAGES
from kampkin.review.behaviour.player import PATIENCE_MS, SEEDS, Played
from kampkin.review.naming import named
from kampkin.review.sections import Section, Table

TITLE = "Behaviour"
NOTHING = "–"
HEALTHY = frozenset(outage.name for outage in OUTAGES if not outage.phases)
MEASURES: tuple[tuple[str, Callable[[Played, bool], str]], ...] = (
    ("opens after", lambda one, ill: NOTHING if not ill else opened(one)),
    ("callers that waited", lambda one, ill: f"{one.waited:,}" if ill else NOTHING),
    ("calls to the ill origin", lambda one, ill: f"{one.calls:,}" if ill else NOTHING),
    ("closed after healing", lambda one, ill: closed(one) if ill else NOTHING),
    ("false opens", lambda one, _: f"{one.false_opens:,}"),
    ("answered at once", lambda one, _: f"{one.at_once:,}"),
)
COLUMNS = ("outage", *(name for name, _ in MEASURES))


def section(compared: Comparison) -> Section:
    """What differs; where nothing does, a sentence that says so."""
    tables = [table(named(one.endpoints), one.differing) for one in compared.settings.changes if one.differing]
    said = [settings_note(compared.settings)]
    if compared.runtime:
        tables += runtime_tables(compared.runtime)
        said.append(runtime_note(compared.runtime))
    if tables:
        said.append(legend(compared.settings.rate))
    return Section(TITLE, tuple(tables), " ".join(sentence for sentence in said if sentence))


def settings_note(behaviour: Behaviour) -> str:
    """What was played of changed settings, where the tables do not say it."""
    if behaviour.problem:
        return f"The outages could not be played: {behaviour.problem}."
    same = [name for one in behaviour.changes if not one.differing for name in one.endpoints]
    if not behaviour.changes:
        return "No endpoint's breaker or timeout has changed."
    if len(same) == sum(len(one.endpoints) for one in behaviour.changes):
        return f"{named(same)}: every outage goes as it did before.{unplayed(behaviour)}"
    return (f"{named(same)}: every outage goes as it did before." if same else "") + unplayed(behaviour)


def runtime_note(change: RuntimeChange) -> str:
    """Whether an upgrade changes what outages come to."""
    which = f" from {change.before} to {change.after}" if change.before and change.before != change.after else ""
    if not change.modules:
        return f"The runtime{which} did not change: its modules are the same, byte for byte."
    changed = f"The runtime{which} changed, in {named(change.modules)}"
    behaviour = change.behaviour
    if behaviour.problem:
        return f"{changed}; what that does could not be played: {behaviour.problem}."
    differing = sum(len(one.endpoints) for one in behaviour.changes if one.differing)
    if differing:
        return f"{changed}, and so did the behaviour of {many(differing, 'endpoint')}.{unplayed(behaviour)}"
    return f"{changed}; behaviour did not.{unplayed(behaviour)}"


def runtime_tables(change: RuntimeChange) -> Iterator[Table]:
    """Where behaviour differs, and where it does not, the numbers of the most common settings."""
    played = change.behaviour.changes
    for one in [one for one in played if one.differing]:
        yield table(f"new runtime: {named(one.endpoints)}", one.differing)
    if played and not any(one.differing for one in played):
        yield table(f"both runtimes: {named(played[0].endpoints)}", played[0].rows)


def unplayed(behaviour: Behaviour) -> str:
    """Which endpoints were left out, and why."""
    if not behaviour.unplayed:
        return ""
    return f" Not played, since there were too many kinds of settings: {named(behaviour.unplayed)}."


def legend(rate: float) -> str:
    """How to read the tables."""
    return (
        f"Each outage was played {len(SEEDS)} times on the breaker's own modules, at {rate:g} requests a second to one node; a "
        "number is the middle run's, false opens are those of all runs."
    )


def table(title: str, rows: Sequence[Row]) -> Table:
    """Rows as they are shown: a number that differs with an arrow."""
    return Table(title, COLUMNS, tuple((row.outage, *cells(row)) for row in rows), "")


def cells(row: Row) -> Iterator[str]:
    """Each number of an outage."""
    ill = row.outage not in HEALTHY
    for _, word in MEASURES:
        before, after = word(row.before, ill), word(row.after, ill)
        yield before if before == after else f"{before} → {after}"


def opened(one: Played) -> str:
    """How long it took to open."""
    return "never" if one.opened_ms is None else span(one.opened_ms)


def closed(one: Played) -> str:
    """How long it took to close."""
    if one.closed_ms is None:
        return f"over {span(PATIENCE_MS)}"
    if one.closed_ms == 0:
        return NOTHING if one.opened_ms is None else "already"
    return span(one.closed_ms)


def as_json(compared: Comparison) -> dict[str, Any]:
    """All that was played, for programs: times in ms, null for never."""
    runtime = compared.runtime
    said = {"version": 1, **behaviour_json(compared.settings), "runtime": None}
    if runtime is None:
        return said
    versions = {"before": runtime.before, "after": runtime.after, "modules": list(runtime.modules)}
    return said | {"runtime": versions | behaviour_json(runtime.behaviour)}


def behaviour_json(behaviour: Behaviour) -> dict[str, Any]:
    """What was played, what was not, and why."""
    return {
        "rate": behaviour.rate,
        "changes": [change_json(one) for one in behaviour.changes],
        "unplayed": list(behaviour.unplayed),
        "problem": behaviour.problem,
    }


def change_json(change: BehaviourChange) -> dict[str, Any]:
    """One kind of change, with the outages that differ marked."""
    return {
        "endpoints": list(change.endpoints),
        "outages": [
            {
                "outage": row.outage,
                "differs": row.before != row.after,
                "before": played_json(row.before),
                "after": played_json(row.after),
            }
            for row in change.rows
        ],
    }


def played_json(one: Played) -> dict[str, Any]:
    """The numbers of one outage."""
    return {
        "openedMs": one.opened_ms,
        "waited": one.waited,
        "calls": one.calls,
        "closedMs": one.closed_ms,
        "falseOpens": one.false_opens,
        "atOnce": one.at_once,
    }
