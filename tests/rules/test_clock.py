"""Overrides of the file, by the day on which it is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from kampkin.diagnostics import Diagnostic
from kampkin.load import load
from kampkin.rules import CLOCK_RULES
from kampkin.typed import Typed
from kampkin.values import moment
from tests.rules.files import marked

FILE = """\
version: 1
{safety}
endpoints:
  cart:
    origin: https://cart.acme.dev
    override: {{state: forced-open, until: {until}, owner: dana, reason: a move}}
  other: https://other.acme.dev
"""
TODAY = "2026-07-01T06:00:00Z"
ENDS = {
    "override-passed": [("2026-07-01T05:59:59Z", "2026-07-01T06:00:01Z"), (TODAY, "2026-07-01T08:00:01+02:00")],
    "override-too-far": [("2026-07-31T06:00:01Z", "2026-07-31T06:00:00Z")],
}
"""By rule, an end that it speaks of and one that it does not."""


def found(until: str, folder: Path, safety: str = "") -> list[tuple[str, Diagnostic]]:
    """What the rules have to say today of an override with that end."""
    return [one for rule in CLOCK_RULES for one in rule.at(moment(TODAY)).findings(typed(until, folder, safety))]


def typed(until: str, folder: Path, safety: str) -> Typed:
    """The file, read without a clock."""
    path = folder / "kampkin.yaml"
    path.write_text(FILE.format(until=until, safety=safety))
    loaded = load(path)
    assert loaded.diagnostics == ()
    assert loaded.typed
    return loaded.typed


@pytest.mark.parametrize(("id", "wrong", "right"), [(rule, *ends) for rule, pairs in ENDS.items() for ends in pairs])
def test_an_end_is_told_by_the_day(id: str, wrong: str, right: str, tmp_path: Path) -> None:
    """Past, or too far ahead; a second is what tells them apart, whatever the zone."""
    ((endpoint, finding),) = found(wrong, tmp_path)
    assert (endpoint, finding.id) == ("cart", id)
    assert marked((tmp_path / "kampkin.yaml").read_text(), finding.span) == wrong
    assert found(right, tmp_path) == []


def test_every_rule_of_the_clock_has_a_pair() -> None:
    """None is left out above."""
    assert list(ENDS) == [rule.id for rule in CLOCK_RULES]


def test_the_files_own_bound_is_what_counts(tmp_path: Path) -> None:
    """`max_override` is less than the 30 days of the language; the hint has the last moment that is allowed."""
    until = "2026-07-01T08:00:01Z"
    ((_, finding),) = found(until, tmp_path, "safety: {max_override: 2h}")
    assert finding.is_error
    assert finding.message == "the override of cart ends more than 2h from now, at 2026-07-01T08:00:01Z"
    assert finding.hint == "until: 2026-07-01T08:00:00Z at the latest, or what is to last is a setting"
    assert found(until, tmp_path, "safety: {max_override: 3h}") == []


def test_an_override_that_has_passed_is_a_warning(tmp_path: Path) -> None:
    """Nothing breaks by it: a file that is left alone still compiles."""
    ((_, finding),) = found("2026-06-30T23:00:00-01:00", tmp_path)
    assert not finding.is_error
    assert finding.message == "the override of cart ended at 2026-07-01T00:00:00Z"
