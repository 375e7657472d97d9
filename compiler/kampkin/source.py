"""YAML text to texts, maps and lists that know where they stand.

Scalars stay texts: the key's type decides later what they mean, so no YAML 1.1 surprise (`on`, `1:30`, `0500`)
reaches a team. Everything that is wrong with a file as YAML is a finding.

The tree is made in one pass over libyaml's events, without recursion and without yaml's own nodes: a tenth of the time
that composing them takes, and no depth that could end the process (docs/performance.md).
"""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from kampkin.closest import closest
from kampkin.diagnostics import Diagnostic, Span, error

LARGEST_BYTES = 16 << 20
LONGEST_TEXT = 64 * 1024
"""Of one value: as long as a fallback's body may be."""
FREE_VALUES = 50_000
"""What aliases may add; beyond it, as many again as are written out. A file of a few lines can name billions."""
DEEPEST = 100

PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "timestamp", "str", "map", "seq", "value")
} | {"!"}
NULLS = frozenset(("null", "~", "Null", "NULL"))
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What may not stand in YAML 1.1, https://yaml.org/spec/1.1/#c-printable. And what nobody sees, though libyaml obeys it:
a byte order mark within the file, and the ends of lines that no editor shows as such, so a comment could end unseen."""

LINE_END = re.compile(r"\r\n|\r|\n")
"""As YAML 1.2 and editors have it; libyaml, of 1.1, ends a line at some other characters too, and is not asked for lines."""

UTF_16 = re.compile(rb"\xff\xfe|\xfe\xff|(?:\0[^\0]){2}|(?:[^\0]\0){2}")
"""How a file begins that is written in it, with a mark of its byte order or without."""

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, eq=False)
class File:
    """A file by the name that findings give it, and its text."""

    name: str
    text: str

    @cached_property
    def line_starts(self) -> list[int]:
        """Where each line begins, in characters."""
        return [0, *(found.end() for found in LINE_END.finditer(self.text))]

    def span(self, start: int, end: int) -> Span:
        """The stretch between two characters, counted from 0; the end is exclusive."""
        return Span(self.name, *self._place(start), *self._place(end))

    def _place(self, index: int) -> tuple[int, int]:
        line = bisect_right(self.line_starts, index)
        return line, index - self.line_starts[line - 1] + 1


class Text(str):
    """A scalar as it is written without quotes."""

    __slots__ = ("end", "file", "start")
    file: File
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.file.span(self.start, self.end)


class Quoted(Text):
    """A scalar in quotes, or a block of text: a text whatever it says."""

    __slots__ = ()


class Map(dict[str, Any]):
    """A map; keys are `Text`s, each once, in the order of the file."""

    __slots__ = ("_keys", "end", "file", "start")
    file: File
    start: int
    end: int
    _keys: dict[str, Text]

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.file.span(self.start, self.end)

    def key(self, name: str) -> Text:
        """A key of the map, with its place."""
        keys = getattr(self, "_keys", None)
        if keys is None or len(keys) != len(self):
            keys = self._keys = {key: key for key in self if isinstance(key, Text)}
        return keys[name]


class List(list[Any]):
    """A list."""

    __slots__ = ("end", "file", "start")
    file: File
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.file.span(self.start, self.end)


Node: TypeAlias = Text | Map | List


def is_null(value: Any) -> bool:
    """Whether it is an explicit null."""
    return value.__class__ is Text and value in NULLS


def is_empty(value: Any) -> bool:
    """Whether nothing stands there."""
    return value.__class__ is Text and value == ""


def like(made: Map, place: Node) -> Map:
    """The map as if it stood where another value does."""
    made.file, made.start, made.end = place.file, place.start, place.end
    return made


@dataclass(frozen=True)
class Source:
    """A file that was read: its tree where it is sound, and what is wrong with it."""

    file: File
    root: Map | None
    findings: tuple[Diagnostic, ...] = ()
    readable: bool = True
    """False where there was no file to read."""


Reading: TypeAlias = Callable[[Path, str | None], Source]
"""What gives the file at a path, by the name that findings give it: `read`, or what stands in for some of the files."""


class _Unsound(Exception):
    """Ends the reading, with the finding that does."""

    def __init__(self, finding: Diagnostic) -> None:
        super().__init__(finding.message)
        self.finding = finding


def read(path: Path, name: str | None = None) -> Source:
    """The file at `path`; its name in findings is the path as given, or `name`."""
    name = name or str(path)
    try:
        with open(path, "rb", opener=_at_once) as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                hint = "write the text into a file, and name that"
                return _unreadable(name, "not-a-file", "this is a pipe or a device", hint)
            data = opened.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        return _unreadable(name, "no-file", "there is no such file", _other_file(path))
    except IsADirectoryError:
        return _unreadable(name, "not-a-file", "this is a directory", f"name the file in it: {path / 'kampkin.yaml'}")
    except (OSError, ValueError) as problem:
        said = getattr(problem, "strerror", None) or problem
        return _unreadable(name, "unreadable", f"cannot be read: {said}")
    return parse(name, data)


def _at_once(path: str, flags: int) -> int:
    """Opens a pipe too without waiting for whoever would write into it."""
    return os.open(path, flags | os.O_NONBLOCK)


def parse(name: str, data: bytes) -> Source:
    """The tree of a file's bytes."""
    if len(data) > LARGEST_BYTES:
        hint = "split it: include takes files of teams"
        return Source(File(name, ""), None, (error("too-large", Span(name), "a file has at most 16 MiB", hint),))
    if UTF_16.match(data):
        span = Span(name, 1, 1, 1, 1)
        return Source(File(name, ""), None, (error("not-utf-8", span, "this is UTF-16", "save the file as UTF-8"),))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        return _not_utf_8(name, data, problem.start)
    file = File(name, text)
    composer = _Composer(file)
    try:
        root = composer.compose()
    except yaml.YAMLError as problem:
        return Source(file, None, (*composer.findings, _syntax(file, problem)))
    except _Unsound as problem:
        return Source(file, None, (*composer.findings, problem.finding))
    if not isinstance(root, Map):
        expected = error("wrong-type", root.span, "expected a map with version and endpoints at the top")
        return Source(file, None, (*composer.findings, expected))
    return Source(file, root, tuple(composer.findings))


