"""YAML text to a tree of nodes that remember where they were written.

Scalars stay text: the key's type decides later what they mean, so no YAML 1.1 surprise (`on`, `1:30`, `0500`)
reaches a team. Everything that is wrong with a file as YAML is a finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from kampkin.diagnostics import Diagnostic, Span, error

LARGEST_BYTES = 1 << 20
MOST_NODES = 50_000
"""After aliases are expanded: a file of a few lines can name billions."""

DEEPEST = 100

MERGE_TAG = "tag:yaml.org,2002:merge"
PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "timestamp", "str", "map", "seq", "value")
} | {MERGE_TAG}

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Scalar:
    """A text as written; `plain` when it stands without quotes."""

    text: str
    plain: bool
    span: Span

    @property
    def is_empty(self) -> bool:
        """A key with nothing behind it."""
        return self.plain and self.text == ""

    @property
    def is_null(self) -> bool:
        """An explicit null."""
        return self.plain and self.text in ("null", "~", "Null", "NULL")


@dataclass(frozen=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True)
class Mapping:
    """A map; keys are unique texts, in the order of the file."""

    entries: tuple[tuple[Scalar, Node], ...]
    span: Span

    def get(self, key: str) -> Node | None:
        """The value behind a key."""
        return next((value for name, value in self.entries if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """The key as written."""
        return next((name for name, _ in self.entries if name.text == key), None)

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries)


Node: TypeAlias = Scalar | Sequence | Mapping


@dataclass(frozen=True)
class Source:
    """A file that was read: its text for quoting, its tree where it is sound, and what is wrong with it."""

    name: str
    text: str
    root: Mapping | None
    findings: tuple[Diagnostic, ...]
    readable: bool = True
    """False where there was no file to read."""


class _Unsound(Exception):
    """Raised while converting, with the finding that ends it."""

    def __init__(self, finding: Diagnostic) -> None:
        super().__init__(finding.message)
        self.finding = finding


def read(path: Path) -> Source:
    """The file at `path`; its name in findings is the path as given."""
    name = str(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return _unreadable(name, "no-file", "there is no such file", _other_file(path))
    except IsADirectoryError:
        return _unreadable(name, "not-a-file", "this is a directory", f"name the file in it: {path / 'kampkin.yaml'}")
    except OSError as problem:
        return _unreadable(name, "unreadable", f"cannot be read: {problem.strerror or problem}")
    return parse(name, data)


def parse(name: str, data: bytes) -> Source:
    """The tree of a file's bytes."""
    whole = Span(name)
    if len(data) > LARGEST_BYTES:
        return Source(
            name, "", None, (error("too-large", whole, f"the file has {len(data)} bytes; 1 MiB is the most"),)
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        column = problem.start - data.rfind(b"\n", 0, problem.start)
        span = Span(name, line, column, line, column + 1)
        return Source(
            name,
            data.decode("utf-8", "replace"),
            None,
            (error("not-utf-8", span, "this is not UTF-8", "save the file as UTF-8"),),
        )
    try:
        tree = _one_document(name, text)
        converter = _Converter(name)
        root = converter.convert(tree)
    except yaml.YAMLError as problem:
        return Source(name, text, None, (_syntax(name, text, problem),))
    except _Unsound as problem:
        return Source(name, text, None, (problem.finding,))
    if not isinstance(root, Mapping):
        expected = "expected a map with version and endpoints at the top"
        return Source(name, text, None, (*converter.findings, error("wrong-type", root.span, expected)))
    return Source(name, text, root, tuple(converter.findings))


def _unreadable(name: str, id: str, message: str, hint: str | None = None) -> Source:
    return Source(name, "", None, (error(id, Span(name), message, hint),), readable=False)


def _other_file(path: Path) -> str:
    beside = [str(other) for other in sorted(path.parent.glob("*.y*ml"))] if path.parent.is_dir() else []
    close = get_close_matches(str(path), beside, 1) or beside[:1]
    return f"did you mean {close[0]}?" if close else "name the file, or run kampkin in the folder that has kampkin.yaml"


def _one_document(name: str, text: str) -> yaml.Node:
    _bound_depth(name, text)
    documents = list(yaml.compose_all(text, Loader=Loader))
    found = [document for document in documents if document is not None]
    if not found:
        hint = "the smallest file is: version: 1, and endpoints: {name: https://…}"
        raise _Unsound(error("empty-file", Span(name, 1, 1, 1, 1), "the file is empty", hint))
    if len(documents) > 1:
        span = _span(name, (found[1] if len(found) > 1 else found[0]))
        raise _Unsound(
            error(
                "several-documents", span, "a second document begins here", "one document a file: remove the --- line"
            )
        )
    return found[0]


def _bound_depth(name: str, text: str) -> None:
    """Refuses deep nesting before it is composed: PyYAML recurses in C there, and a deep file would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            span = _span(name, event)
            raise _Unsound(error("too-deep", span, f"this is nested more than {DEEPEST} levels deep"))


class _Converter:
    """yaml's nodes to ours: aliases expanded within bounds, `<<` merged, duplicates found."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.findings: list[Diagnostic] = []
        self._count = 0
        self._open: set[int] = set()

    def convert(self, node: yaml.Node) -> Node:
        self._count += 1
        span = _span(self.name, node)
        if self._count > MOST_NODES:
            raise _Unsound(error("too-many-values", span, f"more than {MOST_NODES} values once aliases are expanded"))
        if id(node) in self._open:
            raise _Unsound(error("alias-cycle", span, "this anchor contains itself"))
        if len(self._open) > DEEPEST:
            raise _Unsound(error("too-deep", span, f"this is nested more than {DEEPEST} levels deep"))
        if node.tag not in PLAIN_TAGS:
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            self.findings.append(error("unknown-tag", span, f"the tag {tag} means nothing here", "remove it"))
        if isinstance(node, yaml.ScalarNode):
            return Scalar(node.value, not node.style, span)
        self._open.add(id(node))
        converted = self._sequence(node, span) if isinstance(node, yaml.SequenceNode) else self._mapping(node, span)
        self._open.discard(id(node))
        return converted

    def _sequence(self, node: yaml.SequenceNode, span: Span) -> Sequence:
        return Sequence(tuple(self.convert(item) for item in node.value), span)

    def _mapping(self, node: yaml.Node, span: Span) -> Mapping:
        own: dict[str, tuple[Scalar, Node]] = {}
        merged: dict[str, tuple[Scalar, Node]] = {}
        for key_node, value_node in node.value:
            key = self.convert(key_node)
            if not isinstance(key, Scalar):
                self.findings.append(error("wrong-type", key.span, "a key must be a text"))
                continue
            if key_node.tag == MERGE_TAG:
                for name, entry in self._merged(value_node):
                    merged.setdefault(name, entry)
                continue
            if first := own.get(key.text):
                where = f"the first one is at line {first[0].span.line}"
                self.findings.append(
                    error("duplicate-key", key.span, f"{key.text!r} stands here twice", f"{where}; keep one")
                )
                continue
            own[key.text] = (key, self.convert(value_node))
        return Mapping(tuple((own | {name: entry for name, entry in merged.items() if name not in own}).values()), span)

    def _merged(self, node: yaml.Node) -> Iterator[tuple[str, tuple[Scalar, Node]]]:
        value = self.convert(node)
        maps = value.items if isinstance(value, Sequence) else (value,)
        for part in maps:
            if isinstance(part, Mapping):
                yield from ((key.text, (key, inner)) for key, inner in part)
            else:
                self.findings.append(error("wrong-type", part.span, "<< takes a map, or a list of maps"))


def _span(name: str, marked: Any) -> Span:
    """Where a node or an event of yaml's stands."""
    start, end = marked.start_mark, marked.end_mark
    return Span(name, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _syntax(name: str, text: str, problem: yaml.YAMLError) -> Diagnostic:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    if mark is None:
        position = getattr(problem, "position", None)
        if position is None:
            return error("yaml-syntax", Span(name), str(problem))
        line = text.count("\n", 0, position) + 1
        column = position - text.rfind("\n", 0, position)
        return error("yaml-syntax", Span(name, line, column, line, column + 1), "this character may not stand in YAML")
    span = Span(name, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)
    lines = text.splitlines()
    line_text = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line_text[: mark.column + 1]:
        return error("tab", span, "a tab cannot indent YAML", "use spaces")
    said = getattr(problem, "problem", None) or str(problem)
    context = getattr(problem, "context", None)
    return error(
        "yaml-syntax", span, f"this is not YAML: {said}{f', {context}' if context else ''}", _advice(line_text)
    )


def _advice(line: str) -> str | None:
    value = line.partition(": ")[2].strip()
    if ": " in value or (value[:1] in "@`%&*!|>{[" and value):
        return f'put the value in quotes: "{value}"'
    return None
