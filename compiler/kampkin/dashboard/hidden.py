"""Values of the headers that a service is sent, which the page does not show: on AWS a credential can stand there as it is. The name
of a secret is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from kampkin.dashboard.patch import FileChange, ended, lines, lines_of
from kampkin.source import List, Map, Text, is_null, parse

HIDDEN = "•••"
SECRETIVE = "headers.request"
SECRET = "secret:"
HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)")
ON_A_LINE = re.compile(r"\S(?:[^\r\n]*\S)?")
VALUE = re.compile(rf'(": )"(?!{SECRET})(?:[^"\\]|\\.)*"')
"""In a map as `kampkin diff` writes it."""


def masked(headers: Map) -> str:
    """The headers on one line."""
    shown = {name: HIDDEN if is_hidden(value) else value for name, value in headers.items()}
    return "{" + ", ".join(f"{name}: {value}" for name, value in shown.items()) + "}"


def review(said: Iterable[str]) -> tuple[str, ...]:
    """The lines of a review."""
    return tuple(
        VALUE.sub(rf'\1"{HIDDEN}"', line) if line.lstrip().startswith(f"{SECRETIVE}: ") else line for line in said
    )


def patch(changes: Iterable[FileChange]) -> str:
    """The changes as a unified diff, to be read."""
    return "".join("".join(shown(one)) for one in changes)


def shown(change: FileChange) -> Iterator[str]:
    """A file's part of it: the lines are those of the patch, so that what was hidden still counts as changed."""
    before, after = (lines_of(without_values(text)) for text in (change.before, change.after))
    at: list[int] = []
    """The lines of before and after that come next; none ahead of the first hunk."""
    for line in lines(change):
        if hunk := HUNK.match(line):
            at = [int(number) - 1 for number in hunk.groups()]
            yield line
        elif not at:
            yield line
        else:
            sign = line[0]
            yield ended(sign + (before[at[0]] if sign == "-" else after[at[1]]))
            at = [at[0] + (sign != "+"), at[1] + (sign != "-")]


def without_values(data: bytes) -> bytes:
    """A file's text, line by line as it is but for them."""
    source = parse("", data)
    text = source.file.text
    for start, end in sorted({(one.start, one.end) for one in values(source.root)}, reverse=True):
        text = text[:start] + ON_A_LINE.sub(HIDDEN, text[start:end]) + text[end:]
    return text.encode()


def values(node: Any) -> Iterator[Text]:
    """Those that stand anywhere in it: for one endpoint, for several, or for an environment."""
    if isinstance(node, Map):
        headers = node.get("headers")
        sent = headers.get("request") if isinstance(headers, Map) else None
        if isinstance(sent, Map):
            yield from filter(is_hidden, sent.values())
    for inner in node.values() if isinstance(node, Map) else node if isinstance(node, List) else ():
        yield from values(inner)


def is_hidden(value: Any) -> bool:
    """Whether it is to be."""
    return isinstance(value, Text) and not value.startswith(SECRET) and not is_null(value)
