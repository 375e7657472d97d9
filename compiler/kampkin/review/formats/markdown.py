"""Markdown for a comment on a pull request. What comes out of a file stands in code spans alone: there nothing is markup, and
nobody is mentioned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kampkin.review.changes import Change
from kampkin.review.formats.words import approval, places, summary, where
from kampkin.review.review import Review, Seen, own
from kampkin.review.sections import Section, Table

LONGEST = 60_000
"""Characters. A comment on GitHub has at most 65,536."""

SETTINGS = ("setting", "before", "after", "what it means", "where")


def render(review: Review) -> str:
    """The comment, its details cut where it would be too long: what is at its head always stays."""
    head = "\n".join(heading(review))
    blocks = ["\n".join(block) for block in details(review)]
    return fitted(head, blocks)


def marker(environment: str | None) -> str:
    """By what a comment is found again; a comment shows nothing of it."""
    return f"<!-- kampkin:diff {environment or 'all'} -->"


def fitted(head: str, blocks: Sequence[str]) -> str:
    """As many of the blocks as fit, and how many do not."""
    said = head
    for at, block in enumerate(blocks):
        left = len(blocks) - at
        cut = f"\n\n{left} more are not shown here: the job's log has all of it.\n"
        if len(said) + len(block) + len(cut) + 2 > LONGEST:
            return f"{said[: LONGEST - len(cut)]}{cut}"
        said = f"{said}\n\n{block}"
    return f"{said}\n"


def heading(review: Review) -> Iterator[str]:
    """What must be read."""
    yield marker(review.environments[0] if len(review.environments) == 1 else None)
    yield f"### kampkin diff: {summary(review)}"
    yield ""
    yield f"Against {code(review.base)}" + (
        f", in {', '.join(code(name or 'the file') for name in review.environments)}." if review.environments else "."
    )
    needed = list(approval(review))
    if needed:
        yield ""
        yield "**Approved**" if review.budget.approved_by else "**Needs approval**"
        yield ""
        yield from (f"- {code(line)}" for line in needed)
    gone = [url for one in review.endpoints if one.change.kind != "added" for url in one.all_urls]
    if gone:
        yield ""
        yield f"**URLs that disappear**: {', '.join(map(code, gone[:20]))}" + (
            f" and {len(gone) - 20} more" if len(gone) > 20 else ""
        )


def details(review: Review) -> Iterator[list[str]]:
    """A block for each thing that changes."""
    if review.parts:
        yield ["#### Beside the endpoints", "", *settings([one.change for one in review.parts])]
    for group in review.groups:
        names = ", ".join(map(code, group.endpoints))
        yield [f"#### {len(group.endpoints)} endpoints by {code(group.layer)}", "", names, "", *settings(group.changes)]
    for one in review.endpoints:
        rest = own(one.change, review.groups)
        if one.change.kind != "changed" or rest:
            yield [*endpoint(one, rest, review)]
    for section in review.sections:
        yield [*shown(section)]


def endpoint(one: Seen, rest: Sequence[Change], review: Review) -> Iterator[str]:
    """One endpoint."""
    change = one.change
    owner = f" of {code(change.owner)}" if change.owner else ""
    where_ = places(one.environments, review)
    yield f"#### {code(change.name)}{owner} {change.kind}{f' {where_}' if where_ else ''}"
    if change.kind == "added":
        yield ""
        yield from (f"- {code(url)}" for url in one.all_urls)
    if rest:
        yield ""
        yield from settings(rest)


def settings(changes: Sequence[Change]) -> list[str]:
    """Settings as a table."""
    rows = [
        (code(one.key), code(one.before), code(one.after), text(one.meaning), code(where(one)) if where(one) else "")
        for one in changes
    ]
    return [*grid(SETTINGS, rows)]


def shown(section: Section) -> Iterator[str]:
    """A section of others, folded."""
    yield f"<details><summary>{text(section.title)}</summary>"
    for table in section.tables:
        yield ""
        yield from titled(table)
    if section.note:
        yield ""
        yield text(section.note)
    yield ""
    yield "</details>"


def titled(table: Table) -> Iterator[str]:
    """A table of another's."""
    if table.title:
        yield f"{code(table.title)}"
        yield ""
    yield from grid(table.columns, [tuple(code(cell) if cell else "" for cell in row) for row in table.rows])
    if table.note:
        yield ""
        yield text(table.note)


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table; its cells are Markdown already."""
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def code(value: str) -> str:
    """A code span, whatever is in it: on one line, its fence longer than any within, bars safe in a table."""
    line = " ".join(value.split()) or " "
    ticks = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (ticks + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", "\\|")


def text(value: str) -> str:
    """Our own words, in which a name may stand: no HTML, nobody mentioned."""
    return re.sub(r"([\\`*_\[\]|@<>&])", r"\\\1", " ".join(value.split())).replace("\\@", "@\u2060")
