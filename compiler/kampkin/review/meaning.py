"""What a changed setting means, in words, and which way it goes.

A change `loosens` where the breaker opens later, or protects less when it is open or on its way back; it `tightens` where it
does more of that. A table: every field of an endpoint and of its policy has its row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from kampkin.plan import Endpoint, Override
from kampkin.review import written
from kampkin.review.change import Direction
from kampkin.review.written import duration, share

Said: TypeAlias = tuple[str, Direction]
Says = Callable[[Any, Any, Any], Said]
"""From the value before, the value after and the endpoint after, where it is an endpoint's."""


@dataclass(frozen=True)
class Meaning:
    """Of one field of the plan."""

    key: str
    """In the file."""
    written: Callable[[Any], str]
    says: Says


def counted(what: str) -> Says:
    """A rule that opens after so many in the window."""

    def says(old: int, new: int, endpoint: Endpoint) -> Said:
        window = duration(endpoint.policy.window_ms)
        if not new:
            return f"no longer opens on {what}: less sensitive", "loosens"
        if not old:
            return f"also opens after {new} {what} in {window}: more sensitive", "tightens"
        way: Said = ("more sensitive", "tightens") if new < old else ("less sensitive", "loosens")
        return f"opens after {new} {what} in {window} instead of {old}: {way[0]}", way[1]

    return says


def consecutive(old: int, new: int, _: Endpoint) -> Said:
    """A rule that opens after so many in a row."""
    if not new:
        return "no longer opens on failures in a row: less sensitive", "loosens"
    if not old:
        return f"also opens after {new} failures in a row: more sensitive", "tightens"
    way: Said = ("more sensitive", "tightens") if new < old else ("less sensitive", "loosens")
    return f"opens after {new} failures in a row instead of {old}: {way[0]}", way[1]


def of_all(what: str) -> Says:
    """A rule that opens at a share of the calls."""

    def says(old: int, new: int, endpoint: Endpoint) -> Said:
        least = endpoint.policy.minimum_requests
        if not new:
            return f"no longer opens on a share of {what}: less sensitive", "loosens"
        if not old:
            return f"also opens when {share(new)} of at least {least} calls are {what}: more sensitive", "tightens"
        way: Said = ("more sensitive", "tightens") if new < old else ("less sensitive", "loosens")
        return f"opens when {share(new)} of the calls are {what} instead of {share(old)}: {way[0]}", way[1]

    return says


def amount(
    sentence: str,
    more: Said,
    less: Said,
    show: Callable[[Any], str] = str,
    off: Said | None = None,
    on: Said | None = None,
) -> Says:
    """A number: `sentence` with `{new}` and `{old}`, and what more or less of it is good for. Where 0 is off, `off` and
    `on` are said of going there and of coming from there."""

    def says(old: int, new: int, _: Endpoint) -> Said:
        if off and not new:
            return off
        if on and not old:
            return on[0].format(new=show(new)), on[1]
        good, direction = more if new > old else less
        return f"{sentence.format(new=show(new), old=show(old))}: {good}", direction

    return says


def turned(on: Said, off: Said) -> Says:
    """A switch."""
    return lambda old, new, _: on if new else off


def neither(sentence: str, show: Callable[[Any], str]) -> Says:
    """What has no direction; `{new}` and `{old}` as they are written."""
    return lambda old, new, _: (sentence.format(new=show(new), old=show(old)), "neither")


def window(old: int, new: int, endpoint: Endpoint) -> Said:
    """Longer windows gather more failures for rules that count them. For a share both ways may cost: with less time it takes
    more traffic to say anything, with more a sudden outage is diluted by the good calls before it."""
    policy = endpoint.policy
    said = f"counts over {duration(new)} instead of {duration(old)}"
    if policy.network_failures or policy.service_failures:
        return (f"{said}: more sensitive", "tightens") if new > old else (f"{said}: less sensitive", "loosens")
    if not (policy.failure_ratio_bp or policy.slow_ratio_bp):
        return f"{said}: no rule that is set looks at it", "neither"
    if new > old:
        return f"{said}: steadier, a sudden outage shows later in a share", "loosens"
    return f"{said}: quicker, at low traffic a share says nothing", "loosens"


def statuses(old: tuple[tuple[int, int], ...], new: tuple[tuple[int, int], ...], _: Endpoint) -> Said:
    """Which answers are failures."""
    before, after = numbers_in(old), numbers_in(new)
    gone, come = sorted(before - after), sorted(after - before)
    parts = [
        f"{', '.join(map(str, some[:5]))}{' …' if len(some) > 5 else ''} {what}"
        for some, what in ((come, "count as failures"), (gone, "no longer count as failures"))
        if some
    ]
    way: Direction = "loosens" if gone else "tightens"
    return f"answers of status {' and '.join(parts)}", way


