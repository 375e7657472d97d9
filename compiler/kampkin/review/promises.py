"""The promises of `kampkin explain`, old and new, where a change makes them others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from kampkin.plan import Endpoint, Target, TargetName
from kampkin.promises import Promise, promises
from kampkin.promises.healing import Healing
from kampkin.promises.opening import FAULTS, STARTS, Opening
from kampkin.promises.pressure import Pressure, amount
from kampkin.promises.waits import Wait
from kampkin.promises.words import clouds, many, share, span
from kampkin.review.naming import named
from kampkin.review.sections import Section, Table

TITLE = "Promises"
COLUMNS = ("promise", "before", "after")
NOTHING = "–"
RATE = Fraction(10)

Targets = Mapping[TargetName, Target]
Pair = tuple[Endpoint | None, Endpoint | None]
Rows = tuple[tuple[str, str, str], ...]
Key = tuple[str, TargetName | None]
"""What is promised, and where; None: anywhere."""

WHO = {
    "answered": "a caller who is let through waits",
    "rejected": "a rejected caller waits",
    "handed back": "a caller whose call CloudFront makes waits",
}


def changed(
    before: Endpoint | None,
    after: Endpoint | None,
    targets_before: Targets,
    targets_after: Targets,
    rate: int | Fraction = RATE,
) -> Section:
    """What one endpoint promised and what it promises: see `all_changed`."""
    return all_changed([(before, after)], targets_before, targets_after, rate)


def all_changed(
    pairs: Iterable[Pair], targets_before: Targets, targets_after: Targets, rate: int | Fraction = RATE
) -> Section:
    """What endpoints promised and what they promise, at so many requests a second, where that differs: a table for each kind of
    change, the most common first. None stands where there is no such endpoint; the targets are those of the plans.

    Raises `Cannot` for a rate that is not reckoned with.
    """
    names: dict[Rows, list[str]] = {}
    for before, after in pairs:
        rows = rows_of(values(before, targets_before, rate), values(after, targets_after, rate))
        names.setdefault(rows, []).extend({one.name for one in (after, before) if one})
    same = sorted(names.pop((), []))
    kinds = sorted((-len(each), sorted(each), rows) for rows, each in names.items())
    tables = tuple(Table(named(each), COLUMNS, rows, "") for _, each, rows in kinds)
    said = [f"At {many(rate, 'request')} a second to one node."] if tables else []
    said += [f"{named(same)}: every promise is what it was."] if same else []
    return Section(TITLE, tables, " ".join(said))


def rows_of(old: Mapping[Key, str], new: Mapping[Key, str]) -> Rows:
    """A row for each promise that differs; targets with the same old and new value share one."""
    where: dict[tuple[str, str, str], list[TargetName]] = {}
    for key in dict.fromkeys([*old, *new]):
        both = (old.get(key, NOTHING), new.get(key, NOTHING))
        if both[0] != both[1]:
            what, target = key
            where.setdefault((what, *both), []).extend([target] if target else [])
    return tuple(
        (f"{what}, on {clouds(sorted(targets))}" if targets else what, before, after)
        for (what, before, after), targets in where.items()
    )


def values(endpoint: Endpoint | None, targets: Targets, rate: int | Fraction) -> dict[Key, str]:
    """Each promise as a short value, in the order of `kampkin explain`."""
    if endpoint is None:
        return {}
    promised = promises(endpoint, targets, rate)
    found: dict[Key, str] = {("in place of all else", None): " ".join(promised.instead)} if promised.instead else {}
    return found | {key: value for one in promised.each for key, value in values_of(one)}


def values_of(one: Promise) -> Iterator[tuple[Key, str]]:
    """A promise's value, under what it is about."""
    match one:
        case Wait():
            yield (WHO[one.who], one.target), f"at most {span(one.ms)}" if one.ms else "for nothing"
        case Opening():
            for target in one.targets:
                yield (f"{FAULTS[one.fault]} opens it, after {STARTS[one.start]}", target), opens(one)
        case Pressure():
            yield ("what the origin sees of an outage's minute", one.target), sees(one)
        case Healing():
            yield ("a healed origin is back in full service", None), heals(one)


def opens(one: Opening) -> str:
    """When, by which rule, and how many wait until then."""
    if one.trip is None:
        return f"never for certain: {one.never}"
    return f"within {span(one.trip.at_ms)} by {one.trip.rule}, {many(one.callers or 0, 'caller')} let through"


def sees(one: Pressure) -> str:
    """How many probes."""
    if not one.rejects:
        return f"all {many(one.requests, 'request')}"
    return f"at most {amount(one.at_first)} from {one.scope}, later {amount(one.grown)}: {share(one.share)}"


def heals(one: Healing) -> str:
    """How soon, or that it may never be."""
    if one.never:
        return f"maybe never: {one.never}"
    return f"within {span(one.ms)}" if one.ms else "at once"
