"""Markdown for a comment on a pull request. What comes out of a file stands in code spans alone: there nothing is markup, and
nobody is mentioned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kampkin.formats.quote import visible
from kampkin.review.change import Change
from kampkin.review.formats.fitting import GAP, Part, Piece, fitted
from kampkin.review.formats.words import approval, many, places, summary, urls, where, written_at
from kampkin.review.review import Review, Seen
from kampkin.review.sections import Section, Table

LONGEST = 60_000
"""Characters. A comment on GitHub has at most 65,536."""
LONGEST_NOTE = 3_000
"""Of a section; it stays where its tables are cut."""
MOST_NAMED = 20
"""Names or URLs in one line."""

SETTINGS = ("setting", "before", "after", "what it means", "where")
STATED = ("setting", "value", "where")


def render(review: Review) -> str:
    """The comment, its details cut where it would be too long: what is at its head always stays."""
    head = "\n".join(heading(review))
    parts = [part for part in (Part("change", [*details(review)]), *map(section, review.sections)) if part.whole]
    whole = GAP.join([head, *(part.whole for part in parts)])
    if len(whole) < LONGEST:
        return f"{whole}\n"
    asked = f"kampkin diff --env {review.asked}" if review.asked else "kampkin diff"
    end = f"Not all of it has room here. {code(asked)} shows all, and so does the job's log where {code('--out')} wrote this."
    room = LONGEST - len(head) - len(end) - 2 * len(GAP)
    return f"{GAP.join([head, *fitted(parts, room), end])}\n"


def broken(findings: str, environment: str | None) -> str:
    """The comment about a file that has errors: they are shown in the place of changes."""
    told = findings.replace("```", "'''")
    cut = f"{told[: LONGEST - 1_000]}\n…" if len(told) > LONGEST - 1_000 else told
    return f"{marker(environment)}\n### kampkin diff: the file has errors\n\n```text\n{cut.rstrip()}\n```\n"


def marker(environment: str | None) -> str:
    """By what a comment is found again; a comment shows nothing of it. It is by what was asked for, so that it stays the same
    when a file is broken."""
    return f"<!-- kampkin:diff {environment or 'all'} -->"


def heading(review: Review) -> Iterator[str]:
    """What must be read. However much changes, it is short."""
    yield marker(review.asked)
    yield f"### kampkin diff: {summary(review)}"
    yield ""
    names = [name or "the file as it stands" for name in review.environments if name or len(review.environments) > 1]
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


def details(review: Review) -> Iterator[Piece]:
    """A piece for each thing that changes."""
    if review.parts:
        yield beside(review)
    for group in review.groups:
        by = " ".join(filter(None, [code(group.layer), places(group.environments, review)]))
        title = f"#### {many(len(group.endpoints), 'endpoint')} by {by}"
        yield settings([title, "", codes(group.endpoints)], group.changes)
    for one in review.endpoints:
        rest = review.own(one)
        if one.change.kind != "changed" or rest or any(urls(one)):
            yield endpoint(one, rest, review)


def beside(review: Review) -> Piece:
    """What is no endpoint's, and which it reaches."""
    rows = []
    for part in review.parts:
        change = part.change
        where_ = text(places(part.environments, review))
        reached = f"; {codes(change.endpoints)}" if change.endpoints else ""
        rows.append(
            (code(change.key), code(change.before), code(change.after), f"{text(change.meaning)}{reached}", where_)
        )
    return table(["#### Beside the endpoints"], ("setting", "before", "after", "what it means", "environments"), rows)


def endpoint(one: Seen, rest: Sequence[Change], review: Review) -> Piece:
    """One endpoint."""
    change = one.change
    owner = f" of {code(change.owner)}" if change.owner else ""
    where_ = text(places(one.environments, review))
    head = [f"#### {code(change.name)}{owner} {change.kind}{f' {where_}' if where_ else ''}"]
    fates = [f"- {code(url)} {text(fate)}" for url, fate in urls(one)]
    if fates:
        head += ["", *fates]
    if change.stated:
        said = [(code(each.key), code(each.value), code(written_at(each, change.kind))) for each in change.stated]
        return table(head, STATED, said)
    return settings(head, rest) if rest else Piece(head)


def settings(head: Sequence[str], changes: Sequence[Change]) -> Piece:
    """Settings as a table."""
    rows = [
        (code(one.key), code(one.before), code(one.after), text(one.meaning), code(where(one)) if where(one) else "")
        for one in changes
    ]
    return table(head, SETTINGS, rows)


def section(one: Section) -> Part:
    """A section of others, folded."""
    note = one.note if len(one.note) <= LONGEST_NOTE else f"{one.note[:LONGEST_NOTE]}…"
    end = [*([text(note)] if note else []), "</details>"]
    start = f"<details><summary>{text(one.title)}</summary>"
    return Part("table", [*map(titled, one.tables)], start, GAP.join(end))


def titled(one: Table) -> Piece:
    """A table of another's."""
    rows = [tuple(code(cell) if cell else "" for cell in row) for row in one.rows]
    return table([code(one.title)] if one.title else [], one.columns, rows, ["", text(one.note)] if one.note else [])


def table(
    head: Sequence[str], columns: Sequence[str], rows: Sequence[Sequence[str]], foot: Sequence[str] = ()
) -> Piece:
    """A table below its head."""
    names, line, *told = grid(columns, rows)
    return Piece([*head, *([""] if head else []), names, line], told, foot)


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
