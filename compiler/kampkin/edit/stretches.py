"""Where text goes in or out, so that comments, order and style stay: the entries of maps and lists, in blocks and in flows.

In a block an entry has lines of its own: the comment lines right above it at its own indentation, and the deeper ones
below it. In a flow it has them where nobody else stands on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kampkin.edit.lines import Lines
from kampkin.edit.tree import Entry, Written

HEADER_COMMENT = re.compile(r"[|>][^\s#]*([ \t]+#[^\r\n\x85\u2028\u2029]*)")
"""The comment in the first line of a block of text."""


@dataclass(frozen=True, order=True)
class Stretch:
    """What stands between two places, and what comes there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Holder:
    """A map or a list, and where the line that names it ends; before everything else for the root."""

    node: Written
    lead: int = -1

    def indentation(self, lines: Lines) -> int:
        """Of its entries, in a block."""
        return lines.column(self.node.opens if self.node.kind == "list" else self.node.entries[0].start)

    def before(self, index: int) -> int:
        """Where what stands before an entry ends."""
        return self.node.entries[index - 1].end if index else self.node.opens if self.node.flow else self.lead


def applied(text: str, stretches: Iterable[Stretch]) -> str:
    """The text with its stretches changed."""
    for one in sorted(stretches, reverse=True):
        text = text[: one.start] + one.text + text[one.end :]
    return text


def head(lines: Lines, holder: Holder, index: int) -> int:
    """The first line of an entry's: of its comment, where it has one."""
    start = holder.node.entries[index].start
    line, above = lines.at(start), lines.at(holder.before(index))
    while line - 1 > above and lines.comment(line - 1) == lines.column(start):
        line -= 1
    return line


def foot(lines: Lines, entry: Entry, indentation: int) -> int:
    """The last line of an entry's in a block: deeper comments below it are its own."""
    found = lines.at(entry.end)
    for line in range(found + 1, len(lines)):
        comment = lines.comment(line)
        if comment is not None and comment > indentation:
            found = line
        elif not lines.is_blank(line):
            break
    return found


def blanks_above(lines: Lines, holder: Holder, index: int) -> int:
    """How many empty lines stand above an entry and its comment."""
    first, above = head(lines, holder, index), lines.at(holder.before(index))
    line = first
    while line - 1 > above and lines.is_blank(line - 1):
        line -= 1
    return first - line


def added(lines: Lines, holder: Holder, written: Sequence[str]) -> list[Stretch]:
    """An entry behind the last one, each line of it without its indentation; apart from that one where that is from the others."""
    node = holder.node
    if node.flow:
        return added_to_flow(lines, node, " ".join(written))
    indentation = holder.indentation(lines)
    last = foot(lines, node.entries[-1], indentation)
    break_ = lines.break_at(lines.begin(last))
    gap = break_ if blanks_above(lines, holder, len(node.entries) - 1) else ""
    text = "".join(f"{break_}{' ' * indentation}{line}" for line in written)
    return [Stretch(lines.end(last), lines.end(last), gap + text)]


def added_to_flow(lines: Lines, node: Written, written: str) -> list[Stretch]:
    """An entry behind the last one of a flow: on a line of its own where that one is."""
    if not node.entries:
        return [Stretch(node.opens + 1, node.opens + 1, written)]
    last = node.entries[-1]
    if not lines.is_first(last.start):
        return [Stretch(last.end, last.end, f", {written}")]
    comma = lines.comma(last.end)
    behind = last.end if comma is None else comma + 1
    end = lines.end(lines.at(behind)) if is_comment(lines.rest(behind)) else behind
    line = f"{lines.break_at(last.start)}{' ' * lines.column(last.start)}{written}"
    if comma is not None:
        return [Stretch(end, end, f"{line},")]
    if end == last.end:
        return [Stretch(end, end, f",{line}")]
    return [Stretch(last.end, last.end, ","), Stretch(end, end, line)]


