"""Rules about which fallback is reached, and with what."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import Endpoint
from kampkin.diagnostics import Span
from kampkin.plan import Occasion
from kampkin.rules.parts import cooldown_of, given, written
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.typed import Typed

KEPT_METHODS = {"GET", "HEAD"}
SENT_TWICE = {"GET", "HEAD", "OPTIONS"}
"""What `runtime/fallbacks.mjs` asks another origin after a failure."""


def stale_of(typed: Typed, name: str) -> Iterator[tuple[Span, int]]:
    """Where a stale copy stands among an endpoint's fallbacks, and how old it may be."""
    for index, fallback in enumerate(typed.fallbacks_of(name)):
        if fallback.stale is not None:
            yield typed.span(name, "fallback", index, "stale"), fallback.stale


def stale_on_aws(typed: Typed, name: str, _endpoint: Endpoint) -> Iterator[Problem]:
    """A function at CloudFront's edge has no cache that it could read."""
    for span, _ in stale_of(typed, name):
        if "aws" in typed.targets_of(name):
            hint = "set targets: [cloudflare] for this endpoint, or remove stale"
            yield Problem(span, f"{name} is on aws, where no stale copy is kept", hint)


def stale_without_host(typed: Typed, name: str, _endpoint: Endpoint) -> Iterator[Problem]:
    """On workers.dev nothing that a Worker puts into the cache is kept."""
    cloudflare = typed.targets.get("cloudflare")
    if cloudflare is None or cloudflare.host or "cloudflare" not in typed.targets_of(name):
        return
    for span, _ in stale_of(typed, name):
        message = f"no stale copy of {name} is kept: without a host of its own the Worker has no cache"
        yield Problem(span, message, "give targets.cloudflare a host, or remove stale")


def stale_of_nothing(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Only answers to GET are kept, and only GET and HEAD are answered with them."""
    for span, _ in stale_of(typed, name):
        if endpoint.methods is not None and not KEPT_METHODS.intersection(endpoint.methods):
            message = f"{name} takes neither GET nor HEAD: no stale copy can answer for it"
            yield Problem(span, message, "add GET to its methods, or remove stale")


def stale_too_young(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """While the breaker is open no new copy comes."""
    initial = given(cooldown_of(endpoint).initial)
    for span, age in stale_of(typed, name):
        if age < initial:
            yield Problem(
                span,
                f"every copy of {name} is older than {written(age)} before it is probed again, after {written(initial)}",
                "let it be older than the cooldown lasts",
            )


def fallback_same_origin(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """The origin that has just failed is asked again."""
    for index, fallback in enumerate(typed.fallbacks_of(name)):
        if fallback.origin == endpoint.origin:
            yield Problem(
                typed.span(name, "fallback", index, "origin"),
                f"a fallback of {name} is the origin that it stands in for",
                "name another service: behind an open breaker this one should have its quiet",
            )


def fallback_unreachable(typed: Typed, name: str, _endpoint: Endpoint) -> Iterator[Problem]:
    """An answer can always be given: what stands behind it is never asked."""
    answered: dict[Occasion, int] = {}
    for index, fallback in enumerate(typed.fallbacks_of(name)):
        if answered.keys() >= set(fallback.occasions):
            before = sorted({answered[occasion] for occasion in fallback.occasions})
            yield Problem(
                typed.span(name, "fallback", index),
                f"this fallback of {name} is never reached: an answer before it is always given",
                f"it is for when: [{', '.join(fallback.occasions)}]: place it before that answer, or remove it",
                tuple((typed.span(name, "fallback", one), "an answer that is always given") for one in before),
            )
        if fallback.status is not None:
            for occasion in fallback.occasions:
                answered.setdefault(occasion, index)


def fallback_sent_once(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """What may have been done by the one service is not asked of another."""
    if endpoint.methods is None or SENT_TWICE.intersection(endpoint.methods):
        return
    for index, fallback in enumerate(typed.fallbacks_of(name)):
        if fallback.origin and "failure" in fallback.occasions:
            yield Problem(
                typed.span(name, "fallback", index, "when"),
                f"after a failure this origin is never asked: {endpoint.methods[0]} may have been done by {name} already",
                "let it be for open alone, or give failures an answer",
            )


RULES = (
    Rule(
        "stale-on-aws",
        "error",
        "Lambda@Edge has no cache that a stale copy could come from.",
        of_each(stale_on_aws),
        "docs/http.md#fallbacks",
    ),
    Rule(
        "stale-without-host",
        "error",
        "The Worker's cache keeps nothing on workers.dev: a stale copy needs `targets.cloudflare.host`.",
        of_each(stale_without_host),
        "https://developers.cloudflare.com/workers/runtime-apis/cache/",
    ),
    Rule(
        "stale-of-nothing",
        "error",
        "A stale copy answers GET and HEAD only, and the endpoint takes neither.",
        of_each(stale_of_nothing),
        "docs/http.md#fallbacks",
    ),
    Rule(
        "stale-too-young",
        "warning",
        "No copy is made while the breaker is open: one that may be no older than a cooldown is there for the first moments only.",
        of_each(stale_too_young),
        "docs/http.md#fallbacks",
    ),
    Rule(
        "fallback-same-origin",
        "warning",
        "A fallback asks the origin that it stands in for.",
        of_each(fallback_same_origin),
        "docs/http.md#fallbacks",
    ),
    Rule(
        "fallback-unreachable",
        "warning",
        "An answer is always given, so what stands behind it for the same `when` is never reached.",
        of_each(fallback_unreachable),
        "docs/http.md#fallbacks",
    ),
    Rule(
        "fallback-sent-once",
        "warning",
        "A request that failed may have been carried out, so only GET, HEAD and OPTIONS are asked of another origin then.",
        of_each(fallback_sent_once),
        "https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2",
    ),
)
