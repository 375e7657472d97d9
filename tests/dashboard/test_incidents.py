"""From the first trip until all places are closed again."""

from __future__ import annotations

from kampkin.dashboard.history import states
from kampkin.dashboard.incidents import incidents
from kampkin.operate.edge import Event, Place

from .scene import NOW, Memory

CLOUDFLARE, AWS = Place("cloudflare", "global"), Place("aws", "us-east-1")


def events(memory: Memory) -> list[Event]:
    """Of cart, oldest first."""
    return memory.happened["cart"][::-1]


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
    (one,) = incidents({CLOUDFLARE: events(played(CLOUDFLARE, NOW, *WHOLE))})
    assert (one.begin, one.end) == (NOW, NOW + 92_000)
    assert one.tripped == "consecutive_failures (5 network)"
    assert one.openings == 2
    assert one.open_ms(NOW + 500_000) == 20_000 + 39_000
    assert one.ended == "ramp_over"


def test_two_places_at_one_time_are_one_incident() -> None:
    here, there = played(CLOUDFLARE, NOW, *WHOLE), played(AWS, NOW + 3_000, *WHOLE)
    (one,) = incidents({CLOUDFLARE: events(here), AWS: events(there)})
    assert one.places == [AWS, CLOUDFLARE]
    assert one.end == NOW + 95_000
    assert [place for place, _ in one.steps][:2] == [CLOUDFLARE, AWS]
    assert one.openings == 4


def test_what_comes_later_is_another() -> None:
    memory = played(CLOUDFLARE, NOW, *WHOLE)
    for to, why, seconds in WHOLE:
        memory.move("cart", to, why, NOW + 600_000 + seconds * 1000)
    assert [one.begin for one in incidents({CLOUDFLARE: events(memory)})] == [NOW + 600_000, NOW]


def test_one_that_goes_on_has_no_end() -> None:
    (one,) = incidents({CLOUDFLARE: events(played(CLOUDFLARE, NOW, *WHOLE[:3]))})
    assert one.end is None
    assert one.ended is None
    assert one.open_ms(NOW + 51_000) == 20_000 + 30_000


def test_a_persons_flip_says_who() -> None:
    (one,) = incidents({CLOUDFLARE: events(played(CLOUDFLARE, NOW, ("open", "manual", 0), ("closed", "manual", 9)))})
    assert one.tripped == "manual (5 network) by FRA/dana@acme.dev"


def test_a_word_within_it_belongs_to_it_and_one_outside_to_none() -> None:
    memory = played(CLOUDFLARE, NOW, *WHOLE[:1])
    memory.hold_on("cart", "forced-open", 60_000, NOW + 5_000, "CHG-1")
    memory.move("cart", "closed", "manual", NOW + 9_000)
    memory.hold_on("cart", "monitor", 60_000, NOW + 900_000, "CHG-2")
    (one,) = incidents({CLOUDFLARE: events(memory)})
    assert [step.get("to", "override") for _, step in one.steps] == ["open", "override", "closed"]


def test_what_is_older_than_what_is_kept_begins_in_its_middle() -> None:
    (one,) = incidents({CLOUDFLARE: events(played(CLOUDFLARE, NOW, *WHOLE))[2:]})
    assert one.begin == NOW + 21_000


def test_nothing_is_nothing() -> None:
    assert incidents({CLOUDFLARE: []}) == []


def test_the_states_of_a_stretch_of_time_follow_each_other() -> None:
    told = events(played(CLOUDFLARE, NOW, *WHOLE))
    spans = list(states(told, NOW + 10_000, NOW + 100_000))
    assert [(one["state"], one["from"] - NOW, one["to"] - NOW) for one in spans] == [
        ("open", 10_000, 20_000),
        ("half-open", 20_000, 21_000),
        ("open", 21_000, 60_000),
        ("half-open", 60_000, 62_000),
        ("ramp", 62_000, 92_000),
        ("closed", 92_000, 100_000),
    ]


def test_without_a_transition_it_was_closed() -> None:
    assert list(states([], NOW, NOW + 1)) == [{"from": NOW, "to": NOW + 1, "state": "closed"}]


def test_before_the_first_that_is_kept_it_was_what_that_says() -> None:
    told = events(played(CLOUDFLARE, NOW, *WHOLE))[1:2]
    assert [one["state"] for one in states(told, NOW, NOW + 100_000)] == ["open", "half-open"]
