"""The values of the language: a text of the file to what it means, or what to write instead.

Each type here is one annotation with its parser and its JSON Schema, so the program and the editor read the
same grammar. Durations are ms, shares basis points.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from kampkin import grammar
from kampkin.closest import closest
from kampkin.grammar import UNITS_MS
from kampkin.plan import (
    MAX_COOLDOWN_MS,
    MAX_CORS_AGE_S,
    MAX_OVERRIDE_MS,
    MAX_STALE_MS,
    MAX_TIMEOUT_MS,
    MAX_WINDOW_MS,
    MOST_PROBES,
    Origin,
    Route,
)
from kampkin.regions import REGIONS
from kampkin.source import Quoted, Text, is_empty, is_null

DURATION = re.compile(r"(\d+)(ms|s|m|h|d)", re.ASCII)
SHARE = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%", re.ASCII)
NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
WHOLE = re.compile(r"\d{1,12}", re.ASCII)
"""Beyond all bounds of the language, and no more than a computer takes for a number."""
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
ANY_FOLDERS = "**"
SECRET = re.compile(r"secret:([A-Z][A-Z0-9_]{0,63})")
EMAIL_LOCAL = re.compile(r"(?=.{1,64}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
HOST = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*")
UNCERTAIN = frozenset("ßς\u200c\u200d")
"""Letters of hosts that IDNA of 2003 writes as others, and IDNA of 2008 as themselves:
https://www.unicode.org/reports/tr46/#Deviations."""
CORE_INT = re.compile(r"[-+]?[0-9]+")
CORE_BASED = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
CORE_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
CORE_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    spelling: value for value in (True, False) for spelling in (str(value), str(value).lower(), str(value).upper())
}
LONGEST_INT = 4000
"""Of more digits Python makes no number; of one to another base it writes more of them."""
APPROVER = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:/[A-Za-z0-9._-]{1,100})?")
"""A login of GitHub's, or an organisation and a team."""
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
PORTS = {"http": 80, "https": 443}
NOT_BOOLEANS = {"on": "true", "yes": "true", "y": "true", "off": "false", "no": "false", "n": "false"}
LOCATIONS = {
    "wnam": "Western North America",
    "enam": "Eastern North America",
    "sam": "South America",
    "weur": "Western Europe",
    "eeur": "Eastern Europe",
    "apac": "Asia-Pacific",
    "oc": "Oceania",
    "afr": "Africa",
    "me": "the Middle East",
}
"""Where Cloudflare makes Durable Objects: https://developers.cloudflare.com/durable-objects/reference/data-location/."""
OWN_HEADERS = ("cache-control", "proxy-status", "content-length", "transfer-encoding", "connection")
NOT_TO_SEND = (
    ("connection|keep-alive|proxy-(authenticate|authorization|connection)|te|trailer|transfer-encoding|upgrade", "holds for one hop"),
    ("host", "is the origin's own; host: pass keeps the caller's"),
    ("via|forwarded|x-forwarded-.*|kampkin-.*", "is Kampkin's to set"),
    ("content-length|sec-websocket-.*", "is the caller's: without it the request cannot be read"),
    ("origin", "says which page asks: cors goes by it"),
    ("accept-encoding|if-(modified-since|none-match|range|unmodified-since)", "is what CloudFront lets nobody change"),
    ("expect|x-(accel|amz-cf|amzn|edge)-.*|x-cache|x-real-ip|cloudfront-.*|client-cert(-chain)?", "is what CloudFront lets nobody add"),
    ("cf-.*|cdn-loop", "is Cloudflare's to set"),
)  # fmt: skip
"""Request headers that no endpoint may set, and why; one list, so that both edges send the same. A function that sets one of
CloudFront's is answered 502: "Restrictions on all edge functions", HTTP headers."""

CREDENTIALS = re.compile(r"authorization|cookie|.+-(?:key|token|secret)", re.IGNORECASE)
"""Request headers whose value tells the service who calls, and would tell it the same of anybody who has it."""


