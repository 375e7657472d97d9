"""Rules about what callers get in place of an origin's answer, and who may read it."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.diagnostics import Span
from kampkin.plan import Occasion
from kampkin.rules.rule import Problem, Rule
from kampkin.typed import Typed

KEPT_METHODS = {"GET", "HEAD"}


def stale_of(typed: Typed) -> Iterator[tuple[str, Span]]:
    """The endpoints with a stale copy among their fallbacks, and where it stands."""
    for name in typed.endpoints:
        for index, fallback in enumerate(typed.fallbacks_of(name)):
            if fallback.stale is not None:
                yield name, typed.span(name, "fallback", index, "stale")


def stale_on_aws(typed: Typed) -> Iterator[Problem]:
    """A function at CloudFront's edge has no cache that it could read."""
    for name, span in stale_of(typed):
        if "aws" in typed.targets_of(name):
            hint = "set targets: [cloudflare] for this endpoint, or remove stale"
            yield span, f"{name} is on aws, where no stale copy is kept", hint


def stale_without_host(typed: Typed) -> Iterator[Problem]:
    """On workers.dev nothing that a Worker puts into the cache is kept."""
    cloudflare = typed.targets.get("cloudflare")
    if cloudflare is None or cloudflare.host:
        return
    for name, span in stale_of(typed):
        if "cloudflare" in typed.targets_of(name):
            message = f"no stale copy of {name} is kept: without a host of its own the Worker has no cache"
            yield span, message, "give targets.cloudflare a host, or remove stale"


def stale_of_nothing(typed: Typed) -> Iterator[Problem]:
    """Only answers to GET are kept, and only GET and HEAD are answered with them."""
    for name, span in stale_of(typed):
        methods = typed.endpoints[name].methods
        if methods is not None and not KEPT_METHODS.intersection(methods):
            message = f"{name} takes neither GET nor HEAD: no stale copy can answer for it"
            yield span, message, "add GET to its methods, or remove stale"


def fallback_same_origin(typed: Typed) -> Iterator[Problem]:
    """The origin that has just failed is asked again."""
    for name, endpoint in typed.endpoints.items():
        for index, fallback in enumerate(typed.fallbacks_of(name)):
            if fallback.origin == endpoint.origin:
                yield (
                    typed.span(name, "fallback", index, "origin"),
                    f"a fallback of {name} is the origin that it stands in for",
                    "name another service: behind an open breaker this one should have its quiet",
                )


def fallback_unreachable(typed: Typed) -> Iterator[Problem]:
    """An answer can always be given: what stands behind it is never asked."""
    for name in typed.endpoints:
        answered: set[Occasion] = set()
        for index, fallback in enumerate(typed.fallbacks_of(name)):
            if answered.issuperset(fallback.occasions):
                yield (
                    typed.span(name, "fallback", index),
                    f"this fallback of {name} is never reached: an answer before it is always given",
                    f"it is for when: [{', '.join(fallback.occasions)}]: place it before that answer, or remove it",
                )
            if fallback.status is not None:
                answered.update(fallback.occasions)


def cors_without_origins(typed: Typed) -> Iterator[Problem]:
    """A page's origin is what CORS is about."""
    for name, endpoint in typed.endpoints.items():
        if endpoint.cors and endpoint.cors.origins is None:
            yield (
                typed.span(name, "cors"),
                f"the cors of {name} names no origins: no page at all may call it",
                'set origins: [https://shop.acme.dev], or origins: ["*"] for any page',
            )


RULES = (
    Rule("stale-on-aws", "error", "Lambda@Edge has no cache that a stale copy could come from.", stale_on_aws),
    Rule(
        "stale-without-host",
        "error",
        "The Worker's cache keeps nothing on workers.dev: a stale copy needs `targets.cloudflare.host`.",
        stale_without_host,
    ),
    Rule(
        "stale-of-nothing",
        "error",
        "A stale copy answers GET and HEAD only, and the endpoint takes neither.",
        stale_of_nothing,
    ),
    Rule(
        "fallback-same-origin",
        "warning",
        "A fallback asks the origin that it stands in for.",
        fallback_same_origin,
    ),
    Rule(
        "fallback-unreachable",
        "warning",
        "An answer is always given, so what stands behind it for the same `when` is never reached.",
        fallback_unreachable,
    ),
    Rule("cors-without-origins", "error", "`cors` without `origins` allows no page at all.", cors_without_origins),
)
