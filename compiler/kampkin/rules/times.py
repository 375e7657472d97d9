"""Rules about how long a call may take where it runs."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import Endpoint
from kampkin.rules.parts import given, written
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.typed import Typed

LAMBDA_TIMEOUT_MS = 30_000
STORE_ROOM_MS = 1_000
"""A cold node's wait, a probe's for its lease, and the report after the call, each at most 300 ms."""
LONGEST_MS = LAMBDA_TIMEOUT_MS - STORE_ROOM_MS
CLOUDFLARE_WAITS_MS = 120_000
"""Without a byte of an answer Cloudflare gives up on an origin then, and answers 524."""
SHORTEST_SILENCE_MS = 1_000


def lambda_timeout(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """The function is ended after 30 s, with nothing counted."""
    if "aws" not in typed.targets_of(name):
        return
    timeout = given(endpoint.timeout)
    if is_beyond_lambda(typed, name, endpoint):
        yield Problem(
            typed.span(name, "timeout"),
            f"{name} may take longer than Lambda@Edge lets a function run, 30 s",
            f"at most {LONGEST_MS // 1000}s, or targets: [cloudflare] for this endpoint",
        )
    elif message := outlast(typed, name, timeout):
        yield Problem(
            typed.span(name, "fallback"),
            message,
            f"at most {LONGEST_MS // 1000}s together: give each origin a shorter timeout",
        )


def is_beyond_lambda(typed: Typed, name: str, endpoint: Endpoint) -> bool:
    """Whether one call alone may take too long."""
    return "aws" in typed.targets_of(name) and given(endpoint.timeout) > LONGEST_MS


def outlast(typed: Typed, name: str, timeout_ms: int) -> str | None:
    """What takes longer than a function may run, where each origin of the endpoint's fallbacks takes all of its time."""
    others = [fallback for fallback in typed.fallbacks_of(name) if fallback.origin]
    if timeout_ms + sum(one.timeout or timeout_ms for one in others if "failure" in one.occasions) > LONGEST_MS:
        return f"{name} and the origins that stand in on failure may take longer than Lambda@Edge lets a function run, 30 s"
    if sum(one.timeout or timeout_ms for one in others if "open" in one.occasions) > LONGEST_MS:
        return f"the fallback origins of {name} may take longer than Lambda@Edge lets a function run, 30 s"
    return None


def timeout_beyond_cloudflare(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Cloudflare answers for the origin before the time-out does."""
    if "cloudflare" not in typed.targets_of(name):
        return
    hint = f"at most {written(CLOUDFLARE_WAITS_MS)}"
    if given(endpoint.timeout) > CLOUDFLARE_WAITS_MS:
        message = f"Cloudflare gives up on {name} after {written(CLOUDFLARE_WAITS_MS)} of silence, before this time-out"
        yield Problem(typed.span(name, "timeout"), message, hint)
    for index, fallback in enumerate(typed.fallbacks_of(name)):
        if fallback.timeout is not None and fallback.timeout > CLOUDFLARE_WAITS_MS:
            message = f"Cloudflare gives up on this fallback of {name} after {written(CLOUDFLARE_WAITS_MS)} of silence"
            yield Problem(typed.span(name, "fallback", index, "timeout"), message, hint)


def idle_timeout_short(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """A healthy service may be silent for a moment."""
    if endpoint.idle_timeout is not None and endpoint.idle_timeout < SHORTEST_SILENCE_MS:
        yield Problem(
            typed.span(name, "idle_timeout"),
            f"a pause of {written(endpoint.idle_timeout)} within an answer cuts it, and counts against {name}",
            "at least 1s: a lost packet alone makes a pause",
        )


def idle_timeout_unheard(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """On Lambda@Edge the time-out is for the whole answer."""
    if endpoint.idle_timeout is None or typed.targets_of(name) != ("aws",):
        return
    if endpoint.idle_timeout >= given(endpoint.timeout):
        yield Problem(
            typed.span(name, "idle_timeout"),
            f"idle_timeout does nothing for {name}: on aws its timeout of {written(given(endpoint.timeout))} "
            "is for the whole answer, and ends first",
            "make it shorter than the timeout, or remove it",
        )


RULES = (
    Rule(
        "lambda-timeout",
        "error",
        "Lambda@Edge ends a function after 30 s: a longer time-out, fallback origins included, would never be counted.",
        of_each(lambda_timeout),
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html",
    ),
    Rule(
        "timeout-beyond-cloudflare",
        "warning",
        "Cloudflare answers 524 for an origin that is silent for two minutes, whatever the time-out says.",
        of_each(timeout_beyond_cloudflare),
        "https://developers.cloudflare.com/fundamentals/reference/connection-limits/",
    ),
    Rule(
        "idle-timeout-short",
        "warning",
        "A packet that is lost is sent again after a second or more: a shorter pause says nothing of the service.",
        of_each(idle_timeout_short),
        "https://www.rfc-editor.org/rfc/rfc6298#section-2",
    ),
    Rule(
        "idle-timeout-unheard",
        "warning",
        "On Lambda@Edge `timeout` runs to the answer's end, so a longer silence than that is never waited for.",
        of_each(idle_timeout_unheard),
        "docs/http.md#when-a-calls-outcome-is-known",
    ),
)
