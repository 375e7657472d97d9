"""Sound files in any style that people write them in, with what they mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from hypothesis import strategies as st

Value: TypeAlias = "str | list[Value] | dict[str, Value]"

T = TypeVar("T")

NAMES = ["cart", "search", "no", "2024", "maps-2", "a"]
WORDS = ["shop", "ümlaut", "a b", "it's", 'say "x"', "x" * 120, "a, b", "x: y", "x #y", "tab\tin it", "null"]


@dataclass
class Document:
    """A file's text and its meaning, as plain values; `text` in its own line ends."""

    text: str
    meaning: dict[str, Any]


@dataclass
class Style:
    """How a file is written."""

    step: int
    end: str
    last: str
    """What ends the last line."""
    draw: st.DrawFn
    lines: list[str] = field(default_factory=list)

    def chance(self, percent: int) -> bool:
        """Whether something that happens so often happens."""
        return self.draw(st.integers(0, 99)) < percent

    def one(self, *of: T) -> T:
        """One of several."""
        return self.draw(st.sampled_from(of))

    def value(self, *of: Value) -> Value:
        """One of several values."""
        return self.one(*of)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A file with a few endpoints, comments anywhere, blocks and flows."""
    style = Style(draw(st.sampled_from([2, 4])), draw(st.sampled_from(["\n", "\r\n"])), "", draw)
    style.last = style.one(style.end, style.end, "")
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    meaning: dict[str, Any] = {"version": "1"}
    if style.chance(50):
        meaning["defaults"] = {"timeout": "9s", "breaker": {"window": "20s"}}
    meaning["endpoints"] = {name: endpoint(style) for name in names}
    if style.chance(60):
        changed = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
        changes = {"endpoints": {name: {"timeout": "8s"} for name in changed}} if changed else {}
        meaning["environments"] = {"prod": changes, "staging": {}}
    if style.chance(8):
        style.lines = [flow(style, meaning)]
    else:
        block(style, meaning, 0)
    return Document(style.end.join(style.lines) + style.last, meaning)


def endpoint(style: Style) -> Value:
    """An endpoint: its URL alone, or with some settings."""
    origin = style.one("https://a.acme.dev", "https://b.acme.dev/v2,x", "http://c.acme.dev:81")
    if style.chance(35):
        return str(origin)
    parts: dict[str, Value] = {
        "timeout": style.one("3s", "250ms"),
        "owner": "shop",
        "methods": ["GET", "POST"],
        "x-note": style.one(*WORDS),
        "breaker": some(
            style,
            {
                "window": "30s",
                "cooldown": style.value("10s", {"initial": "1s", "max": "1m"}),
                "trip": {"consecutive_failures": "4"},
            },
        ),
        "fallback": style.value(
            {"status": "503", "body": style.one(*WORDS)},
            [{"origin": "https://d.acme.dev"}, {"status": "200", "json": {"a": ["1", {"b": "x y"}]}}],
        ),
    }
    chosen = some(style, parts)
    keys = [*chosen]
    keys.insert(style.draw(st.integers(0, len(keys))), "origin")
    return {key: origin if key == "origin" else chosen[key] for key in keys}


def some(style: Style, parts: dict[str, Value]) -> dict[str, Value]:
    """Some of the entries, at least one, in any order."""
    keys = style.draw(st.lists(st.sampled_from([*parts]), min_size=1, unique=True))
    return {key: parts[key] for key in keys}


def block(style: Style, value: dict[str, Any], indentation: int) -> None:
    """Adds a map's lines: each key with its value in the line or below it, and what people write around."""
    lead = " " * indentation
    for index, (key, inner) in enumerate(value.items()):
        if index and style.chance(25):
            style.lines.append(style.one("", "", "  "))
        for _ in range(style.one(0, 0, 0, 1, 2)):
            style.lines.append(f"{lead}# about {key}: {{x")
        written = f"{lead}{word(style, key, flow=True)}:"
        if isinstance(inner, dict) and inner and (indentation == 0 or style.chance(60)):
            if indentation == 0 and key == "endpoints" and style.chance(15):
                style.lines += braces(style, written, inner, indentation)
                continue
            style.lines.append(written + comment(style))
            block(style, inner, indentation + style.step)
        elif isinstance(inner, list) and key == "fallback" and style.chance(60):
            style.lines.append(written + comment(style))
            items(style, inner, indentation + style.one(0, style.step))
        elif key == "body" and isinstance(inner, str) and inner not in ("null",) and style.chance(30):
            style.lines += [f"{written} |-{comment(style)}", f"{lead}{' ' * style.step}{inner}"]
        else:
            text = flow(style, inner) if not isinstance(inner, str) else word(style, inner, flow=False)
            style.lines.append(f"{written} {text}{comment(style)}")
    if style.chance(10):
        style.lines.append(f"{lead}{' ' * style.one(0, 1, style.step)}# the end of it")


def items(style: Style, value: list[Any], indentation: int) -> None:
    """Adds a list's lines."""
    for one in value:
        if style.chance(40):
            style.lines.append(f"{' ' * indentation}- {flow(style, one)}{comment(style)}")
            continue
        start = len(style.lines)
        block(style, one, indentation + 2)
        first = next(
            n for n in range(start, len(style.lines)) if style.lines[n].strip() and style.lines[n].strip()[0] != "#"
        )
        style.lines[start:first] = []  # what stood above the first key would stand above the dash
        style.lines[start] = f"{' ' * indentation}- {style.lines[start].strip(' ')}"


def braces(style: Style, written: str, value: dict[str, Any], indentation: int) -> list[str]:
    """The lines of a flow that has one for each entry."""
    lead = " " * (indentation + style.step)
    comma = style.one("", ",")
    lines = [f"{written} {{{comment(style)}"]
    for index, (key, inner) in enumerate(value.items()):
        end = comma if index == len(value) - 1 else ","
        lines.append(f"{lead}{word(style, key, flow=True)}: {flow(style, inner)}{end}{comment(style)}")
    return [*lines, f"{' ' * indentation}}}{comment(style)}"]


def flow(style: Style, value: Value) -> str:
    """A value in one line."""
    space = style.one("", "", " ")
    if isinstance(value, dict):
        parts = [f"{word(style, key, flow=True)}: {flow(style, inner)}" for key, inner in value.items()]
        return f"{{{space}{', '.join(parts)}{space}}}" if parts else "{}"
    if isinstance(value, list):
        return f"[{space}{', '.join(flow(style, one) for one in value)}{space}]"
    return word(style, value, flow=True)


def word(style: Style, text: str, flow: bool) -> str:
    """A text, in quotes where it may not be without and sometimes where it may."""
    needs = any(one in text for one in ("\t", ": ", " #", '"', "'")) or text == "null" or (flow and "," in text)
    if needs or style.chance(8):
        quoted: str = style.one(f"'{text.replace(chr(39), chr(39) * 2)}'", '"' + text.replace('"', '\\"') + '"')
        return quoted
    return text


def comment(style: Style) -> str:
    """What may follow on a line."""
    said: str = style.one("", "", "", "  # why: {not}", " # x")
    return said
