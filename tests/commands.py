"""The commands that a page of docs/ tells a reader to run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ("deploy.md", "leave.md")

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:kampkin|pulumi|aws) [^`]+)`")
BEGINS = re.compile(r"(?:^|[|;(]\s*|&&\s*)((?:kampkin|pulumi|aws) )", re.MULTILINE)


def blocks(page: str) -> list[str]:
    """What stands in the page's blocks of shell, each as its lines."""
    return BLOCK.findall((DOCS / page).read_text())


def commands(page: str) -> Iterator[list[str]]:
    """Every command of ours, of Pulumi and of the AWS CLI, in a block or in a sentence, as its words. An ellipsis stands for what
    the reader fills in."""
    text = (DOCS / page).read_text()
    for block in [*BLOCK.findall(text), *INLINE.findall(text)]:
        for found in BEGINS.finditer(block):
            yield words_from(block[found.start(1) :].partition("\n")[0])


def words_from(line: str) -> list[str]:
    """The words of a command, up to where another begins or its output goes somewhere."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|;&<>")
    lexer.whitespace_split = True
    found: list[str] = []
    try:
        for word in lexer:
            if word in ("|", ";", "&&", ">", "2>&1"):
                break
            found.append(word)
    except ValueError:
        pass  # a quotation that goes on on the next line
    if found and found[-1].endswith(")") and "(" not in found[-1]:
        found[-1] = found[-1].removesuffix(")")
    return [word for word in found if word != "2"]
