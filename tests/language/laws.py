"""What holds for every file, however broken: laws of `kampkin.load.load`, told with a reader of lines of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import get_args
from unicodedata import category

from kampkin.diagnostics import Diagnostic, Span
from kampkin.formats import Format, render
from kampkin.load import Loaded, load

WHOLE_FILE = frozenset({"no-file", "not-a-file", "unreadable", "too-large"})
"""The only findings that are about no place."""

LONGEST = 1_000
TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks that turn the direction of what follows: https://www.unicode.org/reports/tr9/."""
LINE_END = re.compile("\r\n|\r|\n")
INSIDES = re.compile(
    r"<\S+ object|<class '|\b(?:Text|Quoted|Map|List|Span|Named|Origin|Route|Path)\(|Pydantic|Value error|\{'\w+': |\['\w+'[,\]]"
)
"""How Python would write a value of its own."""


def lawful(path: Path, environment: str | None = None, formats: Sequence[Format] = get_args(Format)) -> Loaded:
    """What the file comes to, twice the same, with every law held, and shown in these formats."""
    loaded, again = load(path, environment), load(path, environment)
    assert loaded.diagnostics == again.diagnostics
    assert (loaded.plan and loaded.plan.canonical()) == (again.plan and again.plan.canonical())
    assert (loaded.plan is not None) == (not any(found.is_error for found in loaded.diagnostics))
    assert len(set(loaded.diagnostics)) == len(loaded.diagnostics)
    for name, text in loaded.texts.items():
        assert_as_written(Path(name), text)
    for found in loaded.diagnostics:
        assert_told_well(found, loaded)
    for one in formats:
        assert_shown(one, render(one, loaded.diagnostics, loaded.texts, path.parent), len(loaded.diagnostics))
    return loaded


def assert_shown(format: Format, shown: str, findings: int) -> None:
    """Each finding is there, and nothing that is none."""
    match format:
        case "human":
            assert_printable(shown)
        case "json":
            assert len(json.loads(shown)["findings"]) == findings
        case "sarif":
            assert len(json.loads(shown)["runs"][0]["results"]) == findings
        case "github":
            assert len(shown.splitlines()) == findings


def assert_as_written(path: Path, text: str) -> None:
    """Places are counted in what the file holds."""
    if not path.is_file():
        return
    with suppress(OSError, UnicodeDecodeError):
        assert text in ("", path.read_bytes().decode("utf-8-sig")), path


def assert_printable(shown: str) -> None:
    """A terminal shows it as it is, and no line of it is a file's."""
    for line in shown.split("\n"):
        assert all(one == "\t" or (category(one) != "Cc" and one not in TURNS) for one in line), line
        assert len(line) < 2 * LONGEST, line


def assert_told_well(found: Diagnostic, loaded: Loaded) -> None:
    """A finding says something, on one line, of a place that there is."""
    for said in (found.message, found.hint):
        if said is not None:
            assert said.strip(), found
            assert len(said) < LONGEST, found
            assert said.isprintable(), found
            for inside in INSIDES.findall(said):
                assert any(inside in text for text in loaded.texts.values()), found
    if found.span.line == 0:
        assert found.id in WHOLE_FILE, found
        assert found.span == Span(found.span.file)
    else:
        assert_inside(found.span, loaded.texts[found.span.file])
    for span, says in found.related:
        assert says.isprintable(), found
        assert_inside(span, loaded.texts[span.file])


def assert_inside(span: Span, text: str) -> None:
    """The stretch is in the text: each end on a line that there is, or right behind it."""
    lines = lines_of(text)
    for line, column in ((span.line, span.column), (span.end_line, span.end_column)):
        assert 1 <= line <= len(lines), span
        assert 1 <= column <= len(lines[line - 1]) + 1, (span, lines[line - 1][:200])
    assert (span.line, span.column) <= (span.end_line, span.end_column), span


@lru_cache(4)
def lines_of(text: str) -> list[str]:
    """As an editor shows them."""
    return LINE_END.split(text)


def ids(loaded: Loaded) -> list[str]:
    """What was found, by id, as it stands in the files."""
    return [found.id for found in loaded.diagnostics]


def told(loaded: Loaded) -> str:
    """All that the findings say."""
    return "\n".join(chain.from_iterable((found.message, found.hint or "") for found in loaded.diagnostics))