def problem(id: str, message: str, hint: str | None = None, *at: str) -> PydanticCustomError:
    """A finding in the making: its id, and the keys inside the value that it is about; the first that is written counts."""
    return PydanticCustomError(id, "{message}", {"message": message, "hint": hint, "at": at})


def text_of(value: Any, expected: str) -> str:
    """The value as a text, or the finding that it is none."""
    if not isinstance(value, str):
        raise problem("wrong-type", f"expected {expected}, not {'a list' if isinstance(value, list) else 'a map'}")
    if is_null(value):
        raise problem("null-value", f"null is not {expected}", "remove the line")
    if is_empty(value):
        raise problem("empty-value", f"nothing stands here: expected {expected}", "give it a value, or remove the line")
    return value


def unspaced(text: str) -> str | None:
    """What to do about a key and a value without the space that YAML wants between them."""
    found = re.fullmatch(r"([a-z_]+):([^/\s].*)", text)
    return f"a space is missing behind the colon: write {found[1]}: {found[2]}" if found else None


def duration(value: Any) -> int:
    """`250ms`, `3s`, `5m`, `1h`, `1d`."""
    text = text_of(value, "a duration such as 3s")
    if found := DURATION.fullmatch(text):
        if not WHOLE.fullmatch(found[1]):
            raise problem("out-of-range", "a duration has at most 12 digits")
        if ms := int(found[1]) * UNITS_MS[found[2]]:
            return ms
        raise problem("out-of-range", f"{text} is no time at all", "at least 1ms")
    if WHOLE.fullmatch(text):
        ms = int(text)
        likely = f"{ms // 1000}s" if ms >= 1000 and ms % 1000 == 0 else f"{ms}ms" if ms >= 100 else f"{ms}s"
        raise problem("no-unit", f"{text} what?", f"write {likely}: a duration is a whole number and one of ms s m h d")
    raise problem("not-a-duration", f"{text!r} is no duration", "a whole number and one of ms s m h d: 250ms, 3s, 5m")


def share(value: Any) -> int:
    """`20%`, at most two decimals."""
    text = text_of(value, "a share such as 20%")
    found = SHARE.fullmatch(text)
    if found and (points := int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))) <= 10_000:
        return points
    if NUMBER.fullmatch(text) and (number := float(text)) <= 100:
        percent = round(number * 100 if 0 < number <= 1 else number, 2)
        raise problem("no-unit", f"{text} of what?", f"write {percent:g}%")
    raise problem("not-a-share", f"{text!r} is no share", "0% to 100%, with at most two decimals")


def count(value: Any) -> int:
    """A whole number from 1."""
    text = text_of(value, "a whole number")
    if WHOLE.fullmatch(text) and 1 <= int(text) <= 1_000_000_000:
        return int(text)
    if WHOLE.fullmatch(text) and int(text):
        raise problem("out-of-range", "a count is at most 1000000000")
    raise problem("not-a-count", f"{text!r} is no count", "a whole number, at least 1")


def amount(value: Any) -> int:
    """A whole number, 0 among them."""
    text = text_of(value, "a whole number")
    if WHOLE.fullmatch(text):
        return int(text)
    raise problem("not-a-count", f"{text!r} is no amount", "a whole number, 0 or more")


def approver(value: Any) -> str:
    """Who may approve, as GitHub names them: `@acme/platform` or `@dana`."""
    text = text_of(value, "a name such as @acme/platform")
    if APPROVER.fullmatch(text):
        return text
    hint = f'write "@{text}"' if APPROVER.fullmatch(f"@{text}") else '"@acme/platform" or "@dana", in quotes'
    raise problem("bad-approver", f"{text!r} is no person or team of GitHub", hint)