def numbers_in(ranges: tuple[tuple[int, int], ...]) -> set[int]:
    """All in the ranges."""
    return {status for first, last in ranges for status in range(first, last + 1)}


STRICTNESS = {"forced-closed": 0, "monitor": 1, None: 2, "forced-open": 3}
"""How much an override keeps from the service; None is none."""


def override(old: Override | None, new: Override | None, _: Endpoint) -> Said:
    """A person's word in the file."""
    before, after = (STRICTNESS[one.mode if one else None] for one in (old, new))
    way: Direction = "tightens" if after > before else "loosens" if after < before else "neither"
    if new is None:
        return "the file's override goes: the breaker judges by itself", way
    if old and old.mode == new.mode and old.until != new.until:
        way = "tightens" if (new.until > old.until) == (new.mode == "forced-open") else "loosens"
    said = written.override(new)
    held = {
        "forced-open": "every caller is rejected",
        "forced-closed": "nothing opens it",
        "monitor": "it only watches",
    }
    return f"{held[new.mode]}: {said}", way


def targets(old: tuple[str, ...], new: tuple[str, ...], _: Endpoint) -> Said:
    """On which clouds."""
    gone, come = sorted(set(old) - set(new)), sorted(set(new) - set(old))
    parts = [f"{what} {', '.join(some)}" for some, what in ((come, "comes to"), (gone, "disappears from")) if some]
    return " and ".join(parts), "neither"


LATER: Said = ("failures are seen later, callers wait longer", "loosens")
SOONER: Said = ("failures are seen sooner, slow answers become failures", "tightens")

