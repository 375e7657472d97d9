"""A file as it is written: where its values begin and end, in which style, under which anchor.

`kampkin.source` says what a file means, aliases and `<<` followed. Whoever edits must see where those stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from kampkin.edit.lines import Lines
from kampkin.source import Loader

PROPERTIES = re.compile(r"[&!]\S*(?:[ \t]+[&!]\S*)*")
"""An anchor, a tag or both."""


@dataclass(eq=False, slots=True)
class Written:
    """A value as it is written. Places are characters, counted from 0; an end is exclusive."""

    kind: Literal["text", "map", "list", "alias"]
    start: int
    """Its anchor's and its tag's, if any."""
    opens: int
    """Behind both."""
    end: int
    """Without what follows on its last line, and without that line's break."""
    flow: bool
    """Whether it is in braces or brackets, or a text."""
    anchor: str | None
    entries: list[Entry] = field(default_factory=list)

    def own(self, part: str | int) -> Entry | None:
        """The entry of a key that is written in this very map, or an item of the list."""
        if isinstance(part, int):
            return self.entries[part] if self.kind == "list" and part < len(self.entries) else None
        return next((entry for entry in self.entries if entry.name == part), None)

    def within(self) -> Iterator[Written]:
        """This value and all that are written in it."""
        waiting = [self]
        while waiting:
            one = waiting.pop()
            yield one
            waiting += [entry.value for entry in one.entries]


@dataclass(eq=False, slots=True)
class Entry:
    """A key with its value, or an item of a list."""

    name: str | None
    start: int
    """The key's; an item's is its value's."""
    lead: int
    """Where a value in the key's line would begin: behind the colon, and behind the anchor of what stands below."""
    value: Written

    @property
    def end(self) -> int:
        """Where it ends, with nothing behind the colon too."""
        return max(self.lead, self.value.end)


@dataclass(frozen=True)
class Tree:
    """A text's values as they are written."""

    lines: Lines
    root: Written
    uses: tuple[tuple[Written, Written], ...]
    """Each alias, and what it names."""


@dataclass(eq=False, slots=True)
class _Open:
    """A map or a list that is being read, and the key that waits for its value."""

    node: Written
    key: tuple[str | None, Written] | None = None


def tree_of(text: str) -> Tree:
    """The tree of a sound text: of one that `kampkin.source` has read without an error of syntax."""
    lines = Lines(text)
    open_: list[_Open] = []
    named: dict[str, Written] = {}
    uses: list[tuple[Written, Written]] = []
    root: Written | None = None
    event: Any
    for event in yaml.parse(text, Loader=Loader):
        kind = event.__class__
        if issubclass(kind, yaml.CollectionEndEvent):
            node = open_.pop().node
            node.end = event.end_mark.index if node.flow else node.entries[-1].end
        elif issubclass(kind, yaml.NodeEvent):
            node = written(event, lines)
            if node.kind == "alias":
                uses.append((node, named[event.anchor]))
            elif node.anchor is not None:
                named[node.anchor] = node
        else:
            continue
        if issubclass(kind, yaml.CollectionStartEvent):
            open_.append(_Open(node))
        elif not open_:
            root = node
        else:
            put(open_[-1], node, getattr(event, "value", None), text)
    assert root is not None, "a sound text has a value"
    return Tree(lines, root, tuple(uses))


def put(above: _Open, node: Written, says: str | None, text: str) -> None:
    """The node as an item, as a key or as the value behind one."""
    if above.node.kind == "list":
        above.node.entries.append(Entry(None, node.start, node.start, node))
    elif above.key is None:
        above.key = says, node
    else:
        name, key = above.key
        above.node.entries.append(Entry(name, start_of(key, text), lead_of(key, node, text), node))
        above.key = None


def written(event: Any, lines: Lines) -> Written:
    """The value that an event begins, or is."""
    kind, start, end = event.__class__, event.start_mark.index, event.end_mark.index
    if kind is yaml.AliasEvent:
        return Written("alias", start, start, end, True, None)
    if kind is yaml.MappingStartEvent:
        opens = max(start, end - 1) if event.flow_style else end
        return Written("map", start, opens, end, event.flow_style, event.anchor)
    if kind is yaml.SequenceStartEvent:
        opens = end - 1 if lines.text[start:end][-1:] in ("[", "-") else end  # a dash that is indented begins behind it
        return Written("list", start, opens, end, event.flow_style, event.anchor)
    found = PROPERTIES.match(lines.text, start, end)
    opens = end - len(lines.text[found.end() : end].lstrip()) if found else start
    if event.style in ("|", ">"):
        end = end_of_block(opens, end, lines)
    return Written("text", start, opens, end, True, event.anchor)


def end_of_block(opens: int, end: int, lines: Lines) -> int:
    """Where the last line of a block of text ends; with `+`, the empty lines behind it are its own."""
    block = lines.text[opens:end]
    if "+" in block[:3]:
        return end if lines.column(end) else lines.end(lines.at(end) - 1)
    return opens + len(block.rstrip(" \t\r\n\x85\u2028\u2029"))


def start_of(key: Written, text: str) -> int:
    """Where a key's entry begins: at the question mark, if it has one."""
    start = key.start
    while start and text[start - 1] in " \t":
        start -= 1
    return start - 1 if start < key.start and text[start - 1 : start] == "?" else key.start


def lead_of(key: Written, value: Written, text: str) -> int:
    """Where a value in the key's line would begin."""
    if not value.flow and (found := PROPERTIES.match(text, value.start)):
        return found.end()
    colon = text.find(":", key.end)
    return colon + 1 if key.end <= colon < max(value.start, key.end + 1) else key.end
