"""What an editor says in a kampkin.yaml: the keys and values it completes, what it tells of them, what it marks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from kampkin.config import Document, Included, Section
from kampkin.diagnostics import Span
from kampkin.keys import Choice, Form, Items, Key, Scalar, flow, type_of
from kampkin.source import Map, parse, read
from tests.editor.conftest import SCHEMAS
from tests.editor.server import LanguageServer
from tests.places import Place, Trail, file_with, places
from tests.test_cases import BEYOND_THE_SCHEMA, CASES
from tests.test_docs import WHOLE_FILE

ROOT = Path(__file__).parents[2]
SOUND = [case for case in CASES if (case / "plan.json").exists()]
FILES: dict[str, tuple[str, type[Section]]] = {
    "config": ("file:///acme/{}/kampkin.yaml", Document),
    "include": ("file:///acme/teams/{}.yaml", Included),
}
PLACES = [
    pytest.param(kind, place, id=f"{kind}-{place.dotted}") for kind, (_, top) in FILES.items() for place in places(top)
]
DOCUMENTED = {
    f"language.md-{number}": text
    for number, text in enumerate(WHOLE_FILE.findall((ROOT / "docs" / "language.md").read_text()))
}
FRESH = count()


def refused_by_the_schema(case: Path) -> bool:
    """Whether the case is YAML, and wrong in a way that a schema can say."""
    source = read(case / "kampkin.yaml")
    yaml = source.root is not None and not any(finding.is_error for finding in source.findings)
    return yaml and case not in SOUND and case.name not in BEYOND_THE_SCHEMA


def sections() -> Iterator[tuple[str, Trail, list[Key]]]:
    """Each place where a section's keys may stand, and the keys."""
    for kind, (_, top) in FILES.items():
        keys: dict[Trail, list[Key]] = {}
        for place in places(top):
            keys.setdefault(place.path[:-1], []).append(place.key)
        yield from ((kind, path, found) for path, found in keys.items())


def misspelt() -> Iterator[tuple[str, tuple[str, str, Span]]]:
    """A file for each section that has a key too many, and where that key stands."""
    for kind, path, keys in sections():
        example = next(iter(keys[0].examples), None)
        document = file_with(Place((*path, keys[0].name), keys[0], Document), example)
        if kind == "include":
            del document["version"], document["project"]
        around: Any = document
        for part in path:
            around = around[part]
        around["mispelt"] = 1
        text = flow(document)
        yield dotted(kind, path), (kind, text, key_at(text, (*path, "mispelt")))


def key_at(text: str, path: Trail) -> Span:
    """Where the last key of a path stands."""
    found: Any = parse("kampkin.yaml", text.encode()).root
    for part in path[:-1]:
        found = found[part]
    assert isinstance(found, Map)
    return found.key(str(path[-1])).span


def dotted(kind: str, path: Trail) -> str:
    """A name for a place in a test's name."""
    return f"{kind}-{'.'.join(map(str, path)) or 'root'}"


SECTIONS = [pytest.param(*section, id=dotted(*section[:2])) for section in sections()]
MISSPELT = dict(misspelt())


def opened(server: LanguageServer, text: str, kind: str = "config") -> str:
    """Shows the server a file of its own; its address."""
    uri = FILES[kind][0].format(next(FRESH))
    server.open(uri, text)
    return uri


def lines(path: Trail) -> str:
    """A file as far as the path, ending where the next key would begin."""
    text, indent = "x-first: 1\n", ""
    for part in path:
        text += f"{indent}- " if part == 0 else f"{'' if text.endswith('- ') else indent}{part}:\n"
        indent += "  "
    return text if text.endswith("- ") else text + indent


def at_the_end(text: str) -> tuple[int, int]:
    """The place behind a text's last character."""
    return text.count("\n"), len(text.rpartition("\n")[2])


@pytest.mark.parametrize(("kind", "path", "keys"), SECTIONS)
def test_every_key_is_offered(server: LanguageServer, kind: str, path: Trail, keys: list[Key]) -> None:
    """Where a key of a section may begin, each of them is offered, with what it is for, its type and its default."""
    text = lines(path)
    offered = server.at("completion", opened(server, text, kind), *at_the_end(text))["items"]
    documented = {item["label"]: item["documentation"]["value"] for item in offered}
    for key in keys:
        assert tells(documented.get(key.name, ""), key), f"{key.name}: {documented.get(key.name)}"


@pytest.mark.parametrize(("kind", "place"), PLACES)
def test_every_key_is_explained(server: LanguageServer, kind: str, place: Place) -> None:
    """Above each key, at each place, stand its title, what it is for, its type and its default."""
    example = place.key.examples[0]
    text = flow(file_with(place, example))
    span = key_at(text, place.path)
    told = server.at("hover", opened(server, text, kind), span.line - 1, span.column - 1)["contents"]["value"]
    assert told.startswith(f"#### {place.key.title}"), told
    assert tells(told, place.key), told


