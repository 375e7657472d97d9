"""Rules about the rules that open a breaker: those that never can, and those that do too soon."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import Endpoint, Trip
from kampkin.rules.parts import breaker_of, given, trip_of, written, written_at
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.typed import Typed

COUNTS = ("network_failures", "service_failures", "consecutive_failures")
RATIOS = ("failure_ratio", "slow_ratio")
WINDOWED_COUNTS = ("network_failures", "service_failures")
MOST_A_SECOND = 10_000
"""Requests that Lambda@Edge serves in one region, before anybody has asked for more."""
ALL_BP = 10_000


def no_trip_rule(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """A breaker that can never open."""
    trip = trip_of(endpoint)
    if not any(getattr(trip, key) for key in (*COUNTS, *RATIOS)):
        message = f"no rule can trip the breaker of {name}"
        yield Problem(typed.span(name, "breaker", "trip"), message, "set one, such as consecutive_failures: 5")


def slow_rule(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """A share of slow calls without saying what is slow, and the other way round."""
    trip = trip_of(endpoint)
    if (trip.slow_ratio is None) != (trip.slow_after is None):
        has, lacks = ("slow_ratio", "slow_after: 2s") if trip.slow_ratio else ("slow_after", "slow_ratio: 80%")
        message = f"the breaker of {name} has {has} alone: slow_ratio and slow_after come together"
        yield Problem(typed.span(name, "breaker", "trip", has), message, f"set {lacks}")


def slow_after_timeout(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """A call that has timed out is no longer slow."""
    trip = trip_of(endpoint)
    if trip.slow_after and trip.slow_after >= given(endpoint.timeout):
        yield Problem(
            typed.span(name, "breaker", "trip", "slow_after"),
            f"no call to {name} can be slow: it times out first",
            "make slow_after shorter than the timeout",
        )


def time_outs_uncounted(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """An origin that hangs, or is not there at all, gives no answer with a status."""
    trip = trip_of(endpoint)
    sees = trip.network_failures or trip.consecutive_failures or trip.failure_ratio or trip.slow_ratio
    if trip.service_failures and not sees:
        yield Problem(
            typed.span(name, "breaker", "trip", "service_failures"),
            f"a dead origin never opens the breaker of {name}: service_failures counts answers alone",
            "set network_failures or consecutive_failures beside it",
        )


def window_too_short(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Failures that take longer than the window to happen fall out of it."""
    window = given(breaker_of(endpoint).window)
    if not trip_of(endpoint).consecutive_failures and window <= given(endpoint.timeout):
        yield Problem(
            typed.span(name, "breaker", "window"),
            f"the window of {name} is no longer than one call may take: a caller at a time never trips it",
            "make the window several times the timeout, or set consecutive_failures",
        )


def low_traffic(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """What the window never holds enough of while callers come one after another, and no count is armed for."""
    trip, window, timeout = trip_of(endpoint), given(breaker_of(endpoint).window), given(endpoint.timeout)
    least = given(trip.minimum_requests)
    if trip.slow_ratio and trip.slow_after and trip.slow_after < timeout and least * trip.slow_after > window:
        fit = window // trip.slow_after
        yield Problem(
            typed.span(name, "breaker", "trip", "slow_ratio"),
            f"at low traffic no rule sees that {name} is slow: slow_ratio wants {least} calls in {written(window)}, "
            f"and one caller after another makes {fit} that take {written(trip.slow_after)}",
            f"minimum_requests: {fit} can be reached" if fit > 1 else "make the window longer",
        )
    calls = calls_needed(trip)
    if calls and timeout < window < calls * timeout:
        rule = "failure_ratio" if trip.failure_ratio else "network_failures"
        yield Problem(
            written_at(typed, name, ("breaker", "trip", rule), ("breaker", "trip")),
            f"at low traffic a dead origin never opens the breaker of {name}: its rules want {calls} calls in "
            f"{written(window)}, and one caller after another makes {window // timeout} that time out",
            "set consecutive_failures beside it, which counts for as long as it takes",
        )


def calls_needed(trip: Trip) -> int | None:
    """How many calls in the window an origin that only hangs must get before a rule trips; None where another looks."""
    if trip.consecutive_failures:
        return None
    needs = [trip.network_failures, trip.minimum_requests if trip.failure_ratio else None]
    return min((need for need in needs if need), default=None)


def opens_on_one(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """A single error is chance, not an outage."""
    trip = trip_of(endpoint)
    for key in COUNTS:
        if getattr(trip, key) == 1:
            yield Problem(
                typed.span(name, "breaker", "trip", key),
                f"one failure opens the breaker of {name}",
                "3 or more: a single failure is chance",
            )
    least = given(trip.minimum_requests)
    for key, what in zip(RATIOS, ("failure", "slow call"), strict=True):
        share = getattr(trip, key)
        if share and share * least <= ALL_BP:
            among = f" among {least} calls" if least > 1 else ""
            yield Problem(
                typed.span(name, "breaker", "trip", key),
                f"one {what}{among} opens the breaker of {name}: it is the share that {key} takes",
                f"minimum_requests: {2 * ALL_BP // share + 1} takes three of them",
            )


def out_of_reach(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """More calls in the window than the edge carries."""
    if "aws" not in typed.targets_of(name):
        return
    trip, window = trip_of(endpoint), given(breaker_of(endpoint).window)
    ratios = ("minimum_requests",) if trip.failure_ratio or trip.slow_ratio else ()
    for key in (*WINDOWED_COUNTS, *ratios):
        calls = getattr(trip, key)
        if calls and calls * 1000 > MOST_A_SECOND * window:
            yield Problem(
                typed.span(name, "breaker", "trip", key),
                f"{name} never gets to {key}: {calls} in {written(window)} are more than Lambda@Edge serves in a region",
                "take a number that its traffic reaches",
            )


RULES = (
    Rule(
        "no-trip-rule",
        "error",
        "With every rule of `trip` off the breaker can never open.",
        of_each(no_trip_rule),
        "docs/breaker.md#arithmetic",
    ),
    Rule(
        "slow-rule-incomplete",
        "error",
        "`slow_ratio` and `slow_after` say nothing without each other.",
        of_each(slow_rule),
        "docs/breaker.md#arithmetic",
    ),
    Rule(
        "slow-after-timeout",
        "error",
        "A call times out before it can be slow.",
        of_each(slow_after_timeout),
        "docs/breaker.md#arithmetic",
    ),
    Rule(
        "time-outs-uncounted",
        "warning",
        "With `service_failures` alone an origin that hangs, or is not there, never opens the breaker.",
        of_each(time_outs_uncounted),
        "docs/breaker.md#outcomes",
    ),
    Rule(
        "window-too-short",
        "warning",
        "A window no longer than the time-out forgets each hang before the next.",
        of_each(window_too_short),
        "docs/breaker.md#arithmetic",
    ),
    Rule(
        "low-traffic",
        "warning",
        "A caller who waits for each answer makes fewer slow calls, or time-outs, in the window than a rule wants, "
        "and no count of failures in a row looks at them: below some traffic it never speaks.",
        of_each(low_traffic),
        "docs/breaker.md#the-defaults-and-why",
    ),
    Rule(
        "opens-on-one",
        "warning",
        "A single failure is chance, and every caller is rejected for it.",
        of_each(opens_on_one),
        "docs/breaker.md#the-defaults-and-why",
    ),
    Rule(
        "out-of-reach",
        "warning",
        "A rule that wants more calls in the window than Lambda@Edge serves, 10,000 a second and region, never speaks.",
        of_each(out_of_reach),
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html",
    ),
)
