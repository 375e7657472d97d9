"""The command `why`: what a failed update's log means, and what to do."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from kampkin.errors import Cannot
from kampkin.preview.failures import Failure, explained

FINE, UNKNOWN = 0, 1
VERSION = 1
"""Of the JSON."""

HINT = "pulumi up 2>&1 | tee log; kampkin why log"


def run(log: str, as_json: bool) -> int:
    """Explains a log, `-` for standard input; the exit code: 1 where nothing in it is known."""
    found = list(explained(text_of(log)))
    if as_json:
        print(
            json.dumps({"version": VERSION, "failures": [one.to_json() for one in found]}, indent=2, ensure_ascii=False)
        )
    elif found:
        print("\n\n".join(map(told, found)))
    else:
        print("nothing in this log is a failure that Kampkin knows: its last error says what there is", file=sys.stderr)
    return FINE if found else UNKNOWN


def text_of(log: str) -> str:
    """The log. Raises `Cannot` where there is none."""
    if log == "-" and sys.stdin.isatty():
        raise Cannot("which log?", HINT)
    try:
        data = sys.stdin.buffer.read() if log == "-" else Path(log).read_bytes()
    except OSError as problem:
        raise Cannot(f"could not read {log}: {problem.strerror}", HINT) from None
    if not data.strip():
        raise Cannot("the log is empty", HINT)
    return data.decode(errors="replace")


def told(failure: Failure) -> str:
    """For a person."""
    lines = [failure.means, f"  do: {failure.do}"]
    return "\n".join([*lines, f"  run: {failure.run}"] if failure.run else lines)
