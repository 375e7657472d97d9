"""Findings as a person reads them: the file's own lines, a mark under each place, what to do.

    kampkin.yaml:5:42: error[route-taken]: b is on the route /x/*, which a has
      5 |   b: {origin: https://b.acme.dev, route: /x/*}
        |                                          ^^^^
      kampkin.yaml:4:42: a has it here
      4 |   a: {origin: https://a.acme.dev, route: /x/*}
        |                                          ----
      hint: give one another route

Of a place over several lines the first is shown. Each line of the file is cut to the width there is, with … at the cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kampkin.diagnostics import Diagnostic, Span
from kampkin.formats.place import lines_of, placed
from kampkin.formats.quote import Quote, quote, visible

WIDTH = 160
"""Cells of a line where no terminal says how many there are."""
LONGEST = 500
"""Characters of a message; a value that somebody has pasted may have a million."""

Piece = tuple[str, str]
"""A text, and its style in rich's words; empty is plain."""

PLAIN, STRONG, GUTTER, SECOND, HELP = "", "bold", "blue", "bold blue", "bold cyan"
TONES = {"error": "bold red", "warning": "bold yellow"}


def as_text(findings: Iterable[Diagnostic], texts: Mapping[str, str], width: int = WIDTH) -> str:
    """The findings without colours; `texts` holds the files by the name that spans give them."""
    return "".join(text for text, _ in pieces(findings, texts, width))


def pieces(findings: Iterable[Diagnostic], texts: Mapping[str, str], width: int = WIDTH) -> Iterator[Piece]:
    """The findings as styled texts, and how many there are; no line of a file is longer than `width` cells."""
    found = placed(findings, texts)
    lines = {name: lines_of(text) for name, text in texts.items()}
    for finding in found:
        yield from block(finding, lines, width)
        yield "\n", PLAIN
    yield from summary(found)


def summary(found: Sequence[Diagnostic]) -> Iterator[Piece]:
    """How many there are."""
    errors = sum(finding.is_error for finding in found)
    parts = [
        (f"{count} {word}{'' if count == 1 else 's'}", TONES[word])
        for count, word in ((errors, "error"), (len(found) - errors, "warning"))
        if count
    ]
    for number, part in enumerate(parts or [("no problems", PLAIN)]):
        yield from ((", ", PLAIN), part) if number else (part,)


def block(finding: Diagnostic, lines: Mapping[str, Sequence[str]], width: int) -> Iterator[Piece]:
    """All there is to say about one finding."""
    tone = TONES[finding.severity]
    spans = [finding.span, *(span for span, _ in finding.related)]
    digits = max(len(str(span.line)) for span in spans)

    def shown(span: Span, sign: str, style: str) -> Iterator[Piece]:
        if quoted := quote(span, lines.get(span.file, ()), sign, digits + 5, width):
            yield from under(quoted, digits, style)

    yield visible(str(finding.span)), STRONG
    yield ": ", PLAIN
    yield f"{finding.severity}[{finding.id}]", tone
    yield f": {shortened(finding.message)}\n", STRONG
    yield from shown(finding.span, "^", tone)
    for span, text in finding.related:
        yield f"  {visible(str(span))}", STRONG
        yield f": {shortened(text)}\n", PLAIN
        yield from shown(span, "-", SECOND)
    if finding.hint:
        yield "  hint", HELP
        yield f": {shortened(finding.hint)}\n", PLAIN


def under(quoted: Quote, digits: int, style: str) -> Iterator[Piece]:
    """A line of the file, the mark under it, and how far the place goes on."""
    yield f"  {quoted.number:>{digits}} | ", GUTTER
    yield f"{quoted.line}\n", PLAIN
    yield f"  {'':>{digits}} | ", GUTTER
    yield f"{quoted.lead}{quoted.mark}\n", style
    if quoted.until:
        yield f"  {'':>{digits}} | ", GUTTER
        yield f"... to line {quoted.until}\n", PLAIN


def shortened(text: str) -> str:
    """The text on one line, without its middle where it is very long."""
    text = visible(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}…{text[-LONGEST // 2 :]}"
