"""The files that fallbacks name, read from within the repository: what was reviewed there is what runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kampkin.config import LARGEST_ANSWER
from kampkin.diagnostics import Diagnostic, Span, error
from kampkin.repository import beside, flaws
from kampkin.values import Named


def path_of(named: Named) -> Path:
    """Where the file is."""
    return beside(named.beside, named.written)


def read_assets(file: Path, named: Iterable[tuple[Named, Span]]) -> tuple[dict[Named, bytes], list[Diagnostic]]:
    """What is in the files, and a finding at each place that names one that will not do. `file` is the document's."""
    places: dict[Named, list[Span]] = {}
    for one, span in named:
        places.setdefault(one, []).append(span)
    unfit = flaws(file, map(path_of, places))
    contents: dict[Named, bytes] = {}
    findings: list[Diagnostic] = []
    for one, spans in places.items():
        path = path_of(one)
        if wrong := unfit.get(path):
            findings += [error("bad-file", span, f"{one.written} {wrong[0]}", wrong[1]) for span in spans]
            continue
        try:
            with path.open("rb") as opened:
                contents[one] = opened.read(LARGEST_ANSWER + 1)
        except OSError as problem:
            message = f"{one.written} cannot be read: {problem.strerror or problem}"
            findings += [error("bad-file", span, message) for span in spans]
            continue
        if len(contents[one]) > LARGEST_ANSWER:
            message = f"{one.written} has more than 64 KiB, the most that a fallback's body has"
            findings += [error("too-large", span, message, "make it smaller") for span in spans]
    return contents, findings
