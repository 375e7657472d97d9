"""Every rule, on files that differ in what it looks at and in nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import pytest
import yaml

from kampkin.findings import Finding, every
from kampkin.rules import EVERY
from tests.rules.files import filled, loaded, marked, whole

SMALL = 60
"""Characters that the right example of a rule may have instead or besides: more would show two things at once."""


@dataclass(frozen=True)
class Pair:
    """A row of pairs.yaml."""

    rule: str
    of: str
    file: str


PAIRS = [Pair(**row) for row in yaml.safe_load((Path(__file__).parent / "pairs.yaml").read_text())]
OF_RULES = [finding for finding in every() if finding.rule]
SEVERITIES = {rule.id: rule.severity for rule in EVERY}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.rule)
def test_a_rule_speaks_of_what_it_looks_at(pair: Pair, tmp_path: Path) -> None:
    """It alone, with its own severity, and of the place it is about."""
    text = filled(pair.file, right=False)
    found = loaded(text, tmp_path)
    assert [(one.id, one.severity) for one in found] == [(pair.rule, SEVERITIES[pair.rule])]
    assert marked(text, found[0].span) == pair.of
    assert found[0].hint


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.rule)
def test_without_it_no_rule_has_a_word(pair: Pair, tmp_path: Path) -> None:
    """Not even another one: the advice leads out of the woods."""
    assert loaded(filled(pair.file, right=True), tmp_path) == ()


def test_every_rule_has_a_pair() -> None:
    """In the order of the registry, so that what is missing is seen."""
    assert list(dict.fromkeys(pair.rule for pair in PAIRS)) == [rule.id for rule in EVERY]


@pytest.mark.parametrize("finding", OF_RULES, ids=lambda finding: finding.id)
def test_the_wrong_example_is_wrong_in_one_way(finding: Finding, tmp_path: Path) -> None:
    """No other rule speaks of it, so nobody mends the one thing and gets the next."""
    assert {one.id for one in loaded(whole(finding.wrong), tmp_path)} == {finding.id}


@pytest.mark.parametrize("finding", OF_RULES, ids=lambda finding: finding.id)
def test_the_examples_differ_in_little(finding: Finding) -> None:
    """So that a reader sees what it is about."""
    blocks = SequenceMatcher(None, finding.wrong, finding.right, autojunk=False).get_opcodes()
    assert sum(end - start for tag, *_, start, end in blocks if tag != "equal") <= SMALL
    assert finding.wrong != finding.right
