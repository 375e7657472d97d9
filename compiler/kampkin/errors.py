"""The one exception that ends a command.

    Cannot      what was asked for could not be done: usage, I/O, a missing tool     exit 2

Problems found in a file are not exceptions but values: see `kampkin.diagnostics`.
"""

from __future__ import annotations


class Cannot(Exception):
    """Something could not be done; `hint` says what to run or change. Printed as one line each, exit 2."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
