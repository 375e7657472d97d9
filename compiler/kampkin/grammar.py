"""How the values of the language are written, as JSON Schema: what an editor completes, documents and refuses.

Each has a title, which is its type in docs/language.md, and a description, which is its grammar. The parsers in `values`
are the judges: what they take is taken here too, and where an expression can tell, what they refuse is refused. (But for a
text that YAML reads as true or false: where both may stand, an editor proposes both. In quotes it is taken.)
Expressions are ECMA 262's, as JSON Schema wants them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}

_NUMBER = "(?:0[xX][0-9a-fA-F]*|[0-9]+)"
_NO_ADDRESS = rf"(?!{_NUMBER}(?:\.{_NUMBER})*\.?(?::|/|$))"
_LABEL = "[A-Za-z0-9-]{1,63}"
_HOST = rf"(?!-){_LABEL}(?:\.{_LABEL})*"
_ANY_HOST = r"(?!-)(?:[A-Za-z0-9.-]|[^\x00-\x7f])+"
"""International names too, which only IDNA can judge."""
_SCHEME = "[Hh][Tt][Tt][Pp][Ss]?"
_IN_PATH = r"[A-Za-z0-9._~!$&'()+,;=:@%/-]"
_TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_NAME = "[a-z0-9][a-z0-9-]{0,62}"
_SECRET = "secret:[A-Z][A-Z0-9_]{0,63}"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"


def value(title: str, description: str, type: str | Sequence[str] = "string", **rest: Any) -> dict[str, Any]:
    """A value that is refused with its own description."""
    return {"title": title, "description": description, "type": type, "errorMessage": f"Expected: {description}"} | rest


def matching(title: str, description: str, expression: str) -> dict[str, Any]:
    """A text that the whole expression matches."""
    return value(title, description, pattern=f"^(?:{expression})$")


def words(choices: Mapping[str, str] | Sequence[str], title: str | None = None) -> dict[str, Any]:
    """One of some words; each with what it means, where it is a map."""
    meanings = {"enumDescriptions": list(choices.values())} if isinstance(choices, Mapping) else {}
    return {"title": title or either(list(choices)), "enum": list(choices)} | meanings


def either(choices: Sequence[str]) -> str:
    """The choices in a sentence: a, b or c."""
    return " or ".join(filter(None, (", ".join(choices[:-1]), *choices[-1:])))


def duration(least_ms: int = 1, most_ms: int | None = None, step_ms: int = 1) -> dict[str, Any]:
    """A duration within bounds."""
    grammar = "a whole number and one of ms, s, m, h, d, such as 250ms, 3s, 5m"
    if most_ms is None:
        return matching("duration", grammar, f"0*[1-9][0-9]*(?:{'|'.join(UNITS_MS)})")
    units = []
    for unit, size in UNITS_MS.items():
        step = max(size, step_ms)
        counts = whole(-(-least_ms // step), most_ms // step) if step <= most_ms else None
        if counts:
            units.append(f"{counts}{str(step // size)[1:]}{unit}")
    bounds = f"{spoken(least_ms)} to {spoken(most_ms)}" if least_ms > 1 else f"to {spoken(most_ms)}"
    steps = "" if step_ms == 1 else " in whole seconds"
    return matching(f"duration{steps}, {bounds}", f"{grammar}; {bounds}{steps}", f"0*(?:{'|'.join(units)})")


def spoken(ms: int) -> str:
    """A duration as people write it; a day is 24h, more are days."""
    unit, size = next(
        (unit, size) for unit, size in reversed(UNITS_MS.items()) if ms % size == 0 and (unit, ms) != ("d", size)
    )
    return f"{ms // size}{unit}"


def whole(least: int, most: int) -> str:
    """The whole numbers between two bounds, from 1, both allowed, without leading zeros."""
    spans = []
    while least <= most:
        zeros = 0
        while least % 10 ** (zeros + 1) == 0 and least + 10 ** (zeros + 1) - 1 <= most:
            zeros += 1
        size = 10**zeros
        lead, first = divmod(least // size, 10)
        last = min(9, first + (most - least + 1) // size - 1)
        digit = str(first) if first == last else f"[{first}-{last}]"
        any_digits = f"[0-9]{{{zeros}}}" if zeros > 1 else "[0-9]" * zeros
        spans.append(f"{lead or ''}{digit}{any_digits}")
        least += (last - first + 1) * size
    return f"(?:{'|'.join(spans)})"


def share(above_zero: bool = False) -> dict[str, Any]:
    """A share of a whole."""
    grammar = "0 to 100, with at most two decimals, and %, such as 20% or 0.25%"
    expression = r"(?:0?[0-9]{1,2}(?:\.[0-9]{1,2})?|100(?:\.0{1,2})?)%"
    if above_zero:
        return matching("share above 0%", f"{grammar}; above 0%", rf"(?!0+(?:\.0+)?%){expression}")
    return matching("share", grammar, expression)


def count(most: int | None = None) -> dict[str, Any]:
    """A whole number from 1."""
    if most is None:
        return value("count", "a whole number, at least 1", "integer", minimum=1, maximum=1_000_000_000)
    return value(f"count, to {most}", f"a whole number, 1 to {most}", "integer", minimum=1, maximum=most)


def header(title: str, refused: Sequence[str]) -> dict[str, Any]:
    """The name of a header in any case, with some that are not to be named."""
    unless = "|".join(map(in_any_case, refused))
    grammar = f"a header's name: letters, digits and -, but not {either(refused)}"
    return matching(title, grammar, f"(?!(?:{unless})$){_TOKEN}") | {"type": ["string", "number"]}


def in_any_case(text: str) -> str:
    """An expression for the text in capitals and in small letters."""
    return "".join(f"[{char.upper()}{char}]" if char.isalpha() else f"[{char}]" for char in text)


BOOLEAN = value("boolean", "true or false; not yes, no, on, off", "boolean")
VERSION = {"title": "1", "const": 1}
NAME = matching("name", "lower-case letters, digits and -, at most 63, beginning with a letter or a digit", _NAME) | {
    "type": ["string", "number"]
}
HOST = matching(
    "hostname", "a name such as edge.acme.dev, without scheme, port or path", rf"(?=.{{1,253}}$){_NO_ADDRESS}{_HOST}"
)
ROUTE = matching(
    "route",
    "a path such as /cart/*, or /cart for that path alone; * stands only at the end",
    rf"(?!.*//(?!\*$))(?!.*/\.{{1,2}}(?:/|$))(?:/{_IN_PATH}*|(?:/{_IN_PATH}*)?/\*)",
)
ORIGIN = matching(
    "URL",
    "https://, a host, if need be a port and a path; no user, query, fragment or IP address",
    rf"(?!.*/\.\.(?:/|$)){_SCHEME}://{_NO_ADDRESS}{_ANY_HOST}(?::(?:0*{whole(1, 65_535)})?)?(?:/(?:{_IN_PATH}|\*)*)?",
)
PAGE_ORIGIN = matching(
    "origin of a page",
    "scheme, host and, if need be, port, such as https://shop.acme.dev; * alone is any",
    rf"\*|{_SCHEME}://{_ANY_HOST}(?::(?:0*{whole(1, 65_535)})?)?",
)
STATUS = value("status, 200 to 599", "a status of HTTP, 200 to 599", "integer", minimum=200, maximum=599) | {
    "if": {"minimum": 300, "maximum": 399, "not": {"const": 304}},
    "then": {"const": 302, "errorMessage": "Expected: of the redirects 302, with a Location among the headers, or 304"},
}
STATUSES = value(
    "status, 400 to 599",
    "503, 500-504 or 5xx, within 400 to 599",
    ["integer", "string"],
    minimum=400,
    maximum=599,
    pattern="^(?:[45]xx|[45][0-9]{2}(?:-[45][0-9]{2})?)$",
)
TIME = matching(
    "time with a zone",
    "a time with a zone, such as 2026-12-01T06:00:00Z",
    r"[0-9]{4}-?[0-9W].*[Tt ][0-9:.,]+(?:[Zz]|[+-][0-9:.]+)",
)
TEXT = value("text", "a text", ["string", "number"])
WORD = value("line of text", "a text on one line", ["string", "number"], pattern=r"\S")
HEADER_VALUE = value(
    "header value", "printable ASCII on one line", ["string", "number", "boolean"], pattern=r"^[\x20-\x7e]*$"
)
JSON = {"title": "any JSON value", "type": ["object", "array", "string", "number", "boolean", "null"]}
FILE = matching(
    "path of a file", r"a path relative to the file that names it, with / between its parts", r"[^/\\](?:[^\\]*[^/\\])?"
)
FILES = matching("pattern of files", "a path relative to this file, such as teams/*.yaml", r"[^/\\][^\\]*")
SECRET = matching("secret:NAME", "secret: and a name of capitals, digits and _; its value stands in the stack", _SECRET)
_LOGIN = "@[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:/[A-Za-z0-9._-]{1,100})?"
APPROVER = matching("@name or @organisation/team", "a person or a team as GitHub names them, in quotes", _LOGIN)
GITHUB = matching(
    "@name, @organisation/team or address",
    "who reviews, as CODEOWNERS of GitHub names them, in quotes",
    rf"{_LOGIN}|[^@\s]+@[^@\s]+",
)
REQUEST_HEADER = matching(
    "request header",
    "a header's name: letters, digits and -, but none that is the edge's or the platforms' to set",
    _TOKEN,
) | {"type": ["string", "number"]}
EMAIL = matching("address", "an address of email such as oncall@acme.dev", rf"{_ATOM}(?:\.{_ATOM})*@(?=.*\.){_HOST}")
