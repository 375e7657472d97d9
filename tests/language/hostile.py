"""Texts that mean harm, or were saved by accident: each with the one finding it comes to, or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HEAD = "version: 1\nendpoints:\n  a: https://a.acme.dev\n"
"""A sound file of three lines; more endpoints may follow."""

MILLIONS = 10_000_000
DEEP = 10_000
MANY = 100_000


@dataclass(frozen=True)
class Hostile:
    """A file, and what is said of it."""

    name: str
    make: Callable[[], str | bytes]
    id: str | None = None
    """None: it is sound."""
    at: tuple[int, int] = (0, 0)
    """The finding's line and column."""

    @property
    def data(self) -> bytes:
        """The file."""
        made = self.make()
        return made.encode() if isinstance(made, str) else made

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def chain(count: int, form: str) -> str:
    """Anchors that each use the one before."""
    return "x-0: &a0 {k: v}\n" + "".join(f"x-{n}: &a{n} {form.format(before=f'*a{n - 1}')}\n" for n in range(1, count))


def nested(opened: str, closed: str, count: int = DEEP) -> str:
    """Something in something in something."""
    return f"x-a: {opened * count}{closed * count}\n"


def endpoints(count: int, line: str) -> str:
    """Many lines of endpoints."""
    return "".join(line.format(n=n) for n in range(count))


