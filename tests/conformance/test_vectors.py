"""The specification's vectors, on three runtimes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from kampkin.conformance.command import play, text_of
from kampkin.conformance.run import RUNTIMES, Played, Runtime
from kampkin.conformance.vectors import Vector, parse, read_vectors

DOCS = Path(__file__).parents[2] / "docs" / "breaker.md"
SENTENCE = re.compile(r"\[([a-z-]+\.[a-z-]+)\]")
VECTORS = read_vectors()


@pytest.fixture(scope="module")
def played() -> dict[Runtime, tuple[Played, ...]]:
    """Every vector on every runtime."""
    return play(VECTORS, RUNTIMES, None)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_vector_goes_as_it_says(played: dict[Runtime, tuple[Played, ...]], runtime: Runtime) -> None:
    """Verdict, state and what else a step names are what the runtime comes to."""
    assert [problem for one in played[runtime] for problem in one.problems] == []
    assert [one.vector for one in played[runtime]] == list(VECTORS)


def test_one_transcript_on_three_runtimes(played: dict[Runtime, tuple[Played, ...]]) -> None:
    """Node, workerd and the Lambda host write the same bytes."""
    texts = {runtime: text_of(those) for runtime, those in played.items()}
    assert texts["workerd"] == texts["node"]
    assert texts["lambda"] == texts["node"]


def test_every_sentence_has_a_vector_and_every_vector_a_sentence() -> None:
    """The names in brackets in docs/breaker.md are those that the vectors prove."""
    sentences = set(SENTENCE.findall(DOCS.read_text()))
    assert {sentence for vector in VECTORS for sentence in vector.proves} == sentences


def test_there_are_enough_of_them() -> None:
    """At least 120 vectors of at least 5 steps, 25 of them with several nodes, and no name twice."""
    assert len(VECTORS) >= 120
    assert [vector.name for vector in VECTORS if len(vector.steps) < 5] == []
    assert sum(len({step.node for step in vector.steps}) > 1 for vector in VECTORS) >= 25
    assert [name for name, times in Counter(vector.name for vector in VECTORS).items() if times > 1] == []


def vector_of(steps: str, rest: str = "") -> tuple[Vector, ...]:
    """A vector with these steps."""
    return tuple(parse(f"- name: one\n  proves: a.b\n  steps: [{steps}]\n{rest}", "one.yaml"))


@pytest.mark.parametrize(
    "steps",
    [
        "[0s, cal 500, pass, closed]",
        "[0s, call 500, maybe, closed]",
        "[0s, call 500, pass, ajar]",
        "[0s, call 500, '-', closed]",
        "[0s, wait, pass, closed]",
        "[0s, call 500, pass, closed, {nodes: b}]",
        "[1s, call 500, pass, closed], [0s, call 500, pass, closed]",
    ],
)
def test_what_is_no_vector_is_refused(steps: str) -> None:
    """A mistyped vector would prove nothing."""
    with pytest.raises(ValueError, match=r"one.yaml: 'one'"):
        vector_of(steps)


def test_a_wrong_expectation_is_found() -> None:
    """A vector that says something else than the breaker does is a problem, with its step and what was seen."""
    wrong = vector_of("[0s, call 500, reject, open, {epoch: 3, wait: 2}]")
    (played,) = play(wrong, ("node",), None)["node"]
    assert played.problems == [
        "one.yaml: one: step 1 (0 ms, call 500): verdict pass, not reject, state closed, not open, "
        "wait None, not 2, epoch 0, not 3"
    ]
