"""The commands of the documentation run, and print what it says they print."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from .conftest import Kampkin

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("editing.md", "from-campion.md")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
UPDATE = bool(os.environ.get("KAMPKIN_UPDATE_PAGES"))


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_commands_print_what_the_page_says(kampkin: Kampkin, tmp_path: Path, name: str) -> None:
    """From an empty folder `shop` on, every command of the page in turn. `KAMPKIN_UPDATE_PAGES=1` writes what they print."""
    folder = tmp_path / "shop"
    folder.mkdir()
    os.chdir(folder)  # the fixture goes back
    page = (DOCS / name).read_text()
    assert BLOCK.search(page)
    told = BLOCK.sub(lambda block: f"```console\n{COMMAND.sub(lambda one: run(kampkin, one), block[1])}```", page)
    if UPDATE:
        (DOCS / name).write_text(told)
    assert told == page


def run(kampkin: Kampkin, command: re.Match[str]) -> str:
    """A command of the page with what it prints; `cat` is the page's own."""
    line, shown = command[1], command[2]
    if line.startswith("cat > "):
        Path(line.removeprefix("cat > ")).write_text(shown)
    elif line.startswith("cat "):
        shown = Path(line.removeprefix("cat ")).read_text()
    else:
        ran = kampkin(line.removeprefix("kampkin "))
        shown = ran.out + ran.err
    return f"$ {line}\n{shown}"
