"""The JSON Schema in an editor and the models in `kampkin check` accept the same files, but for differences that are listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from kampkin.load import load
from tests.language.corpus import MAIN
from tests.language.documents import documents
from tests.language.grammar import BEYOND, KINDS, STRICTER, Kind
from tests.language.schema12 import accepts

DOCUMENTS = 1_000
SAYS = frozenset(
    {
        "bad-approver", "bad-email", "bad-header", "bad-host", "bad-method", "bad-name", "bad-redirect", "bad-route", "bad-secret",
        "empty-list", "missing-key", "mixed-fallback", "no-unit", "not-a-duration", "not-a-share", "null-value", "two-bodies",
        "unknown-key", "wrong-type",
    }
)  # fmt: skip
"""Findings about one key and its value alone, which a schema says too. Any other may be beyond it: `BEYOND` says why."""


def cases() -> Iterator[object]:
    """Each value of each kind: what the models are to say of it, and what the schema."""
    for name, kind in KINDS.items():
        for reason, values, by_models, by_schema in groups(kind):
            for value in values:
                text = kind.place.replace("§", value)
                yield pytest.param(text, by_models, by_schema, id=f"{name}-{reason}-{value[:40]}")


def groups(kind: Kind) -> Iterator[tuple[str, tuple[str, ...], bool, bool]]:
    """Values that are judged alike, and why."""
    yield "right", kind.right, True, True
    yield "wrong", kind.wrong, False, False
    for reason, values in kind.beyond.items():
        yield reason, values, False, True
    for reason, values in kind.stricter.items():
        yield reason, values, True, False


@pytest.mark.parametrize(("text", "by_models", "by_schema"), [*cases()])
def test_a_value_is_judged_alike(text: str, by_models: bool, by_schema: bool, tmp_path: Path) -> None:
    """Right and wrong values of every kind; where the two differ, the grammar says why."""
    path = tmp_path / "edge" / MAIN
    path.parent.mkdir()
    path.write_text(text)
    assert (load(path).plan is not None, accepts(text)) == (by_models, by_schema)


def test_every_difference_is_explained() -> None:
    """Each has a reason out of the lists, and no reason is there without one."""
    assert {reason for kind in KINDS.values() for reason in kind.beyond} == set(BEYOND)
    assert {reason for kind in KINDS.values() for reason in kind.stricter} == set(STRICTER)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write."""
    return tmp_path_factory.mktemp("edge") / MAIN


@settings(max_examples=DOCUMENTS, derandomize=True, database=None, deadline=None)
@given(text=documents())
def test_a_document_is_judged_alike(scratch: Path, text: str) -> None:
    """What the schema refuses, the models refuse; what it lets pass has no finding that a schema can say."""
    scratch.write_text(text)
    told = {found.id for found in load(scratch).diagnostics if found.is_error}
    if accepts(text):
        assert not told & SAYS
    else:
        assert told
