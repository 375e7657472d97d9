"""Rules about settings that make no sense together."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.rules.rule import Problem, Rule
from kampkin.typed import Typed


def no_trip_rule(typed: Typed) -> Iterator[Problem]:
    """A breaker that can never open."""
    for name, endpoint in typed.endpoints.items():
        trip = endpoint.breaker and endpoint.breaker.trip
        armed = trip and (
            trip.network_failures
            or trip.service_failures
            or trip.consecutive_failures
            or trip.failure_ratio
            or trip.slow_ratio
        )
        if not armed:
            yield (
                typed.span(name, "breaker", "trip"),
                f"no rule can trip the breaker of {name}",
                "set one, such as consecutive_failures: 5",
            )


def window_too_short(typed: Typed) -> Iterator[Problem]:
    """Failures that take longer than the window to happen fall out of it."""
    for name, endpoint in typed.endpoints.items():
        breaker = endpoint.breaker
        trip = breaker and breaker.trip
        if not breaker or not trip or breaker.window is None or endpoint.timeout is None or trip.consecutive_failures:
            continue
        if breaker.window <= endpoint.timeout:
            yield (
                typed.span(name, "breaker", "window"),
                f"the window of {name} is no longer than one call may take: a caller at a time never trips it",
                "make the window several times the timeout, or set consecutive_failures",
            )


def slow_rule(typed: Typed) -> Iterator[Problem]:
    """A share of slow calls without saying what is slow, and the other way round."""
    for name, endpoint in typed.endpoints.items():
        trip = endpoint.breaker and endpoint.breaker.trip
        if trip and (trip.slow_ratio is None) != (trip.slow_after is None):
            has, lacks = ("slow_ratio", "slow_after: 2s") if trip.slow_ratio else ("slow_after", "slow_ratio: 80%")
            message = f"the breaker of {name} has {has} alone: slow_ratio and slow_after come together"
            yield typed.span(name, "breaker", "trip", has), message, f"set {lacks}"


def slow_after_timeout(typed: Typed) -> Iterator[Problem]:
    """A call that has timed out is no longer slow."""
    for name, endpoint in typed.endpoints.items():
        trip = endpoint.breaker and endpoint.breaker.trip
        if trip and trip.slow_after and endpoint.timeout and trip.slow_after >= endpoint.timeout:
            yield (
                typed.span(name, "breaker", "trip", "slow_after"),
                f"no call to {name} can be slow: it times out first",
                "make slow_after shorter than the timeout",
            )


RULES = (
    Rule("no-trip-rule", "error", "With every rule of `trip` off the breaker can never open.", no_trip_rule),
    Rule("slow-rule-incomplete", "error", "`slow_ratio` and `slow_after` say nothing without each other.", slow_rule),
    Rule("slow-after-timeout", "error", "A call times out before it can be slow.", slow_after_timeout),
    Rule(
        "window-too-short",
        "warning",
        "A window no longer than the time-out forgets each hang before the next.",
        window_too_short,
    ),
)
