"""Files of teams: what a document includes, and the one document that all of them make together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from os.path import realpath, relpath
from pathlib import Path

from pydantic_core import PydanticCustomError

from kampkin.config import Included
from kampkin.diagnostics import Diagnostic, error
from kampkin.layers import expand, without_nulls
from kampkin.patterns import below
from kampkin.repository import beside, flaws, root_of
from kampkin.source import List, Map, Reading, Source, Text, like, read
from kampkin.validate import validate
from kampkin.values import file_pattern

MOST_FILES = 1_000
MOST_PATTERNS = 100
"""Each may walk the whole repository."""


@dataclass(frozen=True)
class Part:
    """What the endpoints of an included file stand on, above the root document's."""

    defaults: Map | None
    profiles: Map


@dataclass(frozen=True)
class Composition:
    """All files as one document."""

    root: Map
    """The root document, short forms written out, with every file's endpoints in it."""
    parts: dict[str, Part]
    """For each endpoint that stands in an included file: that file's own layers."""
    sources: tuple[Source, ...]
    """The included files."""
    findings: tuple[Diagnostic, ...]


def compose(path: Path, root: Map, reading: Reading = read) -> Composition:
    """The document at `path` with what it includes; a file that will not do is a finding, and the others are taken."""
    root = expand(root)
    findings: list[Diagnostic] = []
    sources = list(included(path, root, findings, reading))
    declared = root.get("endpoints")
    if not sources or not isinstance(declared, Map | None):
        return Composition(root, {}, tuple(sources), tuple(findings))
    endpoints = like(Map(declared or {}), root if declared is None else declared)
    parts: dict[str, Part] = {}
    for source in sources:
        findings += source.findings
        if source.root is None:
            continue
        document = expand(source.root)
        values = without_nulls(document)
        if isinstance(document.get("endpoints"), Map):
            values["endpoints"] = {}  # each is judged with its layers
        _, found = validate(values, Included, document.span)
        findings += found
        part = part_of(document)
        findings += twice(part.profiles, root.get("profiles"), "profile")
        own = document.get("endpoints")
        if isinstance(own, Map):
            findings += twice(own, endpoints, "endpoint")
            fresh = {name: node for name, node in own.items() if name not in endpoints}
            endpoints.update(fresh)
            parts |= dict.fromkeys(fresh, part)
    whole = like(Map(root), root)
    if declared is None:
        place = Text("endpoints")
        place.file, place.start, place.end = root.file, root.start, root.start
        whole[place] = endpoints
    else:
        whole["endpoints"] = endpoints
    return Composition(whole, parts, tuple(sources), tuple(findings))


def part_of(document: Map) -> Part:
    """The layers of an included file, as far as they are maps; the models tell of what is none."""
    defaults, profiles = document.get("defaults"), document.get("profiles")
    return Part(
        defaults if isinstance(defaults, Map) else None,
        profiles if isinstance(profiles, Map) else like(Map(), document),
    )


def twice(names: Map, known: object, kind: str) -> Iterator[Diagnostic]:
    """A finding for each name that another file has."""
    for name in names:
        if isinstance(known, Map) and name in known:
            first = ((known.key(name).span, "the first one"),)
            message = f"there is {'an' if kind == 'endpoint' else 'a'} {kind} {name} already"
            yield error("declared-twice", names.key(name).span, message, "give one of them another name", first)


def included(path: Path, root: Map, findings: list[Diagnostic], reading: Reading) -> Iterator[Source]:
    """The files that the document includes, each once, in the order of their names within a pattern."""
    patterns = root.get("include")
    if not isinstance(patterns, List):
        return
    if len(patterns) > MOST_PATTERNS:
        message = f"{len(patterns)} patterns of files; {MOST_PATTERNS} are the most"
        findings.append(
            error("too-many-files", root.key("include").span, message, "such as teams/*.yaml for all of them")
        )
        return
    named: dict[Path, Text] = {}
    for pattern in patterns:
        if isinstance(pattern, Text) and is_pattern(pattern):
            for found in matches(path, pattern, findings):
                named.setdefault(found, pattern)
    if len(named) > MOST_FILES:
        place = next(iter(named.values())).span
        findings.append(error("too-many-files", place, f"{len(named)} files are included; {MOST_FILES} are the most"))
        return
    unfit = flaws(path, named)
    for found, pattern in named.items():
        written = name_of(path, found)
        if wrong := unfit.get(found):
            findings.append(error("bad-file", pattern.span, f"{written} {wrong[0]}", wrong[1]))
        elif found == path.resolve():
            hint = "name the files of the teams alone, such as teams/*.yaml"
            findings.append(error("bad-file", pattern.span, f"{written} would include itself", hint))
        else:
            yield reading(found, written)


def is_pattern(text: Text) -> bool:
    """Whether the text is one; the models tell what is wrong with it otherwise."""
    try:
        return bool(file_pattern(text))
    except PydanticCustomError:
        return False


def matches(path: Path, pattern: Text, findings: list[Diagnostic]) -> list[Path]:
    """The files that a pattern means, sorted; a pattern that means none is a finding."""
    folder = path.resolve().parent
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    plain = list(takewhile(lambda part: "*" not in part, parts))
    start = beside(str(path), "/".join(plain))
    if not start.is_relative_to(folder) and not start.is_relative_to(root_of(path)):
        hint = "move it there: what nobody can review does not run"
        findings.append(error("bad-file", pattern.span, f"{pattern} is outside of the repository", hint))
        return []
    if len(plain) == len(parts) or realpath(start) != str(start):
        return [start]
    files = sorted(below(start, parts[len(plain) :]))
    if not files:
        hint = f"a pattern is relative to {folder.name}/, as in teams/*.yaml"
        findings.append(error("bad-file", pattern.span, f"{pattern} matches no file", hint))
    return files


def name_of(path: Path, found: Path) -> str:
    """An included file's name in findings: as the document's own is given."""
    return str(path.parent / relpath(found, path.parent.resolve()))