BOMBS = (
    Hostile(
        "billion laughs",
        lambda: "x-0: &a0 [lol]\n"
        + "".join(f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
        + HEAD,
        "too-many-values",
        (6, 16),
    ),
    Hostile("quadratic blowup", lambda: f"x-a: &a [{'x, ' * 999}x]\nx-b: [{'*a, ' * 999}*a]\n{HEAD}", "too-many-values", (2, 211)),
    Hostile(
        "laughs behind <<",
        lambda: f"x-a: &a {{{', '.join(f'k{n}: v' for n in range(1000))}}}\nx-b: {{<<: [{'*a, ' * 999}*a]}}\n{HEAD}",
        "too-many-values",
        (2, 116),
    ),
    Hostile(
        "the same map merged often",
        lambda: f"x-a: &a {{{', '.join(f'k{n}: v' for n in range(1000))}}}\n{endpoints(1000, 'x-{n}: {{<<: *a}}')}{HEAD}".replace("}x", "}\nx"),
        "too-many-values",
        (28, 12),
    ),
    Hostile("a chain of aliases", lambda: chain(DEEP, "[{before}]") + HEAD, "too-deep", (100, 13)),
    Hostile("a chain of merges", lambda: chain(50, "{{<<: {before}}}") + HEAD),
    Hostile("an alias of itself", lambda: "x-a: &a [*a]\n" + HEAD, "alias-cycle", (1, 10)),
    Hostile("an alias of itself behind <<", lambda: "x-a: &a {<<: *a}\n" + HEAD, "alias-cycle", (1, 14)),
    Hostile("an alias before its anchor", lambda: "x-a: *b\nx-b: &b 1\n" + HEAD, "unknown-anchor", (1, 6)),
    Hostile("an anchor twice", lambda: "x-a: &a https://a\nx-b: &a https://b.acme.dev\nversion: 1\nendpoints: {b: *a}\n"),
    Hostile("many anchors", lambda: "".join(f"x-{n}: &a{n} 1\n" for n in range(MANY)) + HEAD),
    Hostile("one anchor for many endpoints", lambda: HEAD + "  b: &b {origin: https://b.acme.dev}\n" + endpoints(5_000, "  e{n}: *b\n")),
    Hostile(
        "one anchor for far too many", lambda: HEAD + "  b: &b {origin: https://b.acme.dev}\n" + endpoints(MANY, "  e{n}: *b\n"), "too-many-values", (50_019, 11)
    ),
)  # fmt: skip

LARGE = (
    Hostile("a plain text of 10 MB", lambda: f"project: {'a' * MILLIONS}\n{HEAD}", "too-large", (1, 10)),
    Hostile("a quoted text of 10 MB", lambda: f"project: '{'a' * MILLIONS}'\n{HEAD}", "too-large", (1, 10)),
    Hostile("10 MB of escapes", lambda: f'project: "{chr(92)}x41{"a" * MILLIONS}"\n{HEAD}', "too-large", (1, 10)),
    Hostile("a block of 10 MB", lambda: f"project: |\n{('  ' + 'a' * 97 + chr(10)) * MANY}{HEAD}", "too-large", (1, 10)),
    Hostile("a folded block of 10 MB", lambda: f"project: >\n{('  ' + 'a' * 97 + chr(10)) * MANY}{HEAD}", "too-large", (1, 10)),
    Hostile("a key of 10 MB", lambda: f"{'a' * MILLIONS}: 1\n{HEAD}", "too-large", (1, 1)),
    Hostile("a ? key of 10 MB", lambda: f"? {'a' * MILLIONS}\n: 1\n{HEAD}", "too-large", (1, 3)),
    Hostile("an alias of 10 MB", lambda: f"{HEAD}  b: *{'a' * MILLIONS}\n", "unknown-anchor", (4, 6)),
    Hostile("a tag of 10 MB", lambda: f"{HEAD}  b: !{'a' * MILLIONS} https://b.acme.dev\n", "unknown-tag", (4, 6)),
    Hostile("a comment of 10 MB", lambda: f"# {'a' * MILLIONS}\n{HEAD}"),
    Hostile("10 MB of blanks", lambda: f"{HEAD}  b:{' ' * MILLIONS}https://b.acme.dev\n"),
    Hostile("10 MB of empty lines", lambda: HEAD + "\n" * MILLIONS),
    Hostile("more than 16 MiB", lambda: HEAD + "#" * (16 << 20), "too-large", (0, 0)),
    Hostile("a number of 4,500 digits", lambda: HEAD + f"  b: {{origin: https://b.acme.dev, timeout: {'9' * 4_500}s}}\n", "out-of-range", (4, 44)),
    Hostile("a bare number of 4,500 digits", lambda: HEAD + f"  b: {{origin: https://b.acme.dev, timeout: {'9' * 4_500}}}\n", "not-a-duration", (4, 44)),
    Hostile("a count of 60,000 digits", lambda: HEAD + f"  b: {{origin: https://b.acme.dev, breaker: {{half_open: {{max_probes: {'9' * 60_000}}}}}}}\n", "not-a-count", (4, 69)),
    Hostile("a share of 60,000 digits", lambda: HEAD + f"  b: {{origin: https://b.acme.dev, breaker: {{half_open: {{admit: {'9' * 60_000}}}}}}}\n", "not-a-share", (4, 64)),
    Hostile("JSON of long numbers", lambda: HEAD + f"  b: {{origin: https://b.acme.dev, fallback: {{status: 200, json: [{'9' * 4_001}, 1e999, -{'9' * 3_999}]}}}}\n"),
    Hostile("JSON of long numbers to base 16", lambda: HEAD + f"  b: {{origin: https://b.acme.dev, fallback: {{status: 200, json: [0x{'f' * 3_990}]}}}}\n"),
    Hostile("100,000 keys of nobody's", lambda: endpoints(MANY, "k{n}: 1\n") + HEAD, "too-many-findings", (1, 1)),
    Hostile("100,000 keys of extensions", lambda: endpoints(MANY, "x-{n}: 1\n") + HEAD),
    Hostile("one line of 100 kB", lambda: f"{{version: 1, endpoints: {{{endpoints(3_500, 'k{n}: https://a.acme.dev, ')}}}}}"),
    Hostile("one line of 100 kB, wrong at its end", lambda: f"{{version: 1, endpoints: {{{endpoints(3_500, 'k{n}: https://a.acme.dev, ')}b: acme.dev}}}}", "bad-origin", (1, 93_419)),
)  # fmt: skip

DEEPLY = (
    Hostile("lists in lists", lambda: nested("[", "]") + HEAD, "too-deep", (1, 105)),
    Hostile("lists that never end", lambda: "x-a: " + "[" * DEEP, "too-deep", (1, 105)),
    Hostile("maps in maps", lambda: nested("{a: ", "}") + HEAD, "too-deep", (1, 402)),
    Hostile("a block of lists", lambda: "x-a:\n  " + "- " * DEEP + "x\n" + HEAD, "too-deep", (2, 201)),
    Hostile("a block of maps", lambda: "x-a:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 3_000)) + HEAD, "too-deep", (101, 101)),
    Hostile("keys of keys", lambda: "x-a:\n  " + "? " * DEEP + "x\n" + HEAD, "too-deep", (2, 201)),
    Hostile("as deep as may be", lambda: nested("[", "]", 99) + HEAD),
    Hostile("one deeper", lambda: nested("[", "]", 100) + HEAD, "too-deep", (1, 105)),
)  # fmt: skip

CHARACTERS = (
    Hostile("NUL", lambda: HEAD + "  b: https://b.acme\0.dev\n", "yaml-syntax", (4, 20)),
    Hostile("NUL in a comment", lambda: HEAD + "#\0\n", "yaml-syntax", (4, 2)),
    Hostile("NUL alone", lambda: "\0", "yaml-syntax", (1, 1)),
    Hostile("escape", lambda: HEAD + "  b: \x1b[2Jhttps://b.acme.dev\n", "yaml-syntax", (4, 6)),
    Hostile("backspace", lambda: HEAD + "# \x08\n", "yaml-syntax", (4, 3)),
    Hostile("delete", lambda: HEAD + "# \x7f\n", "yaml-syntax", (4, 3)),
    Hostile("C1", lambda: HEAD + "# \x9b31m\n", "yaml-syntax", (4, 3)),
    Hostile("form feed", lambda: HEAD + "\x0c", "yaml-syntax", (4, 1)),
    Hostile("no character", lambda: HEAD + "# \uffff\n", "yaml-syntax", (4, 3)),
    Hostile("next line in a comment", lambda: HEAD + "# a\x85  b: https://b.acme.dev\n", "yaml-syntax", (4, 4)),
    Hostile("line separator in a comment", lambda: HEAD + "# a\u2028  b: https://b.acme.dev\n", "yaml-syntax", (4, 4)),
    Hostile("paragraph separator in a comment", lambda: HEAD + "# a\u2029  b: https://b.acme.dev\n", "yaml-syntax", (4, 4)),
    Hostile("a mark at the beginning", lambda: "\ufeff" + HEAD),
    Hostile("two marks at the beginning", lambda: "\ufeff\ufeff" + HEAD, "yaml-syntax", (1, 1)),
    Hostile("a mark within", lambda: HEAD + "  b\ufeff: https://b.acme.dev\n", "yaml-syntax", (4, 4)),
    Hostile("a surrogate, escaped", lambda: HEAD + '  b: "https://b.acme.dev/\\ud800"\n', "yaml-syntax", (4, 28)),
    Hostile("control characters, escaped", lambda: HEAD + '  b: "https://b.acme.dev/\\e[2J\\n"\n', "bad-origin", (4, 6)),
    Hostile("a key over lines, escaped", lambda: HEAD + '"a\\nkampkin.yaml:1:1: error": 1\n', "unknown-key", (4, 1)),
    Hostile("text that runs backwards", lambda: HEAD + "  b: https://b.acme.dev/\u202egpj\n", "bad-origin", (4, 6)),
    Hostile("a tab for indentation", lambda: HEAD + "\tb: https://b.acme.dev\n", "tab", (4, 1)),
    Hostile("a tab behind blanks", lambda: HEAD + "  b:\n  \torigin: https://b.acme.dev\n", "tab", (5, 3)),
    Hostile("a tab before a comment", lambda: HEAD + "  b: https://b.acme.dev\t# here\n"),
)  # fmt: skip

ENCODINGS = (
    Hostile("UTF-16 LE with a mark", lambda: b"\xff\xfe" + HEAD.encode("utf-16-le"), "not-utf-8", (1, 1)),
    Hostile("UTF-16 BE with a mark", lambda: b"\xfe\xff" + HEAD.encode("utf-16-be"), "not-utf-8", (1, 1)),
    Hostile("UTF-16 LE", lambda: HEAD.encode("utf-16-le"), "not-utf-8", (1, 1)),
    Hostile("UTF-16 BE", lambda: HEAD.encode("utf-16-be"), "not-utf-8", (1, 1)),
    Hostile("UTF-32", lambda: HEAD.encode("utf-32"), "not-utf-8", (1, 1)),
    Hostile("Latin-1", lambda: (HEAD + "# größer\n").encode("latin-1"), "not-utf-8", (4, 5)),
    Hostile("a surrogate", lambda: HEAD.encode() + b"# \xed\xa0\x80\n", "not-utf-8", (4, 3)),
    Hostile("overlong", lambda: HEAD.encode() + b"  b: https://b.acme.dev/\xc0\xaf\n", "not-utf-8", (4, 25)),
    Hostile("cut in a character", lambda: HEAD.encode() + b"# \xf0\x9f\xa7", "not-utf-8", (4, 3)),
    Hostile("CRLF", lambda: HEAD.replace("\n", "\r\n")),
    Hostile("CR", lambda: HEAD.replace("\n", "\r")),
    Hostile("CRLF, wrong at a line's end", lambda: (HEAD + "  b: *\n").replace("\n", "\r\n"), "yaml-syntax", (4, 7)),
    Hostile("CR, wrong", lambda: (HEAD + "  b: c\n").replace("\n", "\r"), "bad-origin", (4, 6)),
)  # fmt: skip

DOCUMENTS = (
    Hostile("empty", lambda: "", "empty-file", (1, 1)),
    Hostile("only blanks", lambda: " \n\n  \n", "empty-file", (1, 1)),
    Hostile("only comments", lambda: "# a\n# b\n", "empty-file", (1, 1)),
    Hostile("only a document's begin", lambda: "---\n", "empty-file", (1, 1)),
    Hostile("only a document's end", lambda: "...\n", "yaml-syntax", (1, 1)),
    Hostile("null", lambda: "null\n", "wrong-type", (1, 1)),
    Hostile("a list", lambda: "- a\n", "wrong-type", (1, 1)),
    Hostile("two documents", lambda: f"---\n{HEAD}---\n{HEAD}", "several-documents", (5, 1)),
    Hostile("a document behind an end", lambda: f"{HEAD}...\n---\na: b\n", "several-documents", (5, 1)),
    Hostile("a version of YAML", lambda: f"%YAML 1.1\n---\n{HEAD}"),
    Hostile("another version of YAML", lambda: f"%YAML 3.0\n---\n{HEAD}", "yaml-syntax", (1, 1)),
    Hostile("a directive of nobody's", lambda: f"%FOO bar\n---\n{HEAD}", "yaml-syntax", (1, 5)),
    Hostile("a list that does not end", lambda: "x-a: [a\n" + HEAD, "yaml-syntax", (2, 8)),
    Hostile("a quote that does not end", lambda: HEAD + "  b: 'https://b.acme.dev\n", "yaml-syntax", (5, 1)),
    Hostile("quotes alone", lambda: '"' * MANY, "yaml-syntax", (1, 3)),
    Hostile("brackets and commas", lambda: "[," * MANY, "yaml-syntax", (1, 2)),
    Hostile("questions alone", lambda: "? " * MANY, "too-deep", (1, 201)),
)  # fmt: skip

KEYS = (
    Hostile("a list for a key", lambda: HEAD + "  [b, c]: https://b.acme.dev\n", "wrong-type", (4, 3)),
    Hostile("a map for a key", lambda: HEAD + "  {b: c}: https://b.acme.dev\n", "wrong-type", (4, 3)),
    Hostile("a list for a ? key", lambda: HEAD + "  ? [b, c]\n  : https://b.acme.dev\n", "wrong-type", (4, 5)),
    Hostile("an alias of a list for a key", lambda: f"x-a: &a [b]\n{HEAD}  *a : https://b.acme.dev\n", "wrong-type", (1, 6)),
    Hostile("an alias of a text for a key", lambda: f"x-a: &a b\n{HEAD}  *a : https://b.acme.dev\n"),
    Hostile("null for a key of nobody's", lambda: HEAD + "null: 1\n", "unknown-key", (4, 1)),
    Hostile("nothing for a key", lambda: HEAD + "?\n: 1\n", "unknown-key", (4, 2)),
    Hostile("an empty text for a key", lambda: HEAD + "  '': https://b.acme.dev\n", "bad-name", (4, 3)),
    Hostile("null for a name", lambda: HEAD + "  null: https://b.acme.dev\n", "null-value", (4, 3)),
    Hostile("a key twice", lambda: HEAD + "  a: https://b.acme.dev\n", "duplicate-key", (4, 3)),
    Hostile("a key twice, once in quotes", lambda: HEAD + "  'a': https://b.acme.dev\n", "duplicate-key", (4, 3)),
    Hostile("a ? without a value", lambda: HEAD + "  ? b\n", "empty-value", (4, 5)),
)  # fmt: skip

MERGES = (
    Hostile("<< of a map", lambda: HEAD + "  b: {<<: {origin: https://b.acme.dev}}\n"),
    Hostile("<< of a list of maps", lambda: HEAD + "  b: {<<: [{origin: https://b.acme.dev}, {origin: c}]}\n"),
    Hostile("<< of nothing", lambda: HEAD + "  b: {<<: [], origin: https://b.acme.dev}\n"),
    Hostile("<< of a text", lambda: HEAD + "  b: {<<: a, origin: https://b.acme.dev}\n", "wrong-type", (4, 11)),
    Hostile("<< of null", lambda: HEAD + "  b: {<<: null, origin: https://b.acme.dev}\n", "wrong-type", (4, 11)),
    Hostile("<< without a value", lambda: HEAD + "  b: {<<: , origin: https://b.acme.dev}\n", "wrong-type", (4, 11)),
    Hostile("<< of a list of texts", lambda: HEAD + "  b: {<<: [a], origin: https://b.acme.dev}\n", "wrong-type", (4, 12)),
    Hostile("<< of lists in a list", lambda: HEAD + "  b: {<<: [[{}]], origin: https://b.acme.dev}\n", "wrong-type", (4, 12)),
    Hostile("<< in quotes", lambda: HEAD + "  b: {'<<': {}, origin: https://b.acme.dev}\n", "unknown-key", (4, 7)),
    Hostile("<< of the whole document", lambda: HEAD + "<<: {x-a: 1}\n"),
)  # fmt: skip

TAGS = (
    Hostile("a call of Python's", lambda: f"{HEAD}x-a: !!python/object/apply:os.system [exit]\n", "unknown-tag", (4, 6)),
    Hostile("a name of Python's", lambda: f"{HEAD}x-a: !!python/name:os.system\n", "unknown-tag", (4, 6)),
    Hostile("a tag of one's own", lambda: HEAD + "  b: !secret https://b.acme.dev\n", "unknown-tag", (4, 6)),
    Hostile("a tag of a map", lambda: HEAD + "  b: !!set {origin: https://b.acme.dev}\n", "unknown-tag", (4, 6)),
    Hostile("a tag of a key", lambda: HEAD + "  !x b: https://b.acme.dev\n", "unknown-tag", (4, 3)),
    Hostile("binary", lambda: HEAD + "  b: !!binary https://b.acme.dev\n", "unknown-tag", (4, 6)),
    Hostile("a tag that says what is so", lambda: HEAD + "  b: !!str https://b.acme.dev\n"),
    Hostile("a shorthand of nobody's", lambda: HEAD + "  b: !e!x https://b.acme.dev\n", "yaml-syntax", (4, 6)),
)  # fmt: skip

ALL = (*BOMBS, *LARGE, *DEEPLY, *CHARACTERS, *ENCODINGS, *DOCUMENTS, *KEYS, *MERGES, *TAGS)
