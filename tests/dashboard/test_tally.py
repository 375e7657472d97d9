"""Minutes that are told again, that leave the hour, and what they come to."""

from __future__ import annotations

import threading

import pytest

from kampkin.dashboard.tally import Tally, by_minute, summed

from .scene import MINUTE, minute

NOW = 100 * MINUTE


def test_a_minute_that_is_told_again_takes_the_place_of_what_it_was() -> None:
    tally = Tally()
    tally.take([minute(99, success=5)], 41, NOW)
    tally.take([minute(99, success=8)], 97, NOW)
    told = summed([tally], 100)
    assert told is not None
    assert told.requests == 8


def test_the_last_minutes_are_asked_for_again() -> None:
    tally = Tally()
    assert tally.wanted(NOW) == 41
    tally.take([], 41, NOW)
    assert tally.wanted(NOW) == 97
    assert tally.wanted(300 * MINUTE) == 241


def test_a_minute_that_is_told_late_is_not_lost() -> None:
    """A node that has slept tells it with its next word: the whole hour is asked for again now and then."""
    tally = Tally()
    tally.take([minute(99, success=5)], tally.wanted(NOW), NOW)
    for later in range(1, 12):
        at = NOW + later * MINUTE
        told = [minute(99, success=500)] if later > 8 else [minute(99, success=5)]
        first = tally.wanted(at)
        tally.take([one for one in told if one["minute"] >= first], first, at)
    assert tally.totals()[0]["success"] == 500


def test_what_leaves_the_hour_stays_counted() -> None:
    tally = Tally()
    tally.take([minute(40, success=5), minute(41, success=7)], 40, NOW)
    assert [one["minute"] for one in tally.hour(100)] == [41]
    counts, latency = tally.totals()
    assert counts["success"] == 12
    assert sum(latency.values()) == 12


def test_counters_only_grow_while_minutes_come_and_go() -> None:
    tally, before = Tally(), 0
    for at in range(100, 260, 7):
        first = tally.wanted(at * MINUTE)
        tally.take([minute(one, success=3) for one in range(first, at + 1)], first, at * MINUTE)
        counted = tally.totals()[0]["success"]
        assert counted >= before
        before = counted
    assert before >= 3 * 160


def test_places_are_added_minute_by_minute() -> None:
    one, other = Tally(), Tally()
    one.take([minute(99, success=1, rejectsOpen=2)], 41, NOW)
    other.take([minute(99, service=4), minute(100, success=1)], 41, NOW)
    each = by_minute([one, other], 100)
    assert len(each) == 60
    assert [(told.requests, told.failures, told.rejected) for told in each[-2:] if told] == [(5, 4, 2), (1, 0, 0)]


def test_a_minute_that_nobody_was_asked_for_is_not_known() -> None:
    """Zero is what was told; what could not be told is nothing."""
    one, other = Tally(), Tally()
    one.take([minute(99, success=1)], 41, NOW)
    other.take([minute(85, success=1)], 26, NOW - 10 * MINUTE)
    each = by_minute([one, other], 100)
    assert [told.requests if told else None for told in each[-16:]] == [1, 0, 0, 0, 0, *[None] * 9, 1, None]


def test_one_that_is_none_leaves_all_as_it_was() -> None:
    tally = Tally()
    tally.take([minute(98, success=5)], 41, NOW)
    with pytest.raises(LookupError):
        tally.take([minute(99, success=5), {"minute": 97, "counts": {}}], 97, NOW + MINUTE)
    assert tally.asked_ms == NOW
    assert [one["minute"] for one in tally.hour(100)] == [98]


def test_threads_see_counters_that_only_grow() -> None:
    """A scrape reads while a round writes."""
    tally, done, fell = Tally(), threading.Event(), []

    def read() -> None:
        before = 0
        while not done.is_set():
            counted = tally.totals()[0]["success"]
            fell.extend([counted] if counted < before else [])
            before = counted

    reader = threading.Thread(target=read)
    reader.start()
    for at in range(100, 2_000):
        tally.take([minute(at, success=1)], at, at * MINUTE)
    done.set()
    reader.join()
    assert fell == []


def test_of_places_that_were_not_asked_nothing_is_known() -> None:
    assert summed([Tally()], 100) is None
