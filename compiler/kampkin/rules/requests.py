"""Rules about what an edge can tell a service beyond what the caller said."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import CloudflareTarget, Endpoint
from kampkin.plan import Origin
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.typed import Typed
from kampkin.values import CREDENTIALS, PORTS, SecretName


def secret_on_aws(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """What a function is told, it is told in its code."""
    sent = endpoint.headers and endpoint.headers.request
    if not sent or "aws" not in typed.targets_of(name):
        return
    for header in typed.merged[name]["headers"]["request"]:
        value = sent[header.lower()]
        if isinstance(value, SecretName):
            yield Problem(
                typed.span(name, "headers", "request", header),
                f"{name} is on aws, where nothing holds the secret {value.name}: Lambda@Edge has no environment",
                "set targets: [cloudflare] for this endpoint; what stands in a function's code is no secret",
            )


def secret_in_file(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """What the file says is in git, in every clone, and in the code of what is deployed."""
    sent = endpoint.headers and endpoint.headers.request
    if not sent:
        return
    on_aws = ", with targets: [cloudflare], as Lambda@Edge holds none" if "aws" in typed.targets_of(name) else ""
    for header in typed.merged[name]["headers"]["request"]:
        value = sent[header.lower()]
        if value and isinstance(value, str) and CREDENTIALS.fullmatch(header):
            yield Problem(
                typed.span(name, "headers", "request", header),
                f"{header} is written out: whoever reads this file can call the service of {name} with it",
                f"write secret:NAME{on_aws}; then change it at the service, since git keeps this one",
            )


def host_pass_on_cloudflare(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Cloudflare names the host that is called, whatever the Worker says."""
    if endpoint.host and "cloudflare" in typed.targets_of(name) and not is_called_as(typed, endpoint.origin):
        yield Problem(
            typed.span(name, "host"),
            f"a Worker cannot send the caller's Host to {endpoint.origin.host}: Cloudflare names the host that is called",
            "set targets: [aws] for this endpoint, or remove it: X-Forwarded-Host has the caller's on both",
        )


def is_called_as(typed: Typed, origin: Origin) -> bool:
    """Whether the origin is behind the host that callers ask for, so that the two are called the same."""
    target = typed.targets["cloudflare"]
    is_behind = isinstance(target, CloudflareTarget) and target.in_front_of and target.host == origin.host
    return bool(is_behind and origin.port == PORTS[origin.scheme])


RULES = (
    Rule(
        "secret-on-aws",
        "error",
        "Lambda@Edge has no environment, so a secret in request headers would have to stand in the function's code.",
        of_each(secret_on_aws),
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html",
    ),
    Rule(
        "secret-in-file",
        "warning",
        "What is written out in the file is in git, in every clone, and in the code of what is deployed.",
        of_each(secret_in_file),
        "docs/http.md#headers-of-an-endpoints-own",
    ),
    Rule(
        "host-pass-on-cloudflare",
        "error",
        "Cloudflare sends the host that a Worker calls, so an origin elsewhere cannot get the caller's.",
        of_each(host_pass_on_cloudflare),
        "https://developers.cloudflare.com/workers/runtime-apis/request/#the-cf-property-requestinitcfproperties",
    ),
)
