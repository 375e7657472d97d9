"""What a reviewer gets to see of changed settings, and of a changed runtime."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kampkin.errors import Cannot
from kampkin.local import toolchain
from kampkin.output import write
from kampkin.plan import Endpoint, Plan, Target, TargetName, seal_plan
from kampkin.review import behaviour
from kampkin.review.behaviour import as_json, section
from kampkin.review.behaviour import comparison as comparing
from kampkin.review.behaviour.player import Played, Settings
from tests.review.behaviour.played import endpoint

TARGETS: dict[TargetName, Target] = {
    "cloudflare": Target(store="durable-object"),
    "aws": Target(store="dynamodb", regions=("us-east-1",)),
}


def plan_of(*endpoints: Endpoint, targets: Sequence[TargetName] = ("cloudflare", "aws")) -> Plan:
    """A plan of them."""
    mine = [one.model_copy(update={"targets": tuple(sorted(targets))}) for one in endpoints]
    return seal_plan(project="acme", targets={name: TARGETS[name] for name in targets}, endpoints=mine)


def compiled(folder: Path, **fields: Any) -> Path:
    """A folder that `kampkin compile` wrote."""
    write(plan_of(endpoint("cart"), **fields), folder)
    return folder


def edit(folder: Path, module: str, old: str, new: str) -> None:
    """Changes a module of a folder, on each target."""
    for path in (folder / target / module for target in ("cloudflare", "aws") if (folder / target).is_dir()):
        code = path.read_text()
        assert old in code
        path.write_text(code.replace(old, new, 1))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[Settings]]:
    """What Node is asked to play, each time; nothing is."""
    found: list[list[Settings]] = []

    def note(_runtime: Path, settings: Sequence[Settings], _rate: float) -> dict[Settings, tuple[Played, ...]]:
        found.append(list(settings))
        nothing = (Played(None, 0, 0, 0, 0, 0),) * 6
        return dict.fromkeys(settings, nothing)

    monkeypatch.setattr(comparing, "play", note)
    return found


def test_a_table_of_what_differs() -> None:
    """Outages that go as they did have no row, and a number that is the same no arrow."""
    found = section(behaviour.compare([(endpoint("cart"), endpoint("cart", cooldown_ms=60_000))]))
    (table,) = found.tables
    assert (found.title, table.title) == ("Behaviour", "cart")
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert set(rows) == {"spike", "hang", "flapping"}
    assert "→" not in rows["spike"]["opens after"] + rows["spike"]["callers that waited"]
    assert "→" in rows["spike"]["closed after healing"]
    assert all(any("→" in cell for cell in row) for row in table.rows)
    assert "at 10 requests a second" in found.note


def test_where_nothing_differs_a_sentence_says_so() -> None:
    """A change that no outage meets has no table."""
    found = section(behaviour.compare([(endpoint("cart"), endpoint("cart", window_ms=29_000))]))
    assert found.tables == ()
    assert found.note == "cart: every outage goes as it did before."


def test_where_no_settings_changed_nothing_is_played(asked: list[list[Settings]]) -> None:
    """An endpoint that is new, gone or the same in what is played has no outages to compare."""
    pairs = [(None, endpoint("cart")), (endpoint("shop"), None), (endpoint("pay"), endpoint("pay"))]
    found = section(behaviour.compare(pairs))
    assert (found.tables, found.note) == ((), "No endpoint's breaker or timeout has changed.")
    assert asked == [[]]


def test_a_kind_of_change_is_played_once(asked: list[list[Settings]]) -> None:
    """A thousand endpoints that one default changes are two settings to play, and one table."""
    pairs = [(endpoint(f"e{n:03}"), endpoint(f"e{n:03}", failure_ratio_bp=2_000)) for n in range(1_000)]
    pairs.append((endpoint("other"), endpoint("other", successes=1)))
    found = behaviour.compare(pairs)
    assert [len(settings) for settings in asked] == [3]
    assert [len(one.endpoints) for one in found.settings.changes] == [1_000, 1]
    assert section(found).note == "e000, e001, e002 and 998 more: every outage goes as it did before."


def test_too_many_kinds_are_told_of(asked: list[list[Settings]]) -> None:
    """The most common are played, the others named."""
    kinds = comparing.MOST + 2
    pairs = [(endpoint(f"e{n:03}"), endpoint(f"e{n:03}", cooldown_ms=20_000 + n)) for n in range(kinds)]
    pairs.append((endpoint("twin"), endpoint("twin", cooldown_ms=20_000 + kinds - 1)))
    found = behaviour.compare(pairs)
    assert len(asked[0]) == comparing.MOST + 1
    assert found.settings.changes[0].endpoints == (f"e{kinds - 1:03}", "twin")
    assert found.settings.unplayed == (f"e{kinds - 3:03}", f"e{kinds - 2:03}")
    assert f"too many kinds of settings: e{kinds - 3:03} and e{kinds - 2:03}." in section(found).note


def test_without_node_the_section_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A diff without the extra is a diff all the same."""

    def missing() -> Path:
        raise Cannot("not installed", toolchain.EXTRA)

    monkeypatch.setattr(toolchain, "wheel", missing)
    found = section(behaviour.compare([(endpoint("cart"), endpoint("cart", successes=1))]))
    assert found.tables == ()
    assert found.note == (
        "The outages could not be played: they need Node, which comes with the extra 'local'; pip install 'kampkin[local]'; in a clone: pip install '.[local]'."
    )