def github(value: Any) -> str:
    """Who reviews, as a CODEOWNERS file of GitHub's names them: `@acme/shop`, `@dana`, `dana@acme.dev`."""
    text = text_of(value, "a name such as @acme/shop")
    if APPROVER.fullmatch(text) or is_email(text):
        return text
    hint = f'write "@{text}"' if APPROVER.fullmatch(f"@{text}") else '"@acme/shop", "@dana" or dana@acme.dev'
    raise problem("bad-github", f"{text!r} is no person or team of GitHub, and no address of email", hint)


def rule_id(value: Any) -> str:
    """The id of a rule, in words."""
    text = text_of(value, "the id of a rule, such as low-traffic")
    if NAME.fullmatch(text):
        return text
    raise problem("unknown-rule", f"{text!r} is no id of a rule", "words with -, as kampkin check prints them in [ ]")


def boolean(value: Any) -> bool:
    """`true` or `false`, nothing else."""
    text = text_of(value, "true or false")
    if text in ("true", "false"):
        return text == "true"
    right = NOT_BOOLEANS.get(text.lower())
    raise problem("not-a-boolean", f"{text!r} is neither true nor false", f"write {right}" if right else None)


def name(value: Any) -> str:
    """The name of an endpoint, an owner, a project or an environment."""
    text = text_of(value, "a name")
    if NAME.fullmatch(text):
        return text
    likely = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:63]
    hint = "lower-case letters, digits and -, at most 63, beginning with a letter or a digit"
    raise problem("bad-name", f"{text!r} is no name", f"{hint}{f': {likely}' if likely else ''}")


def version(value: Any) -> int:
    """The version of the language."""
    if text_of(value, "1") == "1":
        return 1
    raise problem("unknown-version", f"version {value!r} is not one this Kampkin reads", "write version: 1")


def host(value: Any) -> str:
    """A hostname."""
    text = text_of(value, "a hostname")
    if HOST.fullmatch(text.lower()) and not is_address(text):
        return text.lower()
    bare = urlsplit(text).hostname if "://" in text else None
    raise problem(
        "bad-host",
        f"{text!r} is no hostname",
        f"write {bare}" if bare else "such as edge.acme.dev, without a scheme, port or path",
    )


def pass_host(value: Any) -> bool:
    """`pass`, and nothing else: the origin gets the caller's Host."""
    text = text_of(value, "pass")
    if text == "pass":
        return True
    close = closest(text.lower(), ("pass",))
    hint = f"did you mean {close}?" if close else "pass keeps the caller's; without this line the origin gets its own"
    raise problem("unknown-value", f"host is pass or is left out; it is not {text!r}", hint)


def route(value: Any) -> Route:
    """`/cart/*`, or exact without the star."""
    text = text_of(value, "a route such as /cart/*")
    if not text.startswith("/"):
        raise problem("bad-route", f"the route {text!r} does not begin with /", f"write /{text}")
    bare = text[:-2] if text.endswith("/*") else text
    if "*" in bare:
        raise problem(
            "bad-route", "* stands in the middle of the route", "* stands only at the end, behind a /: /cart/*"
        )
    if "?" in text or "#" in text:
        raise problem("bad-route", "a route has no query and no fragment", "the query passes unchanged: leave it out")
    segments = bare.split("/")[1:] if bare else []
    if not PATH.fullmatch(bare or "/") or "//" in bare or any(part in (".", "..") for part in segments):
        raise problem(
            "bad-route", f"{text!r} is no path", "letters, digits and -._~!$&'()+,;=:@% between single slashes"
        )
    if text.endswith("/*"):
        return Route(path=bare or "/", prefix=True)
    return Route(path=bare, prefix=False)


