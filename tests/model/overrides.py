"""What a person or the file decides about a breaker (Verdicts, rule 1; Transitions)."""

from __future__ import annotations

from typing import NamedTuple

from kampkin.plan import Override

FORCED = ("forced-open", "forced-closed")


class Ruling(NamedTuple):
    """An override set at run time."""

    mode: str
    until: int
    """ms."""


Decided = Ruling | Override


def in_force(ruling: Ruling | None, file: Override | None, now: int) -> Decided | None:
    """The one in force: the record's before the file's."""
    decided: tuple[Decided | None, ...] = (ruling, file)
    return next((one for one in decided if one and now < one.until), None)


def forced(ruling: Ruling | None, file: Override | None, now: int) -> bool:
    """Whether a forced mode is in force: then nothing is counted or judged."""
    found = in_force(ruling, file, now)
    return found is not None and found.mode in FORCED


def over(ruling: Ruling | None, file: Override | None, since: int, now: int) -> str | None:
    """The forced mode whose time is over and that no transition has ended yet, where none other is in force; `since` is
    when the breaker came into its state."""
    if forced(ruling, file, now):
        return None
    if ruling and ruling.mode in FORCED and ruling.until <= now:
        return ruling.mode
    if file and file.mode in FORCED and since < file.until <= now:
        return file.mode
    return None