def tells(text: str, key: Key) -> bool:
    """Whether the text has all that is known of the key."""
    default = "Required" if key.required else f"Default: {key.unset if key.default is None else flow(key.default)}"
    return all(part in text for part in (key.meaning, f"Type: {type_of(key.form)}", default))


def with_words() -> Iterator[Any]:
    """Each place where one of some words stands, and the words."""
    for place in places(Document):
        words = words_of(place.key.form)
        if words:
            yield pytest.param(place, words, id=place.dotted)


def words_of(form: Form) -> list[str]:
    """The words that may stand there, whether there are few of them or many."""
    match form:
        case Scalar(schema):
            return ["true", "false"] if schema.get("type") == "boolean" else list(schema.get("enum", ()))
        case Items(of):
            return words_of(of)
        case Choice(long, short):
            return words_of(long) + words_of(short)
    return []


@pytest.mark.parametrize(("place", "words"), [*with_words()])
def test_every_word_is_offered(server: LanguageServer, place: Place, words: list[str]) -> None:
    """Behind a key that takes one of some words, each of them is offered: stores, states, methods, targets, regions."""
    listed = isinstance(place.key.form, Items | Choice)
    text = f"{lines(place.path[:-1])}{place.key.name}: {'[' if listed else ''}"
    line, column = at_the_end(text)
    items = server.at("completion", opened(server, text + ("]" if listed else "")), line, column)["items"]
    assert set(words) <= {item["label"] for item in items}


@pytest.fixture(scope="module")
def shown(server: LanguageServer) -> dict[str, str]:
    """The cases, the documented files and those with a misspelt key, all shown at once: each waits a while to be judged."""
    texts = {case.name: ("config", (case / "kampkin.yaml").read_bytes().decode(errors="replace")) for case in CASES}
    texts |= {name: ("config", text.replace("./schemas", SCHEMAS.as_uri())) for name, text in DOCUMENTED.items()}
    texts |= {name: (kind, text) for name, (kind, text, _) in MISSPELT.items()}
    return {name: opened(server, text, kind) for name, (kind, text) in texts.items()}


@pytest.mark.parametrize("name", [*(case.name for case in SOUND), *DOCUMENTED])
def test_a_sound_file_has_no_marks(server: LanguageServer, shown: dict[str, str], name: str) -> None:
    """What `kampkin check` takes is not marked, the smallest file of language.md and the one with everything neither."""
    assert server.diagnostics(shown[name]) == []


@pytest.mark.parametrize("name", [case.name for case in CASES if refused_by_the_schema(case)])
def test_an_unsound_file_has_marks(server: LanguageServer, shown: dict[str, str], name: str) -> None:
    """What a schema can refuse is marked."""
    assert server.diagnostics(shown[name])


@pytest.mark.parametrize("name", MISSPELT)
def test_a_misspelt_key_is_marked(server: LanguageServer, shown: dict[str, str], name: str) -> None:
    """One mark, on the key that the section does not have."""
    span = MISSPELT[name][2]
    start, end = ({"line": 0, "character": column - 1} for column in (span.column, span.end_column))
    found = [(one["message"], one["range"]) for one in server.diagnostics(shown[name])]
    assert found == [("Property mispelt is not allowed.", {"start": start, "end": end})]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("timeout: 3000", "a whole number and one of ms, s, m, h, d"),
        ("timeout: 25h", "to 24h"),
        ("breaker: {window: 51m}", "1s to 50m"),
        ("breaker: {monitor: yes}", "true or false"),
        ("breaker: {half_open: {admit: 0.2}}", "and %"),
        ("breaker: {failure_statuses: [600]}", "599"),
        ("route: cart", "a path such as /cart/*"),
        ("methods: [FETCH]", "GET"),
        ("fallback: {status: 503, body: resting, file: a.html}", "Property file is not allowed"),
        ("fallback: {status: 301}", "302"),
        ("cors: {origins: ['*'], credentials: true}", "not allowed"),
    ],
)
def test_a_mark_says_what_was_expected(server: LanguageServer, written: str, said: str) -> None:
    """What is wrong with a value is told in the language's own words."""
    uri = opened(server, f"version: 1\nendpoints:\n  cart:\n    origin: https://cart.acme.dev\n    {written}\n")
    found = [one["message"] for one in server.diagnostics(uri)]
    assert any(said in message for message in found)


def test_the_first_line_names_the_schema(server: LanguageServer) -> None:
    """The repository's own file is known to any editor by its first line."""
    path = ROOT / "kampkin.yaml"
    text = path.read_text()
    server.open(path.as_uri(), text)
    span = key_at(text, ("endpoints",))
    told = server.at("hover", path.as_uri(), span.line - 1, span.column - 1)["contents"]["value"]
    assert "The endpoints by name" in told
    assert server.diagnostics(path.as_uri()) == []


def test_the_lock_file_names_no_registry() -> None:
    """Packages come from whatever registry npm is set up for, checked by their hash."""
    lock = json.loads((Path(__file__).parent / "npm" / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages and all("resolved" not in package and "integrity" in package for package in packages)
