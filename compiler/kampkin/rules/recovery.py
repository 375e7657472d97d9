"""Rules about how long a breaker stays open and how it finds out that the service has healed."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import Endpoint
from kampkin.rules.parts import cooldown_of, given, half_open_of, written, written_at
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.rules.times import is_beyond_lambda
from kampkin.typed import Typed

USUAL_RETRY_AFTER_MS = 60_000
"""Limits are mostly of a minute, an hour or a day."""
ROUNDS = 10
"""Of all probes at once: many more say nothing that these have not."""
SHORTEST_PROBE = 4
"""How many times the probe's time-out may fit into the call's."""
EVERY_BP = 10_000


def cooldown_below_timeout(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Calls from before the trip still weigh on the service when it is probed. A time-out that is refused says nothing."""
    initial, timeout = given(cooldown_of(endpoint).initial), given(endpoint.timeout)
    if initial < timeout and not is_beyond_lambda(typed, name, endpoint):
        yield Problem(
            written_at(typed, name, ("breaker", "cooldown", "initial"), ("timeout",)),
            f"{name} is probed after {written(initial)}, while calls from before it opened may run for {written(timeout)}",
            "make the cooldown at least as long as the timeout",
        )


def no_jitter(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """All come back in the same second."""
    if cooldown_of(endpoint).jitter == 0:
        yield Problem(
            typed.span(name, "breaker", "cooldown", "jitter"),
            f"callers of {name} are all told to come back in the same second",
            "leave it at 20%",
        )


def retry_after_cut(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """It obeys, up to less than is ever asked."""
    cooldown = cooldown_of(endpoint)
    longest = given(cooldown.max)
    if cooldown.obey_retry_after and longest < USUAL_RETRY_AFTER_MS:
        yield Problem(
            typed.span(name, "breaker", "cooldown", "max"),
            f"{name} obeys a Retry-After up to {written(longest)} only, and few ask for less than a minute",
            "raise max: it bounds what is obeyed too",
        )


def ramp_beyond_cooldown(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Healed, it costs its callers more than any cooldown did while it failed: of a ramp's, half are rejected."""
    ramp, longest = half_open_of(endpoint).ramp, given(cooldown_of(endpoint).max)
    if ramp is not None and ramp > 2 * longest:
        yield Problem(
            typed.span(name, "breaker", "half_open", "ramp"),
            f"the ramp of {name} rejects as many as {written(ramp // 2)} of an open breaker, and no cooldown of it is "
            f"longer than {written(longest)}",
            "make the ramp at most twice the cooldown's max",
        )


def ramp_of_nothing(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """From all of them to all of them."""
    half_open = half_open_of(endpoint)
    if half_open.ramp is not None and half_open.admit == EVERY_BP:
        yield Problem(
            typed.span(name, "breaker", "half_open", "ramp"),
            f"the ramp of {name} holds nobody back: it begins at admit, which is 100%",
            "lower admit, or remove the ramp",
        )


def many_successes(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """A healthy service stays closed to nearly all of its callers."""
    half_open = half_open_of(endpoint)
    successes, probes = given(half_open.successes), given(half_open.max_probes)
    if successes > ROUNDS * probes:
        yield Problem(
            typed.span(name, "breaker", "half_open", "successes"),
            f"{name} is well again, and most of its callers are rejected until {successes} probes say so, {probes} at once",
            f"at most {ROUNDS * probes}, or a ramp, which lets ever more through",
        )


def closes_while_failing(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Half of the probes may fail, and it closes."""
    half_open = half_open_of(endpoint)
    successes, failures = given(half_open.successes), given(half_open.failures)
    if failures > successes:
        yield Problem(
            typed.span(name, "breaker", "half_open", "failures"),
            f"{name} closes after {successes} good probes though {failures - 1} were bad",
            "make failures no greater than successes",
        )


def short_probe(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Calls that are good while closed are bad ones while half-open."""
    probe, timeout = half_open_of(endpoint).probe_timeout, given(endpoint.timeout)
    if probe is not None and probe * SHORTEST_PROBE < timeout:
        yield Problem(
            typed.span(name, "breaker", "half_open", "probe_timeout"),
            f"a call to {name} may take {written(timeout)} and a probe {written(probe)}, new connection included: "
            "it may never close",
            f"at least {written(-(-timeout // SHORTEST_PROBE))}, a quarter of the timeout",
        )


RULES = (
    Rule(
        "cooldown-below-timeout",
        "warning",
        "Calls from before the trip run on for up to the time-out, so a shorter cooldown gives the service no quiet at all.",
        of_each(cooldown_below_timeout),
        "docs/breaker.md#the-defaults-and-why",
    ),
    Rule(
        "no-jitter",
        "warning",
        "Without jitter all who were rejected are told to come back in the same second.",
        of_each(no_jitter),
        "docs/breaker.md#arithmetic",
    ),
    Rule(
        "retry-after-cut",
        "warning",
        "The cooldown's `max` bounds an obeyed `Retry-After` too, and limits of calls are mostly of a minute or more.",
        of_each(retry_after_cut),
        "https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3",
    ),
    Rule(
        "ramp-beyond-cooldown",
        "warning",
        "A ramp rejects half of its callers in all, so one more than twice as long as any cooldown costs more than staying open.",
        of_each(ramp_beyond_cooldown),
        "docs/breaker.md#verdicts",
    ),
    Rule(
        "ramp-of-nothing",
        "warning",
        "A ramp grows from `admit` to all: from 100% there is nothing to grow.",
        of_each(ramp_of_nothing),
        "docs/breaker.md#verdicts",
    ),
    Rule(
        "many-successes",
        "warning",
        "While half-open all but the probes are rejected, so each further success that it waits for is an outage of its own making.",
        of_each(many_successes),
        "docs/breaker.md#transitions",
    ),
    Rule(
        "closes-while-failing",
        "warning",
        "With more `failures` allowed than `successes` wanted, a service that fails every other probe is closed upon.",
        of_each(closes_while_failing),
        "docs/breaker.md#transitions",
    ),
    Rule(
        "short-probe",
        "warning",
        "A probe pays for a new connection too: far less time than for a call, and a service that is well but slow never closes.",
        of_each(short_probe),
        "docs/breaker.md#the-defaults-and-why",
    ),
)
