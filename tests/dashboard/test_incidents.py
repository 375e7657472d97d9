"""From the first trip until all places are closed again."""

from __future__ import annotations

from dataclasses import replace

from kampkin.dashboard.incidents import incidents
from kampkin.dashboard.journal import Journal
from kampkin.dashboard.past import Past, holds, states
from kampkin.operate.edge import Place

from .scene import NOW, Memory, untouched

CLOUDFLARE, AWS = Place("cloudflare", "global"), Place("aws", "us-east-1")


LONG_AGO = NOW - 10_000_000


def past(memory: Memory, first: int = 0, cut: bool = False) -> Past:
    """Cart's, from an event on."""
    return Past(memory.happened["cart"][::-1][first:], memory.records["cart"], cut=cut)


def played(place: Place, begin: int, *steps: tuple[str, str, int]) -> Memory:
    """Transitions, each some seconds after the first."""
    memory = Memory(place)
    for to, why, seconds in steps:
        memory.move("cart", to, why, begin + seconds * 1000, {"network": 5})
    return memory


WHOLE = (
    ("open", "consecutive_failures", 0),
    ("half-open", "cooldown_over", 20),
    ("open", "probe_failed", 21),
    ("half-open", "cooldown_over", 60),
    ("ramp", "probes_succeeded", 62),
    ("closed", "ramp_over", 92),
)


def test_one_incident_is_told_from_its_trip_to_its_end() -> None:
    (one,) = incidents({CLOUDFLARE: past(played(CLOUDFLARE, NOW, *WHOLE))})
    assert (one.begin, one.end) == (NOW, NOW + 92_000)
    assert one.tripped == "consecutive_failures (5 network)"
    assert one.openings == 2
    assert one.open_ms(NOW + 500_000) == 20_000 + 39_000
    assert one.ended == "ramp_over"


def test_two_places_at_one_time_are_one_incident() -> None:
    here, there = played(CLOUDFLARE, NOW, *WHOLE), played(AWS, NOW + 3_000, *WHOLE)
    (one,) = incidents({CLOUDFLARE: past(here), AWS: past(there)})
    assert one.places == [AWS, CLOUDFLARE]
    assert one.end == NOW + 95_000
    assert [place for place, _ in one.steps][:2] == [CLOUDFLARE, AWS]
    assert one.openings == 4


def test_what_comes_later_is_another() -> None:
    memory = played(CLOUDFLARE, NOW, *WHOLE)
    for to, why, seconds in WHOLE:
        memory.move("cart", to, why, NOW + 600_000 + seconds * 1000)
    assert [one.begin for one in incidents({CLOUDFLARE: past(memory)})] == [NOW + 600_000, NOW]


def test_one_that_goes_on_has_no_end() -> None:
    (one,) = incidents({CLOUDFLARE: past(played(CLOUDFLARE, NOW, *WHOLE[:3]))})
    assert one.end is None
    assert one.ended is None
    assert one.open_ms(NOW + 51_000) == 20_000 + 30_000


def test_a_persons_flip_says_who() -> None:
    (one,) = incidents({CLOUDFLARE: past(played(CLOUDFLARE, NOW, ("open", "manual", 0), ("closed", "manual", 9)))})
    assert one.tripped == "manual (5 network) by FRA/dana@acme.dev"


def test_a_word_within_it_belongs_to_it_and_one_outside_to_none() -> None:
    memory = played(CLOUDFLARE, NOW, *WHOLE[:1])
    memory.hold_on("cart", "forced-open", 60_000, NOW + 5_000, "CHG-1")
    memory.move("cart", "closed", "manual", NOW + 9_000)
    memory.hold_on("cart", "monitor", 60_000, NOW + 900_000, "CHG-2")
    (one,) = incidents({CLOUDFLARE: past(memory)})
    assert [step.get("to", "override") for _, step in one.steps] == ["open", "override", "closed"]


def test_what_began_before_what_is_kept_has_no_cause() -> None:
    """It begins in its middle, and nobody makes a cause of what is only its first step that is known."""
    (one,) = incidents({CLOUDFLARE: past(played(CLOUDFLARE, NOW, *WHOLE), first=2)})
    assert one.begin == NOW + 21_000
    assert one.tripped is None


def test_one_whose_end_was_lost_is_over() -> None:
    """The record is closed: a table was lost, or a clock was off."""
    memory = played(CLOUDFLARE, NOW, *WHOLE[:3])
    told = replace(past(memory), status=untouched("cart", CLOUDFLARE))
    (one,) = incidents({CLOUDFLARE: told})
    assert (one.end, one.is_running) == (None, False)


