"""What looks bring: little is asked, what is known is kept, and one place that is away hides nothing of the others."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kampkin.dashboard.asking import A_ROUND, AGAIN_MS, QUIET_MS, REST_MS, TROUBLED_MS
from kampkin.dashboard.source import options_of
from kampkin.errors import Cannot
from kampkin.operate.connect import NoRecord

from .scene import FILE, MINUTE, NOW, minute, outage, scene

AWAY = Cannot("DynamoDB in us-east-1: nobody answers", "is the network there?")


def test_the_one_most_in_trouble_is_first(tmp_path: Path) -> None:
    look = outage(scene(tmp_path)).looker().look()
    assert look.order == ["cart", "orders", "suggest", "images"]
    cart = look.rows["cart"]
    assert (cart["rank"], cart["worst"]) == (0, "open")
    assert cart["because"] == "probe_failed (1 bad)"
    assert cart["since"] == NOW - 7_000
    assert [place["retryAt"] for place in cart["places"]] == [NOW + 14_000] * 2
    assert cart["hour"]["rejects"] == 4 * 70 * 2
    assert cart["spark"]["rejects"][-5:] == [140, 140, 140, 140, None]
    assert look.rows["orders"]["override"]["until"] == NOW + 23 * 60_000


def test_a_second_look_asks_for_records_alone(tmp_path: Path) -> None:
    there = scene(tmp_path)
    looker = there.looker()
    looker.look()
    for memory in there.memories.values():
        memory.asked.clear()
    there.clock[0] += 2_000
    looker.look()
    for memory in there.memories.values():
        assert [what for what, *_ in memory.asked] == ["status"]


def test_minutes_are_asked_for_when_they_are_due_of_trouble_sooner(tmp_path: Path) -> None:
    there = outage(scene(tmp_path))
    looker = there.looker()
    looker.look()
    memory = there.memories["aws"]
    for wait, names in (
        (TROUBLED_MS, {"cart", "orders", "suggest"}),
        (QUIET_MS, {"cart", "orders", "suggest", "images"}),
    ):
        memory.asked.clear()
        there.clock[0] += wait
        looker.look()
        assert {one[1] for one in memory.asked if one[0] == "minutes"} == names


def test_events_are_asked_for_when_something_has_happened(tmp_path: Path) -> None:
    there = scene(tmp_path)
    looker = there.looker()
    looker.look()
    memory = there.memories["cloudflare"]
    memory.asked.clear()
    memory.move("cart", "open", "consecutive_failures", NOW + 1_000, {"network": 5})
    there.clock[0] += 2_000
    looker.look()
    assert [one for one in memory.asked if one[0] == "events"] == [("events", "cart")]
    entries, number = looker.memory.journal.after(0)
    assert [entry.words for entry in entries] == ["closed to open: consecutive_failures (5 network)"]
    looker.look()
    assert looker.memory.journal.after(number)[0] == []


def test_of_many_breakers_some_are_asked_for_more_at_each_look(tmp_path: Path) -> None:
    many = "".join(f"  e{at:03}: {{origin: https://e{at}.acme.dev}}\n" for at in range(100))
    text = f"version: 1\nproject: acme\ntargets: [aws]\nendpoints:\n{many}environments: {{prod: {{}}}}\n"
    there = scene(tmp_path, text)
    looker, memory = there.looker(), there.memories["aws"]
    caught_up = []
    for _ in range(3):
        memory.asked.clear()
        looker.look()
        assert memory.count("minutes") <= A_ROUND
        assert memory.count("events") <= A_ROUND
        caught_up.append(looker.is_caught_up)
        there.clock[0] += 1_000
    assert caught_up == [False, False, True]
    assert all(row["spark"] is not None for row in looker.look().rows.values())


def test_a_place_that_is_away_hides_nothing_of_the_others(tmp_path: Path) -> None:
    there = outage(scene(tmp_path))
    there.memories["aws"].away = AWAY
    look = there.looker().look()
    aws, cloudflare = look.places
    assert (aws["answered"], aws["problem"], aws["hint"]) == (False, AWAY.message, AWAY.hint)
    assert cloudflare["answered"]
    cart = look.rows["cart"]
    assert [place["state"] for place in cart["places"]] == [None, "open"]
    assert cart["places"][0]["problem"] == AWAY.message
    assert cart["worst"] == "open"


def test_where_no_place_answers_nothing_is_known(tmp_path: Path) -> None:
    there = scene(tmp_path)
    for memory in there.memories.values():
        memory.away = AWAY
    row = there.looker().look().rows["cart"]
    assert (row["worst"], row["rank"], row["hour"], row["spark"]) == ("unknown", 7, None, None)


def test_of_those_in_one_state_the_one_that_callers_felt_the_most_is_first(tmp_path: Path) -> None:
    """By powers of two, so that a few more of them move nothing; equals by name."""
    there = scene(tmp_path)
    memory = there.memories["aws"]
    for name, rejects in (("cart", 91), ("orders", 1440), ("suggest", 1500), ("images", 100)):
        memory.move(name, "open", "consecutive_failures", NOW - 9_000, {"network": 5})
        memory.told[name] = {NOW // MINUTE - 1: minute(NOW // MINUTE - 1, rejectsOpen=rejects)}
    assert there.looker().look().order == ["orders", "suggest", "cart", "images"]


def test_an_outage_is_told_from_its_trip_on(tmp_path: Path) -> None:
    """However often a probe has failed since."""
    row = outage(scene(tmp_path)).looker().look().rows["cart"]
    assert row["outage"] == {
        "since": NOW - 4 * MINUTE + 12_000,
        "tripped": "consecutive_failures (3 ok, 5 network, 5 streak, first failure 3s earlier)",
        "failedProbes": 10,
    }


def test_the_last_minutes_errors_are_told_beside_the_hours(tmp_path: Path) -> None:
    there = scene(tmp_path)
    now = NOW // MINUTE
    there.memories["aws"].told["cart"] = {at: minute(at, success=10) for at in range(now - 50, now - 5)}
    there.memories["aws"].told["cart"] |= {at: minute(at, success=5, service=5) for at in range(now - 5, now)}
    hour = there.looker().look().rows["cart"]["hour"]
    assert (hour["errorBp"], hour["recentErrorBp"]) == (500, 5_000)


def test_what_was_seen_of_a_place_that_has_gone_is_kept(tmp_path: Path) -> None:
    there = outage(scene(tmp_path))
    looker = there.looker()
    looker.look()
    there.memories["aws"].away = AWAY
    there.clock[0] += 9_000
    for _ in range(2):
        aws = looker.look().rows["cart"]["places"][0]
        assert (aws["state"], aws["last"]) == (None, {"state": "open", "override": None, "at": NOW})


def test_a_hold_is_as_old_as_the_word_that_made_it(tmp_path: Path) -> None:
    """Where that is read; the breaker may be longer in its state, or never have moved."""
    there = scene(tmp_path)
    memory = there.memories["aws"]
    memory.move("cart", "open", "consecutive_failures", NOW - 40_000, {"network": 5})
    memory.hold_on("cart", "forced-open", 60_000, NOW - 3_000, "CHG-1")
    looker = there.looker()
    looker.look()
    row = looker.look().rows["cart"]
    assert (row["since"], row["override"]["since"]) == (NOW - 40_000, NOW - 3_000)
    memory.refuses = ("events",)
    memory.hold_on("orders", "monitor", 60_000, NOW - 3_000, "CHG-2")
    assert looker.look().rows["orders"]["override"]["since"] is None


def test_a_place_that_comes_back_is_seen_again(tmp_path: Path) -> None:
    there = scene(tmp_path)
    there.memories["aws"].away = AWAY
    looker = there.looker()
    looker.look()
    there.memories["aws"].away = None
    there.clock[0] += 2_000
    look = looker.look()
    assert look.places[0]["answered"]
    assert look.rows["cart"]["places"][0]["state"] == "closed"


def test_a_moment_that_is_reckoned_a_little_differently_is_the_same(tmp_path: Path) -> None:
    there = outage(scene(tmp_path))
    looker = there.looker()
    before = looker.look().rows["cart"]["since"]
    there.clock[0] += 900  # and the record says the same age still
    assert looker.look().rows["cart"]["since"] == before


def test_the_file_is_taken_up_when_it_has_changed(tmp_path: Path) -> None:
    there = scene(tmp_path)
    looker = there.looker()
    looker.look()
    there.file.write_text(FILE.replace("  images:", "  pictures:"))
    look = looker.look()
    assert "pictures" in look.rows
    assert "images" not in look.rows


def test_a_file_with_errors_changes_nothing_and_is_said(tmp_path: Path) -> None:
    there = scene(tmp_path)
    looker = there.looker()
    looker.look()
    there.file.write_text(FILE.replace("timeout: 1s", "timeout: soon"))
    broken = looker.look()
    assert broken.file_problem == "kampkin.yaml has errors"
    assert "cart" in broken.rows
    there.file.write_text(FILE)
    assert looker.look().file_problem is None


def test_a_look_just_now_is_enough_for_a_scrape(tmp_path: Path) -> None:
    there = scene(tmp_path)
    looker = there.looker()
    looker.look()
    there.clock[0] += 4_000
    looker.look(unless_since_ms=5_000)
    assert there.memories["aws"].count("status") == 1
    there.clock[0] += 2_000
    looker.look(unless_since_ms=5_000)
    assert there.memories["aws"].count("status") == 2


def test_a_place_that_does_not_answer_holds_up_no_look(tmp_path: Path) -> None:
    """The other is shown at once, and that it has been asked is said."""
    there = outage(scene(tmp_path))
    answer = threading.Event()
    there.memories["aws"].waits = answer
    looker = there.looker(patience_s=0.05)
    look = looker.look()
    aws, cloudflare = look.places
    assert (aws["answered"], aws["waitingSince"]) == (False, NOW)
    assert cloudflare["answered"]
    assert look.rows["cart"]["worst"] == "open"
    assert looker.look().places[0]["waitingSince"] == NOW
    assert there.memories["aws"].count("status") == 1
    answer.set()
    there.memories["aws"].waits = None
    deadline(lambda: looker.look().places[0]["answered"])


def test_an_answer_that_nobody_has_thought_of_is_one_places_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = outage(scene(tmp_path))
    there.memories["aws"].told["cart"] = {NOW // MINUTE - 1: {"minute": NOW // MINUTE - 1, "counts": {"requests": 3}}}
    look = there.looker().look()
    assert "its answer is not understood: KeyError" in str(look.places[0]["problem"])
    assert look.places[1]["answered"]
    assert look.rows["cart"]["worst"] == "open"
    assert "kampkin: aws us-east-1: its answer is not understood" in capsys.readouterr().err


def test_what_is_refused_is_let_alone_for_a_while_and_said(tmp_path: Path) -> None:
    """Records may be read, minutes and events not: after a few refusals a round asks for no more of them."""
    there = outage(scene(tmp_path))
    memory = there.memories["aws"]
    memory.refuses = ("minutes", "events")
    looker = there.looker()
    for _ in range(3):
        look = looker.look()
        there.clock[0] += 2_000
    assert memory.count("minutes") <= 4
    assert memory.count("events") <= 4
    aws = look.rows["cart"]["places"][0]
    assert (aws["state"], aws["problem"]) == ("open", "AccessDeniedException")
    assert look.rows["cart"]["hour"]["without"] == ["aws us-east-1"]
    memory.refuses = ()
    there.clock[0] += REST_MS
    assert looker.look().rows["cart"]["places"][0]["problem"] is None


def test_a_word_that_came_and_went_between_two_looks_is_read(tmp_path: Path) -> None:
    there = scene(tmp_path)
    looker, memory = there.looker(), there.memories["cloudflare"]
    looker.look()
    memory.hold_on("cart", "monitor", 60_000, NOW + 1_000, "CHG-1")
    memory.records["cart"] = replace(memory.records["cart"], override=None)
    there.clock[0] += AGAIN_MS
    looker.look()
    assert [entry.kind for entry in looker.memory.journal.after(0)[0]] == ["manual"]


def test_a_hold_that_is_made_longer_is_read(tmp_path: Path) -> None:
    there = scene(tmp_path)
    looker, memory = there.looker(), there.memories["cloudflare"]
    memory.hold_on("cart", "monitor", 60_000, NOW - 1_000, "CHG-1")
    looker.look()
    memory.hold_on("cart", "monitor", 600_000, NOW, "CHG-1")
    looker.look()
    assert len(looker.memory.journal.after(0)[0]) == 2


def test_older_events_are_read_until_what_an_incident_began_with(tmp_path: Path) -> None:
    there = scene(tmp_path)
    memory = there.memories["aws"]
    memory.move("cart", "open", "consecutive_failures", NOW - 400_000, {"network": 5})
    for at in range(NOW - 390_000, NOW - 1_000, 2_000):
        memory.move("cart", "half-open", "cooldown_over", at)
        memory.move("cart", "open", "probe_failed", at + 1_000, {"bad": 1})
    looker = there.looker()
    looker.look()
    (past,) = [one for place, one in looker.pasts("cart", [memory.place]).items()]
    assert past.events[0]["reason"] == "consecutive_failures"
    assert not past.cut


def test_a_store_without_records_is_not_called_silent(tmp_path: Path) -> None:
    there = scene(tmp_path, FILE.replace("targets: [cloudflare, aws]", "targets: {cloudflare: {store: kv}, aws: {}}"))
    place = there.memories.pop("cloudflare").place
    there.blind[place] = NoRecord("the store is kv: there is no record to operate")
    look = there.looker().look()
    cloudflare = next(one for one in look.places if one["place"] == "cloudflare")
    assert (cloudflare["keeps"], cloudflare["answered"]) == (False, False)
    assert look.rows["cart"]["places"][1]["problem"] == "the store is kv: there is no record to operate"
    assert look.rows["cart"]["worst"] == "closed"


def test_commands_mean_what_is_looked_at(tmp_path: Path) -> None:
    """Quoted for a shell, whatever the file is called."""
    args = argparse.Namespace(
        file=Path("my file;$(id).yaml"), env="prod", target="aws", url="https://staging.acme.dev", dev=False
    )
    assert options_of(args) == " --file 'my file;$(id).yaml' --env prod --target aws --url https://staging.acme.dev"


def deadline(holds: Callable[[], object]) -> None:
    """Waits for a condition."""
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
