"""What holds for every file: generated ones, in every style, held against a meaning that is worked out here."""

from __future__ import annotations

import random
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kampkin.edit.changes import with_endpoint, with_setting, without
from kampkin.edit.draft import Draft
from kampkin.edit.endpoints import change, put, take_out
from kampkin.edit.meaning import is_same
from kampkin.edit.settings import setting_of, text_of, value_of
from kampkin.errors import Cannot
from kampkin.source import List, Map, Source, Text, parse

from .documents import Document, documents

CASES = Path(__file__).parents[1] / "cases"
EXAMPLES = settings(max_examples=400, derandomize=True, deadline=None, database=None)
SETTINGS = {
    "timeout=1s": "1s",
    "origin=https://new.acme.dev": "https://new.acme.dev",
    "owner=a, b: c": "a, b: c",
    "breaker.monitor=true": "true",
    "breaker.trip.failure_ratio=20%": "20%",
    "breaker.trip.consecutive_failures=9": "9",
    "breaker.cooldown.max=7m": "7m",
    "breaker.cooldown.jitter=5%": "5%",
    'cors.origins=["*"]': ["*"],
    "idle_timeout='2s'": "2s",
}


def read(document: Document) -> Source:
    """The file, which has to be sound as YAML."""
    source = parse("kampkin.yaml", document.text.encode())
    assert source.root is not None and source.findings == (), (source.findings, document.text)
    assert plain(source.root) == document.meaning
    return source


def plain(node: Any) -> Any:
    """The values without their places."""
    if isinstance(node, Map):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, List):
        return [plain(one) for one in node]
    assert isinstance(node, Text)
    return str(node)


def merged(value: Any, path: list[str], new: Any) -> Any:
    """The value with another one at a path, by the language's own rules for the two short forms that may be on the way."""
    if not path:
        return new
    if isinstance(value, str):
        value = {"initial": value, "factor": "1", "max": value} if path[0] in ("max", "jitter") else {"origin": value}
    return (value or {}) | {path[0]: merged((value or {}).get(path[0]), path[1:], new)}


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that are not in the other text any more, and those that are new; ends of line and all."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    gone: list[str] = []
    come: list[str] = []
    for tag, i, j, k, n in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += old[i:j]
            come += new[k:n]
    return gone, come


@EXAMPLES
@given(documents(), st.sampled_from(sorted(SETTINGS)), st.data())
def test_set_changes_one_value_and_one_line(document: Document, written: str, data: st.DataObject) -> None:
    """Read back, the file means what it did with that one value merged in; at most one of its lines is another, and a
    comment on it is still there."""
    source = read(document)
    name = data.draw(st.sampled_from(sorted(document.meaning["endpoints"])))
    setting = setting_of(written)
    made = with_setting(source, ("endpoints", name, *setting.path), setting.value)
    wanted = merged(document.meaning, ["endpoints", name, *setting.path], SETTINGS[written])
    if setting.path == ("origin",) and isinstance(document.meaning["endpoints"][name], str):
        wanted["endpoints"][name] = SETTINGS[written]
    assert plain(made.root) == wanted
    gone, come = changed_lines(document.text + "\n", made.file.text + "\n")
    assert len(gone) <= 1
    assert len(come) <= len(gone) + 3
    assert made.file.text.count("#") == document.text.count("#")


@EXAMPLES
@given(documents(), st.sampled_from(["timeout=1s", "breaker.window=2s", "origin=https://new.acme.dev"]), st.data())
def test_set_in_an_environment_changes_that_alone(document: Document, written: str, data: st.DataObject) -> None:
    """The environment has the value, everything else is as it was; one line is another, or a few more."""
    source = read(document)
    if "environments" not in document.meaning:
        return
    name = data.draw(st.sampled_from(sorted(document.meaning["endpoints"])))
    environment = data.draw(st.sampled_from(["prod", "staging"]))
    setting = setting_of(written)
    path = ("environments", environment, "endpoints", name, *setting.path)
    made = with_setting(source, path, setting.value)
    assert plain(made.root) == merged(document.meaning, [*path], plain(setting.value))
    gone, come = changed_lines(document.text + "\n", made.file.text + "\n")
    assert len(gone) <= 1
    assert len(come) <= 3