def origin(value: Any) -> Origin:
    """The service's address: scheme, host, and where it has them port and path."""
    text = text_of(value, "a URL such as https://cart.acme.dev")
    if not text.isprintable() or " " in text:
        raise problem("bad-origin", f"{text!r} has a blank in it", "a blank in a path is %20")
    if "://" not in text:
        hint = unspaced(text) or (f"write https://{text}" if "." in text else "such as https://cart.acme.dev")
        raise problem("bad-origin", f"the origin {text!r} has no scheme", hint)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as wrong:
        raise problem("bad-origin", f"{text!r} is no URL: {wrong}") from None
    if parts.scheme not in PORTS:
        raise problem("bad-origin", f"the scheme {parts.scheme!r} is neither https nor http", "write https://")
    if parts.username is not None or parts.password is not None:
        raise problem("bad-origin", "an origin carries no user or password", "remove what stands before the @")
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise problem(
            "bad-origin", "an origin has no query and no fragment", "the caller's query passes unchanged: leave it out"
        )
    hostname = (parts.hostname or "").rstrip(".")
    ascii_host = in_ascii(hostname)
    if is_address(ascii_host) or is_address(hostname):
        hint = "neither edge calls bare addresses: name the host"
        raise problem("bad-origin", f"the origin is an IP address, {ascii_host or hostname}", hint)
    if not HOST.fullmatch(ascii_host) or port == 0:
        raise problem("bad-origin", f"{text!r} names no host", "such as https://cart.acme.dev")
    if not PATH.fullmatch(parts.path or "/") or ".." in parts.path.split("/"):
        raise problem("bad-origin", f"{parts.path!r} is no path")
    return Origin.model_validate(
        {
            "scheme": parts.scheme,
            "host": ascii_host,
            "port": port or PORTS[parts.scheme],
            "path": parts.path.rstrip("/"),
        }
    )


def in_ascii(hostname: str) -> str:
    """The host as it goes out, in ASCII; empty where it cannot, or where standards differ on which host that is."""
    if UNCERTAIN.intersection(hostname):
        return ""
    try:
        return hostname if hostname.isascii() else hostname.encode("idna").decode()
    except UnicodeError:
        return ""


def page_origin(value: Any) -> str:
    """`https://shop.acme.dev`, as a browser writes the origin of a page; `*` is any."""
    if value is None or value == "null":
        hint = "any sandboxed page calls itself null: name the page's own origin"
        raise problem("bad-page-origin", "null is the origin of no page", hint)
    text = text_of(value, "a page's origin such as https://shop.acme.dev")
    if not text.isprintable() or " " in text:
        raise problem("bad-page-origin", f"{text!r} has a blank in it", "such as https://shop.acme.dev")
    if text == "*":
        return text
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as wrong:
        raise problem("bad-page-origin", f"{text!r} is no origin: {wrong}") from None
    if parts.scheme not in PORTS:
        hint = f"write https://{text}" if HOST.fullmatch(text.lower()) else "such as https://shop.acme.dev"
        raise problem("bad-page-origin", f"{text!r} does not begin with https:// or http://", hint)
    hostname = in_ascii((parts.hostname or "").lower())
    if "*" in hostname:
        hint = "name each origin, or write * alone for any"
        raise problem("bad-page-origin", "* stands for no part of an origin", hint)
    if "@" in parts.netloc or not HOST.fullmatch(hostname) or port == 0:
        raise problem("bad-page-origin", f"{text!r} names no host", "such as https://shop.acme.dev")
    bare = f"{parts.scheme}://{hostname}{'' if port in (None, PORTS[parts.scheme]) else f':{port}'}"
    if parts.path or "?" in text or "#" in text:
        message = f"{text!r} is more than an origin: scheme, host and, if need be, port"
        raise problem("bad-page-origin", message, f"write {bare}")
    return bare


def method(value: Any) -> str:
    """An HTTP method that both edges carry."""
    text = text_of(value, "a method")
    if text in METHODS:
        return text
    hint = f"write {text.upper()}" if text.upper() in METHODS else f"one of {', '.join(METHODS)}"
    raise problem("bad-method", f"{text!r} is no method that both edges carry", hint)


def status(value: Any) -> int:
    """The status of an answer."""
    text = text_of(value, "a status such as 503")
    if re.fullmatch(r"[2-5]\d\d", text, re.ASCII):
        return int(text)
    raise problem("bad-status", f"{text!r} is no status of an answer", "200 to 599")


