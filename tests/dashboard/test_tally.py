"""Minutes that are told again, that leave the hour, and what they come to."""

from __future__ import annotations

from kampkin.dashboard.tally import Tally, by_minute, summed

from .scene import MINUTE, minute

NOW = 100 * MINUTE


def test_a_minute_that_is_told_again_takes_the_place_of_what_it_was() -> None:
    tally = Tally()
    tally.take([minute(99, success=5)], NOW)
    tally.take([minute(99, success=8)], NOW)
    told = summed([tally], 100)
    assert told is not None
    assert told.requests == 8


def test_the_last_minutes_are_asked_for_again() -> None:
    tally = Tally()
    assert tally.wanted(100) == 41
    tally.take([], NOW)
    assert tally.wanted(100) == 97
    assert tally.wanted(300) == 241


def test_what_leaves_the_hour_stays_counted() -> None:
    tally = Tally()
    tally.take([minute(40, success=5), minute(41, success=7)], NOW)
    assert [one["minute"] for one in tally.hour(100)] == [41]
    counts, latency = tally.totals()
    assert counts["success"] == 12
    assert sum(latency.values()) == 12


def test_counters_only_grow_while_minutes_come_and_go() -> None:
    tally, before = Tally(), 0
    for at in range(100, 260, 7):
        tally.take([minute(one, success=3) for one in range(tally.wanted(at), at + 1)], at * MINUTE)
        counted = tally.totals()[0]["success"]
        assert counted >= before
        before = counted
    assert before >= 3 * 160


def test_places_are_added_minute_by_minute() -> None:
    one, other = Tally(), Tally()
    one.take([minute(99, success=1, rejectsOpen=2)], NOW)
    other.take([minute(99, service=4), minute(100, success=1)], NOW)
    each = by_minute([one, other], 100)
    assert len(each) == 60
    assert [(told.requests, told.failures, told.rejected) for told in each[-2:]] == [(5, 4, 2), (1, 0, 0)]


def test_of_places_that_were_not_asked_nothing_is_known() -> None:
    assert summed([Tally()], 100) is None
