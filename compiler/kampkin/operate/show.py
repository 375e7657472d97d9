"""What is seen of the breakers, at a terminal, on a pipe and as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from kampkin.operate import words
from kampkin.operate.board import Board, Sight
from kampkin.operate.edge import Place, Status
from kampkin.operate.session import Problem

HEAD = ("breaker", "place", "state", "since")
INDENT = "    "


def blocks(board: Board, console: Console) -> Iterator[list[Text]]:
    """For a terminal, within its width: the lines of each breaker at each place, below those that name the columns. The rest
    in words is on lines of its own where it does not fit."""
    rows = [cells(sight, board) for sight in board.sights]
    widths = [max(map(cell_len, column)) for column in zip(HEAD, *(row[:-1] for row in rows), strict=True)]

    def headline(row: Sequence[str], styles: Sequence[str]) -> Text:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        line = Text("  ").join(map(Text, padded, styles))
        line.rstrip()
        return line

    yield [headline(HEAD, ["dim"] * len(HEAD))]
    for sight, (*first, rest) in zip(board.sights, rows, strict=True):
        line = headline(first, ("bold", "", words.tone(sight.status), ""))
        if line.cell_len + 2 + cell_len(rest) <= console.width:
            yield [Text.assemble(line, "  ", rest)]
        else:
            below = Text(rest).wrap(console, max(1, console.width - len(INDENT)))
            yield [*line.wrap(console, console.width), *(Text(INDENT) + part for part in below)]


def as_lines(board: Board) -> str:
    """For a pipe: a line for each breaker at each place."""
    return aligned(cells(sight, board) for sight in board.sights)


def cells(sight: Sight, board: Board) -> tuple[str, ...]:
    """Of one breaker at one place."""
    status = sight.status
    return (
        status.breaker,
        str(status.place),
        words.state(status),
        words.since(status, board.at_ms),
        "; ".join(words.told(sight, board)),
    )


def show(board: Board) -> None:
    """Prints it, and what could not be had on standard error."""
    if sys.stdout.isatty() and board.sights:
        console = Console(highlight=False)
        console.print(Text("\n").join(line for lines in blocks(board, console) for line in lines))
    elif board.sights:
        print(as_lines(board))
    complain(board.problems)


def complain(problems: Iterable[Problem]) -> None:
    """What could not be had, and what to do."""
    for line in complaints(problems):
        print(line, file=sys.stderr, flush=True)


def complaints(problems: Iterable[Problem]) -> list[str]:
    """One line for what is the same of several breakers at a place, or of several places, and its hint."""
    alike: dict[tuple[Place, str, str | None], list[str]] = {}
    for place, name, problem in problems:
        alike.setdefault((place, problem.message, problem.hint), []).extend([name] if name else [])
    return folded((", ".join([str(place), *names]), message, hint) for (place, message, hint), names in alike.items())


def folded(told: Iterable[tuple[str, str, str | None]]) -> list[str]:
    """Whose problem each is, the problem and its hint: one line for what is the same, and its hint."""
    alike: dict[tuple[str, str | None], list[str]] = {}
    for whose, message, hint in told:
        alike.setdefault((message, hint), []).append(whose)
    lines = []
    for (message, hint), all_of in alike.items():
        lines.append(f"{'; '.join(all_of)}: {message}")
        lines += [f"  hint: {hint}"] if hint else []
    return lines


def aligned(rows: Iterable[Sequence[str]]) -> str:
    """Rows as columns; the last is as long as it likes."""
    rows = [*rows]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)] if rows else []
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    )


def board_json(board: Board) -> dict[str, Any]:
    """For programs."""
    return {
        "version": 1,
        "at": board.at_ms,
        "plan": board.plan,
        "breakers": [sight_json(sight) for sight in board.sights],
        "unanswered": unanswered(board.problems),
    }


def sight_json(sight: Sight) -> dict[str, Any]:
    """For programs."""
    told = asdict(sight.numbers) if sight.numbers else None
    return status_json(sight.status) | {"last_hour": told, "turn": sight.turn}


def status_json(status: Status) -> dict[str, Any]:
    """For programs."""
    return asdict(status) | {"place": place_json(status.place)}


def place_json(place: Place) -> dict[str, str]:
    """For programs."""
    return {"target": place.target, "place": place.name}


def unanswered(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """What could not be had, for programs."""
    return [
        {"place": place_json(place), "breaker": name, "problem": problem.message, "hint": problem.hint}
        for place, name, problem in problems
    ]


def as_json(value: object) -> str:
    """As JSON that a person can read too."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def as_json_line(value: object) -> str:
    """As JSON on one line, for a stream of them."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
