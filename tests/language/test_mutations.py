"""Mutated files keep the laws: nothing is raised, and every finding is of a place that there is. test_hostile.py has the
inputs one would think of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from kampkin.load import environments_of
from tests.language.corpus import MAIN, lay_out
from tests.language.laws import lawful
from tests.language.mutations import Mutant, mutants

MUTATIONS = int(os.environ.get("KAMPKIN_MUTATIONS", "2000"))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder outside of any repository and alone in its own, with what the files name."""
    with TemporaryDirectory() as made:
        folder = Path(made) / "edge"
        folder.mkdir()
        lay_out(folder)
        yield folder


@settings(max_examples=MUTATIONS, derandomize=True, database=None, deadline=None)
@given(mutant=mutants())
def test_a_mutant_keeps_the_laws(folder: Path, mutant: Mutant) -> None:
    """Whatever was changed, `load` answers with findings or a plan, the same each time and in each environment."""
    for name, data in mutant.files.items():
        (folder / name).write_bytes(data)
    loaded = lawful(folder / MAIN, formats=("human", "json", "github"))  # SARIF has all the rules in it, each time
    for environment in sorted(environments_of(loaded.documents[str(folder / MAIN)]) if loaded.plan else ()):
        lawful(folder / MAIN, environment, formats=())
