"""For a person at a terminal; the same without colours on a pipe."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.formats.quote import visible
from kampkin.review.change import Change
from kampkin.review.formats.words import approval, many, places, summary, urls, where, written_at
from kampkin.review.review import Review, Seen
from kampkin.review.sections import Section, Table

SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def render(review: Review) -> str:
    """The text; nothing in it that a terminal would obey."""
    return "\n".join(map(visible, lines(review))) + "\n"


def lines(review: Review) -> Iterator[str]:
    """Line by line."""
    yield f"against {review.base}: {summary(review)}"
    for part in review.parts:
        yield ""
        yield from setting(part.change, "", places(part.environments, review))
        if part.change.endpoints:
            yield f"    for {many(len(part.change.endpoints), 'endpoint')}: {', '.join(part.change.endpoints)}"
    for group in review.groups:
        yield ""
        where_ = places(group.environments, review)
        by = f"by {group.layer}{f' {where_}' if where_ else ''}"
        yield f"~ {many(len(group.endpoints), 'endpoint')} {by}: {', '.join(group.endpoints)}"
        for change in group.changes:
            yield from setting(change, "    ")
    for one in review.endpoints:
        rest = review.own(one)
        if one.change.kind != "changed" or rest or any(urls(one)):
            yield ""
            yield from endpoint(one, rest, review)
    needed = list(approval(review))
    if needed:
        yield ""
        yield "approval"
        yield from (f"    {line}" for line in needed)
    for section in review.sections:
        yield ""
        yield from shown(section)


def endpoint(one: Seen, rest: tuple[Change, ...], review: Review) -> Iterator[str]:
    """One endpoint."""
    change = one.change
    owner = f" ({change.owner})" if change.owner else ""
    yield " ".join(
        filter(None, [f"{SIGNS[change.kind]} {change.name}{owner} {change.kind}", places(one.environments, review)])
    )
    yield from (f"    {url} {fate}" for url, fate in urls(one))
    yield from (f"    {said.key}: {said.value}  ({written_at(said, change.kind)})" for said in change.stated)
    for setting_changed in rest:
        yield from setting(setting_changed, "    ")


def setting(change: Change, indent: str, place: str = "") -> Iterator[str]:
    """One setting: from, to, where, and what it means."""
    at = f"  ({where(change)})" if where(change) else ""
    yield f"{indent}{change.key}: {change.before} -> {change.after}{f' {place}' if place else ''}{at}"
    if change.meaning:
        yield f"{indent}    {change.meaning}"


def shown(section: Section) -> Iterator[str]:
    """A section of others."""
    yield section.title
    for table in section.tables:
        yield from (f"    {line}".rstrip() for line in columns(table))
    if section.note:
        yield f"    {section.note}"


def columns(table: Table) -> Iterator[str]:
    """A table in columns."""
    rows = [table.columns, *table.rows]
    widths = [max(len(row[at]) for row in rows) for at in range(len(table.columns))]
    if table.title:
        yield table.title
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if table.note:
        yield table.note
