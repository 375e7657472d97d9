"""The reference of the language, from the models: docs/language.md's tables of every key.

`python -m kampkin.reference docs/language.md` writes them into a page, between its two marks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kampkin.config import Document, Endpoint, Environment, Included, Owner, Safety, Section, Settings, Targets
from kampkin.keys import Key, flow, keys_of, section_of, type_of

BEGIN = "<!-- From here on written by `make docs`, from the models in compiler/kampkin/config.py. -->"
END = "<!-- Up to here written by `make docs`. -->"


@dataclass(frozen=True)
class Table:
    """The keys of a part of a file."""

    heading: str
    model: type[Section]
    above: str
    """What stands before each key."""
    deep: bool = True
    """Whether the keys of maps below are in it too."""


TABLES = (
    Table("The file", Document, "", deep=False),
    Table("Targets", Targets, "targets."),
    Table("An owner", Owner, "owners.<name>."),
    Table("Safety", Safety, "safety."),
    Table("An endpoint", Endpoint, "endpoints.<name>."),
    Table("An environment", Environment, "environments.<name>.", deep=False),
    Table("An included file", Included, "", deep=False),
)


@dataclass(frozen=True)
class Row:
    """A key, and the path that leads to it within its table."""

    path: tuple[str, ...]
    key: Key


def rows(table: Table) -> Iterator[Row]:
    """The keys of a table: what is required first, maps behind what stands on one line."""
    yield from below(table.model, (), table.deep)


def below(model: type[Section], path: tuple[str, ...], deep: bool) -> Iterator[Row]:
    """The keys of a section, and of those in it where `deep`."""
    for key in sorted(keys_of(model), key=lambda key: (not key.required, section_of(key.form) is not None)):
        here = (*path, key.name)
        yield Row(here, key)
        inner = section_of(key.form)
        if inner and deep:
            yield from below(inner, here, deep)


def tables() -> str:
    """All tables as Markdown, and what a layer may hold."""
    shared = ", ".join(f"`{key.name}`" for key in keys_of(Settings))
    layers = f"`defaults` and `profiles.<name>` take these of an endpoint's keys: {shared}.\n"
    return "\n".join([*map(markdown, TABLES), layers])


def markdown(table: Table) -> str:
    """A table with its heading."""
    lines = [f"### {table.heading}", ""]
    if table.above:
        lines += [f"Below `{table.above.rstrip('.')}`.", ""]
    lines += ["| key | type | default | meaning | example |", "|---|---|---|---|---|"]
    for row in rows(table):
        cells = (
            f"`{'.'.join(row.path)}`",
            type_of(row.key.form),
            default_of(row.key),
            meaning_of(row.key),
            example_of(row.key),
        )
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def default_of(key: Key) -> str:
    """What holds where the key is not written."""
    return key.unset if key.default is None else f"`{flow(key.default)}`"


def meaning_of(key: Key) -> str:
    """What the key is for, and the page that says more."""
    if key.see is None:
        return key.meaning
    page, _, heading = key.see.partition("#")
    return f"{key.meaning} More: [{page or heading.replace('-', ' ')}]({key.see})."


def example_of(key: Key) -> str:
    """The key's first example."""
    return ", ".join(f"`{key.name}: {flow(one)}`" for one in key.examples[:1])


def with_reference(page: str) -> str:
    """The page with the tables between its marks."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError("the page lacks the marks that the tables stand between")
    return f"{head}{begin}\n\n{tables()}\n{end}{tail}"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_reference(page.read_text()))
