"""Markdown for a comment on a pull request. What comes out of a file stands in code spans alone: there nothing is markup, and
nobody is mentioned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kampkin.formats.quote import visible
from kampkin.review.change import Change
from kampkin.review.formats.words import approval, many, places, summary, urls, where
from kampkin.review.review import Review, Seen
from kampkin.review.sections import Section, Table

LONGEST = 60_000
"""Characters. A comment on GitHub has at most 65,536."""
MARGIN = 100
"""For the line that says how much was cut."""
MOST_NAMED = 20
"""Names or URLs in one line."""

SETTINGS = ("setting", "before", "after", "what it means", "where")


def render(review: Review) -> str:
    """The comment, its details cut where it would be too long: what is at its head always stays."""
    head = "\n".join(heading(review))
    return fitted(
        head, ["\n".join(block) for block in details(review)], ["\n".join(shown(one)) for one in review.sections]
    )


def marker(environment: str | None) -> str:
    """By what a comment is found again; a comment shows nothing of it. It is by what was asked for, so that it stays the same
    when a file is broken."""
    return f"<!-- kampkin:diff {environment or 'all'} -->"


def fitted(head: str, blocks: Sequence[str], sections: Sequence[str]) -> str:
    """As many of the blocks as fit, and how many do not; sections too, for which half of the room is kept."""
    kept = [*first(sections, LONGEST // 2)]
    shown = [*first(blocks, LONGEST - sum(len(one) + 2 for one in (head, *kept)) - MARGIN)]
    cut = len(blocks) - len(shown) + len(sections) - len(kept)
    said = [f"{cut} more are not shown here: the job's log has all of it."] if cut else []
    return "\n\n".join([head, *shown, *said, *kept]) + "\n"


def first(blocks: Sequence[str], room: int) -> Iterator[str]:
    """Those that fit, up to the first that does not."""
    for block in blocks:
        room -= len(block) + 2
        if room < 0:
            return
        yield block


def heading(review: Review) -> Iterator[str]:
    """What must be read. However much changes, it is short."""
    yield marker(review.asked)
    yield f"### kampkin diff: {summary(review)}"
    yield ""
    names = [name or "the file as it stands" for name in review.environments]
    yield f"Against {code(review.base)}" + (f", in {codes(names)}." if names else ".")
    needed = [*approval(review, MOST_NAMED)]
    if needed:
        yield ""
        yield "**Needs approval**" if review.budget.is_open else "**Approved**"
        yield ""
        yield from (f"- {code(line)}" for line in needed)
    gone = [*dict.fromkeys(url for one in review.endpoints for url in one.gone)]
    if gone:
        yield ""
        yield f"**URLs that disappear**: {codes(gone)}"


def codes(values: Sequence[str]) -> str:
    """Several, and of too many how many more there are."""
    more = len(values) - MOST_NAMED
    return ", ".join(map(code, values[:MOST_NAMED])) + (f" and {more:,} more" if more > 0 else "")


def details(review: Review) -> Iterator[list[str]]:
    """A block for each thing that changes."""
    if review.parts:
        yield ["#### Beside the endpoints", "", *beside(review)]
    for group in review.groups:
        by = " ".join(filter(None, [code(group.layer), places(group.environments, review)]))
        yield [
            f"#### {many(len(group.endpoints), 'endpoint')} by {by}",
            "",
            codes(group.endpoints),
            "",
            *settings(group.changes),
        ]
    for one in review.endpoints:
        rest = review.own(one)
        if one.change.kind != "changed" or rest or any(urls(one)):
            yield [*endpoint(one, rest, review)]


def beside(review: Review) -> Iterator[str]:
    """What is no endpoint's, and which it reaches."""
    rows = []
    for part in review.parts:
        change = part.change
        where_ = text(places(part.environments, review))
        reached = f"; {codes(change.endpoints)}" if change.endpoints else ""
        rows.append(
            (code(change.key), code(change.before), code(change.after), f"{text(change.meaning)}{reached}", where_)
        )
    yield from grid(("setting", "before", "after", "what it means", "environments"), rows)


def endpoint(one: Seen, rest: Sequence[Change], review: Review) -> Iterator[str]:
    """One endpoint."""
    change = one.change
    owner = f" of {code(change.owner)}" if change.owner else ""
    where_ = text(places(one.environments, review))
    yield f"#### {code(change.name)}{owner} {change.kind}{f' {where_}' if where_ else ''}"
    fates = [f"- {code(url)} {text(fate)}" for url, fate in urls(one)]
    if fates:
        yield ""
        yield from fates
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
    line = visible(" ".join(value.split())) or " "
    ticks = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (ticks + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{BACKSLASHES.sub(JOINER, line)}{pad}{fence}".replace("|", "\\|")


def text(value: str) -> str:
    """Our own words, in which a name or a value may stand: no markup, nobody mentioned, nothing linked."""
    line = visible(" ".join(value.split()))
    return re.sub(r"([\\`*_{}\[\]()~|<>&!])", r"\\\1", BREAKS.sub(lambda found: f"{found[0]}{JOINER}", line))


BACKSLASHES = re.compile(r"(?<=\\)(?=\|)")
"""Between one and a bar: together with the one that makes the bar safe, a table would take the two for an escaped backslash."""
JOINER = "\u2060"
"""Takes no room, and is no part of a name: what a forge would make a link of is none with it."""
BREAKS = re.compile(r"@|#|\bGH-|:(?=//)|\bwww(?=\.)", re.IGNORECASE)
"""Behind these: mentions, issues, URLs."""
