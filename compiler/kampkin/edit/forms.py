"""How new entries look, and the short forms of the language written out where they stand."""

from __future__ import annotations

from kampkin.edit.flow import flow, is_plain
from kampkin.edit.meaning import Path, with_value
from kampkin.edit.stretches import Holder, Stretch, foot, replaced
from kampkin.edit.tree import Entry, Tree
from kampkin.source import Map, Node, Text

STEP = 2
"""How far a block is indented in a file that has none."""


def pair(key: str, value: Node, within: bool = True) -> str:
    """A key and its value on one line."""
    return f"{flow(Text(key))}: {flow(value, within)}"


def item(holder: Holder, part: str | int, value: Node) -> str:
    """A new entry as its map or list has it, on one line."""
    if isinstance(part, str):
        return pair(part, value, holder.node.flow)
    return flow(value) if holder.node.flow else f"- {flow(value, False)}"


def block(key: str, value: Node, step: int | None) -> list[str]:
    """A key and its value on lines of their own, indented by a step from one another; a text, and without a step a map, on one."""
    if step is None or not isinstance(value, Map):
        return [pair(key, value, within=False)]
    return [f"{flow(Text(key))}:", *indented(step, [pair(inner, one, within=False) for inner, one in value.items()])]


def indented(step: int, lines: list[str]) -> list[str]:
    """The lines, further in."""
    return [f"{' ' * step}{line}" for line in lines]


def usual_step(tree: Tree) -> int:
    """How far the file indents its blocks."""
    for node in tree.root.within():
        for entry in node.entries:
            if node.kind == entry.value.kind == "map" and not node.flow and not entry.value.flow:
                return tree.lines.column(entry.value.entries[0].start) - tree.lines.column(entry.start)
    return STEP


def step_beside(tree: Tree, holder: Holder) -> int | None:
    """How far the nearest endpoint above that is a map indents what is in it; None where it is a flow."""
    for entry in reversed(holder.node.entries):
        if entry.value.kind == "map" and entry.value.flow:
            return None
        if entry.value.kind == "map":
            return tree.lines.column(entry.value.entries[0].start) - tree.lines.column(entry.start)
    return usual_step(tree)


def put_below(tree: Tree, entry: Entry, lines: list[str]) -> list[Stretch]:
    """Lines below a key, in place of the value behind it."""
    start = tree.lines.column(entry.start)
    break_, end = tree.lines.break_at(entry.start), tree.lines.end(tree.lines.at(entry.lead))
    text = "".join(f"{break_}{' ' * start}{line}" for line in lines)
    return [Stretch(entry.lead, entry.value.end, ""), Stretch(end, end, text)]


def opened_url(tree: Tree, holder: Holder, entry: Entry, rest: Path, value: Node) -> list[Stretch]:
    """An endpoint that is only a URL, as a map with one more key."""
    lines, url = tree.lines, entry.value
    if rest == ("origin",):
        return replaced(lines, entry, 0, flow(value, holder.node.flow))
    written = lines.text[url.opens : url.end]
    key, new = str(rest[0]), with_value(None, rest[1:], value)
    step = None if holder.node.flow else step_beside(tree, holder)
    if step is None or lines.at(url.end) != lines.at(entry.lead):
        if not is_plain(written) and written[0] not in "'\"":
            written = flow(Text(written))
        origin = f"origin: {lines.text[url.start : url.opens]}{written}"
        return [Stretch(url.start, url.end, f"{{{origin}, {pair(key, new)}}}")]
    origin = f"origin: {lines.text[url.start : url.end]}"
    return put_below(tree, entry, indented(step, [origin, *block(key, new, step if rest[1:] else None)]))


def opened_cooldown(tree: Tree, entry: Entry, rest: Path, value: Node) -> list[Stretch]:
    """A cooldown that is one duration, as the map that it stands for with a key changed."""
    time = entry.value
    written, bare = tree.lines.text[time.start : time.end], tree.lines.text[time.opens : time.end]
    parts = {"initial": written, "factor": "1", "max": bare}
    parts[str(rest[0])] = flow(with_value(None, rest[1:], value))
    return [Stretch(time.start, time.end, f"{{{', '.join(f'{key}: {text}' for key, text in parts.items())}}}")]


def as_list(tree: Tree, holder: Holder, value: Node) -> list[Stretch]:
    """A fallback alone as a list, with one more behind it."""
    lines, node = tree.lines, holder.node
    if node.flow:
        return [Stretch(node.start, node.start, "["), Stretch(node.end, node.end, f", {flow(value)}]")]
    indentation, start = holder.indentation(lines), node.entries[0].start
    first, last = lines.at(start), foot(lines, node.entries[-1], holder.indentation(lines))
    deeper = [line for line in range(first + 1, last + 1) if not lines.is_blank(line)]
    more = f"{lines.break_at(start)}{' ' * indentation}- {flow(value, False)}"
    return [
        Stretch(start, start, "- "),
        *(Stretch(lines.begin(line), lines.begin(line), "  ") for line in deeper),
        Stretch(lines.end(last), lines.end(last), more),
    ]