@EXAMPLES
@given(documents(), st.booleans())
def test_add_and_remove_give_the_bytes_back(document: Document, is_map: bool) -> None:
    """An endpoint stands behind the last one, every other line is as it was; removed, nothing of it is left."""
    source = read(document)
    url = "https://new.acme.dev"
    value = value_of("endpoint", f"{{owner: shop, origin: {url}}}" if is_map else url)
    assert isinstance(value, Map | Text)
    made = with_endpoint(source, "new", value)
    wanted = document.meaning["endpoints"] | {"new": {"owner": "shop", "origin": url} if is_map else url}
    assert plain(made.root) == document.meaning | {"endpoints": wanted}
    assert [*plain(made.root)["endpoints"]] == [*wanted]
    gone, _ = changed_lines(document.text + "\n", made.file.text + "\n")
    assert len(gone) <= 1
    assert without(made, ("endpoints", "new"), kept=1).file.text == document.text


@EXAMPLES
@given(documents(), st.data())
def test_remove_takes_one_endpoint_and_nothing_of_the_others(document: Document, data: st.DataObject) -> None:
    """Every other endpoint means what it did, and no line is changed but for a flow's."""
    source = read(document)
    name = data.draw(st.sampled_from(sorted(document.meaning["endpoints"])))
    made = without(source, ("endpoints", name), kept=1)
    left = {key: value for key, value in document.meaning["endpoints"].items() if key != name}
    assert plain(made.root) == document.meaning | {"endpoints": left}
    _, come = changed_lines(document.text + "\n", made.file.text + "\n")
    assert len(come) <= 1


@EXAMPLES
@given(st.text(max_size=60))
def test_any_text_can_be_a_value(text: str) -> None:
    """What a person types comes back from the file as it is, whatever YAML makes of it."""
    text = "-" + text.strip()
    if any("\ud800" <= one <= "\udfff" for one in text):
        return
    source = parse("kampkin.yaml", b"version: 1\nendpoints: {cart: {origin: https://cart.acme.dev}} # x\n")
    made = with_setting(source, ("endpoints", "cart", "x-note"), value_of("x-note", text))
    assert plain(made.root)["endpoints"]["cart"]["x-note"] == text


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("{a: b, c: [d]}", "{c: ['d'], a: \"b\"}", True),
        ("{a: 1}", "{a: '1'}", False),
        ("{a: null}", "{a: 'null'}", False),
        ("{a: true}", "{a: 'true'}", False),
        ("{a: [b, c]}", "{a: [c, b]}", False),
        ("{a: [b]}", "{a: [b, c]}", False),
        ("{a: {b: c}}", "{a: c}", False),
        ("{a: b}", "{a: b, c: d}", False),
    ],
)
def test_what_the_proof_takes_for_the_same(one: str, other: str, same: bool) -> None:
    """Neither the order of keys nor quotes that change nothing; but quotes that make a text of a number do."""
    left, right = (parse("kampkin.yaml", text.encode()).root for text in (one, other))
    assert is_same(left, right) is same


def test_no_mutilated_file_brings_a_traceback(tmp_path: Path) -> None:
    """Edits of 1,000 files, made by cutting pieces of sound ones and putting odd ones in, are done or refused, nothing else."""
    dice = random.Random(20261127)
    texts = [path.read_text() for path in sorted(CASES.glob("*/kampkin.yaml")) if (path.parent / "plan.json").exists()]
    pieces = [
        "",
        "\t",
        ": ",
        "- ",
        "{",
        "]",
        "&a ",
        "*a",
        "null",
        "'",
        "<<: *a",
        "\n",
        "? ",
        "|\n",
        "#",
        ", ",
        "\u2028",
        "{}",
    ]
    file = tmp_path / "kampkin.yaml"
    done = refused = 0
    for _ in range(1000):
        text = dice.choice(texts)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(text))
            text = text[:at] + dice.choice(pieces) + text[at + dice.randint(0, 12) :]
        file.write_text(text)
        root = parse("kampkin.yaml", text.encode()).root
        if root is None:
            continue
        declared = root.get("endpoints")
        name = dice.choice([*declared]) if isinstance(declared, Map) and declared else "cart"
        draft = Draft(file)
        try:
            kind = dice.randrange(3)
            if kind == 0:
                put(draft, file, "new", text_of("https://new.acme.dev"))
            elif kind == 1:
                take_out(draft, name)
            else:
                change(draft, name, None, setting_of(dice.choice(sorted(SETTINGS))))
            done += 1
        except Cannot:
            refused += 1
    assert done > 50
    assert refused > 10
