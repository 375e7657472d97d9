"""The amounts of `kampkin cost`: a text of the command line to a number, or `Cannot` with what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from pydantic_core import PydanticCustomError

from kampkin import values
from kampkin.errors import Cannot

REQUESTS = re.compile(r"(\d+(?:\.\d+)?)([kMB]?)", re.ASCII)
SIZE = re.compile(r"(\d+(?:\.\d+)?)(B|kB|MB)", re.ASCII)
TIMES = {"": 1, "k": 10**3, "M": 10**6, "B": 10**9}
BYTES = {"B": 1, "kB": 10**3, "MB": 10**6}
MOST_REQUESTS = 10**15
MOST_RESPONSE_GB = 50
"""Of one answer of CloudFront's."""
LONGEST_LATENCY_MS = 30_000

Value = TypeVar("Value")


def requests(text: str) -> float:
    """`300k`, `100M`, `2.5B`, `40000`."""
    found = REQUESTS.fullmatch(text)
    amount = float(found[1]) * TIMES[found[2]] if found else 0
    if 1 <= amount <= MOST_REQUESTS:
        return amount
    raise Cannot(f"{text!r} is no number of requests", "write 300k, 100M or 2.5B: k, M and B, in that case")


def rate(text: str) -> float:
    """`10`, `0.1`: requests a second. At 100 the store costs next to nothing, and at more not more."""
    return number(text, "--rate-per-node", 0.001, 100)


def cpu_ms(text: str) -> float:
    """`0.2`: milliseconds."""
    return number(text, "--cpu-ms", 0, 30_000)


def latency(text: str) -> int:
    """`100ms`, `2s`."""
    if (ms := said("--latency", values.duration, text)) <= LONGEST_LATENCY_MS:
        return ms
    raise Cannot(f"--latency {text} is too long", "at most 30s: no function waits longer")


def share(text: str) -> float:
    """`50%`, as a part of 1."""
    return said("--share", values.share, text) / 10_000


def size_gb(text: str) -> float:
    """`20kB`, in GB."""
    if found := SIZE.fullmatch(text):
        gb = float(found[1]) * BYTES[found[2]] / 10**9
        if gb <= MOST_RESPONSE_GB:
            return gb
        raise Cannot("--response-size is too large", f"at most {MOST_RESPONSE_GB * 1000}MB: CloudFront sends no more")
    raise Cannot(f"--response-size {text!r} is no size", "write 800B, 20kB or 1.5MB")


def number(text: str, flag: str, least: float, most: float) -> float:
    """A decimal number within bounds."""
    amount = float(text) if values.NUMBER.fullmatch(text) else -1
    if least <= amount <= most:
        return amount
    raise Cannot(f"{flag} {text!r} is no number from {least:g} to {most:g}")


def said(flag: str, parse: Callable[[str], Value], text: str) -> Value:
    """What a parser of the language makes of a flag's text."""
    try:
        return parse(text)
    except PydanticCustomError as problem:
        context = problem.context or {}
        raise Cannot(f"{flag}: {context['message']}", context["hint"]) from None


def shares(names: list[str], given: Mapping[str, str]) -> dict[str, float]:
    """Each name's part of 1: what is given, and of the rest the same for each of the others."""
    if unknown := sorted(given.keys() - set(names)):
        raise Cannot(f"no endpoint is called {unknown[0]!r}", f"there are {', '.join(names)}")
    parts = {name: share(text) for name, text in given.items()}
    others = [name for name in names if name not in parts]
    rest = 1 - sum(parts.values())
    if rest < -1e-9 or (others and rest < 1e-9) or (not others and rest > 1e-9):
        raise Cannot(f"the shares come to {1 - rest:.0%}", "shares of all endpoints come to 100%, of some to less")
    if empty := [name for name, part in parts.items() if part == 0]:
        raise Cannot(f"--share {empty[0]} is nothing", "an endpoint without requests costs nothing")
    return {name: parts.get(name, rest / max(1, len(others))) for name in names}
