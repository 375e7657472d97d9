"""Rules about answers that a team has written: what callers, and what stands between, make of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from kampkin.config import Endpoint, Fallback
from kampkin.plan import Route, TargetName
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.rules.territory import around, nearest, standing
from kampkin.typed import Typed

WRITES = ("POST", "PUT", "PATCH", "DELETE")
TOO_MANY = 429
KEEPERS = re.compile(r".+-cache-control|surrogate-control")
"""They speak to caches alone, and those heed them before `Cache-Control`."""
SET_BY_CORS = ("access-control-allow-origin", "access-control-allow-credentials")
HIDDEN_BY_CLOUDFRONT = (
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
    "via",
    "x-accel-(?:buffering|charset|limit-rate|redirect)",
    "x-amz-cf-.*",
    "x-amzn-(?:auth|cf-billing|cf-id|cf-xff|errortype|fle-profile|header-(?:count|order)|lambda-integration-tag|requestid)",
    "x-cache",
    "x-edge-.*",
    "x-forwarded-proto",
    "x-real-ip",
)
"""What `runtime/lambda.mjs` keeps back, since CloudFront answers 502 for a function that sets it."""
HIDDEN = re.compile("|".join(HIDDEN_BY_CLOUDFRONT))


def answers_of(typed: Typed, name: str) -> Iterator[tuple[int, Fallback, int]]:
    """The written answers among an endpoint's fallbacks, by their place, each with its status."""
    for index, fallback in enumerate(typed.fallbacks_of(name)):
        if fallback.status is not None:
            yield index, fallback, fallback.status


def headers_of(typed: Typed, name: str) -> Iterator[tuple[int, str]]:
    """The headers of written answers, each with the place of its answer."""
    for index, fallback, _ in answers_of(typed, name):
        for header in fallback.headers or {}:
            yield index, header


def success_for_writes(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """The caller believes that it was done."""
    writes = [method for method in WRITES if method in (endpoint.methods or ())]
    for index, _, status in answers_of(typed, name):
        if writes and 200 <= status < 300:
            yield Problem(
                typed.span(name, "fallback", index, "status"),
                f"callers of {name} take their {writes[0]} for done: nobody has done it, and the answer is {status}",
                "answer 503, or move what only reads to an endpoint of its own",
            )


def fallback_blames_caller(typed: Typed, name: str, _endpoint: Endpoint) -> Iterator[Problem]:
    """The service is at fault, and the caller is told it was them."""
    for index, _, status in answers_of(typed, name):
        if 400 <= status < 500 and status != TOO_MANY:
            yield Problem(
                typed.span(name, "fallback", index, "status"),
                f"{status} tells callers of {name} that they are wrong, and that to ask again is no use",
                "answer 503: it says that the service rests, and when to come back",
            )


def redirect_to_itself(typed: Typed) -> Iterator[Problem]:
    """Whoever follows it is back where they were."""
    stand = standing(typed)
    for name in typed.endpoints:
        for index, fallback, status in answers_of(typed, name):
            location = (fallback.headers or {}).get("location")
            if status == 302 and location and leads_to(typed, stand, name, location):
                yield Problem(
                    typed.span(name, "fallback", index, "headers"),
                    f"{location} is {name}'s own: who follows it while the breaker is open comes back to this redirect",
                    "lead to a page that this endpoint does not answer for",
                )


def leads_to(typed: Typed, stand: dict[TargetName, dict[Route, str]], name: str, location: str) -> bool:
    """Whether the endpoint itself answers at a location, as far as the file knows its own host."""
    try:
        url = urlsplit(location)
    except ValueError:
        return False
    if not url.path.startswith("/"):
        return False
    route = Route(path=url.path, prefix=False)
    for target in typed.targets_of(name):
        host = typed.targets[target].host
        if not url.netloc or (host and url.hostname == host):
            answering = nearest((route, *around(route)), stand[target])
            if answering and answering[1] == name:
                return True
    return False


def fixed_retry_after(typed: Typed, name: str, _endpoint: Endpoint) -> Iterator[Problem]:
    """One number for all, whenever they ask."""
    for index, fallback, status in answers_of(typed, name):
        if status == 503 and "retry-after" in (fallback.headers or {}):
            yield Problem(
                typed.span(name, "fallback", index, "headers"),
                f"a Retry-After of its own tells all callers of {name} to come back at once, probed by then or not",
                "leave it out: a 503 says when the breaker will probe, spread over its callers",
            )


def cacheable_fallback(typed: Typed, name: str, _endpoint: Endpoint) -> Iterator[Problem]:
    """It outlives the outage."""
    for index, header in headers_of(typed, name):
        if KEEPERS.fullmatch(header):
            yield Problem(
                typed.span(name, "fallback", index, "headers"),
                f"{header} goes before the no-store of this answer: a cache gives it when {name} is well again",
                "remove it",
            )


def header_hidden_on_aws(typed: Typed, name: str, _endpoint: Endpoint) -> Iterator[Problem]:
    """It goes out on the one cloud only."""
    if "aws" not in typed.targets_of(name):
        return
    for index, header in headers_of(typed, name):
        if HIDDEN.fullmatch(header):
            yield Problem(
                typed.span(name, "fallback", index, "headers"),
                f"{header} is left out of this answer of {name} on aws: CloudFront takes it from no function",
                "give it a name of your own, such as x-acme-…",
            )


def cors_header_overruled(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """`cors` has the word."""
    if not endpoint.cors:
        return
    for index, header in headers_of(typed, name):
        if header in SET_BY_CORS:
            yield Problem(
                typed.span(name, "fallback", index, "headers"),
                f"{header} of this answer is never sent: the cors of {name} decides who may read it",
                "remove it",
            )


RULES = (
    Rule(
        "success-for-writes",
        "warning",
        "An answer 2xx to a POST, PUT, PATCH or DELETE says that it was done, and behind an open breaker nobody has done it.",
        of_each(success_for_writes),
        "https://www.rfc-editor.org/rfc/rfc9110#section-15.3",
    ),
    Rule(
        "fallback-blames-caller",
        "warning",
        "An answer 4xx says that the caller is wrong: who believes it does not come back when the service is well.",
        of_each(fallback_blames_caller),
        "https://www.rfc-editor.org/rfc/rfc9110#section-15.5",
    ),
    Rule(
        "redirect-to-itself",
        "warning",
        "A redirect to a path of the same endpoint leads callers round until they give up or the breaker closes.",
        redirect_to_itself,
        "https://www.rfc-editor.org/rfc/rfc9110#section-15.4",
    ),
    Rule(
        "fixed-retry-after",
        "warning",
        "A `Retry-After` that is written out takes the place of the breaker's own, which is honest and spread.",
        of_each(fixed_retry_after),
        "docs/breaker.md#arithmetic",
    ),
    Rule(
        "cacheable-fallback",
        "warning",
        "Caches heed a cache control meant for them before `Cache-Control: no-store`, and keep the answer beyond the outage.",
        of_each(cacheable_fallback),
        "https://www.rfc-editor.org/rfc/rfc9213#section-2.2",
    ),
    Rule(
        "header-hidden-on-aws",
        "warning",
        "CloudFront takes some headers from no function, so they go out on Cloudflare only.",
        of_each(header_hidden_on_aws),
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html",
    ),
    Rule(
        "cors-header-overruled",
        "warning",
        "Where an endpoint has `cors`, that decides who may read its answers, whatever a fallback says.",
        of_each(cors_header_overruled),
        "docs/http.md#cross-origin-reading",
    ),
)
