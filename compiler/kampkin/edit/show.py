"""What the editing commands print: protected URLs, changed lines, the list of endpoints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import unified_diff

from rich import box
from rich.console import Console
from rich.table import Table

from kampkin.plan import Plan, TargetName
from kampkin.urls import protected_urls

NONE = "-"


@dataclass(frozen=True)
class Row:
    """An endpoint, as `kampkin list` has it."""

    name: str
    urls: Mapping[TargetName, str]
    origin: str
    owner: str | None
    profile: str | None
    file: str
    line: int


def urls_of(plan: Plan) -> dict[str, dict[TargetName, str]]:
    """The protected URLs of each endpoint, by name and by target."""
    found: dict[str, dict[TargetName, str]] = {}
    for target in plan.targets:
        for name, url in protected_urls(plan, target).items():
            found.setdefault(name, {})[target] = url
    return found


def url_lines(plans: Mapping[str | None, Plan], name: str) -> Iterator[str]:
    """An endpoint's protected URLs, each once, and the environments that alone have it."""
    where: dict[tuple[str, str], list[str]] = {}
    for environment, plan in plans.items():
        for target, url in urls_of(plan).get(name, {}).items():
            where.setdefault((target, url), []).append(environment or "")
    rows = sorted((target, others(names), url) for (target, url), names in where.items())
    for line in aligned((target, url, *only_in) for target, only_in, url in rows):
        yield f"  {line}"


def others(environments: list[str]) -> tuple[str, ...]:
    """The environments to name: none where the file without any is among them."""
    return () if "" in environments else (f"in {', '.join(environments)}",)


def changed_lines(name: str, before: bytes, after: bytes) -> Iterator[str]:
    """The lines that go and that come, below the place of the first."""
    old, new = (data.decode("utf-8-sig").splitlines() for data in (before, after))
    same = next(
        (n for n, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new))
    )
    yield f"{name}:{same + 1}"
    for line in [*unified_diff(old[same:], new[same:], n=0, lineterm="")][2:]:
        if not line.startswith("@@"):
            yield f"  {line}"


def as_json(environment: str | None, rows: Iterable[Row]) -> str:
    """The list for programs."""
    return json.dumps(
        {"environment": environment, "endpoints": [asdict(row) for row in rows]}, indent=2, ensure_ascii=False
    )


def as_columns(rows: Iterable[Row]) -> str:
    """The list as columns: a line for each protected URL."""
    return "\n".join(aligned((row.name, url, *rest(row)) for row in rows for url in row.urls.values()))


def as_table(rows: Iterable[Row], console: Console) -> None:
    """The list for a person at a terminal."""
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("endpoint", "protected URLs", "origin", "owner", "profile", "stands in"):
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(row.name, "\n".join(row.urls.values()), *rest(row))
    console.print(table)


def rest(row: Row) -> tuple[str, str, str, str]:
    """What follows the URLs in a row."""
    return row.origin, row.owner or NONE, row.profile or NONE, f"{row.file}:{row.line}"


def aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows as columns."""
    rows = [*rows]
    widths = [max(len(row[at]) if at < len(row) else 0 for row in rows) for at in range(max(map(len, rows), default=0))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
