"""Waiting, by a clock of our own."""

from __future__ import annotations

from collections.abc import Callable

from kampkin.wait.course import EVERY_S, SOON_S, Clock, wait
from kampkin.wait.standing import Look, Standing

from .seen import BEGUN_S, OLD, running, standing


class HandedIn(Clock):
    """A clock that moves only while somebody rests."""

    def __init__(self) -> None:
        self.at_s: float = BEGUN_S
        self.rests: list[float] = []

    def now(self) -> float:
        return self.at_s

    def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.at_s += seconds


def goes_live(target: str, after_s: float) -> Callable[[float], Look]:
    """An edge that runs the new plan from some time on."""

    def look(at_s: float) -> Look:
        sight = running(target) if at_s - BEGUN_S >= after_s else running(target, plan=OLD)
        return Look(at_s, (sight,) * 5)

    return look


def test_until_all_are_live() -> None:
    """Each since its own time; the first is looked at on, and whoever answers as it should is asked again soon."""
    clock, heard = HandedIn(), list[Standing]()
    looks = {"cloudflare": goes_live("cloudflare", 5), "aws": goes_live("aws", 20)}
    done = wait([standing("cloudflare"), standing("aws")], looks, clock, 900, heard.append)  # type: ignore[arg-type]
    assert [one.is_live for one in done] == [True, True]
    assert [one.since_s for one in done] == [BEGUN_S + 5, BEGUN_S + 21]
    assert clock.rests == [EVERY_S, SOON_S, EVERY_S, EVERY_S, EVERY_S, SOON_S]
    assert len(heard) == 2 * 7


def test_patience_ends() -> None:
    """With a last look at its very end, whatever the pace."""
    clock = HandedIn()
    looks = {"cloudflare": goes_live("cloudflare", 0), "aws": goes_live("aws", 1000)}
    done = wait([standing("cloudflare"), standing("aws")], looks, clock, 12, lambda one: None)  # type: ignore[arg-type]
    assert [one.is_live for one in done] == [True, False]
    assert clock.rests == [SOON_S, EVERY_S, EVERY_S, 1]
    assert done[1].last and done[1].last.at_s == BEGUN_S + 12


def test_patience_does_not_end_within_a_row() -> None:
    """`--timeout 1s` tells how it is: live, or not."""
    clock = HandedIn()
    (done,) = wait([standing("aws")], {"aws": goes_live("aws", 0)}, clock, 0, lambda one: None)
    assert done.is_live
    assert clock.rests == [SOON_S]
    (not_yet,) = wait([standing("aws")], {"aws": goes_live("aws", 1000)}, clock, 0, lambda one: None)
    assert not not_yet.is_live
    assert clock.rests == [SOON_S]


def test_patience_is_one_poll_longer_and_no_more() -> None:
    """However short its rows are."""
    clock = HandedIn()
    (done,) = wait([standing("aws")], {"aws": lambda at_s: Look(at_s, (running("aws"),))}, clock, 0, lambda one: None)
    assert not done.is_live
    assert clock.rests == [SOON_S]
