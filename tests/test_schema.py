"""The editors' schemas: well-formed, and of one mind with the language as far as JSON Schema can be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError, WithJsonSchema

from kampkin import grammar, values
from kampkin.config import Document
from kampkin.keys import flow
from kampkin.load import load
from kampkin.schema import config_schema, include_schema
from kampkin.source import File, Text
from kampkin.values import json_value
from tests.places import Place, file_with, places

PLACES = [*places(Document)]
NULLABLE = [place for place in PLACES if place.path[0] in ("defaults", "endpoints", "environments")]


@pytest.fixture(scope="module")
def config() -> Draft202012Validator:
    """What an editor holds a kampkin.yaml against."""
    return Draft202012Validator(config_schema())


@pytest.mark.parametrize("schema", [config_schema, include_schema])
def test_it_is_a_schema(schema: Callable[[], dict[str, Any]]) -> None:
    """The schemas are ones of their dialect, whole, and the same each time."""
    Draft202012Validator.check_schema(schema())
    assert schema() == schema()
    defined = {f"#/$defs/{name}" for name in schema()["$defs"]}
    assert {one["$ref"] for one in parts(schema()) if "$ref" in one} == defined


@pytest.mark.parametrize("schema", [config_schema, include_schema])
def test_it_tells_of_every_key(schema: Callable[[], dict[str, Any]]) -> None:
    """Each property has a title and what it is for, with its type and its default; a typo stays visible."""
    for section in (one for one in [schema(), *schema()["$defs"].values()] if "properties" in one):
        assert section["additionalProperties"] is False
        assert section["patternProperties"] == {"^x-": True}
        for name, told in section["properties"].items():
            assert told["title"], name
            for text in (told["description"], told["markdownDescription"]):
                assert "Type: " in text and ("Default: " in text or "Required" in text), name
            assert all("title" in choice or "$ref" in choice for choice in told.get("anyOf", ())), name


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.dotted)
def test_examples_and_defaults_are_accepted(config: Draft202012Validator, place: Place) -> None:
    """What is shown as an example or a default may be written, at each place."""
    defaults = [] if place.key.default is None else [place.key.default]
    for value in (*place.key.examples, *defaults):
        assert not [*config.iter_errors(file_with(place, value))], value


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.dotted)
def test_a_misspelt_key_is_refused(config: Draft202012Validator, place: Place) -> None:
    """Beside each key one that the language does not have is refused, and an extension is not."""
    for name, fine in ((f"{place.key.name}z", False), ("x-mine", True)):
        document = file_with(place, place.key.examples[0])
        around: Any = document
        for part in place.path[:-1]:
            around = around[part]
        around[name] = place.key.examples[0]
        assert config.is_valid(document) == fine, name


@pytest.mark.parametrize("place", NULLABLE, ids=lambda place: place.dotted)
def test_null_stands_where_it_turns_off(config: Draft202012Validator, place: Place, tmp_path: Path) -> None:
    """In layers the schema takes null where the language does, and nowhere else."""
    document = file_with(place, None)
    (tmp_path / "kampkin.yaml").write_text(flow(document))
    found = load(tmp_path / "kampkin.yaml").diagnostics
    taken = not any(finding.id in ("null-value", "missing-key") for finding in found)
    assert taken == config.is_valid(document), [finding.message for finding in found]


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema, and all maps in it."""
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from parts(inner)


UNIT = "(?:ms|s|m|h|d|M||%)"
PORT = "(?::[0-9]{0,5})?"
EXACT: dict[str, tuple[Any, str]] = {
    "duration": (values.Duration, f"0{{0,2}}[0-9]{{0,8}}{UNIT}"),
    "timeout": (values.Timeout, f"(?:0?[0-9]{{1,2}}|8640000[01]|8640[01]|144[01])(?:000)?{UNIT}"),
    "window": (values.Window, f"(?:0?[0-9]{{1,4}}|300000[01]|300[01]|5[01])(?:000)?{UNIT}"),
    "stale": (values.StaleAge, f"(?:[0-9]{{1,3}}|259200000[01]|259200[01]|4320[01]|72[01]|3[01]){UNIT}"),
    "max_age": (values.PreflightAge, f"(?:[0-9]{{1,4}}|86400|86401|144[01]|2[45])(?:000|500)?{UNIT}"),
    "share": (values.Share, r"0{0,2}(?:[0-9]{1,2}|10[01])(?:\.[0-9]{0,3})?%?"),
    "ratio": (values.Ratio, r"0{0,2}(?:[0-9]|10[01])(?:\.0{0,2}[0-9]?)?%"),
    "probes": (values.Probes, "-?[0-9]{1,2}"),
    "count": (values.Count, "-?[0-9]{1,9}[a-z]?"),
    "boolean": (values.Boolean, "true|false|yes|no|on|off|y|n|0"),
    "secret": (values.Secret, "(?:secret:|SECRET:)?[A-Z0-9_a-z-]{0,5}"),
    "host": (values.Host, r"(?:0x)?[a-zA-Z0-9-]{1,3}(?:\.[0-9A-F_-]{0,3}){0,3}"),
    "route": (values.RoutePattern, r"/{0,2}(?:[a-zA-Z%.*? é-]{0,3}/{0,2}){0,3}\*?"),
    "method": (values.Method, "GET|get|TRACE|POST"),
    "state": (values.Mode, "forced-open|open|monitor"),
}
"""Of these the schema takes just what the language does; and expressions for texts that are near."""

