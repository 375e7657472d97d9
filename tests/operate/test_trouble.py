"""The worst breaker comes first, and its words say why, since when and what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console, Group
from rich.text import Text

from kampkin.errors import Cannot
from kampkin.operate import words
from kampkin.operate.board import Board, Sight
from kampkin.operate.edge import Override, Place, Status
from kampkin.operate.numbers import numbers
from kampkin.operate.show import as_lines, blocks, board_json, complaints
from kampkin.operate.trouble import by_trouble
from kampkin.operate.watch import picture

NOW = 1_795_000_000_000  # 2026-11-18T11:06:40Z
CLOUDFLARE, AWS = Place("cloudflare", "global"), Place("aws", "eu-west-1")
QUIET = Status(
    breaker="quiet",
    place=CLOUDFLARE,
    state="closed",
    epoch=0,
    why="",
    since_ms=None,
    retry_in_ms=0,
    level=0,
    streak=0,
    counts={"ok": 12, "network": 0, "service": 0, "slow": 0, "aged": 3},
    probes={"ok": 0, "bad": 0, "answered": 0},
    override=None,
)


def status(breaker: str, **fields: Any) -> Status:
    """A breaker otherwise than quiet."""
    return replace(QUIET, breaker=breaker, **fields)


OPEN = status("cart", state="open", epoch=3, why="consecutive_failures", since_ms=72_000, retry_in_ms=8_000)


def board(*sights: Sight, plan: str = "sha256:aa") -> Board:
    """What is seen now."""
    return Board(NOW, plan, ("cloudflare", "aws"), sights, [])


def told(seen: Status, **sight: Any) -> str:
    """The words of one."""
    return "; ".join(words.told(Sight(seen, sight.get("numbers"), sight.get("turn")), board()))


def test_the_worst_comes_first() -> None:
    """Open, forced open, half-open, ramping, held otherwise, failing while closed, quiet; equals by name."""
    held = {mode: Override(mode, 60_000, "dana", "why") for mode in ("forced-open", "monitor")}
    ranked = [
        status("open", state="open"),
        status("forced", override=held["forced-open"]),
        status("half", state="half-open"),
        status("ramp", state="ramp"),
        status("watched", override=held["monitor"]),
        status("worse", counts={**QUIET.counts, "service": 9}),
        status("bad", counts={**QUIET.counts, "network": 1}),
        status("calm"),
        QUIET,
    ]
    assert [one.breaker for one in by_trouble(reversed(ranked))] == [one.breaker for one in ranked]


def test_a_breakers_places_stand_together() -> None:
    """By the worst of them, so that the other cloud is seen beside it."""
    there = replace(OPEN, place=AWS)
    here = status("cart")
    half = status("half", state="half-open")
    assert by_trouble([half, here, there]) == [there, here, half]


def test_an_open_breaker_says_when_it_probes_and_why_it_is_so() -> None:
    """At the moment by the clock, with the numbers of the rule."""
    turn = {"numbers": {"ok": 1, "network": 0, "service": 5, "firstFailureAgoMs": 4_827}}
    assert told(OPEN, turn=turn).startswith(
        "the next request after 11:06:48Z probes; consecutive_failures (1 ok, 5 service, first failure 4s earlier)"
    )
    assert words.since(OPEN, NOW) == "11:05:28Z (1m 12s)"
    assert told(replace(OPEN, retry_in_ms=0)).startswith("the next request probes; consecutive_failures")


def test_a_time_of_another_day_has_its_date() -> None:
    """In UTC, as everywhere."""
    assert words.moment(NOW - 86_400_000, NOW) == "2026-11-17T11:06:40Z"
    assert words.since(QUIET, NOW) == "never moved"


def test_an_override_says_whose_it_is_and_when_it_ends() -> None:
    """And stands beside the state that the breaker has by itself."""
    held = replace(QUIET, override=Override("forced-open", 600_000, "dana", "CHG-1182"))
    assert words.state(held) == "○ closed, forced-open"
    assert told(held).startswith("forced-open until 11:16:40Z (10m) by dana: CHG-1182")
    assert words.state(replace(held, override=Override("monitor", 1, "dana", "x"))) == "○ closed, monitor"


def test_the_hours_numbers_are_told() -> None:
    """Rejections by reason, fallbacks, what monitor let pass, latencies."""
    counts = {
        "requests": 100,
        "service": 4,
        "success": 90,
        "rejectsOpen": 6,
        "fallbacks": 2,
        "wouldReject": 1,
        "storeCalls": 8,
    }
    seen = numbers([{"minute": 1, "counts": counts, "latency": [[30, 94]]}])
    assert told(QUIET, numbers=seen) == (
        "window: 12 ok; last hour: 100 requests, 4 failed, 6 rejected open, 2 of them with the fallback, "
        "1 would have been rejected: monitor, p50 47 ms, p99 47 ms, 8 store calls"
    )
    assert "no traffic reported in the last hour" in told(QUIET, numbers=numbers([]))


def test_what_else_is_worth_knowing() -> None:
    """When nodes were last heard, messages nobody took, another plan than the file's."""
    seen = replace(QUIET, heard={"FRA": NOW - 2_000, "SIN": NOW + 5_000}, dead_letters=2, plan="sha256:bb")
    assert told(seen) == (
        "window: 12 ok; 2 messages to its owner were not taken; last sync: FRA 2s ago, SIN 0s ago; "
        "runs another plan than the file's: sha256:bb"
    )


