"""Files to begin from: every case, the two files that are the language, the documentation's and the repository's own."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MAIN = "kampkin.yaml"
BESIDE = ("teams", "fallbacks")
"""Folders that the files of the language name files in."""

WHOLE_FILE = re.compile(r"^```yaml kampkin\n(.*?)^```$", re.MULTILINE | re.DOTALL)

INCLUDING = """\
version: 1
include: [teams/*.yaml]
targets: {cloudflare: {host: edge.acme.dev}}
defaults: {timeout: 4s, breaker: {half_open: {ramp: 1m}}}
profiles: {third-party: {timeout: 10s, breaker: {cooldown: 1m}}}
endpoints:
  cart: {origin: https://cart.acme.dev, profile: third-party, timeout: 3s}
environments:
  staging: {endpoints: {maps: {timeout: 1s}, cart: null}, profiles: {third-party: {timeout: 5s}}}
"""
"""A sound file that takes a team's."""


@dataclass(frozen=True)
class Seed:
    """A folder's files: `kampkin.yaml`, and those of teams."""

    name: str
    files: dict[str, str]


def sound() -> list[Seed]:
    """Files that come to a plan, and the whole language."""
    teams = {f"teams/{path.name}": path.read_text() for path in sorted((HERE / "teams").iterdir())}
    pages = WHOLE_FILE.findall((ROOT / "docs" / "language.md").read_text())
    alone = {
        **{path.parent.name: path.read_text() for path in cases() if (path.parent / "plan.json").exists()},
        **{f"docs-{number}": text for number, text in enumerate(pages)},
        "ours": (ROOT / MAIN).read_text(),
        "smallest": (HERE / "smallest.yaml").read_text(),
    }
    with_teams = {"everything": (HERE / "everything.yaml").read_text(), "including": INCLUDING}
    return [
        *(Seed(name, {MAIN: text} | teams) for name, text in with_teams.items()),
        *(Seed(name, {MAIN: text}) for name, text in alone.items()),
    ]


def unsound() -> list[Seed]:
    """The cases of findings."""
    return [
        Seed(path.parent.name, {MAIN: path.read_bytes().decode("utf-8", "replace")})
        for path in cases()
        if not (path.parent / "plan.json").exists()
    ]


def cases() -> list[Path]:
    """The files of all cases."""
    return sorted((ROOT / "tests" / "cases").glob(f"*/{MAIN}"))


def lay_out(folder: Path) -> None:
    """What the files name, into an empty folder."""
    for part in BESIDE:
        shutil.copytree(HERE / part, folder / part)
