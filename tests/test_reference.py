"""What editors and docs/language.md say of each key, held against what the language does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kampkin.config import Document, Included
from kampkin.keys import Choice, Entries, Form, Items, Scalar, flow
from kampkin.load import load
from kampkin.reference import with_reference
from kampkin.source import parse
from kampkin.values import json_value
from tests.places import Place, file_with, places

ROOT = Path(__file__).parents[1]
PLACES = [*places(Document)]
OF_INCLUDED_FILES = [*places(Included)]
WARNED = {
    "cart.large_bodies": "large-bodies-statuses-only",
    "cart.silence": "plain-http",
}
"""The examples that are sound and warned about all the same."""


@pytest.mark.parametrize("place", [*PLACES, *OF_INCLUDED_FILES], ids=lambda place: place.dotted)
def test_every_key_says_what_it_is(place: Place) -> None:
    """Each key has a title, a sentence on what it is for, an example, and a grammar that has a title."""
    key, where = place.key, f"{place.section.__name__}.{place.path[-1]} in config.py"
    assert key.title, f"{where} has no title"
    assert key.meaning.endswith("."), f"{where} has no sentence as its description"
    assert key.examples, f"{where} has no examples"
    for scalar in scalars(key.form):
        assert scalar.schema.get("title"), f"the value of {where} has no title: give it one in grammar.py"


def scalars(form: Form) -> Iterator[Scalar]:
    """The values in a form."""
    match form:
        case Scalar():
            yield form
        case Items(of):
            yield from scalars(of)
        case Entries(name, of):
            yield name
            yield from scalars(of)
        case Choice(long, short):
            yield from scalars(long)
            yield from scalars(short)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that examples name."""
    folder = tmp_path_factory.mktemp("acme")
    for name in ("fallbacks/cart.html", "teams/shop.yaml", "shops/fallbacks/cart.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x-team: shop\n")
    return folder


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.dotted)
def test_every_example_checks_clean(place: Place, folder: Path) -> None:
    """Each example of each key, in the smallest file with it, has no findings, wherever the key may stand."""
    for example in place.key.examples:
        (folder / "kampkin.yaml").write_text(flow(file_with(place, example)))
        found = ids_of(folder)
        assert found <= {WARNED.get(place.short)}, example


def ids_of(folder: Path) -> set[str]:
    """The ids of what is found in the folder's file."""
    return {finding.id for finding in load(folder / "kampkin.yaml").diagnostics}


@pytest.mark.parametrize("place", OF_INCLUDED_FILES, ids=lambda place: place.dotted)
def test_every_example_of_an_included_file_checks_clean(place: Place, folder: Path) -> None:
    """Each example of a key is sound in an included file too."""
    root = {"version": 1, "include": ["shops/*.yaml"], "targets": {"cloudflare": {"host": "edge.acme.dev"}}}
    (folder / "kampkin.yaml").write_text(flow(root))
    for example in place.key.examples:
        document = file_with(place, example)
        included = {key: document[key] for key in ("defaults", "profiles", "endpoints") if key in document}
        (folder / "shops/cart.yaml").write_text(flow(included))
        found = ids_of(folder)
        assert found <= {WARNED.get(place.short), "large-bodies-without-aws", "host-pass-on-cloudflare"}, example


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.dotted)
def test_what_is_written_is_read_back(place: Place) -> None:
    """An example as the reference shows it means the example."""
    for example in place.key.examples:
        root = parse("example", f"{place.key.name}: {flow(example)}".encode()).root
        assert json_value(root) == {place.key.name: example}


@pytest.mark.parametrize("place", [place for place in PLACES if place.key.see], ids=lambda place: place.dotted)
def test_every_key_leads_to_what_says_more(place: Place) -> None:
    """The page that a key names is there, and so is the heading."""
    page, _, heading = str(place.key.see).partition("#")
    text = (ROOT / "docs" / (page or "language.md")).read_text()
    anchors = {
        re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in text.split("\n")
        if line[:1] == "#"
    }
    assert heading in {"", *anchors}


def test_the_reference_is_fresh() -> None:
    """language.md's tables are what the models say."""
    page = (ROOT / "docs" / "language.md").read_text()
    assert with_reference(page) == page, "out of date: run `make docs`"


def test_a_page_without_marks_is_refused() -> None:
    """Nothing is written into a page that has no place for it."""
    with pytest.raises(ValueError, match="marks"):
        with_reference("# A page\n")