WIDER: dict[str, tuple[Any, str]] = {
    "name": (values.Name, "[a-zA-Z0-9-]{0,4}"),
    "origin": (
        values.OriginUrl,
        rf"(?:https?|HTTPS|ftp)://(?:[a-z0-9é-]{{1,4}}|10|0x1f)(?:\.[a-z0-9]{{0,3}}){{0,3}}{PORT}(?:/[a-z.*?]{{0,3}}){{0,2}}",
    ),
    "page's origin": (values.PageOrigin, rf"\*|https?://[a-z0-9é*-]{{1,4}}(?:\.[a-z0-9]{{0,3}}){{0,2}}{PORT}/?"),
    "statuses": (values.Statuses, "[3-6][0-9]{2}(?:-[3-6][0-9]{2})?|[3-6]xx|[45]XX"),
    "status": (values.Status, "[1-24-6][0-9]{2}|304"),
    "email": (values.Email, r"[a-z.+']{1,5}@[a-zA-Z0-9.-]{1,8}"),
    "time": (values.Moment, r"20261201|2026-1[12]-01[T ]0[0-9](?::[0-9]{2}){0,2}(?:Z|z|\+0[0-9]:00|-05)?"),
    "word": (values.Word, "[a-z0-9 .:]{0,5}"),
    "response header": (values.HeaderName, "[A-Za-z0-9_ *-]{0,4}|[Cc]ache-[cC]ontrol"),
    "request header": (values.PageHeader, "[A-Za-z0-9_ *-]{0,4}"),
    "header value": (values.HeaderValue, "[a-z0-9 é\t:]{0,4}"),
    "file": (values.FilePath, r"[a-z./\\]{0,5}"),
    "files": (values.Pattern, r"[a-z./*\\]{0,5}"),
}
"""Of these it takes more: a host that no one can tell by an expression, a range that runs backwards."""


def agree(annotation: Any, text: str) -> tuple[bool, bool]:
    """Whether the language takes the text, and whether the schema takes what an editor reads there."""
    written = Text(text)
    written.file = File("kampkin.yaml", text)
    (scalar,) = [one for one in annotation.__metadata__ if isinstance(one, WithJsonSchema)]
    try:
        TypeAdapter(annotation).validate_python(written)
        taken = True
    except ValidationError:
        taken = False
    return taken, Draft202012Validator(scalar.json_schema or {}).is_valid(json_value(written))


@pytest.mark.parametrize("kind", EXACT)
@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(data=st.data())
def test_a_grammar_takes_what_the_parser_takes(kind: str, data: st.DataObject) -> None:
    """Bounds, zeros and near misses: both take a text, or neither does."""
    annotation, near = EXACT[kind]
    text = data.draw(st.from_regex(near, fullmatch=True))
    taken, valid = agree(annotation, text)
    assert taken == valid, text


@pytest.mark.parametrize("kind", WIDER)
@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(data=st.data())
def test_a_grammar_takes_no_less_than_the_parser(kind: str, data: st.DataObject) -> None:
    """What the language takes is never marked in an editor."""
    annotation, near = WIDER[kind]
    text = data.draw(st.from_regex(near, fullmatch=True))
    taken, valid = agree(annotation, text)
    assert valid or not taken, text


@given(
    bounds=st.tuples(st.integers(1, 10**7), st.integers(1, 10**7)).map(sorted),
    near=st.integers(-2, 2),
    at=st.booleans(),
)
@settings(derandomize=True, database=None)
def test_an_expression_of_numbers_has_the_bounds(bounds: list[int], near: int, at: bool) -> None:
    """It matches the numbers from the least to the most, and those alone."""
    least, most = bounds
    number = bounds[at] + near
    assert bool(re.fullmatch(grammar.whole(least, most), str(number))) == (least <= number <= most)
