"""Shows findings the same way in every command."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TextIO

from kampkin.diagnostics import Diagnostic
from kampkin.formats.human import WIDTH, as_text, pieces
from kampkin.load import Loaded, load
from kampkin.plan import Plan


def plan_or_code(path: Path, environment: str | None) -> Plan | int:
    """The file's plan; or its findings are shown on standard error and this is the exit code.

    Warnings are shown either way. Raises `Cannot` for an environment the file does not have.
    """
    loaded = load(path, environment)
    code = found_or_code(loaded)
    return loaded.plan or code


def found_or_code(loaded: Loaded) -> int:
    """Shows the findings on standard error; the exit code: 0 with a plan, 1 without, 2 where there was nothing to read."""
    if loaded.diagnostics:
        show(loaded.diagnostics, loaded.texts, sys.stderr)
    if loaded.plan:
        return 0
    return 1 if loaded.readable else 2


def show(findings: Iterable[Diagnostic], texts: Mapping[str, str], stream: TextIO) -> None:
    """Prints findings for a person: on a terminal within its width, and in colours unless NO_COLOR is set."""
    if not stream.isatty():
        say(as_text(findings, texts), stream)
        return
    width = shutil.get_terminal_size((WIDTH, 1)).columns
    found = tuple(findings)
    if not found or os.environ.get("NO_COLOR"):
        say(as_text(found, texts, width), stream)
        return
    from rich.console import Console
    from rich.text import Text

    Console(file=stream, highlight=False).print(Text.assemble(*pieces(found, texts, width)), soft_wrap=True)


def say(text: str, stream: TextIO) -> None:
    """Prints a text; an empty one is nothing to say."""
    if text:
        print(text, file=stream)
