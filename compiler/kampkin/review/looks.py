"""What a review looks at beside the changes themselves: outages, promises, the stacks' settings and resources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kampkin.errors import Cannot
from kampkin.plan import Endpoint
from kampkin.review import behaviour, promises, stack_settings
from kampkin.review.behaviour.comparison import changed_settings
from kampkin.review.review import Environment, Review
from kampkin.review.sections import Section
from kampkin.review.sides import Side
from kampkin.review.stack_settings import beside

Pair = tuple[Endpoint | None, Endpoint | None]


@dataclass(frozen=True)
class Asked:
    """What to look at."""

    behaviour: bool = True
    """Outages, played through old and new settings."""
    runtime_base: Path | None = None
    """The bundle of another release, on whose runtime they are played too."""
    promises: bool = True
    resources: bool = False
    """What the stacks would declare, which needs the extra `deploy`."""
    engine: Sequence[Path] = ()
    """Files that engines wrote of the stacks: previews, refreshes."""


def looks(found: Review, before: Side, after: Side, asked: Asked) -> Iterator[Section]:
    """What is asked for, where there is anything to see."""
    changed = [pair for name in found.environments for pair in pairs(before, after, name) if both_changed(pair)]
    if asked.behaviour and (changed_settings(changed) or asked.runtime_base):
        every = [pair for name in found.environments for pair in pairs(before, after, name)]
        yield behaviour.section(behaviour.compare(once(every if asked.runtime_base else changed), asked.runtime_base))
    if asked.promises and changed:
        yield from promised(found.environments, before, after)
    if told := stack_settings.section(found.environments, before, after):
        yield told
    if asked.resources or asked.engine:
        yield declared(found.environments, before, after, asked)


def pairs(before: Side, after: Side, name: Environment) -> list[Pair]:
    """Each endpoint of an environment, before and after."""
    sides = [{one.name: one for one in plan.endpoints} if (plan := side.plan(name)) else {} for side in (before, after)]
    old, new = sides
    return [(old.get(each), new.get(each)) for each in sorted(old.keys() | new.keys())]


def both_changed(pair: Pair) -> bool:
    """Whether there is something to compare."""
    before, after = pair
    return bool(before and after and before.digest != after.digest)


def once(found: Sequence[Pair]) -> list[Pair]:
    """Without those that are the same in another environment."""
    return list({tuple(one.digest if one else "" for one in pair): pair for pair in found}.values())


def promised(environments: Sequence[Environment], before: Side, after: Side) -> Iterator[Section]:
    """Promises that differ; what is the same in several environments is said once."""
    places: dict[Section, list[str]] = {}
    for name in environments:
        old, new = before.plan(name), after.plan(name)
        changed = [pair for pair in pairs(before, after, name) if both_changed(pair)]
        section = promises.all_changed(changed, old.targets if old else {}, new.targets if new else {})
        if section.tables:
            places.setdefault(section, []).append(name or "the file as it stands")
    for section, names in places.items():
        where = f" in {', '.join(names)}" if len(places) > 1 else ""
        yield Section(f"{section.title}{where}", section.tables, section.note)


def declared(environments: Sequence[Environment], before: Side, after: Side, asked: Asked) -> Section:
    """What the stacks would declare, where asked for, and what engines say. A stack that cannot be asked is told in the section:
    a review is not lost by it. Raises `Cannot` where the extra is missing, or an engine's file is none."""
    from kampkin.preview.run import require_extra
    from kampkin.review.resources import Changes, Pair, declared_changes, engines_in, section

    pairs = {
        name: Pair(
            before.plan(name),
            after.plan(name),
            beside(after.file, name) if after.file else None,
            beside(before.file, name, after.file) if before.file else None,
        )
        for name in environments
    }
    changes: Changes = {}
    problems: tuple[str, ...] = ()
    if asked.resources:
        require_extra({})
        try:
            changes, problems = declared_changes({name: pair for name, pair in pairs.items() if pair.differs})
        except Cannot as problem:
            problems = (f"what the stacks would declare could not be told: {problem.message}",)
    return section(changes, engines_in(asked.engine, environments), problems)
