"""What the demo looks like while it runs: three columns, a crowd of callers in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rich.columns import Columns
from rich.console import Group, RenderableType
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
MEANINGS = {
    "ok": "answered",
    "failed": "an error",
    "breaker": "answered by the breaker",
    "waiting": "waiting",
    "gave up": "gave up",
}
STATE_STYLES = {"closed": "black on green", "open": "white on red", "half-open": "black on yellow"}


def screen(phase: str, seconds: float, ways: list[Way], breakers: Mapping[str, BreakerStatus]) -> RenderableType:
    """The whole picture at one moment."""
    origin = {"healthy": "green", "500s": "red", "hanging": "bold red", "healed": "green"}.get(phase, "dim")
    head = Text.assemble(f"{seconds:5.1f} s   the origin is ", (f" {phase} ", f"reverse {origin}"))
    legend = Text("   ").join(
        Text.assemble((MARKS[kind][0], MARKS[kind][1]), f" {meaning}") for kind, meaning in MEANINGS.items()
    )
    columns = Columns([panel(way, breakers.get(way.name)) for way in ways], padding=(0, 1))
    return Group(head, columns, legend)


def panel(way: Way, status: BreakerStatus | None) -> Panel:
    """One way's callers, newest last, and its breaker."""
    facts = Table.grid(padding=(0, 1))
    facts.add_column(justify="right", width=5)
    facts.add_column()
    for kind, meaning in MEANINGS.items():
        if kind != "waiting":
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
    text = Text()
    for mark, style in marks[-STRIP:]:
        text.append(mark, style)
    text.pad_right(max(0, STRIP - len(marks)))
    return text
