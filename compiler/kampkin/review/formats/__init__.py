"""A review as it is shown: for a person, as Markdown for a comment, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kampkin.review.formats import human, json, markdown
from kampkin.review.review import Review

FORMATS: Mapping[str, Callable[[Review], str]] = {
    "human": human.render,
    "markdown": markdown.render,
    "json": json.render,
}
