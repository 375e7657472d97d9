"""Texts of about 100 kB that ask for as much work as they can: very many of something, each wrong or each compared with all."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

SIZE = 100_000
ENDPOINTS = "version: 1\nendpoints:\n"
ONE = ENDPOINTS + "  a: https://a.acme.dev\n"


def fill(head: str, line: str, tail: str = "") -> str:
    """As many lines as there is room for; `{n}` is another number in each, `{w}` another word."""
    room = SIZE - len(head) - len(tail)
    return head + lines(line, room) + tail


def lines(line: str, room: int) -> str:
    """Lines up to a size."""
    made: list[str] = []
    for number, word in enumerate(words()):
        made.append(line.format(n=number, w=word))
        room -= len(made[-1])
        if room < 0:
            break
    return "".join(made)


def words() -> list[str]:
    """Words that look alike: all of eight letters out of four."""
    return ["".join(letters) for letters in product("abcd", repeat=8)]


def halves(first: str, one: str, second: str, other: str) -> str:
    """Two sections of one size, whose words are compared with one another."""
    return first + lines(one, SIZE // 2) + second + lines(other, SIZE // 2)


FLOODS: dict[str, Callable[[], str]] = {
    "endpoints": lambda: fill(ENDPOINTS, "  e{n}: https://a.acme.dev\n"),
    "endpoints of one alias": lambda: fill(ENDPOINTS + "  a: &a {origin: https://a.acme.dev}\n", "  e{n}: *a\n"),
    "endpoints that merge": lambda: fill(ENDPOINTS + "  a: &a {origin: https://a.acme.dev}\n", "  e{n}: {{<<: *a, timeout: 1s}}\n"),
    "endpoints that are wrong": lambda: fill(ENDPOINTS, "  e{n}: x\n"),
    "endpoints without anything": lambda: fill(ENDPOINTS, "  e{n}: {{}}\n"),
    "endpoints on one route": lambda: fill(ENDPOINTS, "  e{n}: {{origin: https://a.acme.dev, route: /a}}\n"),
    "endpoints within one another": lambda: fill(ENDPOINTS, "  e{n}: {{origin: https://a.acme.dev, route: /a/{n}/*}}\n"),
    "endpoints with an owner each": lambda: halves("owners:\n", "  {w}: {{}}\n", ENDPOINTS, "  {w}: {{origin: https://a.acme.dev, owner: {w}}}\n"),
    "owners that claim": lambda: halves("owners:\n", "  {w}: {{routes: [/{w}/*]}}\n", ENDPOINTS, "  {w}: {{origin: https://a.acme.dev, owner: {w}}}\n"),
    "owners of nobody's": lambda: halves("owners:\n", "  {w}: {{}}\n", ENDPOINTS, "  {w}: {{origin: https://a.acme.dev, owner: x{w}}}\n"),
    "profiles of nobody's": lambda: halves("profiles:\n", "  {w}: {{}}\n", ENDPOINTS, "  {w}: {{origin: https://a.acme.dev, profile: x{w}}}\n"),
    "profiles of one each": lambda: halves("profiles:\n", "  {w}: {{timeout: 1s}}\n", ENDPOINTS, "  {w}: {{origin: https://a.acme.dev, profile: {w}}}\n"),
    "environments": lambda: fill(ONE + "environments:\n", "  e{n}: {{}}\n"),
    "environments of many endpoints": lambda: halves(ENDPOINTS, "  e{n}: https://a.acme.dev\n", "environments:\n", "  e{n}: {{}}\n"),
    "environments of as many as may be": lambda: ENDPOINTS + lines("  e{n}: https://a.acme.dev\n", 6_000) + "environments:\n" + lines("  e{n}: {{}}\n", 2_000),
    "an environment of nobody's": lambda: halves(ENDPOINTS, "  {w}: https://a.acme.dev\n", "environments:\n  e:\n    endpoints:\n", "      x{w}: {{}}\n"),
    "keys of nobody's": lambda: fill(ONE, "{w}: 1\n"),
    "keys of nobody's in an endpoint": lambda: fill(ENDPOINTS + "  a:\n    origin: https://a.acme.dev\n", "    {w}: 1\n"),
    "one key again and again": lambda: fill(ENDPOINTS, "  a: x\n"),
    "each key twice": lambda: fill(ENDPOINTS, "  {w}: x\n  {w}: x\n"),
    "lists for keys": lambda: fill(ENDPOINTS, "  ? [a]\n"),
    "tags": lambda: fill(ENDPOINTS, "  e{n}: !x https://a.acme.dev\n"),
    "anchors, and one alias": lambda: fill("", "x-{w}: &{w} 1\n", ENDPOINTS + "  a: *x\n"),
    "a chain of merges": lambda: fill("x-a: &a0 {}\n", "x-{n}: &a {{<<: *a0, {w}: 1}}\n", ONE),
    "methods": lambda: ENDPOINTS + f"  a: {{origin: https://a.acme.dev, methods: [{'GET, ' * 19_000}GET]}}\n",
    "methods that are wrong": lambda: ENDPOINTS + f"  a: {{origin: https://a.acme.dev, methods: [{'get, ' * 19_000}get]}}\n",
    "regions that are wrong": lambda: fill("targets: {aws: {regions: [\n", " us-east-{n},\n", "]}}\n" + ONE),
    "fallbacks": lambda: fill(ENDPOINTS + "  a:\n    origin: https://a.acme.dev\n    fallback:\n", "    - {{status: 200}}\n"),
    "fallbacks that are wrong": lambda: fill(ENDPOINTS + "  a:\n    origin: https://a.acme.dev\n    fallback:\n", "    - {{status: {n}}}\n"),
    "fallbacks' files": lambda: fill(ENDPOINTS, "  {w}: {{origin: https://a.acme.dev, fallback: {{status: 200, file: {w}}}}}\n"),
    "headers": lambda: fill(ENDPOINTS + "  a:\n    origin: https://a.acme.dev\n    fallback:\n      status: 200\n      headers:\n", "        x-{n}: x\n"),
    "headers that are wrong": lambda: fill(ENDPOINTS + "  a:\n    origin: https://a.acme.dev\n    fallback:\n      status: 200\n      headers:\n", "        'x {n}': x\n"),
    "silences": lambda: fill(ENDPOINTS + "  a:\n    origin: https://a.acme.dev\n    silence:\n", "      {w}: x\n"),
    "JSON": lambda: fill(ENDPOINTS + "  a:\n    origin: https://a.acme.dev\n    fallback:\n      status: 200\n      json:\n", "      - [1e308, no, {w}]\n"),
    "patterns": lambda: fill("include:\n", "- '*{w}*'\n", ONE),
    "files to include": lambda: fill("include:\n", "- {w}\n", ONE),
    "statuses": lambda: fill(ENDPOINTS + "  a:\n    origin: https://a.acme.dev\n    breaker:\n      failure_statuses:\n", "      - 5xx\n"),
    "pages": lambda: fill(ENDPOINTS + "  a:\n    origin: https://a.acme.dev\n    cors:\n      origins:\n", "      - https://{w}.acme.dev\n"),
}  # fmt: skip
