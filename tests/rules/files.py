"""Files for rules: with a hole that is filled once so that a rule has something to say, and once so that none has."""

from __future__ import annotations

import re
from pathlib import Path

from kampkin.diagnostics import Diagnostic, Span
from kampkin.load import load

NOW_MS = 1_796_000_000_000
"""2026-11-30T00:53:20Z: the day on which the files are checked."""
HOLE = re.compile(r"<([^<>|]*)\|([^<>|]*)>")
NAMED_FILE = re.compile(r"\bfile: (\w[^,} \n]+)")


def filled(text: str, right: bool) -> str:
    """The file with `<wrong|right>` filled on the one side."""
    assert HOLE.search(text), "nothing tells the two files apart"
    return whole(HOLE.sub(lambda hole: hole[2 if right else 1], text))


def whole(text: str) -> str:
    """The text as a file, with the version, and an endpoint where it has none."""
    begin = "" if re.search("^version:", text, re.MULTILINE) else "version: 1\n"
    end = "" if re.search("^endpoints:", text, re.MULTILINE) else "endpoints: {cart: https://cart.acme.dev}\n"
    return f"{begin}{text.rstrip()}\n{end}"


def loaded(text: str, folder: Path) -> tuple[Diagnostic, ...]:
    """What is found in the file, beside the files that it names."""
    for name in NAMED_FILE.findall(text):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("resting")
    path = folder / "kampkin.yaml"
    path.write_text(text)
    return load(path, now_ms=NOW_MS).diagnostics


def marked(text: str, span: Span) -> str:
    """What a finding is about, as it is written, as far as its first line goes."""
    line = text.splitlines()[span.line - 1]
    return line[span.column - 1 : span.end_column - 1 if span.end_line == span.line else None]
