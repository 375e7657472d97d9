"""What becomes of the same outages: under an endpoint's old settings and its new ones, on an old runtime and a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kampkin.errors import Cannot
from kampkin.plan import Endpoint
from kampkin.review.behaviour.outages import OUTAGES
from kampkin.review.behaviour.player import FASTEST, RATE, SLOWEST, Played, Settings, play, settings_of
from kampkin.review.behaviour.release import Release, changed_modules, compiled, this

MOST = 20
"""Kinds of change that are played; each takes a second or two."""

Pair = tuple[Endpoint | None, Endpoint | None]
"""An endpoint before and after; None where there is none of its name."""
Kind = tuple[Settings, Settings]
Results = dict[Settings, tuple[Played, ...]] | str
"""What was played; or why nothing could be."""


@dataclass(frozen=True)
class Row:
    """One outage, before and after."""

    outage: str
    before: Played
    after: Played


@dataclass(frozen=True)
class BehaviourChange:
    """What one kind of change comes to, for all endpoints that it happens to."""

    endpoints: tuple[str, ...]
    """Sorted."""
    rows: tuple[Row, ...]
    """All outages, in the order in which they are told of."""

    @property
    def differing(self) -> tuple[Row, ...]:
        """Those that go another way."""
        return tuple(row for row in self.rows if row.before != row.after)


@dataclass(frozen=True)
class Behaviour:
    """What outages come to, before and after a change."""

    rate: float
    """Requests a second."""
    changes: tuple[BehaviourChange, ...]
    """The most common first."""
    unplayed: tuple[str, ...] = ()
    """Endpoints whose change is of a kind that was one too many."""
    problem: str | None = None
    """Why nothing could be played."""


@dataclass(frozen=True)
class RuntimeChange:
    """An upgrade of Kampkin."""

    before: str | None
    after: str | None
    """The versions, where they are known."""
    modules: tuple[str, ...]
    """Those that are not the same; none: the runtime did not change, and nothing was played."""
    behaviour: Behaviour
    """Of each endpoint's settings as they are after the change."""


@dataclass(frozen=True)
class Comparison:
    """Of settings, and of runtimes where two were named."""

    settings: Behaviour
    runtime: RuntimeChange | None


def compare(
    pairs: Sequence[Pair], runtime_before: Path | None = None, runtime_after: Path | None = None, rate: float = RATE
) -> Comparison:
    """Plays the outages for each kind of change among the pairs, once, on the runtime after; and where a folder is named that
    an older release compiled, for each kind of settings on both runtimes. `runtime_after`: None is this release's own.

    Give all endpoints of a plan, unchanged ones too, where a runtime is named. Never fails for want of Node: what is returned
    says so. Raises `Cannot` for a folder that is no compiled bundle, and for a rate that is not played.
    """
    if not SLOWEST <= rate <= FASTEST:
        raise Cannot(f"outages are not played at {rate:g} requests a second", f"a rate from {SLOWEST:g} to {FASTEST:g}")
    after = this() if runtime_after is None else compiled(runtime_after)
    before = None if runtime_before is None else compiled(runtime_before)
    modules = changed_modules(before, after) if before else ()
    edited = changed_settings(pairs)
    standing = all_settings(pairs) if modules else {}
    new = attempt(after, [*list(edited)[:MOST], *list(standing)[:MOST]], rate)
    settings = behaviour(edited, new, new, rate)
    if before is None:
        return Comparison(settings, None)
    old = attempt(before, list(standing)[:MOST], rate)
    return Comparison(
        settings, RuntimeChange(before.version, after.version, modules, behaviour(standing, old, new, rate))
    )


def changed_settings(pairs: Iterable[Pair]) -> dict[Kind, tuple[str, ...]]:
    """The kinds of change there are, each with its endpoints."""
    return grouped(
        ((settings_of(before), settings_of(after)), after.name)
        for before, after in pairs
        if before and after and settings_of(before) != settings_of(after)
    )


def all_settings(pairs: Iterable[Pair]) -> dict[Kind, tuple[str, ...]]:
    """The settings there are after the change, each with its endpoints; nothing of them changes."""
    return grouped(((settings_of(after), settings_of(after)), after.name) for _, after in pairs if after)


def grouped(found: Iterable[tuple[Kind, str]]) -> dict[Kind, tuple[str, ...]]:
    """Names by kind; kinds with the most names first."""
    names: dict[Kind, list[str]] = {}
    for kind, name in found:
        names.setdefault(kind, []).append(name)
    order = sorted(names.items(), key=lambda entry: (-len(entry[1]), sorted(entry[1])))
    return {kind: tuple(sorted(each)) for kind, each in order}


def attempt(release: Release, kinds: Iterable[Kind], rate: float) -> Results:
    """All the settings there are among the kinds, played; or why they could not be."""
    try:
        return play(release.folder, list(dict.fromkeys(one for kind in kinds for one in kind)), rate)
    except Cannot as problem:
        return f"{problem.message}; {problem.hint}" if problem.hint else problem.message


def behaviour(wanted: Mapping[Kind, tuple[str, ...]], old: Results, new: Results, rate: float) -> Behaviour:
    """What was played for each kind, side by side."""
    unplayed = tuple(sorted(name for names in list(wanted.values())[MOST:] for name in names))
    if isinstance(old, str) or isinstance(new, str):
        return Behaviour(rate, (), unplayed, old if isinstance(old, str) else str(new))
    kinds = list(wanted.items())[:MOST]
    return Behaviour(rate, tuple(change(names, old[was], new[now]) for (was, now), names in kinds), unplayed)


def change(names: tuple[str, ...], before: Sequence[Played], after: Sequence[Played]) -> BehaviourChange:
    """What was played, side by side."""
    rows = (Row(outage.name, *each) for outage, *each in zip(OUTAGES, before, after, strict=True))
    return BehaviourChange(names, tuple(rows))