def statuses(value: Any) -> tuple[int, int]:
    """Failure statuses as an inclusive range: `503`, `500-504` or `5xx`, within 400 to 599."""
    text = text_of(value, "a status such as 503")
    if found := re.fullmatch(r"([45])xx", text):
        return int(found[1]) * 100, int(found[1]) * 100 + 99
    if found := re.fullmatch(r"(\d{3})(?:-(\d{3}))?", text, re.ASCII):
        first, last = int(found[1]), int(found[2] or found[1])
        if 400 <= first <= last <= 599:
            return first, last
    raise problem("bad-status", f"{text!r} is no failure status", "503, 500-504 or 5xx, within 400 to 599")


def moment(value: Any) -> int:
    """A time with a zone, to ms since 1970."""
    text = text_of(value, "a time such as 2026-12-01T06:00:00Z")
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise problem("not-a-time", f"{text!r} is no time", "such as 2026-12-01T06:00:00Z") from None
    if not 1970 < time.year < 9998:
        raise problem("out-of-range", f"{text} is no time that an override could end at", "in this century, say")
    if time.tzinfo is None:
        raise problem("not-a-time", f"{text!r} has no zone", f"write {text}Z for UTC" if "T" in text else None)
    return int(time.timestamp() * 1000)


def word(value: Any) -> str:
    """A text on one line that says something."""
    text = text_of(value, "a text").strip()
    if text and text.isprintable():
        return text
    raise problem("wrong-type", "expected a text on one line")


def header_name(value: Any) -> str:
    """The name of a response header, in lower case."""
    text = text_of(value, "a header's name").lower()
    if not HEADER_NAME.fullmatch(text):
        raise problem("bad-header", f"{text!r} is no header name")
    if text in OWN_HEADERS:
        raise problem("bad-header", f"{text} is Kampkin's to set", "remove it")
    return text


def header_value(value: Any) -> str:
    """The value of a response header."""
    text = text_of(value, "a header's value")
    if text.isascii() and text.isprintable():
        return text.strip()
    raise problem("bad-header", "a header's value is printable ASCII on one line")


def request_header_name(value: Any) -> str:
    """The name of a request header that an endpoint may set, in lower case."""
    text = text_of(value, "a header's name").lower()
    if not HEADER_NAME.fullmatch(text):
        raise problem("bad-header", f"{text!r} is no header name")
    for names, why in NOT_TO_SEND:
        if re.fullmatch(names, text):
            raise problem("bad-header", f"{text} cannot be set: it {why}", "remove it")
    return text


@dataclass(frozen=True)
class SecretName:
    """A secret as a file names it; what it is stands in the stack's configuration."""

    name: str


def request_header_value(value: Any) -> str | SecretName:
    """The value of a request header, or the name of the secret that it is."""
    text = text_of(value, "a header's value")
    if text.startswith("secret:"):
        return SecretName(secret(value))
    if found := SECRET.search(text):
        hint = f"write {found[0]} alone, and put all of the value into the secret"
        raise problem("bad-secret", "a secret is the whole value of a header, and no part of one", hint)
    return header_value(value)


def each_once(value: Any) -> Any:
    """A map of headers, each of which stands in it once, in whatever case."""
    seen: dict[str, str] = {}
    for key in value if isinstance(value, dict) else ():
        if (other := seen.setdefault(key.lower(), key)) != key:
            hint = "case does not tell headers apart: keep one"
            raise problem("listed-twice", f"{other} and {key} are one header", hint, key)
    return value


def page_header(value: Any) -> str:
    """The name of a request header that a page may send, in lower case."""
    text = text_of(value, "a header's name").lower()
    if text == "*":
        raise problem("bad-header", "* names no header", "leave headers out for whatever the page asks for")
    if not HEADER_NAME.fullmatch(text):
        raise problem("bad-header", f"{text!r} is no header name")
    return text


@dataclass(frozen=True)
class Named:
    """A file as it is named in another."""

    written: str
    """Relative to the file that names it; `/` between its parts on every machine."""
    beside: str = ""
    """The file that names it."""