def replaced(lines: Lines, entry: Entry, indentation: int, written: str) -> list[Stretch]:
    """Another value, on one line, in place of an entry's; an anchor stays."""
    value = entry.value
    if value.flow and value.opens == value.end:
        lead = lines.text[value.end - 1 : value.end]
        return [Stretch(value.end, value.end, f"{'' if lead.isspace() else ' ' if lead == ':' else ': '}{written}")]
    if value.flow:
        comment = HEADER_COMMENT.match(lines.text, value.opens)
        return [Stretch(value.opens, value.end, written + (comment[1] if comment else ""))]
    line = lines.at(entry.lead)
    if lines.at(value.opens) == line:
        return [Stretch(value.opens, value.end, written)]
    last = foot(lines, entry, indentation)
    return [Stretch(entry.lead, entry.lead, f" {written}"), Stretch(lines.end(line), lines.end(last), "")]


def removed(lines: Lines, holder: Holder, index: int) -> list[Stretch]:
    """An entry's removal. The only one of a block leaves `{}`."""
    node, entry = holder.node, holder.node.entries[index]
    if node.flow:
        return removed_from_flow(lines, holder, index)
    first, last = head(lines, holder, index), foot(lines, entry, holder.indentation(lines))
    is_last = index == len(node.entries) - 1
    if not lines.is_first(entry.start):
        return removed_behind_dash(lines, node, index, last)
    is_apart = last + 1 < len(lines) and lines.is_blank(last + 1)
    if is_last or is_apart:
        blanks = blanks_above(lines, holder, index)
        first -= blanks
        while not blanks and not is_last and index == 0 and lines.is_blank(last + 1):
            last += 1
    ends_text = lines.end(last) == len(lines.text)
    start = lines.end(first - 1) if ends_text and first else lines.begin(first)
    gone = Stretch(start, lines.begin(last + 1), "")
    return [gone] if len(node.entries) > 1 else [Stretch(holder.lead, holder.lead, " {}"), gone]


def removed_behind_dash(lines: Lines, node: Written, index: int, last: int) -> list[Stretch]:
    """The removal of an entry that begins behind the dash of a list."""
    entry = node.entries[index]
    if len(node.entries) == 1:
        return [Stretch(entry.start, entry.end, "{}")]
    following = node.entries[index + 1].start
    if not lines.text[lines.end(last) : following].strip():
        return [Stretch(entry.start, following, "")]
    line = lines.at(entry.start)
    dash = len(lines.text[lines.begin(line) : entry.start].rstrip())
    return [Stretch(lines.begin(line) + dash, lines.end(last), "")]


def removed_from_flow(lines: Lines, holder: Holder, index: int) -> list[Stretch]:
    """The removal of an entry of a flow, and of the comma that parts it from the others."""
    entries, entry = holder.node.entries, holder.node.entries[index]
    comma = lines.comma(entry.end)
    end = entry.end if comma is None else comma + 1
    before = lines.comma(entries[index - 1].end) if index else None
    if len(entries) == 1:
        return [Stretch(entry.start, end, "")]
    if lines.is_first(entry.start) and is_comment(lines.rest(end)):
        own = Stretch(lines.begin(head(lines, holder, index)), lines.begin(lines.at(end) + 1), "")
        return [own] if comma is not None or before is None else [Stretch(before, before + 1, ""), own]
    if before is not None and "#" in lines.text[before : entry.start]:
        return [Stretch(before, before + 1, ""), Stretch(entry.start, entry.end, "")]
    if before is not None:
        return [Stretch(entries[index - 1].end, entry.end, "")]
    following = entries[index + 1].start
    return [Stretch(entry.start, end if "#" in lines.text[end:following] else following, "")]


def is_comment(rest: str) -> bool:
    """Whether the rest of a line is a comment, or nothing."""
    return not rest or rest.startswith("#")
