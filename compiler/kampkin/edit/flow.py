"""New values as text, on one line: as a person writes them, quotes only where YAML needs them."""

from __future__ import annotations

import json
import re
from typing import Any

from kampkin.source import List, Map, Quoted, Text, parse

ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
"""What JSON leaves as it is and YAML does not, or would end a line with."""


def flow(value: Any, within: bool = True) -> str:
    """The value's text; `within` braces or brackets, where a comma ends a text."""
    if isinstance(value, Map):
        return f"{{{', '.join(f'{flow(key)}: {flow(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, List):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, Quoted) or not is_plain(value, within):
        return quoted(value)
    return str(value)


def quoted(text: str) -> str:
    """A text in double quotes."""
    return ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def is_plain(text: str, within: bool = True) -> bool:
    """Whether a text reads back as it is without quotes, and on one line."""
    document = f"[{text}]" if within else f"k: {text}"
    if not text or not text.isprintable():
        return False
    root = parse("", f"a: {document}".encode() if within else document.encode()).root
    if root is None or len(root) != 1:
        return False
    (found,) = root.values()
    if within:
        return found == [text] and found[0].__class__ is Text
    return found.__class__ is Text and found == text
