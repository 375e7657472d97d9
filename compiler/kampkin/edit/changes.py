"""The changes that a file can take, each proved: read back, the change is there and everything else means what it did.

A value that comes in stands on one line, an endpoint as its neighbours do. What cannot be changed without changing more
is refused, and nothing comes of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kampkin.edit.flow import flow
from kampkin.edit.forms import (
    as_list,
    block,
    indented,
    item,
    opened_cooldown,
    opened_url,
    pair,
    put_below,
    step_beside,
    usual_step,
)
from kampkin.edit.meaning import Path, at, exact, is_same, with_value, without_value
from kampkin.edit.stretches import Holder, Stretch, added, applied, removed, replaced
from kampkin.edit.tree import Entry, Tree, Written, tree_of
from kampkin.errors import Cannot
from kampkin.layers import expand
from kampkin.source import NULLS, Map, Node, Source, Text, parse

Range = tuple[int, int]
"""From a place to a place, in characters."""


@dataclass(frozen=True)
class Step:
    """One part of a path in a file as it is written."""

    depth: int
    holder: Holder
    entry: Entry | None
    """None where the part is not written there."""


def with_endpoint(source: Source, name: str, value: Map | Text) -> Source:
    """The file with an endpoint behind its last one."""
    tree = tree_of(source.file.text)
    top, entry = Holder(tree.root), tree.root.own("endpoints")
    alone, step = with_value(None, (name,), value), usual_step(tree)
    below = indented(step, block(name, value, step))
    if entry is None:
        lines = [pair("endpoints", alone)] if top.node.flow else ["endpoints:", *below]
        stretches = added(tree.lines, top, lines)
    else:
        refuse_alias(source, tree, entry)
        if entry.value.kind == "map" and entry.value.entries:
            holder = Holder(entry.value, entry.lead)
            lines = [pair(name, value)] if holder.node.flow else block(name, value, step_beside(tree, holder))
            stretches = added(tree.lines, holder, lines)
        elif top.node.flow or tree.lines.at(entry.end) != tree.lines.at(entry.lead):
            stretches = replaced(tree.lines, entry, 0, flow(alone))
        else:
            stretches = put_below(tree, entry, below)
    expected = with_value(meaning_of(source), ("endpoints", name), value)
    return proved(source, tree, stretches, expected, inside(entry.value if entry else tree.root))


def with_setting(source: Source, path: Path, value: Node) -> Source:
    """The file with a value at a path; maps on the way are made, and short forms written out where need be."""
    tree, root = tree_of(source.file.text), meaning_of(source)
    path = exact(root, path)
    for step in way(tree, path):
        here, rest = path[: step.depth + 1], path[step.depth + 1 :]
        if step.entry is None:
            new = with_value(at(root, here), rest, value)  # what `<<` has there comes along
            stretches, touched = put_in(tree, step.holder, here, new, bool(rest)), inside(step.holder.node)
            return proved(source, tree, stretches, with_value(root, path, value), touched)
        refuse_alias(source, tree, step.entry)
        if found := changed(tree, step.holder, step.entry, here, rest, value):
            return proved(source, tree, found, with_value(root, path, value), (step.entry.start, step.entry.end))
    raise AssertionError("a way ends at the path's last part, or at one that is not there")


def without(source: Source, path: Path, kept: int) -> Source:
    """The file without the value at a path, and without the maps that it leaves empty; of the path `kept` parts stay."""
    tree, root = tree_of(source.file.text), meaning_of(source)
    path = exact(root, path)
    if isinstance(path[-1], int):
        raise Cannot("an entry of a list is not taken out alone", "set the whole list")
    steps = [*way(tree, path)]
    for step in steps:
        if step.entry is not None:
            refuse_alias(source, tree, step.entry)
    if steps[-1].entry is None or steps[-1].depth < len(path) - 1:
        raise Cannot(f"{path[-1]} is not written there")
    while (
        len(steps) > 1
        and len(steps[-1].holder.node.entries) == 1
        and steps[-2].depth >= kept
        and steps[-2].holder.node.kind == "map"
    ):
        steps.pop()
    last = steps[-1]
    assert last.entry is not None, "it leads to one that is there"
    path = path[: last.depth + 1]
    index = last.holder.node.entries.index(last.entry)
    made = proved(source, tree, removed(tree.lines, last.holder, index), root, (last.entry.start, last.entry.end), path)
    if at(meaning_of(made), path) is not None and last.holder.node.own("<<") is None:
        raise Cannot(f"{last.entry.name} stands twice in one map", "kampkin check says where")
    return made


def is_written(source: Source, path: Path) -> bool:
    """Whether the file has a value of its own at the path, and not by `<<` alone."""
    path = exact(meaning_of(source), path)
    last = [*way(tree_of(source.file.text), path)][-1]
    return last.entry is not None and last.depth == len(path) - 1


def way(tree: Tree, path: Path) -> Iterator[Step]:
    """The parts of a path as they are written, up to the first that is not there, or has nothing below it."""
    holder = Holder(tree.root)
    for depth, part in enumerate(path):
        entry = holder.node.own(part)
        if entry is None and part == 0 and holder.node.kind == "map":
            continue  # a fallback alone stands for the list of it
        yield Step(depth, holder, entry)
        if entry is None or entry.value.kind not in ("map", "list"):
            return
        holder = Holder(entry.value, entry.lead)


def put_in(tree: Tree, holder: Holder, here: Path, value: Node, is_made: bool) -> list[Stretch]:
    """A new entry of a map or a list. In a block, a map that the path has made has a line for each key."""
    part = here[-1]
    if holder.node.kind == "map" and isinstance(part, int):
        return as_list(tree, holder, value)
    if isinstance(part, int) or holder.node.flow or not is_made:
        return added(tree.lines, holder, [item(holder, part, value)])
    step = step_beside(tree, holder) if is_endpoint(here) else usual_step(tree)
    return added(tree.lines, holder, block(part, value, step))


def changed(tree: Tree, holder: Holder, entry: Entry, here: Path, rest: Path, value: Node) -> list[Stretch] | None:
    """An entry with the value at the rest of the path; None where that goes on in what is written below the entry."""
    indentation = 0 if holder.node.flow else holder.indentation(tree.lines)
    if not rest:
        return replaced(tree.lines, entry, indentation, flow(value, holder.node.flow))
    if entry.value.kind != "text":
        return None
    written = tree.lines.text[entry.value.opens : entry.value.end]
    if not written or written in NULLS:
        return replaced(tree.lines, entry, indentation, flow(with_value(None, rest, value)))
    if is_endpoint(here):
        return opened_url(tree, holder, entry, rest, value)
    if here[-1] == "cooldown":
        return opened_cooldown(tree, entry, rest, value)
    raise Cannot(f"{here[-1]} is no map that {rest[0]} could be in", f"set {here[-1]} itself")


def is_endpoint(path: Path) -> bool:
    """Whether an endpoint, or an environment's change of one, stands at the path."""
    return path[-2:-1] == ("endpoints",) and (len(path) == 2 or (len(path) == 4 and path[0] == "environments"))