def file_path(value: Any) -> Named:
    """The path of a file, and the file that names it."""
    text = text_of(value, "a path such as fallbacks/cart.html")
    if "\\" in text:
        raise problem("bad-file", "a \\ stands in the path of a file", f"write {text.replace(chr(92), '/')}")
    if not text or not text.isprintable() or text.endswith("/"):
        raise problem("bad-file", f"{text!r} is no path of a file", "such as fallbacks/cart.html")
    if text.startswith("/"):
        raise problem("bad-file", f"{text!r} is an absolute path", "write it relative to the file that names it")
    return Named(str(text), text.file.name if isinstance(text, Text) else "")


def body(value: Any) -> str:
    """The text of an answer."""
    return str(text_of(value, "a text"))


def file_pattern(value: Any) -> str:
    """A pattern of files: `teams/*.yaml`, or a path without a star."""
    text = text_of(value, "a pattern such as teams/*.yaml")
    if "\\" in text:
        raise problem("bad-file", "a \\ stands in the pattern", f"write {text.replace(chr(92), '/')}")
    if not text.isprintable() or text.startswith("/") or text.endswith("/"):
        raise problem("bad-file", f"{text!r} is no pattern of files", "write it relative to this file: teams/*.yaml")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if not parts:
        raise problem("bad-file", f"{text!r} is no pattern of files", "such as teams/*.yaml")
    if ".." in list(dropwhile(lambda part: part == "..", parts)):
        raise problem("bad-file", f"{text!r} goes up again", "write .. at the beginning alone")
    wild = [part for part in parts if ANY_FOLDERS in part]
    if wild and (wild != [ANY_FOLDERS] or parts[-1] == ANY_FOLDERS):
        hint = "it stands for any folders, as in **/*.yaml"
        raise problem("bad-file", "** stands by itself, once, and with something behind it", hint)
    return text


def json_value(value: Any) -> Any:
    """JSON of a team's own, by YAML 1.2's core schema: https://yaml.org/spec/1.2.2/#103-core-schema."""
    if isinstance(value, list):
        return [json_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): json_value(inner) for key, inner in value.items()}
    if value.__class__ is Quoted:
        return str(value)
    if value in CORE_WORDS:
        return CORE_WORDS[value]
    if CORE_BASED.fullmatch(value) and len(value) <= LONGEST_INT // 2:
        return int(value, 0)
    if CORE_INT.fullmatch(value) and len(value) <= LONGEST_INT:
        return int(value)
    if CORE_FLOAT.fullmatch(value) and abs(number := float(value)) != float("inf"):
        return number
    return str(value)


def secret(value: Any) -> str:
    """`secret:NAME`, the whole value; its name."""
    text = text_of(value, "a secret such as secret:SHOP_SLACK")
    if found := SECRET.fullmatch(text):
        return found[1]
    if text.startswith("secret:"):
        name = re.sub(r"[^A-Z0-9]+", "_", text.removeprefix("secret:").upper()).strip("_")
        likely = f": secret:{name}" if SECRET.fullmatch(f"secret:{name}") else ""
        raise problem("bad-secret", f"{text!r} names no secret", f"capitals, digits and _, a letter first{likely}")
    hint = "write secret:SHOP_SLACK, and put the value in the stack: pulumi config set --secret SHOP_SLACK VALUE"
    raise problem("bad-secret", "only the name of a secret stands here, never its value", hint)


def email(value: Any) -> str:
    """An address of email."""
    text = text_of(value, "an address such as oncall@acme.dev")
    if is_email(text):
        local, _, domain = text.rpartition("@")
        return f"{local}@{domain.lower()}"
    raise problem("bad-email", f"{text!r} is no address of email", "such as oncall@acme.dev")


def is_email(text: str) -> bool:
    """Whether the text is an address of email."""
    local, at, domain = text.rpartition("@")
    return bool(at and EMAIL_LOCAL.fullmatch(local) and "." in domain and HOST.fullmatch(domain.lower()))