@dataclass(slots=True)
class _Open:
    """A map or a list that is being read."""

    node: Map | List
    anchor: str | None
    size: int = 1
    """Values, itself among them, aliases expanded."""
    depth: int = 1
    """Levels, its own among them, aliases expanded."""
    key: Text | None = None
    """The key that waits for its value."""
    merges: list[Node] = field(default_factory=list)
    """What stands behind `<<`."""
    repeated: list[Text] = field(default_factory=list)
    """Keys that stand in the map already."""


UNUSABLE: Final = Quoted("")
"""Stands for a key that cannot be one; its value is dropped."""


class _Composer:
    """One pass over a file's events: aliases expanded within bounds, `<<` merged, duplicates found."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.findings: list[Diagnostic] = []
        self._open: list[_Open] = []
        self._named: dict[str, tuple[Node, int, int]] = {}
        """By anchor: what it names, and the size and the depth of that."""
        self._written = 0
        self._added = 0
        self._root: Node | None = None

    def compose(self) -> Node:
        """The root. Raises `_Unsound`, and yaml's own errors."""
        if found := UNPRINTABLE.search(self.file.text):
            message = f"the character U+{ord(found[0]):04X} may not stand in a file"
            raise _Unsound(self._error("yaml-syntax", found.start(), found.end(), message, "remove it"))
        for event in yaml.parse(self.file.text, Loader=Loader):
            self._written += 1
            kind = event.__class__
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent:
                self._begin(Map(), event)
            elif kind is yaml.SequenceStartEvent:
                self._begin(List(), event)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._finish(event)
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent and self._root is not None:
                message, hint = "a second document begins here", "one document a file: remove the --- line"
                raise _Unsound(self._at("several-documents", event, message, hint))
        if self._root is None or is_empty(self._root):
            hint = "the smallest file is: version: 1, and endpoints: {name: https://…}"
            raise _Unsound(error("empty-file", Span(self.file.name, 1, 1, 1, 1), "the file is empty", hint))
        return self._root

    def _scalar(self, event: Any) -> None:
        is_text = event.style or event.tag == "tag:yaml.org,2002:str"
        text = Quoted(event.value) if is_text else Text(event.value)
        text.file, text.start, text.end = self.file, event.start_mark.index, event.end_mark.index
        if event.tag is not None:
            self._check_tag(event)
        if len(text) > LONGEST_TEXT:
            message = f"this text has {len(text)} characters; {LONGEST_TEXT} are the most"
            raise _Unsound(error("too-large", self.file.span(text.start, text.start + 1), message))
        if event.anchor is not None:
            self._named[event.anchor] = text, 1, 0
        self._put(text, 1, 0)

    def _begin(self, node: Map | List, event: Any) -> None:
        node.file, node.start = self.file, event.start_mark.index
        node.end = event.end_mark.index
        if event.tag is not None:
            self._check_tag(event)
        if len(self._open) >= DEEPEST:
            raise _Unsound(self._too_deep(event))
        self._open.append(_Open(node, event.anchor))

    def _finish(self, event: Any) -> None:
        done = self._open.pop()
        node = done.node
        node.end = event.end_mark.index
        if isinstance(node, Map):
            if done.repeated:
                self._tell(node, done.repeated)
            if done.merges:
                self._merge(node, done.merges)
        if done.anchor is not None:
            self._named[done.anchor] = node, done.size, done.depth
        self._put(node, done.size, done.depth)

    def _put(self, node: Node, size: int, depth: int) -> None:
        """The node at its place: the root, an item, a key or the value behind one."""
        if not self._open:
            self._root = node
            return
        above = self._open[-1]
        above.size += size
        if depth >= above.depth:
            above.depth = depth + 1
        if isinstance(above.node, List):
            above.node.append(node)
        elif above.key is None:
            above.key = self._key(above, node)
        elif above.key.__class__ is Text and above.key == "<<":
            above.merges.append(node)
            above.key = None
        else:
            if above.key is not UNUSABLE:
                above.node[above.key] = node
            above.key = None

    def _key(self, above: _Open, node: Node) -> Text:
        if not isinstance(node, Text):
            self.findings.append(error("wrong-type", node.span, "a key must be a text"))
            return UNUSABLE
        if node in above.node:
            above.repeated.append(node)
            return UNUSABLE
        return node

    def _tell(self, node: Map, repeated: list[Text]) -> None:
        """Once the map is whole, for then it finds its keys at once."""
        for key in repeated:
            first = ((node.key(key).span, "the first one"),)
            self.findings.append(error("duplicate-key", key.span, f"{key!r} stands here twice", "keep one", first))

    def _merge(self, node: Map, merges: list[Node]) -> None:
        """What stands behind `<<`: own keys win, and of several maps the first."""
        for part in [inner for one in merges for inner in (one if isinstance(one, List) else [one])]:
            if isinstance(part, Map):
                for key, value in part.items():
                    node.setdefault(key, value)
            else:
                self.findings.append(error("wrong-type", part.span, "<< takes a map, or a list of maps"))

    def _alias(self, event: Any) -> None:
        if any(one.anchor == event.anchor for one in self._open):
            raise _Unsound(self._at("alias-cycle", event, "this alias is inside of what it names"))
        if event.anchor not in self._named:
            text = self.file.text[event.start_mark.index : event.end_mark.index]
            raise _Unsound(
                self._at("unknown-anchor", event, f"nothing is anchored as &{event.anchor}", self._known(text))
            )
        node, size, depth = self._named[event.anchor]
        self._added += size
        if len(self._open) + depth > DEEPEST:
            raise _Unsound(self._too_deep(event))
        if self._added > FREE_VALUES + self._written:
            raise _Unsound(self._at("too-many-values", event, "with its aliases expanded the file has too many values"))
        self._put(node, size, depth)

    def _known(self, written: str) -> str:
        close = closest(written[1:], self._named)
        return f"did you mean *{close}?" if close else f'if it is a text, put it in quotes: "{written}"'

    def _check_tag(self, event: Any) -> None:
        if event.tag not in PLAIN_TAGS:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.findings.append(self._at("unknown-tag", event, f"the tag {tag} means nothing here", "remove it"))

    def _too_deep(self, event: Any) -> Diagnostic:
        return self._at("too-deep", event, f"this is nested more than {DEEPEST} levels deep")

    def _at(self, id: str, event: Any, message: str, hint: str | None = None) -> Diagnostic:
        return self._error(id, event.start_mark.index, event.end_mark.index, message, hint)

    def _error(self, id: str, start: int, end: int, message: str, hint: str | None = None) -> Diagnostic:
        return error(id, self.file.span(start, end), message, hint)


