"""Files as they would be: read once, changed in memory, checked as `kampkin check` does, then written, all or none."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kampkin.diagnostics import Diagnostic
from kampkin.errors import Cannot
from kampkin.include import Composition, compose
from kampkin.load import Loaded, load
from kampkin.source import Source, parse, read

BOM = b"\xef\xbb\xbf"
NEW = "version: 1\nendpoints:\n"
"""What a file begins with that has no endpoint yet."""


@dataclass(frozen=True)
class Change:
    """A file that would be another."""

    path: Path
    name: str
    """As findings name it."""
    before: bytes | None
    """None where there is no such file."""
    after: bytes


class Draft:
    """A document and its files, as they are and as they would be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        """The root document's."""
        self._there: dict[Path, Source] = {}
        self._before: dict[Path, bytes | None] = {}
        self._after: dict[Path, Source] = {}

    def before(self, path: Path, name: str | None = None) -> Source:
        """The file as it is, read once: whatever is asked of the draft is answered of the same files."""
        key = path.resolve()
        if key not in self._there:
            self._there[key] = read(path, name)
        return self._there[key]

    def read(self, path: Path, name: str | None = None) -> Source:
        """The file as it would be."""
        return self._after.get(path.resolve()) or self.before(path, name)

    def source(self, path: Path) -> Source:
        """The file, to be changed. Raises `Cannot` where it is no longer what was read."""
        key = path.resolve()
        if key not in self._after:
            try:
                data = key.read_bytes()
            except OSError as problem:
                raise Cannot(f"cannot read {path}: {problem.strerror or problem}") from None
            made = parse(str(path), data)
            if made.file.text != self.before(path).file.text:
                raise changed_meanwhile(str(path))
            self._before[key] = data
            self._after[key] = made
        return self._after[key]

    def put(self, path: Path, source: Source) -> None:
        """The file is to be that."""
        self._before.setdefault(path.resolve(), None)
        self._after[path.resolve()] = source

    def composition(self) -> Composition:
        """The document with what it includes, as they would be."""
        root = self.read(self.path).root
        assert root is not None, "what is edited can be read"
        return compose(self.path, root, self.read)

    def load(self, environment: str | None = None) -> Loaded:
        """What the files would come to."""
        return load(self.path, environment, reading=self.read)

    def changed(self) -> Iterator[Change]:
        """The files that would be others."""
        for path, source in self._after.items():
            before = self._before[path]
            lead = BOM if before is not None and before.startswith(BOM) else b""
            after = lead + source.file.text.encode()
            if after != before:
                yield Change(path, source.file.name, before, after)

    def news(self) -> tuple[Loaded, list[Diagnostic]]:
        """What the files would come to, and those of its findings that they do not have yet."""
        after = self.load()
        before = load(self.path, reading=self.before).diagnostics if self.path.exists() else ()
        return after, new_among(after.diagnostics, before)

    def write(self) -> None:
        """Writes what has changed. Raises `Cannot`, and writes nothing, where a file is no longer what was read."""
        prepared: list[tuple[Path, Path]] = []
        try:
            for change in [*self.changed()]:
                temporary = change.path.with_name(f".{change.path.name}.{secrets.token_hex(4)}")
                prepared.append((temporary, change.path))
                prepare(temporary, change)
                if contents(change.path) != change.before:
                    raise changed_meanwhile(change.name)
            for temporary, path in prepared:
                os.replace(temporary, path)
        except OSError as problem:
            name = problem.filename or self.path
            raise Cannot(f"cannot write {name}: {problem.strerror or problem}") from None
        finally:
            for temporary, _ in prepared:
                with suppress(OSError):
                    temporary.unlink()


def new_among(after: Iterable[Diagnostic], before: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those findings that were not there before, in their order; of one that is there oftener, as many as are more."""
    known, news = Counter(map(identity, before)), []
    for finding in after:
        if known[identity(finding)]:
            known[identity(finding)] -= 1
        else:
            news.append(finding)
    return news


def identity(finding: Diagnostic) -> tuple[str, ...]:
    """What makes a finding the same one wherever its line has moved to."""
    return finding.span.file, finding.id, finding.message


def changed_meanwhile(name: str) -> Cannot:
    """Why nothing comes of a draft whose file somebody else has changed."""
    return Cannot(f"{name} has changed meanwhile; nothing was written", "look at it, and try again")


def prepare(temporary: Path, change: Change) -> None:
    """A file that is to take the changed one's place, with its mode where there is one."""
    with temporary.open("xb") as opened:
        opened.write(change.after)
        opened.flush()
        os.fsync(opened.fileno())
    if change.before is not None:
        temporary.chmod(change.path.stat().st_mode & 0o7777)


def contents(path: Path) -> bytes | None:
    """The file's bytes; None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
