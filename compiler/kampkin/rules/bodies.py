"""Rules about calls that Lambda@Edge hands back to CloudFront."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import Endpoint
from kampkin.rules.parts import given
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.typed import Typed

SHORTEST_READ_MS = 4_000
"""What CloudFront makes of a shorter time-out."""
FIRST_OPEN_PORT = 1_024
WELL_KNOWN_PORTS = (80, 443)
"""Below the first open one CloudFront calls no other."""


def large_bodies_without_aws(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Workers carry bodies of any size as it is."""
    if endpoint.large_bodies and "aws" not in typed.targets_of(name):
        message = f"large_bodies does nothing for {name}, which is not on aws"
        yield Problem(typed.span(name, "large_bodies"), message, "remove it")


def large_bodies_statuses_only(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """CloudFront makes the call itself and tells of answers alone."""
    if is_handed_back(typed, name, endpoint):
        short = given(endpoint.timeout) < SHORTEST_READ_MS
        yield Problem(
            typed.span(name, "large_bodies"),
            f"the breaker of {name} opens on failure statuses only on aws: time-outs and a dead origin are unseen there"
            + (", and its timeout is 4s, CloudFront's shortest" if short else ""),
            "leave large_bodies out where bodies are below 1 MB",
        )


def failure_handed_back(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """By the time that a call handed back has failed, its caller has the answer."""
    if not is_handed_back(typed, name, endpoint):
        return
    for index, fallback in enumerate(typed.fallbacks_of(name)):
        if "failure" in fallback.occasions:
            yield Problem(
                typed.span(name, "fallback", index, "when"),
                f"on aws this fallback of {name} answers for no failure: CloudFront has given its caller the answer",
                "let it be for open alone, or leave large_bodies out where bodies are below 1 MB",
            )


def hand_back_port(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """A port that CloudFront does not call."""
    port = endpoint.origin.port
    if is_handed_back(typed, name, endpoint) and port < FIRST_OPEN_PORT and port not in WELL_KNOWN_PORTS:
        yield Problem(
            typed.span(name, "origin"),
            f"CloudFront, which carries every call to {name} on aws, calls no port {port}",
            f"80, 443, or {FIRST_OPEN_PORT} and above",
        )


def is_handed_back(typed: Typed, name: str, endpoint: Endpoint) -> bool:
    """Whether CloudFront carries every call."""
    return bool(endpoint.large_bodies) and "aws" in typed.targets_of(name)


RULES = (
    Rule(
        "large-bodies-without-aws",
        "warning",
        "`large_bodies` is about Lambda@Edge: elsewhere it does nothing.",
        of_each(large_bodies_without_aws),
        "docs/http.md#bodies-of-any-size-on-aws",
    ),
    Rule(
        "large-bodies-statuses-only",
        "warning",
        "With `large_bodies` CloudFront makes the calls on AWS: its time-outs are unseen, and none is below 4 s.",
        of_each(large_bodies_statuses_only),
        "docs/http.md#bodies-of-any-size-on-aws",
    ),
    Rule(
        "failure-handed-back",
        "warning",
        "With `large_bodies` the function on AWS hears of a failure when the caller has it: no fallback answers for it.",
        of_each(failure_handed_back),
        "docs/http.md#bodies-of-any-size-on-aws",
    ),
    Rule(
        "hand-back-port",
        "error",
        "With `large_bodies` CloudFront makes the calls on AWS, on the ports 80, 443 and from 1024 on.",
        of_each(hand_back_port),
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html",
    ),
)
