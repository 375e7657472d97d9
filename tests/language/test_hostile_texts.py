"""Files that mean harm: one finding each, at its place, and no more time than the file's size is worth."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.language.floods import FLOODS
from tests.language.hostile import ALL, Hostile
from tests.language.laws import lawful
from tests.language.limits import bounded


@pytest.mark.parametrize("hostile", ALL, ids=str)
def test_a_hostile_text_comes_to_one_finding(hostile: Hostile, tmp_path: Path) -> None:
    """The id and the place are those that a person would look for; a sound file has none, and a plan."""
    path = tmp_path / "kampkin.yaml"
    path.write_bytes(hostile.data)
    with bounded():
        loaded = lawful(path)
    found = [(one.id, (one.span.line, one.span.column)) for one in loaded.diagnostics[:2]]
    if hostile.id is None:
        assert (found, bool(loaded.plan)) == ([], True)
    elif hostile.id == "too-many-findings":
        assert found[0] == (hostile.id, hostile.at)
    else:
        assert found == [(hostile.id, hostile.at)]


@pytest.mark.parametrize("name", FLOODS)
def test_very_many_of_something_take_no_more_than_their_time(name: str, tmp_path: Path) -> None:
    """Work grows with a file, not with its square: all of them stay within the net."""
    path = tmp_path / "edge" / "kampkin.yaml"
    path.parent.mkdir()
    path.write_text(FLOODS[name]())
    with bounded():
        lawful(path)
