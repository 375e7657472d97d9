"""Modules import what docs/architecture.md says, and only what stands above them there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "compiler" / "kampkin"
ANYWHERE = {"diagnostics", "errors"}
ROW = re.compile(r"^\| `(\w+)(?:\.py|/)` \|[^|]*\| ([^|;]*?)(?:;[^|]*)? \|$", re.MULTILINE)


def table() -> dict[str, set[str]]:
    """What each module or package may import, in the order of the page."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    return {name: set() if says == "nothing of ours" else set(says.split(", ")) for name, says in ROW.findall(page)}


def imports(path: Path) -> Iterator[str]:
    """The first parts of what a file imports of the package."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "kampkin":
            below = node.module.split(".")[1:2]
            yield from below or [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("kampkin."))


def test_imports_are_as_documented() -> None:
    """Neither an import that the table lacks, nor one that is there no more."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        unit = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        found.setdefault(unit, set()).update(imports(path))
    rows = table()
    names = set(rows)
    for unit in names:
        assert (found[unit] & names) - {unit} - ANYWHERE == rows[unit] - ANYWHERE, unit


def test_a_module_imports_only_what_stands_above_it() -> None:
    """So data flows one way."""
    rows = table()
    order = list(rows)
    for name, uses in rows.items():
        assert all(order.index(one) < order.index(name) for one in uses), name
