"""What the stacks would declare before and after a change, as a section of the review."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kampkin.plan import Plan, TargetName
from kampkin.preview.compare import PropertyChange, ResourceChange, changed
from kampkin.preview.engine import EnginePreview
from kampkin.preview.run import Asked, Preview, previews
from kampkin.preview.stackfile import StackFile
from kampkin.review.sections import Section, Table

TITLE = "Resources"
COLUMNS = ("resource", "would be", "property", "before", "after")
MOST_PROPERTIES = 8
"""Rows of one resource; more modules than that differ only where Kampkin itself is another."""

LONGEST = 120
"""Characters of a cell."""

ABSENT = "–"

Changes = Mapping[TargetName, tuple[ResourceChange, ...]]


def declared_changes(
    before: Plan | None, after: Plan | None, stacks: Mapping[TargetName, StackFile]
) -> tuple[dict[TargetName, tuple[ResourceChange, ...]], tuple[str, ...]]:
    """What each target's stack would declare otherwise, and what stood against asking one. Each child does both sides.

    Raises `Cannot` where the extra is missing or a child fails.
    """
    targets = sorted({target for plan in (before, after) if plan for target in plan.targets})
    asked = {
        target: [Asked(plan, stacks[target]) if target in stacks else Asked(plan) for plan in (before, after) if plan]
        for target in targets
    }
    found: dict[TargetName, tuple[ResourceChange, ...]] = {}
    problems = []
    for target, answers in previews(asked).items():
        said = iter(answers)
        old, new = (next(said) if plan else Preview() for plan in (before, after))
        problems += [
            f"{target}, {side}: {one.problem}" for side, one in (("before", old), ("after", new)) if one.problem
        ]
        if not (old.problem or new.problem):
            found[target] = changed(old.resources, new.resources)
    return found, tuple(problems)


def with_engine(changes: Changes, said: EnginePreview) -> dict[TargetName, tuple[ResourceChange, ...]]:
    """The changes, a target's replaced by what the engine says of it: that knows what is live. Of drift both are told."""
    if said.target is None:
        return dict(changes)
    drifted = tuple(one for one in said.changes if one.drift)
    own = changes.get(said.target, ()) if drifted else ()
    return {**changes, said.target: (*own, *said.changes)}


def section(changes: Changes, engine: EnginePreview | None = None, problems: Sequence[str] = ()) -> Section:
    """The section: a table for each target that changes, another for what was changed from outside."""
    told = with_engine(changes, engine) if engine else dict(changes)
    tables = [table for target, all_ in sorted(told.items()) for table in tables_of(target, all_)]
    notes = [*problems, *(engine.notes if engine else ())]
    if engine and engine.refreshed:
        notes.append(
            "the engine looked at the cloud first: what was changed there from outside is put back among these"
        )
    if not tables and not problems:
        notes.insert(0, "what the stacks declare stays as it is")
    return Section(TITLE, tuple(tables), "\n".join(notes))


def tables_of(target: TargetName, changes: Sequence[ResourceChange]) -> Iterator[Table]:
    """One target's tables."""
    planned = [one for one in changes if not one.drift]
    drifted = [one for one in changes if one.drift]
    if planned:
        held = [one.name for one in planned if one.protected and one.fate in ("deleted", "replaced")]
        note = f"protected, so that the update is refused until they are let go of: {', '.join(held)}" if held else ""
        yield Table(f"{target}: {counted(planned)}", COLUMNS, tuple(rows_of(planned)), note)
    if drifted:
        yield Table(f"{target}: changed from outside, drift", COLUMNS, tuple(rows_of(drifted)))


def counted(changes: Sequence[ResourceChange]) -> str:
    """How many of each fate."""
    fates = ("created", "updated", "replaced", "deleted")
    counts = {fate: sum(1 for one in changes if one.fate == fate) for fate in fates}
    return ", ".join(f"{count} {fate}" for fate, count in counts.items() if count)


def rows_of(changes: Sequence[ResourceChange]) -> Iterator[tuple[str, ...]]:
    """A row for each property that differs; one for what is created, deleted or only renamed."""
    for change in changes:
        name = f"{change.name} ({change.type})" if change.former is None else f"{change.name} (was {change.former})"
        if not change.properties:
            yield (name, change.fate, "", "", "")
        shown = change.properties[:MOST_PROPERTIES]
        for at, one in enumerate(shown):
            yield (*((name, change.fate) if at == 0 else ("", "")), *cells_of(one))
        if more := len(change.properties) - len(shown):
            yield ("", "", f"and {more} more", "", "")


def cells_of(change: PropertyChange) -> tuple[str, str, str]:
    """Property, before and after."""
    path = f"{change.path} (forces it)" if change.forces else change.path
    return path, cell(change.before), cell(change.after)


def cell(value: Any) -> str:
    """A value in a cell."""
    if value is None:
        return ABSENT
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
