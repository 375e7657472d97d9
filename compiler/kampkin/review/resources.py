"""What the stacks would declare before and after a change, as a section of the review."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kampkin.errors import Cannot
from kampkin.plan import Plan, TargetName
from kampkin.preview.compare import PropertyChange, ResourceChange, changed
from kampkin.preview.engine import EnginePreview, read
from kampkin.preview.run import Asked, Preview, previews
from kampkin.preview.stackfile import StackFile
from kampkin.review import hosts
from kampkin.review.sections import Section, Table

TITLE = "Resources"
COLUMNS = ("resource", "would be", "property", "before", "after")
MOST_PROPERTIES = 8
"""Rows of one resource; more modules than that differ only where Kampkin itself is another."""

LONGEST = 72
"""Characters of a cell."""

DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")
"""Shown by its start, as contents are."""

ABSENT = "–"

Engines = Mapping[str | None, Sequence[EnginePreview]]
"""What was said of each environment's stacks."""

NO_ENGINES: Engines = {}

Environment = str | None
Place = tuple[Environment, TargetName]
Changes = Mapping[Place, tuple[ResourceChange, ...]]


@dataclass(frozen=True)
class Pair:
    """One environment's plans, and the settings of its stacks."""

    before: Plan | None
    after: Plan | None
    stack: Callable[[TargetName], StackFile] | None = None
    """The settings of a target's stack; without it everything the owner knows is a placeholder."""
    former: Callable[[TargetName], StackFile] | None = None
    """The same as they were before, where they were others."""

    @property
    def plans(self) -> dict[str, Plan]:
        """By side, those there are."""
        return {side: plan for side, plan in (("before", self.before), ("after", self.after)) if plan}

    def asked(self, target: TargetName) -> list[Asked]:
        """What to ask of a target's program: each side."""
        if self.stack is None:
            return [Asked(plan) for plan in self.plans.values()]
        settings = {"before": (self.former or self.stack)(target), "after": self.stack(target)}
        return [Asked(plan, settings[side]) for side, plan in self.plans.items()]

    @property
    def differs(self) -> bool:
        """Whether a plan or a setting of its stack is another."""
        stack, former = self.stack, self.former
        targets = {target for plan in self.plans.values() for target in plan.targets}
        return self.before != self.after or bool(stack and former and any(stack(one) != former(one) for one in targets))


def declared_changes(
    pairs: Mapping[Environment, Pair],
) -> tuple[dict[Place, tuple[ResourceChange, ...]], tuple[str, ...]]:
    """What each stack would declare otherwise, and what stood against asking one. A child does all of its target's.

    Raises `Cannot` where the extra is missing or a child fails.
    """
    targets = sorted({target for pair in pairs.values() for plan in pair.plans.values() for target in plan.targets})
    found: dict[Place, tuple[ResourceChange, ...]] = {}
    problems = []
    asked = {target: [one for pair in pairs.values() for one in pair.asked(target)] for target in targets}
    for target, answers in previews(asked).items():
        said = iter(answers)
        for environment, pair in pairs.items():
            sides = {side: next(said) for side in pair.plans}
            wrong = {side: one.problem for side, one in sides.items() if one.problem}
            problems += [f"{titled(environment, target)}, {side}: {problem}" for side, problem in wrong.items()]
            if not wrong:
                old, new = (sides.get(side, Preview()) for side in ("before", "after"))
                found[environment, target] = changed(old.resources, new.resources)
    return found, tuple(problems)


def with_engine(changes: Changes, said: EnginePreview, environment: Environment) -> Changes:
    """The changes, a stack's replaced by what the engine says of it: that knows what is live. Of drift both are told."""
    if said.target is None:
        return changes
    place = (environment, said.target)
    drifted = any(one.drift for one in said.changes)
    return {**changes, place: (*(changes.get(place, ()) if drifted else ()), *said.changes)}


def engines_in(
    paths: Sequence[Path], environments: Sequence[Environment]
) -> dict[Environment, tuple[EnginePreview, ...]]:
    """What engines said, by the environment whose stack it was: the one of the stack's name, or the only one there is.

    Raises `Cannot` where a file is no preview, or of a stack that is none of them.
    """
    found: dict[Environment, tuple[EnginePreview, ...]] = {}
    for path in paths:
        try:
            said = read(path.read_text(encoding="utf-8", errors="replace"))
        except OSError as problem:
            raise Cannot(f"could not read {path}: {problem.strerror}") from None
        except Cannot as problem:
            raise Cannot(f"{path}: {problem.message}", problem.hint) from None
        place = said.stack if said.stack in environments else environments[0] if len(environments) == 1 else ...
        if place is ...:
            raise Cannot(f"{path} is of the stack {said.stack}, which is none of {', '.join(map(str, environments))}")
        found[place] = (*found.get(place, ()), said)
    return found


def section(changes: Changes, engines: Engines = NO_ENGINES, problems: Sequence[str] = ()) -> Section:
    """The section: a table for each stack that changes, another for what was changed in one from outside."""
    told = changes
    notes = [*problems]
    for environment, said in ((name, one) for name, all_ in engines.items() for one in all_):
        told = with_engine(told, said, environment)
        notes += said.notes
        if said.refreshed:
            notes.append(
                "the engine looked at the cloud first: what was changed there from outside is put back among these"
            )
    order = sorted(told, key=lambda place: (place[0] or "", place[1]))
    notes += [f"{titled(*place)}: {said}" for place in order for said in hosts.notes(told[place])]
    tables = [table for place in order for table in tables_of(titled(*place), told[place])]
    if not tables and not problems:
        notes.insert(0, "what the stacks declare stays as it is")
    return Section(TITLE, tuple(tables), "\n".join(notes))


def titled(environment: Environment, target: TargetName) -> str:
    """A stack, in words."""
    return f"{environment}, {target}" if environment else target


def tables_of(stack: str, changes: Sequence[ResourceChange]) -> Iterator[Table]:
    """One stack's tables."""
    planned = [one for one in changes if not one.drift]
    drifted = [one for one in changes if one.drift]
    if planned:
        held = [one.name for one in planned if one.protected and one.fate in ("deleted", "replaced")]
        note = f"protected, so that the update is refused until they are let go of: {', '.join(held)}" if held else ""
        yield Table(f"{stack}: {counted(planned)}", COLUMNS, tuple(rows_of(planned)), note)
    if drifted:
        yield Table(f"{stack}: changed from outside, drift", COLUMNS, tuple(rows_of(drifted)))


def counted(changes: Sequence[ResourceChange]) -> str:
    """How many of each fate."""
    fates = ("created", "updated", "replaced", "deleted")
    counts = {fate: sum(1 for one in changes if one.fate == fate) for fate in fates}
    return ", ".join(f"{count} {fate}" for fate, count in counts.items() if count)


def rows_of(changes: Sequence[ResourceChange]) -> Iterator[tuple[str, ...]]:
    """A row for each property that differs; one for what is created, deleted or only renamed."""
    for change in changes:
        name = (
            f"{change.name} ({change.type.rpartition(':')[2]})"
            if change.former is None
            else f"{change.name} (was {change.former})"
        )
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
    text = DIGEST.sub(r"\1", text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
