"""docs/mistakes.svg: what `kampkin check` says of this folder's file. `python -m tests.mistakes.picture` writes it."""

from __future__ import annotations

import re
from contextlib import chdir
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from kampkin.formats.human import pieces
from kampkin.load import load

HERE = Path(__file__).parent
PICTURE = HERE.parents[1] / "docs" / "mistakes.svg"
WIDTH = 96
"""Cells; a picture beside text is no wider."""


def picture() -> str:
    """The findings in colours as an SVG, the same bytes each time; it names no font of another server."""
    with chdir(HERE):
        found = load(Path("kampkin.yaml"))
    console = Console(
        record=True, file=StringIO(), width=WIDTH, force_terminal=True, color_system="truecolor", no_color=False
    )
    console.print(Text("$ kampkin check", style="bold"))
    console.print(Text.assemble(*pieces(found.diagnostics, found.texts, WIDTH)))
    svg = console.export_svg(title="kampkin check", unique_id="mistakes")
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    PICTURE.write_text(picture(), "utf-8")
