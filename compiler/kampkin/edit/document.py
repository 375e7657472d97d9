"""Which document a file belongs to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from kampkin.errors import Cannot
from kampkin.include import Composition, compose
from kampkin.source import read

NAME = "kampkin.yaml"


def root_of(file: Path) -> Path:
    """The document that a file belongs to: itself, or for a file of a team the nearest kampkin.yaml above that includes it."""
    root = read(file).root
    if root is None or "version" in root:
        return file
    for path in documents_above(file):
        document = read(path).root
        if document is not None and named_in(compose(path, document), file):
            return path
    return file


def refuse_for_a_team(file: Path) -> None:
    """Raises `Cannot` for a file that is not there and stands below a document: it would be one of a team's."""
    document = next(documents_above(file), None)
    if file.name != NAME and document is not None:
        hint = (
            f"to have a file of a team, make it with a line endpoints: in it, git add it, and include it in {document}"
        )
        raise Cannot(f"there is no {file}", hint)


def documents_above(file: Path) -> Iterator[Path]:
    """Each kampkin.yaml beside the file or further up, but for the file itself."""
    for folder in file.resolve().parents:
        path = folder / NAME
        if path.is_file() and path != file.resolve():
            yield Path(os.path.relpath(path))


def named_in(composition: Composition, file: Path) -> Path | None:
    """An included file as findings name it; None where the document does not include it."""
    names = [Path(one.file.name) for one in composition.sources]
    return next((name for name in names if name.resolve() == file.resolve()), None)