def test_half_open_tells_its_probes() -> None:
    """By what became of them."""
    half = status("half", state="half-open", probes={"ok": 2, "bad": 0, "answered": 1})
    assert told(half).startswith("probes: 2 ok, 0 bad, 1 answered")


def test_a_pipe_gets_a_line_for_each() -> None:
    """Columns that a program may cut."""
    lines = as_lines(board(Sight(OPEN, None, None), Sight(QUIET, None, None))).splitlines()
    assert [line.split()[0] for line in lines] == ["cart", "quiet"]
    assert len({line.index("cloudflare") for line in lines}) == 1


TROUBLED = (
    Sight(OPEN, numbers([]), {"numbers": {"service": 5}}),
    Sight(
        replace(OPEN, place=AWS, override=Override("forced-open", 600_000, "dana", "moving house " * 12)), None, None
    ),
)
QUIETER = tuple(Sight(status(f"quiet-{number:03}"), None, None) for number in range(200))


def lines_of(drawn: Iterable[Text | Group], console: Console) -> list[str]:
    """As they are printed."""
    with console.capture() as captured:
        for one in drawn:
            console.print(one)
    return captured.get().splitlines()


@pytest.mark.parametrize("width", [20, 80, 119])
def test_words_that_do_not_fit_go_below(width: int) -> None:
    """At the whole width, without a word broken that fits; what is short stays on its line."""
    console = Console(width=width)
    head, *rows = blocks(board(*TROUBLED, QUIETER[0]), console)
    lines = lines_of([line for row in rows for line in row], console)
    assert all(len(line) <= width for line in lines)
    assert "moving" in {word for line in lines for word in line.split()}
    assert str(head[0]).split() == ["breaker", "place", "state", "since"] or width == 20
    if width > 20:
        assert [line[:4] for line in lines].count("cart") == 2
        assert lines[1].startswith("    the next request after 11:06:48Z probes; ")
        assert lines[-1].endswith("never moved  window: 12 ok")


def test_a_screen_has_what_is_wrong_and_the_worst() -> None:
    """However many breakers there are: what had no room is counted."""
    console = Console(width=80, height=24)
    seen = replace(board(*TROUBLED, *QUIETER), problems=[(AWS, None, Cannot("DynamoDB did not answer"))])
    lines = lines_of([picture(seen, 2, console)], console)
    assert len(lines) == 24
    assert lines[:2] == [
        "2026-11-18T11:06:40Z, again every 2 s; Ctrl-C ends",
        "aws eu-west-1: DynamoDB did not answer",
    ]
    assert lines[3].startswith("cart  ")
    left = int(lines[-1].removeprefix("+").removesuffix(" quieter"))
    assert left + sum(line.startswith(("cart ", "quiet-")) for line in lines) == 202


@pytest.mark.parametrize("rows", [1, 20, 21])
def test_what_fits_is_shown_to_the_last(rows: int) -> None:
    """Nothing is counted for which there is room."""
    console = Console(width=80, height=rows + 2)
    lines = lines_of([picture(board(*QUIETER[:rows]), 2, console)], console)
    assert (len(lines), lines[-1].split()[0]) == (rows + 2, f"quiet-{rows - 1:03}")


def held(**fields: Any) -> Status:
    """A breaker under a person's word."""
    return replace(QUIET, override=replace(Override("monitor", 600_000, "dana", "a look"), **fields))


@pytest.mark.parametrize(
    ("after", "moved"),
    [
        (held(left_ms=595_000), False),
        (held(left_ms=594_200), False),
        (held(left_ms=600_000), True),
        (held(left_ms=60_000), True),
        (held(left_ms=595_000, owner="eli"), True),
        (held(left_ms=595_000, reason="another"), True),
        (held(left_ms=595_000, mode="forced-closed"), True),
        (QUIET, True),
        (replace(held(left_ms=595_000), epoch=1), True),
    ],
)
def test_a_hold_anew_is_news(after: Status, moved: bool) -> None:
    """Also in the same mode: whose it is, why, and its end, of which 5 s have gone by."""
    assert words.moved(held(), after, 5_000) is moved


def test_json_has_everything() -> None:
    """With the version of its shape."""
    seen = board_json(board(Sight(OPEN, numbers([]), None)))
    assert (seen["version"], seen["at"], seen["plan"], seen["unanswered"]) == (1, NOW, "sha256:aa", [])
    [cart] = seen["breakers"]
    assert cart["place"] == {"target": "cloudflare", "place": "global"}
    assert (cart["state"], cart["last_hour"]["requests"], cart["turn"]) == ("open", 0, None)


@pytest.mark.parametrize("hint", [None, "mend it"])
def test_what_is_the_same_of_several_is_said_once(hint: str | None) -> None:
    """With the places and the breakers it is about, and what to do."""
    problem, other = Cannot("not there", hint), Cannot("not here", hint)
    lines = complaints(
        [(AWS, "a", problem), (AWS, "b", problem), (CLOUDFLARE, None, problem), (CLOUDFLARE, "a", other)]
    )
    hints = [f"  hint: {hint}"] if hint else []
    assert lines == ["aws eu-west-1, a, b; cloudflare: not there", *hints, "cloudflare, a: not here", *hints]