@pytest.mark.parametrize("rate", [0, 0.01, 51, float("nan")])
def test_a_rate_that_is_not_played(rate: float) -> None:
    """It is refused with what is."""
    with pytest.raises(Cannot) as told:
        behaviour.compare([(endpoint("cart"), endpoint("cart", successes=1))], rate=rate)
    assert told.value.hint == "a rate from 0.1 to 50"


def test_the_rate_is_played() -> None:
    """At fewer requests fewer callers wait, and it takes longer until enough have."""
    pair = (endpoint("cart"), endpoint("cart", consecutive_failures=6))
    slow, fast = (behaviour.compare([pair], rate=rate).settings.changes[0].rows[0].before for rate in (1, 20))
    assert slow.opened_ms and fast.opened_ms and slow.opened_ms > 5 * fast.opened_ms
    assert slow.at_once < fast.at_once


def test_the_same_runtime_is_not_played(tmp_path: Path, asked: list[list[Settings]]) -> None:
    """Of another plan, but with the same modules: nothing changed."""
    pairs = [(endpoint("cart"), endpoint("cart"))]
    found = behaviour.compare(pairs, compiled(tmp_path / "old"))
    assert found.runtime is not None and found.runtime.modules == ()
    assert not any(asked)
    assert section(found).note.endswith("The runtime did not change: its modules are the same, byte for byte.")


def test_a_runtime_that_changed_its_behaviour(tmp_path: Path) -> None:
    """A comparison that was another one: the fifth failure did not open it, the sixth did."""
    old = compiled(tmp_path / "old")
    edit(old, "trip.mjs", "return limit > 0 && count >= limit;", "return limit > 0 && count > limit;")
    pairs = [(endpoint("cart"), endpoint("cart")), (endpoint("pay"), endpoint("pay", consecutive_failures=0))]
    found = behaviour.compare(pairs, old)
    assert found.runtime is not None and found.runtime.modules == ("trip.mjs",)
    rows = {row.outage: row for row in found.runtime.behaviour.changes[0].rows}
    assert rows["spike"].before.opened_ms and rows["spike"].after.opened_ms
    assert rows["spike"].before.opened_ms > rows["spike"].after.opened_ms
    shown = section(found)
    assert [table.title for table in shown.tables] == ["pay", "new runtime: cart"]
    assert "The runtime changed, in trip.mjs, and so did the behaviour of 1 endpoint." in shown.note


