"""Every setting says what its change means and which way it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kampkin.plan import Endpoint, Origin, Override, Policy, Route, seal_endpoint
from kampkin.review.changes import at, changed, nowhere
from kampkin.review.meaning import FIELDS, UNSAID

POLICY = Policy(
    network_failures=5,
    service_failures=5,
    slow_ratio_bp=5_000,
    slow_after_ms=1_000,
    ramp_ms=10_000,
    failure_statuses=((500, 504),),
)


def endpoint(policy: Policy = POLICY, **fields: Any) -> Endpoint:
    """An endpoint with everything on that can be."""
    return seal_endpoint(
        **{
            "name": "cart",
            "targets": ("aws", "cloudflare"),
            "route": Route(path="/cart", prefix=True),
            "origin": Origin(scheme="https", host="cart.acme.dev", port=443, path=""),
            "idle_timeout_ms": 5_000,
            "policy": policy,
            **fields,
        }
    )


def said(path: str, value: Any, before: Any = ...) -> tuple[str, str, str, str]:
    """What a change of one field comes to: before, after, meaning, direction."""
    old = endpoint() if before is ... else with_(path, before)
    [change] = changed(old, with_(path, value), nowhere, nowhere)
    return change.before, change.after, change.meaning, change.direction


def with_(path: str, value: Any) -> Endpoint:
    """The endpoint with one field otherwise."""
    first, _, field = path.partition(".")
    if field:
        return endpoint(POLICY.model_copy(update={field: value}))
    return endpoint(**{first: value})


def test_every_field_of_the_plan_has_its_words() -> None:
    """A new one cannot be forgotten."""
    fields = {*Endpoint.model_fields} - UNSAID | {f"policy.{name}" for name in Policy.model_fields}
    assert set(FIELDS) == fields
    for path in FIELDS:
        at(endpoint(), path)


CASES = [
    ("policy.network_failures", 3, ("5", "3", "opens after 3 network failures in 30s instead of 5: more sensitive", "tightens")),
    ("policy.network_failures", 9, ("5", "9", "opens after 9 network failures in 30s instead of 5: less sensitive", "loosens")),
    ("policy.service_failures", 0, ("5", "off", "no longer opens on service failures: less sensitive", "loosens")),
    ("policy.consecutive_failures", 7, ("5", "7", "opens after 7 failures in a row instead of 5: less sensitive", "loosens")),
    ("policy.consecutive_failures", 0, ("5", "off", "no longer opens on failures in a row: less sensitive", "loosens")),
    ("policy.failure_ratio_bp", 2_500, ("50%", "25%", "opens when 25% of the calls are failures instead of 50%: more sensitive", "tightens")),
    ("policy.minimum_requests", 50, ("20", "50", "shares count from 50 calls in the window instead of 20: less sensitive at low traffic", "loosens")),
    ("policy.slow_ratio_bp", 0, ("50%", "off", "no longer opens on a share of slow: less sensitive", "loosens")),
    ("policy.slow_after_ms", 2_000, ("1s", "2s", "a call is slow after 2s instead of 1s: less sensitive", "loosens")),
    ("policy.slow_after_ms", 0, ("1s", "off", "no call is slow: less sensitive", "loosens")),
    ("policy.window_ms", 60_000, ("30s", "1m", "counts over 1m instead of 30s: more sensitive", "tightens")),
    ("policy.cooldown_ms", 20_000, ("10s", "20s", "stays open 20s at first instead of 10s: quieter for the service, slower to return", "tightens")),
    ("policy.cooldown_factor", 1, ("2", "1", "each cooldown is 1 times the one before instead of 2: less quiet in a long outage", "loosens")),
    ("policy.cooldown_max_ms", 60_000, ("5m", "1m", "a cooldown is at most 1m instead of 5m: returns sooner after a long outage", "loosens")),
    ("policy.cooldown_jitter_bp", 0, ("20%", "0%", "cooldowns differ by up to 0% instead of 20%", "neither")),
    ("policy.obey_retry_after", True, ("false", "true", "the service's Retry-After lengthens a cooldown", "tightens")),
    ("policy.admit_bp", 5_000, ("10%", "50%", "50% of the requests may probe when half-open instead of 10%: heals sooner, more calls to a service that may fail", "loosens")),
    ("policy.max_probes", 1, ("3", "1", "at most 1 probes at once instead of 3: gentler to the service", "tightens")),
    ("policy.successes", 5, ("3", "5", "closes after 5 good probes instead of 3: surer that the service is well", "tightens")),
    ("policy.failures", 2, ("1", "2", "2 bad probes open it again instead of 1: more patient with the service", "loosens")),
    ("policy.probe_timeout_ms", 1_000, ("5s", "1s", "a probe has 1s instead of 5s: stricter with the service", "tightens")),
    ("policy.ramp_ms", 0, ("10s", "off", "traffic comes back at once: the service gets all of it sooner", "loosens")),
    ("policy.monitor", True, ("false", "true", "only watches: opens for nobody, rejects nobody", "loosens")),
    ("policy.failure_statuses", ((500, 500),), ("[500-504]", "[500]", "answers of status 501, 502, 503, 504 no longer count as failures", "loosens")),
    ("policy.override", Override(mode="forced-closed", until=1_795_000_000_000, owner="dana", reason="CHG-1"), ("none", "forced-closed until 2026-11-18T11:06:40Z, by dana: CHG-1", "nothing opens it: forced-closed until 2026-11-18T11:06:40Z, by dana: CHG-1", "loosens")),
    ("timeout_ms", 3_000, ("5s", "3s", "waits 3s for an answer instead of 5s: failures are seen sooner, slow answers become failures", "tightens")),
    ("idle_timeout_ms", 0, ("5s", "off", "bodies may stall for ever", "loosens")),
    ("watch_body", True, ("false", "true", "an answer that breaks off is a failure on Workers too", "tightens")),
    ("large_bodies", True, ("false", "true", "on AWS every call is handed back to CloudFront: bodies of any size, time-outs unseen", "loosens")),
    ("pass_host", True, ("none", "pass", "the origin gets the caller's Host", "neither")),
    ("owner", "shop", ("none", "shop", "shop hears of it and reviews it, not none", "neither")),
    ("targets", ("aws",), ("[aws, cloudflare]", "[aws]", "disappears from cloudflare", "neither")),
    ("methods", ("GET",), ("all", "[GET]", "takes [GET] instead of all; others get 405", "neither")),
    ("route", Route(path="/c", prefix=False), ("/cart/*", "/c", "callers find it at /c, no longer at /cart/*", "neither")),
    ("origin", Origin(scheme="http", host="b", port=8080, path="/x"), ("https://cart.acme.dev", "http://b:8080/x", "calls http://b:8080/x instead of https://cart.acme.dev", "neither")),
    ("secret_headers", (("x-key", "CART_KEY"),), ("none", '{"x-key": "secret:CART_KEY"}', 'the origin is sent {"x-key": "secret:CART_KEY"} instead of none', "neither")),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "expected"), CASES, ids=[f"{path}={value}" for path, value, _ in CASES])
def test_a_change_says_what_it_means(path: str, value: Any, expected: tuple[str, str, str, str]) -> None:
    """From, to, in words, and whether it loosens."""
    assert said(path, value) == expected


def opposites() -> Iterator[tuple[str, Any]]:
    """Each case that has a direction."""
    for path, value, (_, _, _, direction) in CASES:
        if direction != "neither" and path != "policy.override":
            yield path, value


@pytest.mark.parametrize(("path", "value"), [*opposites()])
def test_the_way_back_goes_the_other_way(path: str, value: Any) -> None:
    """What loosens one way tightens the other, or a budget could be spent by going to and fro."""
    there = said(path, value)[3]
    back = said(path, at(endpoint(), path), before=value)[3]
    assert {there, back} == {"loosens", "tightens"}


def test_a_body_is_told_by_its_digest() -> None:
    """A comment has no room for 64 KiB of it."""
    from kampkin.plan import Answer

    _, after, _, _ = said("fallback", (Answer(status=503, body="x" * 60_000),))
    assert after.startswith("503, body of 60000 bytes, sha256 ")
    assert len(after) < 100


def test_the_file_of_a_body_is_told_by_its_own_bytes() -> None:
    """Not by how the plan writes them."""
    from kampkin.plan import Answer

    _, text, _, _ = said("fallback", (Answer(status=200, body="aGVsbG8="),))
    _, binary, _, _ = said("fallback", (Answer(status=200, body="aGVsbG8=", encoding="base64"),))
    assert ("body of 8 bytes" in text, "body of 5 bytes" in binary) == (True, True)


COUNTED = {"network_failures": 5}
SHARE = {"service_failures": 0, "network_failures": 0, "slow_ratio_bp": 0, "slow_after_ms": 0}


@pytest.mark.parametrize(
    ("rules", "ms", "words", "direction"),
    [
        (COUNTED, 60_000, "counts over 1m instead of 30s: more sensitive", "tightens"),
        (COUNTED, 1_000, "counts over 1s instead of 30s: less sensitive", "loosens"),
        (SHARE, 60_000, "counts over 1m instead of 30s: steadier, a sudden outage shows later in a share", "loosens"),
        (SHARE, 1_000, "counts over 1s instead of 30s: quicker, at low traffic a share says nothing", "loosens"),
        (SHARE | {"failure_ratio_bp": 0}, 1_000, "counts over 1s instead of 30s: no rule that is set looks at it", "neither"),
    ],
)  # fmt: skip
def test_a_window_means_what_its_rules_make_of_it(rules: dict[str, int], ms: int, words: str, direction: str) -> None:
    """For a count it is plain; for a share either way can make a breaker open later, so no way is free."""
    old, new = (endpoint(POLICY.model_copy(update=rules | {"window_ms": window})) for window in (30_000, ms))
    [change] = changed(old, new, nowhere, nowhere)
    assert (change.meaning, change.direction) == (words, direction)


def test_failure_statuses_cannot_be_swapped_for_free() -> None:
    """What comes does not make up for what goes."""
    _, _, meaning, direction = said("policy.failure_statuses", ((400, 400),))
    assert meaning == (
        "answers of status 400 count as failures and 500, 501, 502, 503, 504 no longer count as failures"
    )
    assert direction == "loosens"


def held(mode: str, until: int = 1_000) -> Override:
    """An override."""
    return Override.model_validate({"mode": mode, "until": until, "owner": "dana", "reason": "CHG-1"})


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        (None, held("forced-open"), "tightens"),
        (None, held("monitor"), "loosens"),
        (held("forced-open"), None, "loosens"),
        (held("forced-closed"), None, "tightens"),
        (held("forced-open"), held("monitor"), "loosens"),
        (held("forced-closed"), held("monitor"), "tightens"),
        (held("forced-open"), held("forced-open", 2_000), "tightens"),
        (held("forced-closed"), held("forced-closed", 2_000), "loosens"),
        (held("monitor", 2_000), held("monitor"), "tightens"),
    ],
)
def test_an_override_is_weighed_against_the_one_before(
    before: Override | None, after: Override | None, direction: str
) -> None:
    """What rejects more is stricter than none, what passes more is looser."""
    assert said("policy.override", after, before=before)[3] == direction


def test_an_override_that_says_only_another_reason_shows_it() -> None:
    """From and to differ in the words too."""
    other = held("monitor").model_copy(update={"reason": "CHG-2"})
    before, after, _, direction = said("policy.override", other, before=held("monitor"))
    assert (before.endswith("by dana: CHG-1"), after.endswith("by dana: CHG-2")) == (True, True)
    assert direction == "neither"
