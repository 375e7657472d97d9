"""The expressions of workflows, as far as ours use them: paths, texts, comparisons, `&&`, `||`, `!`, what a step may ask of
those before it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

WORDS = re.compile(r"\s*('(?:[^']|'')*'|&&|\|\||==|!=|!|\(|\)|[\w.-]+)")
WHOLE = re.compile(r"\$\{\{(.*?)\}\}")
LITERALS = {"true": True, "false": False, "null": None}


def filled(text: str, contexts: Mapping[str, Any]) -> str:
    """A text with its expressions as texts."""
    return WHOLE.sub(lambda match: as_text(evaluate(match[1], contexts)), text)


def evaluate(text: str, contexts: Mapping[str, Any]) -> Any:
    """What an expression comes to."""
    bare = WHOLE.fullmatch(text.strip())
    words = WORDS.findall(bare[1] if bare else text)
    assert "".join(words).replace(" ", "") == re.sub(r"\s", "", bare[1] if bare else text), text
    return Reading(words, contexts).either()


def as_text(value: Any) -> str:
    """As GitHub writes a value."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


class Reading:
    """One expression, word by word."""

    def __init__(self, words: list[str], contexts: Mapping[str, Any]) -> None:
        self.words, self.contexts = words, contexts

    def taken(self, word: str) -> bool:
        """Whether the next word is this one; then it is read."""
        if self.words[:1] != [word]:
            return False
        self.words.pop(0)
        return True

    def either(self) -> Any:
        value = self.both()
        while self.taken("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> Any:
        value = self.compared()
        while self.taken("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self) -> Any:
        value = self.single()
        for word in ("==", "!="):
            if self.taken(word):
                return (as_text(value) == as_text(self.single())) is (word == "==")
        return value

    def single(self) -> Any:
        if self.taken("!"):
            return not self.single()
        if self.taken("("):
            value = self.either()
            assert self.taken(")")
            return value
        word = self.words.pop(0)
        if word.startswith("'"):
            return word[1:-1].replace("''", "'")
        if self.taken("("):
            assert self.taken(")")
            return self.contexts[f"{word}()"]
        if word in LITERALS:
            return LITERALS[word]
        found: Any = self.contexts
        for part in word.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found
