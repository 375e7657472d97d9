"""A change of one setting: from, to, where it is written, and what it means; and what is written of what only comes or goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["loosens", "tightens", "neither"]


@dataclass(frozen=True)
class Where:
    """Where a value is written, and by what it holds for the endpoint."""

    layer: str
    """As `kampkin explain` has it: `defaults`, `profile NAME`, `endpoint NAME`, `built-in` …"""
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else self.layer


@dataclass(frozen=True)
class Change:
    """One setting."""

    key: str
    """In the file."""
    before: str
    after: str
    meaning: str
    direction: Direction = "neither"
    was: Where | None = None
    now: Where | None = None
    endpoints: tuple[str, ...] = ()
    """Of a setting that is no endpoint's: those that it reaches, of the ones that were there before."""


@dataclass(frozen=True)
class Stated:
    """What a file says of one setting."""

    key: str
    value: str
    where: Where
