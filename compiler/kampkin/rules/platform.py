"""Rules about what a platform can do."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.rules.rule import Problem, Rule
from kampkin.typed import Typed

LAMBDA_TIMEOUT_MS = 30_000
STORE_ROOM_MS = 1_000
"""A cold node's wait, a probe's for its lease, and the report after the call, each at most 300 ms."""


def lambda_timeout(typed: Typed) -> Iterator[Problem]:
    """The function is ended after 30 s, with nothing counted."""
    longest = LAMBDA_TIMEOUT_MS - STORE_ROOM_MS
    for name, endpoint in typed.endpoints.items():
        if "aws" in typed.targets_of(name) and endpoint.timeout is not None and endpoint.timeout > longest:
            yield (
                typed.span(name, "timeout"),
                f"{name} may take longer than Lambda@Edge lets a function run, 30 s",
                f"at most {longest // 1000}s, or targets: [cloudflare] for this endpoint",
            )


RULES = (
    Rule(
        "lambda-timeout",
        "error",
        "Lambda@Edge ends a function after 30 s: a longer time-out would never be counted.",
        lambda_timeout,
    ),
)