def meaning_of(source: Source) -> Map:
    """What the file says, short forms written out."""
    assert source.root is not None, "nobody edits what cannot be read"
    return expand(source.root)


def proved(
    source: Source, tree: Tree, stretches: list[Stretch], expected: Node, touched: Range, gone: Path = ()
) -> Source:
    """The file with its stretches changed, if that means what is expected; but for what is `gone`, where `<<` may show.

    Raises `Cannot`, which names the anchor that others use where that is why.
    """
    assert isinstance(expected, Map), "it is a file's"
    made = parse(source.file.name, applied(source.file.text, stretches).encode())
    if made.root is not None:
        found, wanted = expand(made.root), expand(expected)
        if is_same(without_value(found, gone), without_value(wanted, gone)) if gone else is_same(found, wanted):
            return made
    raise refusal(source, tree, touched)


def refusal(source: Source, tree: Tree, touched: Range) -> Cannot:
    """Why a change would change more: an anchor on what goes, or else on the nearest map that it is in."""
    start, end = touched
    others = [(target, alias) for alias, target in tree.uses if not start <= alias.start < end]
    within = [pair for pair in others if start <= pair[0].start < end]
    around = [pair for pair in others if pair[0].start <= start and end <= pair[0].end and pair[0].kind != "text"]
    line = tree.lines.at(start) + 1
    if within or around:
        target, alias = within[0] if within else max(around, key=lambda pair: pair[0].start)
        line, other = tree.lines.at(target.start) + 1, tree.lines.at(alias.start) + 1
        message = f"{source.file.name}:{line}: what is anchored there as &{target.anchor} is used at line {other} too"
        return Cannot(message, f"write it out at line {other} first, or change both by hand")
    message = f"{source.file.name}:{line}: this cannot be changed here without changing more"
    return Cannot(message, "change it by hand; nothing was written")


def inside(node: Written) -> Range:
    """Where something new is put into a map or a list."""
    return node.end, node.end


def refuse_alias(source: Source, tree: Tree, entry: Entry) -> None:
    """Raises `Cannot` where the value is an alias: what it names is not this endpoint's alone."""
    for alias, target in tree.uses:
        if alias is entry.value:
            line, other = tree.lines.at(alias.start) + 1, tree.lines.at(target.start) + 1
            name = f"{entry.name} is " if entry.name else ""
            message = f"{source.file.name}:{line}: {name}*{target.anchor}, which stands for what is at line {other}"
            raise Cannot(message, f"write it out at line {line} first, or change line {other} by hand")
