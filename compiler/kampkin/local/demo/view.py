"""What the demo looks like while it runs: three columns, a crowd of callers in each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from typing import Literal

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from kampkin.local.demo.traffic import Answer, Kind, Way
from kampkin.local.status import BreakerStatus

STRIP = 64
WIDTH = 36

MARKS: dict[Kind | Literal["waiting"], tuple[str, str]] = {
    "ok": ("●", "green"),
    "failed": ("✗", "red"),
    "breaker": ("◆", "cyan"),
    "gave up": ("☠", "bold red"),
    "waiting": ("…", "yellow"),
}
MEANINGS: dict[Kind, str] = {
    "ok": "answered",
    "failed": "an error",
    "breaker": "answered by the breaker",
    "gave up": "gave up",
}
WAITING: tuple[Literal["waiting"], str] = ("waiting", "waiting")
STATE_STYLES = {"closed": "black on green", "open": "white on red", "half-open": "black on yellow"}


def screen(phase: str, seconds: float, ways: list[Way], breakers: Mapping[str, BreakerStatus]) -> RenderableType:
    """The whole picture at one moment."""
    origin = {"healthy": "green", "500s": "red", "hanging": "bold red", "healed": "green"}.get(phase, "dim")
    head = Text.assemble(f"{seconds:5.1f} s   the origin is ", (f" {phase} ", f"reverse {origin}"))
    meanings = [*MEANINGS.items(), WAITING]
    legend = Text("   ").join(Text.assemble(MARKS[kind], f" {meaning}") for kind, meaning in meanings)
    columns = Columns([panel(way, breakers.get(way.name)) for way in ways], padding=(0, 1))
    return Group(head, columns, legend)


def picture(shown: RenderableType) -> str:
    """A moment as an SVG that names no font of another server."""
    console = Console(
        record=True, file=StringIO(), width=3 * (WIDTH + 2), force_terminal=True, color_system="truecolor"
    )
    console.print(shown)
    svg = console.export_svg(title="kampkin demo")
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def panel(way: Way, status: BreakerStatus | None) -> Panel:
    """One way's callers, newest last, and its breaker."""
    facts = Table.grid(padding=(0, 1))
    facts.add_column(justify="right", width=5)
    facts.add_column()
    for kind, meaning in MEANINGS.items():
        facts.add_row(str(way.count(kind)), Text(meaning, style=MARKS[kind][1]))
    waiting = len(way.waiting)
    longest = f"waiting, the longest {way.longest_wait():.1f} s" if waiting else "waiting"
    facts.add_row(str(waiting), Text(longest, style="bold yellow" if waiting > 3 else "dim"))
    return Panel(Group(state(status), strip(way), facts), title=way.name, width=WIDTH, height=10)


def state(status: BreakerStatus | None) -> Text:
    """The breaker's state and why, or that there is none."""
    if status is None:
        return Text("no breaker", style="dim")
    why = f" {status.why.replace('_', ' ')}" if status.events else ""
    return Text.assemble((f" {status.state} ", STATE_STYLES[status.state]), (why, "dim"))


def strip(way: Way) -> Text:
    """The last answers, then those who still wait."""
    waiting = len(way.waiting)
    shown: list[Answer] = list(way.answers)[-max(0, STRIP - waiting) or len(way.answers) :]
    marks = [MARKS[answer.kind] for answer in shown] + [MARKS["waiting"]] * min(waiting, STRIP)
    text = Text(overflow="fold")
    for mark, style in marks[-STRIP:]:
        text.append(mark, style)
    text.pad_right(max(0, STRIP - len(marks)))
    return text
