"""What a review looks at beside the changes themselves: outages, promises, resources."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from kampkin.plan import Endpoint
from kampkin.review import behaviour, promises
from kampkin.review.behaviour.comparison import changed_settings
from kampkin.review.review import Environment, Review
from kampkin.review.sections import Section
from kampkin.review.sides import Side

Pair = tuple[Endpoint | None, Endpoint | None]


def looks(found: Review, before: Side, after: Side, args: argparse.Namespace) -> Iterator[Section]:
    """What is asked for, where there is anything to see."""
    changed = [pair for name in found.environments for pair in pairs(before, after, name) if both_changed(pair)]
    if not args.no_behaviour and (changed_settings(changed) or args.runtime_base):
        every = [pair for name in found.environments for pair in pairs(before, after, name)]
        yield behaviour.section(behaviour.compare(once(every if args.runtime_base else changed), args.runtime_base))
    if not args.no_promises and changed:
        yield from promised(found.environments, before, after)
    if args.resources or args.pulumi_preview:
        yield declared(found.environments, before, after, args)


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


def declared(environments: Sequence[Environment], before: Side, after: Side, args: argparse.Namespace) -> Section:
    """What the stacks would declare, where asked for, and what engines say."""
    from kampkin.review.resources import Pair, beside, declared_changes, engines_in, section

    pairs = {
        name: Pair(
            before.plan(name),
            after.plan(name),
            beside(args.file, name),
            beside(before.file, name, args.file) if before.file else None,
        )
        for name in environments
    }
    changed = {name: pair for name, pair in pairs.items() if args.resources and pair.differs}
    changes, problems = declared_changes(changed) if args.resources else ({}, ())
    return section(changes, engines_in(args.pulumi_preview, environments), problems)
