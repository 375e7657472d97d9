"""Rules about what YAML makes of texts that people write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kampkin.rules.rule import Problem, Rule
from kampkin.source import List, Map, Text
from kampkin.typed import Typed, texts

CUT = re.compile(r" #\w")
"""What follows a text that a comment was not meant to end: people write `# why`, and `CHG #1182`."""

FREE = ("body", "headers", "json", "reason", "silence")
"""Settings whose values are in a team's own words."""


def cut_by_comment(typed: Typed) -> Iterator[Problem]:
    """Half of a sentence is a comment."""
    for name in typed.endpoints:
        for text in free_texts(typed.merged[name]):
            if text.__class__ is Text and CUT.match(text.file.text, text.end):
                yield Problem(
                    typed.at(name, text),
                    f"this is all that is left: {text!r}; what follows the # is a comment",
                    "put the whole text in quotes, or write the comment behind two spaces and a #",
                )


def free_texts(node: Any) -> Iterator[Text]:
    """The texts in a team's own words below a value."""
    for key, value in node.items() if isinstance(node, Map) else enumerate(node if isinstance(node, List) else ()):
        if key in FREE:
            yield from texts(value)
        else:
            yield from free_texts(value)


RULES = (
    Rule(
        "cut-by-comment",
        "warning",
        "In YAML a `#` behind a space begins a comment, so `reason: CHG #1182` says no more than `CHG`.",
        cut_by_comment,
        "https://yaml.org/spec/1.2.2/#66-comments",
    ),
)
