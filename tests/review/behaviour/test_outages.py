"""Each outage shows what it is there to show, on the breaker that ships."""

from __future__ import annotations

from kampkin.plan import Override, Policy
from kampkin.review.behaviour.player import settings_of
from tests.promises.machine import endpoint_of
from tests.review.behaviour.played import all_outages, settings

QUIET = {"consecutive_failures": 0, "failure_ratio_bp": 0}
"""Nothing trips, but for what is set beside it."""


def test_the_defaults() -> None:
    """By the defaults a dead origin is left alone within the fifth failure, and a breaker that is closed stays so in health."""
    (found,) = all_outages(settings())
    spike, hang = found["spike"], found["hang"]
    assert spike.opened_ms is not None and 0 < spike.opened_ms <= 1_500
    assert 5 <= spike.waited < spike.calls < 15
    assert spike.closed_ms is not None and spike.closed_ms > 0
    assert spike.at_once > 150
    assert hang.opened_ms is not None and hang.opened_ms > 5_000
    assert hang.waited > 40
    assert found["slow climb"].opened_ms is None
    assert found["slow climb"].closed_ms == 0
    assert found["slow climb"].waited > 0
    assert found["no outage"].false_opens == found["no outage"].at_once == found["no outage"].calls == 0


def test_nothing_opens_where_no_rule_is_armed() -> None:
    """Without rules every outage is its callers' own."""
    (found,) = all_outages(settings(**QUIET))
    for one in found.values():
        assert (one.opened_ms, one.closed_ms, one.false_opens, one.at_once) == (None, 0, 0, 0)
    assert found["spike"].waited == found["spike"].calls > 150
    assert found["hang"].waited == found["hang"].calls > 500
    assert 0.15 < found["sustained"].waited / found["sustained"].calls < 0.25
    assert 0.02 < found["slow climb"].waited / found["slow climb"].calls < 0.05


def test_a_hang_is_seen_while_it_hangs() -> None:
    """With `slow_after` it opens earlier than by time-outs, with fewer callers waiting; no other outage is of slow calls."""
    by_timeouts, by_slowness = all_outages(settings(), settings(slow_ratio_bp=1_000, slow_after_ms=500))
    old, new = by_timeouts.pop("hang"), by_slowness.pop("hang")
    assert old.opened_ms and new.opened_ms
    assert new.opened_ms < old.opened_ms - 1_000
    assert new.waited < old.waited
    assert by_timeouts == by_slowness


def test_a_shorter_timeout_is_seen_in_the_hang_alone() -> None:
    """A timeout is a setting beside the policy, and of what is answered at once it says nothing."""
    long, short = all_outages(settings(), settings(timeout_ms=1_000))
    old, new = long.pop("hang"), short.pop("hang")
    assert old.opened_ms and new.opened_ms and new.opened_ms < old.opened_ms - 3_000
    assert long == short


def test_a_bigger_cooldown_closes_later() -> None:
    """It opens when the other does, asks the origin less, and lets callers back later."""
    short, long = (one["spike"] for one in all_outages(settings(), settings(cooldown_ms=60_000)))
    assert long.opened_ms == short.opened_ms
    assert long.waited == short.waited
    assert long.calls < short.calls
    assert short.closed_ms and long.closed_ms and long.closed_ms > short.closed_ms + 20_000
    assert long.at_once > short.at_once


def test_a_more_sensitive_trip() -> None:
    """It opens sooner, in outages that the other did not see too, and while the origin is healthy."""
    calm, nervous = all_outages(settings(consecutive_failures=5), settings(consecutive_failures=1))
    for name in ("spike", "flapping"):
        old, new = calm[name].opened_ms, nervous[name].opened_ms
        assert old is not None and new is not None and new < old
        assert nervous[name].waited < calm[name].waited
    for name in ("sustained", "slow climb"):
        assert calm[name].opened_ms is None
        assert nervous[name].opened_ms is not None
    assert nervous["no outage"].false_opens > 5
    assert nervous["no outage"].at_once > 0
    assert calm["no outage"].false_opens == 0


def test_each_kind_of_failure_has_its_outage() -> None:
    """Refused connections and hangs are failures of the network, answers are the service's own."""
    network, service = all_outages(
        settings(**QUIET | {"network_failures": 3}), settings(**QUIET | {"service_failures": 20})
    )
    assert {name for name, one in network.items() if one.opened_ms is not None} == {"spike", "hang"}
    assert {name for name, one in service.items() if one.opened_ms is not None} == {"sustained", "flapping"}


def test_a_breaker_that_only_monitors() -> None:
    """It opens as it would, and nobody is answered at once."""
    (acting, watching) = all_outages(settings(), settings(monitor=True))
    assert watching["spike"].opened_ms == acting["spike"].opened_ms
    assert watching["spike"].at_once == 0 < acting["spike"].at_once
    assert watching["spike"].calls > 10 * acting["spike"].calls


def test_a_ramp_closes_later() -> None:
    """The time to close is until every caller passes again."""
    plain, ramped = (one["spike"] for one in all_outages(settings(), settings(ramp_ms=60_000)))
    assert plain.closed_ms and ramped.closed_ms
    assert ramped.closed_ms >= plain.closed_ms + 59_000


def test_what_does_not_close_in_time_is_said_so() -> None:
    """A cooldown longer than anybody waits here has no time to close."""
    (found,) = all_outages(settings(cooldown_ms=3_600_000, cooldown_max_ms=3_600_000))
    assert found["spike"].opened_ms is not None
    assert found["spike"].closed_ms is None


def test_an_override_is_not_played() -> None:
    """What a person has decided until some day says nothing of what the settings do."""
    override = Override(mode="forced-open", until=1_900_000_000_000, owner="dana", reason="CHG-1182")
    assert settings_of(endpoint_of(Policy(override=override))) == settings_of(endpoint_of(Policy()))
