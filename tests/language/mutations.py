"""Files that were sound once: characters, lines, tokens, values and whole encodings changed, as drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from hypothesis import strategies as st

from tests.language.corpus import MAIN, sound, unsound

Draw: TypeAlias = Callable[[st.SearchStrategy[int]], int]
Change: TypeAlias = Callable[["Choice", str], str]
Value = TypeVar("Value")

SOUND_SEEDS, UNSOUND_SEEDS = sound(), unsound()
TOKEN = re.compile(r"[\w.%*/@:+-]+|\s+|[^\w\s]")
ENTRY = re.compile(r"(?m)(?<![\w-])([\w-]+)(: +)([^\n,{}\[\]]+)")
INDENT = re.compile(r"(?m)^ *(?=\S)")

CHARACTERS: list[str] = [
    *"{}[],:&*!|>'\"%@`#?-~<=\\/ \t\n\r",
    *"\x00\x01\x07\x08\x0b\x0c\x1b\x1f\x7f\x80\x85\x9f\xa0\xad\u200b\u2028\u2029\u202e\ufeff\ufffd\ufffe\uffff",
    *"éßИ中\U0001f9ca\U000e0001\U0010ffff",
]
NUMBERS = [
    "0", "-1", "00", "0500", "0x1f", "0o17", "1_000", "1:30", "1e999", "-0.0", ".5", ".inf", ".nan", "1" * 30, "9" * 400,
    "9" * 5_000, "9" * 70_000, "9" * 4_500 + "s", "99999999999999d", "999999999999d", "100.01%", "1e3%", "١٢", "٣s", "5٠%",
    "2026-12-01", "2026-12-01T06:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "20261201T060000Z", "2026-W49-2T06:00Z",
]  # fmt: skip
WORDS = [
    "", "null", "~", "true", "on", "No", "=", "<<", "*", "*a", "&a", "&a *a", "!", "!!", "!!str", "!!binary aGk=", "!!python/object:os.system [x]",
    "!!python/name:os.system", "!<tag:yaml.org,2002:int> 1", "!!set {a}", "!!omap [a: b]", "? a", "? [a]", "? {a: b}", "- a", "---", "...", "%YAML 1.1", "%TAG ! tag:x,2000:",
    "|", ">-", "|9", "'", '"', "''", '"\\x00"', '"\\ud800"', '"\\n"', '"\\e[31m"', '"\\u202e"', "'a\n\nb'", "{}", "[]", "{a}", "[a: b]", "[[]]", "{{}}", "{? : }",
    "https://a.acme.dev", "https://a.acme.dev/\\u0000", "https://[::1", "https://[a]/", "https://a:99999/", "https://a:b/", "https://ａ.dev", "https://xn--/", "https://a..b",
    "https://" + "a" * 300, "https://é" + "é" * 80 + ".dev", "http://1.1", "https://*.acme.dev", "//a", "/*", "/a/*", "/**", "/a*", "/../*", "/%", "/a?b", "secret:A", "secret:", "@a/b",
    "a@b.c", "teams/*.yaml", "**", "../*", "/etc/*", "[", "[a-", "*" * 300, "a" * 300, "a/" * 300, "kampkin.yaml", "teams", ".", "..", "teams/../teams/maps.yaml", "fallbacks/search.html",
    "/dev/zero", "a\\b", "x-a", "no", "2024", "<<: *a", "*a : b", "[*a, *a]", "{<<: *a}", "{<<: [*a, *a]}", "{<<: {a: b}}", "{<<: []}", "{<<: null}", "{*a : b}",
]  # fmt: skip
SOUND = [
    "1", "3", "20", "1ms", "500ms", "3s", "10s", "1m", "5m", "1h", "30d", "0%", "12.5%", "50%", "100%", "true", "false", "null", "{}", "503", "204", "302", "5xx", "500-504",
    "[GET]", "[GET, HEAD, POST]", "[open]", "[open, failure]", "[aws]", "[cloudflare]", "[aws, cloudflare]", "{aws: {}}", "{aws: null}", "[429, 5xx]", "[eu-west-1, us-east-1]",
    "https://b.acme.dev", "http://c.acme.dev:8080/v2/", "/b/*", "/b", "/*", "shop", "third-party", "staging", "monitor", "forced-open", "kv", "memory", "dynamodb", "2027-01-01T00:00:00Z",
    "edge.acme.dev", "secret:SHOP", "oncall@acme.dev", '["*"]', "[https://shop.acme.dev]", "{status: 503}", "{status: 200, json: [1, no, 0500]}", "{stale: 1h}", "[{origin: https://d.acme.dev}, {status: 503, body: x}]",
    "{status: 200, file: fallbacks/search.html}", "{initial: 1s, max: 1m}", "{owner: shop, state: monitor, until: 2027-01-01T00:00:00Z, reason: x}", "{plain-http: x}", "{consecutive_failures: null}",
]  # fmt: skip
"""What some key of the language takes."""

KEYS: list[str] = sorted(
    {key for seed in SOUND_SEEDS for text in seed.files.values() for key in re.findall(r"[\w-]+(?=:)", text)}
)
ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp037", "utf-7"]
LINE_ENDS = ["\r\n", "\r", "\n\r", "\x85", "\u2028", "\x0c", "\n\n", ""]


class Choice:
    """What is drawn, as a person would say it."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def upto(self, most: int) -> int:
        """A number from 0 to `most`."""
        return self._draw(st.integers(0, most)) if most else 0

    def of(self, choices: Sequence[Value]) -> Value:
        """One of them."""
        return choices[self.upto(len(choices) - 1)]

    def match(self, pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
        """One of the places where a pattern matches."""
        found = list(pattern.finditer(text))
        return self.of(found) if found else None

    def word(self, text: str) -> str:
        """A word out of the lists, or another of the text's own."""
        own: list[str] = TOKEN.findall(text) or [""]
        return self.of(self.of((SOUND, SOUND, WORDS, NUMBERS, KEYS, own)))


def a_character(choice: Choice, text: str) -> str:
    """One is put in, taken out or another."""
    at = choice.upto(len(text))
    return text[:at] + choice.of(["", *CHARACTERS]) + text[at + choice.upto(1) :]


def a_line(choice: Choice, text: str) -> str:
    """One is gone, twice there, or moved."""
    lines = text.split("\n")
    at = choice.upto(len(lines) - 1)
    moved = lines[at : at + 1 + choice.upto(2)]
    kept = lines if choice.upto(1) else lines[:at] + lines[at + len(moved) :]
    to = choice.upto(len(kept))
    return "\n".join(kept[:to] + (moved if choice.upto(2) else []) + kept[to:])


def a_token(choice: Choice, text: str) -> str:
    """One is another."""
    found = choice.match(TOKEN, text)
    return text if found is None else text[: found.start()] + choice.word(text) + text[found.end() :]


def a_value(choice: Choice, text: str) -> str:
    """One key's is another's, or any word."""
    found, other = choice.match(ENTRY, text), choice.match(ENTRY, text)
    if found is None or other is None:
        return text
    value = other[3] if choice.upto(1) else choice.word(text)
    return text[: found.start(3)] + value + text[found.end(3) :]


def a_key(choice: Choice, text: str) -> str:
    """One is another, twice there or gone."""
    found = choice.match(ENTRY, text)
    if found is None:
        return text
    entry = choice.of(
        [f"{choice.of(KEYS)}{found[2]}{found[3]}", found[3], f"{found[1]}: &a {found[3]}", f"{found[0]}, {found[0]}"]
    )
    return text[: found.start()] + entry + text[found.end() :]


def an_indentation(choice: Choice, text: str) -> str:
    """One is deeper, flatter or made of something else."""
    found = choice.match(INDENT, text)
    if found is None:
        return text
    other = choice.of(
        ["", " " * choice.upto(12), "\t", found[0] + "\t", found[0] + "- ", found[0] + "? ", found[0] + ": ", "\u3000"]
    )
    return text[: found.start()] + other + text[found.end() :]


def an_anchor(choice: Choice, text: str) -> str:
    """A value is named and used elsewhere, as itself or behind `<<`."""
    for use in (
        choice.of(["&a ", "&a !!map ", "&a\n"]),
        choice.of(["*a", "{<<: *a}", "{<<: *a, timeout: 1s}", "[*a, *a]", "*a : 1", "{<<: [*a, {}]}"]),
    ):
        found = choice.match(ENTRY, text)
        if found:
            text = text[: found.start(3)] + use + (found[3] if use.startswith("&") else "") + text[found.end(3) :]
    return text


def a_new_line(choice: Choice, text: str) -> str:
    """A key nobody asked for, somewhere."""
    found = choice.match(INDENT, text)
    at, indent = (found.start(), found[0]) if found else (0, "")
    return f"{text[:at]}{indent}{choice.of([*KEYS, '<<', choice.word(text)])}: {choice.word(text)}\n{text[at:]}"


def a_nesting(choice: Choice, text: str) -> str:
    """A value is far down."""
    found = choice.match(ENTRY, text)
    depth = choice.of([1, 2, 50, 98, 99, 100, 101, 500])
    opened, closed = choice.of([("[", "]"), ("{a: ", "}"), ("- ", ""), ("[{", "}]"), ("&a [", "]"), ("? ", "")])
    at = found.start(3) if found else 0
    end = found.end(3) if found else 0
    return text[:at] + opened * depth + text[at:end] + closed * depth + text[end:]


def line_ends(choice: Choice, text: str) -> str:
    """Some or all are others."""
    other = choice.of(LINE_ENDS)
    return text.replace("\n", other) if choice.upto(1) else text.replace("\n", other, 1 + choice.upto(5))


CHANGES: tuple[Change, ...] = (
    a_value, a_value, a_value, a_key, a_key, a_new_line, a_new_line, an_anchor, an_anchor, a_line, a_token, a_character,
    an_indentation, a_nesting, line_ends,
)  # fmt: skip
"""The ones after which a file is mostly YAML still come up more often."""


@dataclass(frozen=True)
class Mutant:
    """A folder's files, one of which is no longer what it was."""

    seed: str
    files: dict[str, bytes]

    def __repr__(self) -> str:
        return f"Mutant of {self.seed}: " + ", ".join(f"{name}: {data!r}" for name, data in self.files.items())


@st.composite
def mutants(draw: Draw) -> Mutant:
    """A seed with one to four changes, now and then as other bytes than UTF-8's."""
    choice = Choice(draw)
    seed = choice.of(choice.of([SOUND_SEEDS, SOUND_SEEDS, SOUND_SEEDS, UNSOUND_SEEDS]))
    name = choice.of([MAIN, *seed.files])
    text = seed.files[name]
    for _ in range(choice.of([1, 1, 1, 2, 2, 3, 5])):
        text = choice.of(CHANGES)(choice, text)
    files = {other: written.encode() for other, written in seed.files.items()} | {name: encoded(choice, text)}
    return Mutant(seed.name, files)


def encoded(choice: Choice, text: str) -> bytes:
    """The text as UTF-8; one in sixteen times as another encoding has it, cut short or with a byte that is wrong."""
    if choice.upto(15) != 15:
        return text.encode("utf-8", "surrogatepass")
    if choice.upto(1):
        return text.encode(choice.of(ENCODINGS), "replace")
    data = text.encode("utf-8", "surrogatepass")
    at = choice.upto(len(data))
    return (
        data[:at]
        + choice.of([b"", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5", b"\xe2\x82"])
        + data[at + choice.upto(1) :]
    )