def choice(choices: tuple[str, ...]) -> Callable[[Any], str]:
    """One of a few words."""

    def parse(value: Any) -> str:
        text = text_of(value, " or ".join(choices))
        if text in choices:
            return text
        raise problem("unknown-value", f"{text!r} is none of {', '.join(choices)}")

    return parse


def region(value: Any) -> str:
    """An AWS region."""
    text = text_of(value, "a region such as us-east-1")
    if text in REGIONS:
        return text
    close = closest(text, REGIONS)
    hint = f"did you mean {close}?" if close else "such as us-east-1"
    raise problem("unknown-value", f"{text!r} is no AWS region that Lambda@Edge reaches", hint)


def location(value: Any) -> str:
    """Where a Durable Object is to be."""
    text = text_of(value, "a location such as weur")
    if text in LOCATIONS:
        return text
    known = ", ".join(f"{code} ({name})" for code, name in LOCATIONS.items())
    raise problem("unknown-value", f"{text!r} is no place where Cloudflare makes Durable Objects", f"one of {known}")


def is_address(host: str) -> bool:
    """Whether the host is an IP address and no name, in any spelling a URL parser takes for one."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return re.fullmatch(r"(?:0[xX][0-9a-fA-F]*|\d+)(?:\.(?:0[xX][0-9a-fA-F]*|\d+))*", host) is not None
    return True


def bounded(
    parse: Callable[[Any], int], least: int, most: int, says: str, hint: str | None = None
) -> Callable[[Any], int]:
    """A parser whose values have bounds; both are allowed."""

    def parse_bounded(value: Any) -> int:
        found = parse(value)
        if least <= found <= most:
            return found
        raise problem("out-of-range", says, hint)

    return parse_bounded


def whole_seconds(value: Any) -> int:
    """A duration without a part of a second."""
    ms = duration(value)
    if ms % 1000:
        raise problem("out-of-range", f"{value} is no whole number of seconds")
    return ms


def some(hint: str) -> AfterValidator:
    """Marks a list that names something, and nothing twice; maps in it are not compared."""

    def check(value: Any, info: ValidationInfo) -> Any:
        if not value:
            raise problem("empty-list", f"{info.field_name} names none", hint)
        if (twice := repeated(value)) is not None:
            what = twice if isinstance(twice, str) else "one of them"
            raise problem("listed-twice", f"{info.field_name} names {what} twice", "once is enough")
        return value

    return AfterValidator(check)


def repeated(values: tuple[Any, ...]) -> Any:
    """The first of the values that stands there again; None where none does, and for what cannot be told apart at once."""
    seen: set[Any] = set()
    try:
        for one in values:
            if one in seen:
                return one
            seen.add(one)
    except TypeError:  # a map with maps in it
        return None
    return None


def kind(parse: Callable[[Any], Any], schema: dict[str, Any]) -> tuple[BeforeValidator, WithJsonSchema]:
    """What makes an annotation of a parser and its JSON Schema; null is the annotation's own business."""
    return BeforeValidator(parse), WithJsonSchema(schema)


def one_of(meanings: Mapping[Any, str]) -> tuple[BeforeValidator, WithJsonSchema]:
    """One of a few words, each with what it means."""
    return kind(choice(tuple(meanings)), grammar.words(meanings))


