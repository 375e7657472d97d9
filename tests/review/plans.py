"""Plans of texts, for tests of what is between two of them."""

from __future__ import annotations

from pathlib import Path

from kampkin.load import Loaded, load
from kampkin.plan import Plan


def loaded(folder: Path, text: str, environment: str | None = None) -> Loaded:
    """A file of this text, in a folder of its own."""
    folder.mkdir(exist_ok=True)
    path = folder / "kampkin.yaml"
    path.write_text(text)
    return load(path, environment)


def plan(folder: Path, text: str, environment: str | None = None) -> Plan:
    """The plan of a text that is sound."""
    found = loaded(folder, text, environment)
    assert found.plan is not None, found.diagnostics
    return found.plan
