"""`kampkin codeowners`: who reviews which file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kampkin.codeowners import unowned

ROOT = """\
version: 1
include: [teams/*.yaml]
targets: [cloudflare]
owners:
  shop: {github: "@acme/shop"}
  search: {github: search@acme.dev}
  nobody: {}
endpoints:
  cart: {owner: shop, origin: https://cart.acme.dev, fallback: {status: 503, file: fallbacks/cart page.html}}
  lost: {owner: nobody, origin: https://lost.acme.dev}
"""
TEAM = """\
endpoints:
  find: {owner: search, origin: https://find.acme.dev, fallback: {status: 503, file: ../fallbacks/cart page.html}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with a document below its root, and a team's file."""
    files = {"edge/kampkin.yaml": ROOT, "edge/teams/find.yaml": TEAM, "edge/fallbacks/cart page.html": "resting"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for arguments in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    return tmp_path / "edge"


def printed(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the command."""
    command = [sys.executable, "-m", "kampkin", "codeowners"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_each_file_is_for_the_owners_of_its_endpoints(folder: Path) -> None:
    """From the root of the repository, sorted; a fallback's file for all who use it, with what CODEOWNERS would misread escaped."""
    assert printed(folder).stdout.splitlines()[1:4] == [
        "/edge/fallbacks/cart\\ page.html @acme/shop search@acme.dev",
        "/edge/kampkin.yaml @acme/shop",
        "/edge/teams/find.yaml search@acme.dev",
    ]


def test_the_document_is_for_its_approvers(folder: Path) -> None:
    """Where `safety` names some."""
    (folder / "kampkin.yaml").write_text(ROOT + 'safety: {approvers: ["@acme/platform", "@dana"]}\n')
    ran = printed(folder)
    assert (ran.returncode, ran.stdout.splitlines()[2]) == (0, "/edge/kampkin.yaml @acme/platform @dana")


def test_without_anybody_it_says_how_to_name_one(folder: Path) -> None:
    """It ends with 2."""
    (folder / "kampkin.yaml").write_text("version: 1\nendpoints: {cart: https://cart.acme.dev}\n")
    ran = printed(folder)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("kampkin: no owner in kampkin.yaml has a github\n  hint: ")


DEPLOYING = ["/.github/", "/edge/.venv/", "/edge/requirements.txt", "/edge/stacks/"]


def test_what_deploys_is_for_the_approvers(folder: Path) -> None:
    """Behind every other line, of which the last one counts; theirs is what no owner has, too."""
    (folder / "kampkin.yaml").write_text(ROOT + 'safety: {approvers: ["@acme/platform", "@dana"]}\n')
    (folder / "teams" / "none.yaml").write_text("endpoints:\n  none: {origin: https://none.acme.dev}\n")
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    lines = printed(folder).stdout.splitlines()
    assert "/edge/teams/none.yaml @acme/platform @dana" in lines
    assert "/edge/teams/find.yaml search@acme.dev" in lines
    assert lines[-4:] == [f"{path} @acme/platform @dana" for path in DEPLOYING]


def test_without_approvers_what_deploys_is_a_comment(folder: Path) -> None:
    """To be filled in: a team that is not there would look like an owner and be none."""
    lines = printed(folder).stdout.splitlines()
    assert lines[-4:] == [f"# {path} @organisation/team" for path in DEPLOYING]
    assert "safety.approvers" in lines[-6]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", DEPLOYING),
        ("* @acme/all\n", []),
        ("* @acme/all\n/edge/stacks/\n", ["/edge/stacks/"]),
        ("* @acme/all\n/edge/stacks/aws/\n", ["/edge/stacks/"]),
        ("/edge/ @acme/edge  # /.github/ @acme/edge\n", ["/.github/"]),
        ("\n".join(f"{path.rstrip('/')} @dana" for path in DEPLOYING), []),
        ("/edge/stacks/aws/ @dana\n", DEPLOYING),
        ("/ed @dana\n", DEPLOYING),
    ],
)
def test_what_a_codeowners_leaves_to_nobody(folder: Path, text: str, left: list[str]) -> None:
    """The last line that matches counts, and one without an owner takes it away."""
    assert unowned(text, folder / "kampkin.yaml") == left
