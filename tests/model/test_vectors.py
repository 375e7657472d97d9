"""The specification's vectors on its model."""

from __future__ import annotations

from kampkin.conformance.run import policies_of
from kampkin.conformance.vectors import read_vectors
from tests.model.breaker import play


def test_every_vector_goes_as_it_says_on_the_model() -> None:
    """Verdict, state and what else a step names are what the model comes to."""
    vectors = read_vectors()
    played = [play(vector, policies) for vector, policies in zip(vectors, policies_of(vectors), strict=True)]
    assert [problem for one in played for problem in one.problems] == []
