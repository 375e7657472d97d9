"""`kampkin watch`: the board, looked at again and again. On a terminal it is one picture that changes; on a pipe, and on a
terminal that moves no cursor, a line for each breaker that has changed."""

from __future__ import annotations

import sys
import threading

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from kampkin.errors import Cannot
from kampkin.operate import show, words
from kampkin.operate.aws import wall_ms
from kampkin.operate.board import Board, board
from kampkin.operate.edge import Place, Status
from kampkin.operate.session import Session

HOLD = threading.Event()
"""Never set: to wait for it is a sleep that Ctrl-C ends at once."""


def watch(session: Session, every_s: float, as_json: bool) -> int:
    """Looks until Ctrl-C, or until nobody reads."""
    console = Console(highlight=False)
    if as_json or not sys.stdout.isatty() or console.is_dumb_terminal:
        return in_lines(session, every_s, as_json)
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            session, seen = look(session)
            live.update(picture(seen, every_s, console), refresh=True)
            HOLD.wait(every_s)


def look(session: Session) -> tuple[Session, Board]:
    """The session as it is now, and its board; while its `kampkin dev` is away each place says so."""
    try:
        session = session.now()
    except Cannot as problem:
        away = [(place, None, problem) for place in session.places]
        return session, Board(wall_ms(), session.digest, tuple(session.plan.targets), (), away)
    return session, board(session, wall_ms())


def picture(seen: Board, every_s: float, console: Console) -> Group:
    """How old it is, what could not be had, and of the board as many breakers as the screen has room for."""
    head = Text(f"{words.moment(seen.at_ms)}, again every {every_s:g} s; Ctrl-C ends", "dim")
    wrong = [Text(line, "yellow") for line in show.complaints(seen.problems)]
    above = [line for text in (head, *wrong) for line in text.wrap(console, console.width)]
    columns, *rows = show.blocks(seen, console)
    lines = [*above, *columns]
    for shown, row in enumerate(rows):
        last = shown == len(rows) - 1
        if len(lines) + len(row) > console.height - (not last):
            return Group(*lines, Text(f"+{len(rows) - shown} quieter", "dim"))
        lines += row
    return Group(*lines)


def in_lines(session: Session, every_s: float, as_json: bool) -> int:
    """A line for each breaker at each place whenever it has changed, and what cannot be had; as JSON a whole board, a line each time."""
    seen: dict[tuple[str, Place], tuple[Status, int]] = {}
    wrong: list[str] = []
    while True:
        before = session
        session, found = look(session)
        if session is not before:
            seen.clear()  # all begins anew there
        if as_json:
            print(show.as_json_line(show.board_json(found)), flush=True)
        else:
            for sight in found.sights:
                status = sight.status
                was = seen.get((status.breaker, status.place))
                seen[status.breaker, status.place] = (status, found.at_ms)
                if was is None or words.moved(was[0], status, found.at_ms - was[1]):
                    print(words.moment(found.at_ms), *show.cells(sight, found), sep="  ", flush=True)
            if wrong != (wrong := show.complaints(found.problems)):
                show.complain(found.problems)
        HOLD.wait(every_s)