FIELDS: Mapping[str, Meaning] = {
    "owner": Meaning("owner", written.text, neither("{new} hears of it and reviews it, not {old}", written.text)),
    "targets": Meaning("targets", written.names, targets),
    "route": Meaning("route", written.route, neither("callers find it at {new}, no longer at {old}", written.route)),
    "origin": Meaning("origin", written.origin, neither("calls {new} instead of {old}", written.origin)),
    "methods": Meaning(
        "methods", written.names, neither("takes {new} instead of {old}; others get 405", written.names)
    ),
    "timeout_ms": Meaning(
        "timeout", duration, amount("waits {new} for an answer instead of {old}", LATER, SOONER, duration)
    ),
    "idle_timeout_ms": Meaning(
        "idle_timeout",
        written.duration_or_off,
        lambda old, new, _: (
            ("bodies may stall for ever", "loosens")
            if not new
            else (f"a body may be silent for {duration(new)}", "tightens" if not old or new < old else "loosens")
        ),
    ),
    "watch_body": Meaning(
        "breaker.watch_body",
        written.switch,
        turned(
            ("an answer that breaks off is a failure on Workers too", "tightens"),
            ("on Workers an answer that breaks off is no failure any more", "loosens"),
        ),
    ),
    "large_bodies": Meaning(
        "large_bodies",
        written.switch,
        turned(
            ("on AWS every call is handed back to CloudFront: bodies of any size, time-outs unseen", "loosens"),
            ("on AWS the function makes the call: time-outs are seen, bodies up to 1 MB", "tightens"),
        ),
    ),
    "cors": Meaning("cors", written.cors, neither("pages: {new} instead of {old}", written.cors)),
    "request_headers": Meaning(
        "headers.request", written.headers, neither("the origin is sent {new} instead of {old}", written.headers)
    ),
    "secret_headers": Meaning(
        "headers.request", written.secrets, neither("the origin is sent {new} instead of {old}", written.secrets)
    ),
    "pass_host": Meaning(
        "host",
        lambda value: "pass" if value else "none",
        turned(("the origin gets the caller's Host", "neither"), ("the origin gets its own Host", "neither")),
    ),
    "fallback": Meaning(
        "fallback",
        written.fallbacks,
        neither("callers that are not served get {new}; before: {old}", written.fallbacks),
    ),
    "policy.window_ms": Meaning("breaker.window", duration, window),
    "policy.network_failures": Meaning(
        "breaker.trip.network_failures", written.number_or_off, counted("network failures")
    ),
    "policy.service_failures": Meaning(
        "breaker.trip.service_failures", written.number_or_off, counted("service failures")
    ),
    "policy.consecutive_failures": Meaning("breaker.trip.consecutive_failures", written.number_or_off, consecutive),
    "policy.failure_ratio_bp": Meaning("breaker.trip.failure_ratio", written.share_or_off, of_all("failures")),
    "policy.minimum_requests": Meaning(
        "breaker.trip.minimum_requests",
        written.number,
        amount(
            "shares count from {new} calls in the window instead of {old}",
            ("less sensitive at low traffic", "loosens"),
            ("more sensitive at low traffic", "tightens"),
        ),
    ),
    "policy.slow_ratio_bp": Meaning("breaker.trip.slow_ratio", written.share_or_off, of_all("slow")),
    "policy.slow_after_ms": Meaning(
        "breaker.trip.slow_after",
        written.duration_or_off,
        amount(
            "a call is slow after {new} instead of {old}",
            ("less sensitive", "loosens"),
            ("more sensitive", "tightens"),
            duration,
            off=("no call is slow: less sensitive", "loosens"),
            on=("a call is slow after {new}: more sensitive", "tightens"),
        ),
    ),
    "policy.cooldown_ms": Meaning(
        "breaker.cooldown.initial",
        duration,
        amount(
            "stays open {new} at first instead of {old}",
            ("quieter for the service, slower to return", "tightens"),
            ("returns sooner, less quiet for the service", "loosens"),
            duration,
        ),
    ),
    "policy.cooldown_factor": Meaning(
        "breaker.cooldown.factor",
        written.number,
        amount(
            "each cooldown is {new} times the one before instead of {old}",
            ("quieter in a long outage", "tightens"),
            ("less quiet in a long outage", "loosens"),
        ),
    ),
    "policy.cooldown_max_ms": Meaning(
        "breaker.cooldown.max",
        duration,
        amount(
            "a cooldown is at most {new} instead of {old}",
            ("quieter in a long outage, slower to return", "tightens"),
            ("returns sooner after a long outage", "loosens"),
            duration,
        ),
    ),
    "policy.cooldown_jitter_bp": Meaning(
        "breaker.cooldown.jitter", share, neither("cooldowns differ by up to {new} instead of {old}", share)
    ),
    "policy.obey_retry_after": Meaning(
        "breaker.cooldown.obey_retry_after",
        written.switch,
        turned(
            ("the service's Retry-After lengthens a cooldown", "tightens"),
            ("the service's Retry-After is not heeded", "loosens"),
        ),
    ),
    "policy.admit_bp": Meaning(
        "breaker.half_open.admit",
        share,
        amount(
            "{new} of the requests may probe when half-open instead of {old}",
            ("heals sooner, more calls to a service that may fail", "loosens"),
            ("gentler to the service", "tightens"),
            share,
        ),
    ),
    "policy.max_probes": Meaning(
        "breaker.half_open.max_probes",
        written.number,
        amount(
            "at most {new} probes at once instead of {old}",
            ("more calls to a service that may fail", "loosens"),
            ("gentler to the service", "tightens"),
        ),
    ),
    "policy.successes": Meaning(
        "breaker.half_open.successes",
        written.number,
        amount(
            "closes after {new} good probes instead of {old}",
            ("surer that the service is well", "tightens"),
            ("closes on less", "loosens"),
        ),
    ),
    "policy.failures": Meaning(
        "breaker.half_open.failures",
        written.number,
        amount(
            "{new} bad probes open it again instead of {old}",
            ("more patient with the service", "loosens"),
            ("stricter with the service", "tightens"),
        ),
    ),
    "policy.probe_timeout_ms": Meaning(
        "breaker.half_open.probe_timeout",
        duration,
        amount(
            "a probe has {new} instead of {old}",
            ("more patient with the service", "loosens"),
            ("stricter with the service", "tightens"),
            duration,
        ),
    ),
    "policy.ramp_ms": Meaning(
        "breaker.half_open.ramp",
        written.duration_or_off,
        amount(
            "traffic comes back over {new} instead of {old}",
            ("gentler to the service", "tightens"),
            ("the service gets all of it sooner", "loosens"),
            duration,
            off=("traffic comes back at once: the service gets all of it sooner", "loosens"),
            on=("traffic comes back over {new}: gentler to the service", "tightens"),
        ),
    ),
    "policy.monitor": Meaning(
        "breaker.monitor",
        written.switch,
        turned(
            ("only watches: opens for nobody, rejects nobody", "loosens"),
            ("rejects from now on, and no longer only watches", "tightens"),
        ),
    ),
    "policy.override": Meaning("override", written.override, override),
    "policy.failure_statuses": Meaning("breaker.failure_statuses", written.ranges, statuses),
}
"""By the field's path in an endpoint of the plan."""

UNSAID = frozenset({"name", "digest", "policy"})
"""What is no setting."""
