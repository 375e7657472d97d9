"""Rules about the pages that may read an endpoint's answers."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from kampkin.config import Endpoint
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.typed import Typed

THIS_MACHINE = ("localhost", "127.0.0.1")


def cors_without_origins(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """A page's origin is what CORS is about."""
    if endpoint.cors and endpoint.cors.origins is None:
        yield Problem(
            typed.span(name, "cors"),
            f"the cors of {name} names no origins: no page at all may call it",
            'set origins: [https://shop.acme.dev], or origins: ["*"] for any page',
        )


def cors_plain_http(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Whoever is on the way to that page may write into it, and read what it may read."""
    for index, origin in enumerate((endpoint.cors and endpoint.cors.origins) or ()):
        url = urlsplit(origin)
        host = url.hostname or ""
        if url.scheme == "http" and host not in THIS_MACHINE and not host.endswith(".localhost"):
            yield Problem(
                typed.span(name, "cors", "origins", index),
                f"anybody between {host} and its reader may change that page, and read {name} as it does",
                f"write https://{url.netloc} if the page has it",
            )


RULES = (
    Rule(
        "cors-without-origins",
        "error",
        "`cors` without `origins` allows no page at all.",
        of_each(cors_without_origins),
        "docs/http.md#cross-origin-reading",
    ),
    Rule(
        "cors-plain-http",
        "warning",
        "A page without TLS may be changed on its way, and then reads the endpoint in its reader's name.",
        of_each(cors_plain_http),
        "https://www.rfc-editor.org/rfc/rfc6797#section-2.3.1.2",
    ),
)