def time_within(least_ms: int, most_ms: int, says: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """A duration that has bounds."""
    return kind(bounded(duration, least_ms, most_ms, says), grammar.duration(least_ms, most_ms))


Duration = Annotated[int, *kind(duration, grammar.duration())]
Timeout = Annotated[int, *time_within(1, MAX_TIMEOUT_MS, "a time-out is at most 24h")]
Window = Annotated[int, *time_within(1_000, MAX_WINDOW_MS, "a window is 1s to 50m")]
Cooldown = Annotated[int, *time_within(1, MAX_COOLDOWN_MS, "a cooldown is at most 24h")]
StaleAge = Annotated[int, *time_within(1, MAX_STALE_MS, "a stale copy is at most 30d old")]
OverrideTime = Annotated[int, *time_within(1, MAX_OVERRIDE_MS, "max_override is at most 30d")]
PreflightAge = Annotated[
    int,
    *kind(
        bounded(whole_seconds, 1_000, MAX_CORS_AGE_S * 1_000, "max_age is whole seconds, 1s to 24h"),
        grammar.duration(1_000, MAX_CORS_AGE_S * 1_000, step_ms=1_000),
    ),
]
Share = Annotated[int, *kind(share, grammar.share())]
Ratio = Annotated[
    int,
    *kind(
        bounded(share, 1, 10_000, "a ratio of 0% trips on calls that are fine", "null turns the rule off"),
        grammar.share(above_zero=True),
    ),
]
Probes = Annotated[
    int, *kind(bounded(count, 1, MOST_PROBES, f"max_probes is 1 to {MOST_PROBES}"), grammar.count(MOST_PROBES))
]
Count = Annotated[int, *kind(count, grammar.count())]
Name = Annotated[str, *kind(name, grammar.NAME)]
Amount = Annotated[int, *kind(amount, grammar.value("whole number", "a whole number, 0 or more", "integer", minimum=0))]
Approver = Annotated[str, *kind(approver, grammar.APPROVER)]
GitHub = Annotated[str, *kind(github, grammar.GITHUB)]
RuleId = Annotated[str, *kind(rule_id, grammar.NAME)]
PassHost = Annotated[bool, *kind(pass_host, {"title": "pass", "const": "pass"})]
Location = Annotated[str, *kind(location, grammar.words(LOCATIONS))]
Version = Annotated[int, *kind(version, grammar.VERSION)]
Host = Annotated[str, *kind(host, grammar.HOST)]
RoutePattern = Annotated[Route, *kind(route, grammar.ROUTE)]
OriginUrl = Annotated[Origin, *kind(origin, grammar.ORIGIN)]
Method = Annotated[str, *kind(method, grammar.words(METHODS))]
Boolean = Annotated[bool, *kind(boolean, grammar.BOOLEAN)]
Statuses = Annotated[tuple[int, int], *kind(statuses, grammar.STATUSES)]
Moment = Annotated[int, *kind(moment, grammar.TIME)]
Word = Annotated[str, *kind(word, grammar.WORD)]
Mode = Annotated[
    str,
    *one_of(
        {
            "forced-open": "reject everything; at the end half-open",
            "forced-closed": "pass everything and count nothing; at the end closed",
            "monitor": "count, trip and report, but reject nothing",
        }
    ),
]
Pattern = Annotated[str, *kind(file_pattern, grammar.FILES)]
Body = Annotated[str, *kind(body, grammar.TEXT)]
Json = Annotated[Any, *kind(json_value, grammar.JSON)]
Secret = Annotated[str, *kind(secret, grammar.SECRET)]
Email = Annotated[str, *kind(email, grammar.EMAIL)]
Status = Annotated[int, *kind(status, grammar.STATUS)]
HeaderName = Annotated[str, *kind(header_name, grammar.header("response header", OWN_HEADERS))]
HeaderValue = Annotated[str, *kind(header_value, grammar.HEADER_VALUE)]
PageOrigin = Annotated[str, *kind(page_origin, grammar.PAGE_ORIGIN)]
PageHeader = Annotated[str, *kind(page_header, grammar.header("request header", ["*"]))]
FilePath = Annotated[Named, *kind(file_path, grammar.FILE)]
RequestHeaders = Annotated[
    dict[
        Annotated[str, *kind(request_header_name, grammar.REQUEST_HEADER)],
        Annotated[str | SecretName, *kind(request_header_value, grammar.HEADER_VALUE)] | None,
    ],
    BeforeValidator(each_once),
]
AnswerHeaders = Annotated[dict[HeaderName, HeaderValue], BeforeValidator(each_once)]
