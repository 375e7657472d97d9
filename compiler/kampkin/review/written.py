"""Values of the plan as the file would have them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from kampkin.plan import Alternate, Answer, Cors, FallbackEntry, Origin, Override, Route
from kampkin.urls import pattern
from kampkin.values import CREDENTIALS

UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000))
OFF = "off"


def duration(ms: int) -> str:
    """In the largest unit that it is whole in."""
    unit, size = next(((unit, size) for unit, size in UNITS if ms and ms % size == 0), ("ms", 1))
    return f"{ms // size}{unit}"


def duration_or_off(ms: int) -> str:
    """0 is off."""
    return duration(ms) if ms else OFF


def share(bp: int) -> str:
    """A percentage."""
    return f"{bp / 100:g}%"


def share_or_off(bp: int) -> str:
    """0 is off."""
    return share(bp) if bp else OFF


def number(value: int) -> str:
    """As it is."""
    return str(value)


def number_or_off(value: int) -> str:
    """0 is off."""
    return str(value) if value else OFF


def switch(value: bool) -> str:
    """As YAML has it."""
    return "true" if value else "false"


def text(value: str | None) -> str:
    """A name; none is none."""
    return value or "none"


def names(values: Sequence[str] | None) -> str:
    """A list; None is all there are."""
    return "all" if values is None else f"[{', '.join(values)}]"


def ranges(values: Sequence[tuple[int, int]]) -> str:
    """Statuses."""
    return f"[{', '.join(str(first) if first == last else f'{first}-{last}' for first, last in values)}]"


def route(value: Route) -> str:
    """As it is written."""
    return pattern(value)


def origin(value: Origin) -> str:
    """Its URL."""
    return value.url


def override(value: Override | None) -> str:
    """All of it."""
    if value is None:
        return "none"
    until = datetime.fromtimestamp(value.until / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"{value.mode} until {until}, by {value.owner}: {value.reason}"


def cors(value: Cors | None) -> str:
    """Which pages, and what they may send."""
    if value is None:
        return OFF
    sent = [] if value.headers is None else [f"headers: {names(value.headers)}"]
    credentials = ["credentials: true"] if value.credentials else []
    parts = [f"origins: {names(value.origins)}", *sent, *credentials, f"max_age: {duration(value.max_age_s * 1000)}"]
    return f"{{{', '.join(parts)}}}"


def headers(values: Sequence[tuple[str, str]]) -> str:
    """Names and values; of a credential its digest, so that another one is seen to be another."""
    return "none" if not values else flow({name: masked(name, value) for name, value in values})


def masked(name: str, value: str) -> str:
    """The value of a header, where it may be shown."""
    return f"(not shown, sha256 {digest(value.encode())})" if value and CREDENTIALS.fullmatch(name) else value


def digest(content: bytes) -> str:
    """The start of it, by which two are told apart."""
    return hashlib.sha256(content).hexdigest()[:12]


def secrets(values: Sequence[tuple[str, str]]) -> str:
    """Names, and the names of the secrets."""
    return "none" if not values else flow({name: f"secret:{secret}" for name, secret in values})


def fallbacks(values: Sequence[FallbackEntry]) -> str:
    """Each in a few words; of a body its digest and size."""
    return "none" if not values else "; ".join(fallback(one) for one in values)


def fallback(value: FallbackEntry) -> str:
    """One of them."""
    when = f" when {'/'.join(value.when)}"
    if isinstance(value, Answer):
        body = base64.b64decode(value.body) if value.encoding == "base64" else value.body.encode()
        size = f", body of {len(body)} bytes, sha256 {digest(body)}" if body else ""
        sent = f", headers {headers(value.headers)}" if value.headers else ""
        return f"{value.status}{sent}{size}{when}"
    if isinstance(value, Alternate):
        return f"{value.origin.url} within {duration(value.timeout_ms)}{when}"
    return f"a copy of at most {duration(value.max_age_ms)}{when}"


def flow(value: Any) -> str:
    """On one line."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
