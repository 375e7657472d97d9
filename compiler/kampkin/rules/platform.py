"""Rules about what a platform can do."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import CloudflareTarget
from kampkin.rules.rule import Problem, Rule
from kampkin.typed import Typed
from kampkin.values import SecretName

LAMBDA_TIMEOUT_MS = 30_000
STORE_ROOM_MS = 1_000
"""A cold node's wait, a probe's for its lease, and the report after the call, each at most 300 ms."""
LONGEST_MS = LAMBDA_TIMEOUT_MS - STORE_ROOM_MS
SHORTEST_READ_MS = 4_000
"""What CloudFront makes of a shorter time-out."""


def location_without_object(typed: Typed) -> Iterator[Problem]:
    """A place for what there is not."""
    target = typed.targets.get("cloudflare")
    if isinstance(target, CloudflareTarget) and target.location and typed.store_of("cloudflare") != "durable-object":
        yield (
            typed.place("targets", "cloudflare", "location"),
            f"the store {target.store} has no Durable Object that could be in {target.location}",
            "remove location, or use the store durable-object",
        )


def lambda_timeout(typed: Typed) -> Iterator[Problem]:
    """The function is ended after 30 s, with nothing counted."""
    for name, endpoint in typed.endpoints.items():
        if "aws" not in typed.targets_of(name) or endpoint.timeout is None:
            continue
        if endpoint.timeout > LONGEST_MS:
            yield (
                typed.span(name, "timeout"),
                f"{name} may take longer than Lambda@Edge lets a function run, 30 s",
                f"at most {LONGEST_MS // 1000}s, or targets: [cloudflare] for this endpoint",
            )
        elif message := outlast(typed, name, endpoint.timeout):
            yield (
                typed.span(name, "fallback"),
                message,
                f"at most {LONGEST_MS // 1000}s together: give each origin a shorter timeout",
            )


def outlast(typed: Typed, name: str, timeout_ms: int) -> str | None:
    """What takes longer than a function may run, where each origin of the endpoint's fallbacks takes all of its time."""
    others = [fallback for fallback in typed.fallbacks_of(name) if fallback.origin]
    if timeout_ms + sum(one.timeout or timeout_ms for one in others if "failure" in one.occasions) > LONGEST_MS:
        return f"{name} and the origins that stand in on failure may take longer than Lambda@Edge lets a function run, 30 s"
    if sum(one.timeout or timeout_ms for one in others if "open" in one.occasions) > LONGEST_MS:
        return f"the fallback origins of {name} may take longer than Lambda@Edge lets a function run, 30 s"
    return None


def large_bodies_without_aws(typed: Typed) -> Iterator[Problem]:
    """Workers carry bodies of any size as it is."""
    for name, endpoint in typed.endpoints.items():
        if endpoint.large_bodies and "aws" not in typed.targets_of(name):
            yield (
                typed.span(name, "large_bodies"),
                f"large_bodies does nothing for {name}, which is not on aws",
                "remove it",
            )


def large_bodies_statuses_only(typed: Typed) -> Iterator[Problem]:
    """CloudFront makes the call itself and tells of answers alone."""
    for name, endpoint in typed.endpoints.items():
        if endpoint.large_bodies and "aws" in typed.targets_of(name):
            short = endpoint.timeout is not None and endpoint.timeout < SHORTEST_READ_MS
            yield (
                typed.span(name, "large_bodies"),
                f"the breaker of {name} opens on failure statuses only on aws: time-outs and a dead origin are unseen there"
                + (", and its timeout is 4s, CloudFront's shortest" if short else ""),
                "leave large_bodies out where bodies are below 1 MB",
            )


def secret_on_aws(typed: Typed) -> Iterator[Problem]:
    """What a function is told, it is told in its code."""
    for name, endpoint in typed.endpoints.items():
        sent = endpoint.headers and endpoint.headers.request
        if not sent or "aws" not in typed.targets_of(name):
            continue
        for header in typed.merged[name]["headers"]["request"]:
            value = sent[header.lower()]
            if isinstance(value, SecretName):
                yield (
                    typed.span(name, "headers", "request", header),
                    f"{name} is on aws, where nothing holds the secret {value.name}: Lambda@Edge has no environment",
                    "set targets: [cloudflare] for this endpoint; what stands in a function's code is no secret",
                )


def host_pass_on_cloudflare(typed: Typed) -> Iterator[Problem]:
    """Cloudflare names the host that is called, whatever the Worker says."""
    for name, endpoint in typed.endpoints.items():
        if endpoint.host and "cloudflare" in typed.targets_of(name):
            yield (
                typed.span(name, "host"),
                f"a Worker cannot send the caller's Host to {endpoint.origin.host}: Cloudflare names the host that is called",
                "set targets: [aws] for this endpoint, or remove it: X-Forwarded-Host has the caller's on both",
            )


RULES = (
    Rule(
        "secret-on-aws",
        "error",
        "Lambda@Edge has no environment, so a secret in request headers would have to stand in the function's code.",
        secret_on_aws,
        source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html",
    ),
    Rule(
        "host-pass-on-cloudflare",
        "error",
        "Cloudflare sends the host that a Worker calls, so an origin elsewhere cannot get the caller's.",
        host_pass_on_cloudflare,
        source="https://developers.cloudflare.com/workers/runtime-apis/request/#the-cf-property-requestinitcfproperties",
    ),
    Rule(
        "location-without-object",
        "error",
        "`location` says where Durable Objects are made, and the stores `kv` and `memory` have none.",
        location_without_object,
    ),
    Rule(
        "lambda-timeout",
        "error",
        "Lambda@Edge ends a function after 30 s: a longer time-out, fallback origins included, would never be counted.",
        lambda_timeout,
    ),
    Rule(
        "large-bodies-without-aws",
        "warning",
        "`large_bodies` is about Lambda@Edge: elsewhere it does nothing.",
        large_bodies_without_aws,
    ),
    Rule(
        "large-bodies-statuses-only",
        "warning",
        "With `large_bodies` CloudFront makes the calls on AWS: its time-outs are unseen, and none is below 4 s.",
        large_bodies_statuses_only,
    ),
)