@pytest.mark.parametrize("target", ["cloudflare", "aws"])
def test_a_comparison_in_the_breaker_is_seen(tmp_path: Path, target: TargetName) -> None:
    """In a bundle of one cloud alone too: a breaker that never half-opens by the second."""
    old = compiled(tmp_path / "old", targets=(target,))
    edit(
        old,
        "breaker.mjs",
        "return now < b.retryAt ? REJECT : PROBE;",
        "return now < b.retryAt + 9000 ? REJECT : PROBE;",
    )
    found = behaviour.compare([(endpoint("cart"), endpoint("cart"))], old).runtime
    assert found is not None and found.modules == ("breaker.mjs",)
    rows = {row.outage: row for row in found.behaviour.changes[0].rows}
    assert rows["spike"].before.closed_ms != rows["spike"].after.closed_ms
    assert rows["spike"].before.opened_ms == rows["spike"].after.opened_ms


def test_a_runtime_that_changed_and_behaves_as_it_did(tmp_path: Path) -> None:
    """It is said, with the numbers, and from which version to which."""
    old = compiled(tmp_path / "old")
    edit(old, "trip.mjs", "/** When to trip", "/** When it trips")
    edit(old, "cors.mjs", "/**", "/** Once more:")
    manifest = json.loads((old / "manifest.json").read_text())
    (old / "manifest.json").write_text(json.dumps(manifest | {"kampkin": "0.0.1"}))
    found = behaviour.compare([(None, endpoint("cart"))], old, compiled(tmp_path / "new"))
    shown = section(found)
    version = manifest["kampkin"]
    assert f"The runtime from 0.0.1 to {version} changed, in cors.mjs and trip.mjs; behaviour did not." in shown.note
    (table,) = shown.tables
    assert table.title == "both runtimes: cart"
    assert len(table.rows) == 6
    assert not any("→" in cell for row in table.rows for cell in row)


def test_an_old_runtime_that_cannot_be_played(tmp_path: Path) -> None:
    """That is said, and what changed settings come to is shown all the same."""
    old = compiled(tmp_path / "old")
    edit(old, "middleware.mjs", "const PLAN_VERSION = 2;", "const PLAN_VERSION = 1;")
    found = section(behaviour.compare([(endpoint("cart"), endpoint("cart", consecutive_failures=2))], old))
    assert [table.title for table in found.tables] == ["cart"]
    assert "this runtime reads plan version 1, not 2" in found.note
    assert "what that does could not be played" in found.note


def test_a_folder_that_is_no_bundle(tmp_path: Path) -> None:
    """The message says what was looked for."""
    with pytest.raises(Cannot) as told:
        behaviour.compare([], tmp_path)
    assert told.value.message == f"there is no compiled runtime in {tmp_path}"
    assert told.value.hint and "cloudflare/middleware.mjs" in told.value.hint


def test_runtimes_of_different_clouds(tmp_path: Path) -> None:
    """They have no module in common to compare."""
    with pytest.raises(Cannot, match="different clouds"):
        behaviour.compare(
            [], compiled(tmp_path / "old", targets=("aws",)), compiled(tmp_path / "new", targets=("cloudflare",))
        )


def test_another_plan_is_no_other_runtime(tmp_path: Path, asked: list[list[Settings]]) -> None:
    """A plan for one cloud has the modules of one."""
    found = behaviour.compare(
        [(None, endpoint("cart"))], compiled(tmp_path / "old"), compiled(tmp_path / "new", targets=("aws",))
    )
    assert found.runtime is not None and found.runtime.modules == ()
    assert not any(asked)


def test_programs_get_all_of_it(asked: list[list[Settings]], tmp_path: Path) -> None:
    """As JSON of a version, with the outages that did not change too."""
    old = compiled(tmp_path / "old")
    edit(old, "trip.mjs", "/** When to trip", "/** When it trips")
    said = as_json(behaviour.compare([(endpoint("cart"), endpoint("cart", successes=1))], old))
    assert said == json.loads(json.dumps(said))
    assert (said["version"], said["rate"], said["problem"], said["unplayed"]) == (1, 10.0, None, [])
    (change,) = said["changes"]
    assert change["endpoints"] == ["cart"]
    assert [one["outage"] for one in change["outages"]][-1] == "no outage"
    assert set(change["outages"][0]) == {"outage", "differs", "before", "after"}
    assert set(change["outages"][0]["before"]) == {"openedMs", "waited", "calls", "closedMs", "falseOpens", "atOnce"}
    assert said["runtime"]["modules"] == ["trip.mjs"]
    assert len(said["runtime"]["changes"]) == 1
