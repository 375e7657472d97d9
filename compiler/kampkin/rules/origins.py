"""Rules about where the calls go."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import Endpoint
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.typed import Typed


def origin_loop(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """An origin that is an edge itself: every request would go round until the platform cuts it."""
    hosts = {target.host for target in typed.targets.values() if target.host}
    if endpoint.origin.host in hosts:
        message = f"the origin of {name} is the edge's own host, {endpoint.origin.host}"
        yield Problem(typed.span(name, "origin"), message, "name the service behind it")
    for index, fallback in enumerate(typed.fallbacks_of(name)):
        if fallback.origin and fallback.origin.host in hosts:
            message = f"a fallback of {name} is the edge's own host, {fallback.origin.host}"
            yield Problem(typed.span(name, "fallback", index, "origin"), message, "name a service that is no edge")


def plain_http(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Between the edge and the service the request goes over the open internet."""
    hint = "write https:// if the service has it"
    if endpoint.origin.scheme == "http":
        yield Problem(typed.span(name, "origin"), f"the edge would call {name} without encryption", hint)
    for index, fallback in enumerate(typed.fallbacks_of(name)):
        if fallback.origin and fallback.origin.scheme == "http":
            message = f"the edge would call a fallback of {name} without encryption"
            yield Problem(typed.span(name, "fallback", index, "origin"), message, hint)


RULES = (
    Rule(
        "origin-loop",
        "error",
        "An origin has the host of an edge, so every request would go round in a loop.",
        of_each(origin_loop),
        "https://developers.cloudflare.com/workers/observability/errors/",
    ),
    Rule(
        "plain-http",
        "warning",
        "An origin without TLS is called over the open internet.",
        of_each(plain_http),
        "https://www.rfc-editor.org/rfc/rfc9110#section-4.2.2",
    ),
)