def _unreadable(name: str, id: str, message: str, hint: str | None = None) -> Source:
    return Source(File(name, ""), None, (error(id, Span(name), message, hint),), readable=False)


def _other_file(path: Path) -> str:
    beside = [str(other) for other in sorted(path.parent.glob("*.y*ml"))] if path.parent.is_dir() else []
    close = closest(str(path), beside) or next(iter(beside), None)
    return f"did you mean {close}?" if close else "name the file, or run kampkin in the folder that has kampkin.yaml"


def _not_utf_8(name: str, data: bytes, at: int) -> Source:
    before = data[:at].decode("utf-8-sig")
    file = File(name, before + data[at:].decode("utf-8", "replace"))
    finding = error("not-utf-8", file.span(len(before), len(before) + 1), "this is not UTF-8", "save the file as UTF-8")
    return Source(file, None, (finding,))


def _syntax(file: File, problem: yaml.YAMLError) -> Diagnostic:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    if mark is None:
        return error("yaml-syntax", Span(file.name, 1, 1, 1, 1), f"this is not YAML: {problem}")
    index = min(mark.index, len(file.text))
    at_an_end = file.text[index : index + 1] in ("", "\r", "\n")
    span = file.span(index, index if at_an_end else index + 1)
    line = LINE_END.split(file.text[file.line_starts[span.line - 1] :], maxsplit=1)[0]
    if "\t" in line[: len(line) - len(line.lstrip())] or file.text[index : index + 1] == "\t":
        return error("tab", span, "a tab cannot indent YAML", "use spaces")
    said = getattr(problem, "problem", None) or str(problem)
    context = getattr(problem, "context", None)
    message = f"this is not YAML: {said}{f', {context}' if context else ''}"
    return error("yaml-syntax", span, message, _advice(said, line, span.column, "flow" in (context or "")))


def _advice(said: str, line: str, column: int, in_flow: bool) -> str | None:
    if in_flow:
        return "a bracket or a comma may be missing on the line before"
    if re.match(r"\*[\s,\]}]|\*$", line[column - 2 :]):
        return 'a * alone is an alias of nothing: put it in quotes, "*"'
    value = line.partition(": ")[2].strip()
    colon = ": " in value and said.startswith("mapping values are not allowed")
    if colon or (value[:1] in "@`%&*!|>{[" and value):
        return f'put the value in quotes: "{value}"'
    return None