def test_nothing_is_nothing() -> None:
    assert incidents({CLOUDFLARE: Past()}) == []


def spans(told: Past, begin: int, end: int, kept_from: int = LONG_AGO) -> list[tuple[str, int, int]]:
    """State, from and to, in ms after `NOW`."""
    return [(one["state"], one["from"] - NOW, one["to"] - NOW) for one in states(told, begin, end, kept_from)]


def test_the_states_of_a_stretch_of_time_follow_each_other() -> None:
    told = past(played(CLOUDFLARE, NOW, *WHOLE))
    assert spans(told, NOW + 10_000, NOW + 100_000) == [
        ("open", 10_000, 20_000),
        ("half-open", 20_000, 21_000),
        ("open", 21_000, 60_000),
        ("half-open", 60_000, 62_000),
        ("ramp", 62_000, 92_000),
        ("closed", 92_000, 100_000),
    ]


def test_a_breaker_that_never_moved_was_closed() -> None:
    assert spans(Past((), untouched("cart", CLOUDFLARE)), NOW, NOW + 9) == [("closed", 0, 9)]


def test_of_a_place_that_nobody_has_seen_nothing_is_known() -> None:
    assert spans(Past(), NOW, NOW + 9) == [("unknown", 0, 9)]


def test_without_events_the_record_says_what_it_can() -> None:
    """It has been open for five seconds; before, nobody knows."""
    told = Past((), replace(untouched("cart", CLOUDFLARE), state="open", epoch=7, since_ms=5_000))
    assert spans(told, NOW, NOW + 9_000) == [("unknown", 0, 4_000), ("open", 4_000, 9_000)]


def test_the_first_transition_of_all_was_from_closed_for_ever() -> None:
    told = past(played(CLOUDFLARE, NOW + 5_000, *WHOLE[:1]))
    assert spans(told, NOW, NOW + 9_000, kept_from=NOW + 2_000) == [("closed", 0, 5_000), ("open", 5_000, 9_000)]


def test_since_its_place_has_answered_last_nobody_knows() -> None:
    told = replace(past(played(CLOUDFLARE, NOW, *WHOLE[:1])), until_ms=NOW + 4_000)
    assert spans(told, NOW, NOW + 9_000) == [("open", 0, 4_000), ("unknown", 4_000, 9_000)]
    calm = Past((), untouched("cart", CLOUDFLARE), until_ms=NOW + 4_000)
    assert spans(calm, NOW, NOW + 9_000) == [("closed", 0, 4_000), ("unknown", 4_000, 9_000)]


def test_a_hold_lasts_until_it_ends_or_another_word_is_said() -> None:
    memory = Memory(CLOUDFLARE)
    for mode, at in (("monitor", 0), ("forced-open", 5_000)):
        memory.hold_on("cart", mode, 20_000, NOW + at, "CHG-1")
    assert [
        (one["mode"], one["from"] - NOW, one["to"] - NOW) for one in holds(past(memory), NOW + 1_000, NOW + 60_000)
    ] == [
        ("monitor", 1_000, 5_000),
        ("forced-open", 5_000, 20_000),
    ]


def test_before_what_is_kept_nobody_knows() -> None:
    memory = played(CLOUDFLARE, NOW - 20_000_000, *WHOLE)
    memory.move("cart", "open", "consecutive_failures", NOW + 5_000)
    told = past(memory, first=6)
    assert spans(told, NOW, NOW + 9_000, kept_from=NOW + 2_000) == [
        ("unknown", 0, 2_000),
        ("closed", 2_000, 5_000),
        ("open", 5_000, 9_000),
    ]


def test_before_an_event_in_the_middle_of_an_incident_nobody_knows() -> None:
    told = past(played(CLOUDFLARE, NOW, *WHOLE), first=2, cut=True)
    assert spans(told, NOW, NOW + 30_000) == [("unknown", 0, 21_000), ("open", 21_000, 30_000)]


def test_a_clock_that_is_ahead_makes_no_stretch_that_ends_before_it_begins() -> None:
    told = past(played(CLOUDFLARE, NOW + 60_000, *WHOLE[:2]))
    assert spans(told, NOW, NOW + 9_000) == [("closed", 0, 9_000)]


def test_epochs_say_the_order_where_clocks_differ() -> None:
    memory, journal = played(CLOUDFLARE, NOW, *WHOLE[:2]), Journal()
    memory.move("cart", "closed", "probes_succeeded", NOW + 19_970)  # by another node's clock
    journal.tell(CLOUDFLARE, memory.happened["cart"])
    (one,) = incidents({CLOUDFLARE: Past(journal.of("cart", CLOUDFLARE), memory.records["cart"])})
    assert one.ended == "probes_succeeded"
