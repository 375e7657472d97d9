"""Settings of a stack change what is deployed as a file does: they are told without Pulumi, and no secret with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.repository import git
from tests.review.conftest import Changed, Kampkin, Report

ACCOUNT = "config:\n  edge:accountId: 0123456789abcdef0123456789abcdef\n"
QUICK = ("--no-behaviour", "--no-promises")


def stack(folder: Path, target: str, settings: str, environment: str = "prod") -> None:
    """Writes a stack's files."""
    place = folder / "stacks" / target
    place.mkdir(parents=True, exist_ok=True)
    (place / "Pulumi.yaml").write_text("name: edge\nruntime: python\n")
    (place / f"Pulumi.{environment}.yaml").write_text(settings)


def committed(folder: Path) -> None:
    """As everything is now."""
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", "stacks")


def test_a_setting_that_is_another(changed: Changed, kampkin: Kampkin) -> None:
    """From and to, what it says, by stack; what is left out is what then holds. The plan stays, and that is said too."""
    folder = changed()
    stack(folder, "cloudflare", ACCOUNT)
    stack(folder, "aws", "config:\n  edge:logDays: '14'\n  edge:tags: {team: edge}\n")
    committed(folder)
    stack(folder, "cloudflare", ACCOUNT + "  edge:protect: 'false'\n")
    stack(folder, "aws", "config:\n  edge:tags: {team: shop}\n")
    said = kampkin(folder, *QUICK).stdout.splitlines()
    assert said[0].endswith("no effect: every plan is what it was, but what a stack is told is not")
    assert said[said.index("Settings of the stacks") + 1 :] == [
        "    prod, aws",
        "    setting  before            after             what it says",
        "    logDays  14                30                How many days the functions' logs are kept.",
        '    tags     {"team": "edge"}  {"team": "shop"}  Your own tags, on everything that takes tags, beside '
        "`kampkin:project` and `kampkin:environment`.",
        "    prod, cloudflare",
        "    setting  before  after  what it says",
        "    protect  true    false  Whether what holds the breakers' state is kept from being deleted until it is let go: "
        "`pulumi state unprotect`.",
    ]


def test_nothing_is_told_where_nothing_changes(changed: Changed, report: Report) -> None:
    """Nor of a stack's file that no commit has, nor of one of another environment than the one asked for."""
    folder = changed(("cooldown: 10s", "cooldown: 20s"))
    stack(folder, "cloudflare", ACCOUNT)
    assert report(folder, *QUICK)["sections"] == []
    committed(folder)
    stack(folder, "cloudflare", ACCOUNT + "  edge:protect: 'false'\n")
    assert report(folder, *QUICK, "--env", "staging")["sections"] == []
    assert [one["title"] for one in report(folder, *QUICK, "--env", "prod")["sections"]] == ["Settings of the stacks"]


def test_what_may_be_a_secret_is_not_shown(changed: Changed, kampkin: Kampkin) -> None:
    """A setting that is one, written open or sealed, and a name of kampkin.yaml's."""
    folder = changed()
    stack(folder, "cloudflare", ACCOUNT + "  edge:adminToken: hunter2\n  edge:CART_KEY: hunter3\n")
    committed(folder)
    stack(folder, "cloudflare", ACCOUNT + "  edge:adminToken: {secure: djE6aHVudGVy}\n")
    run = kampkin(folder, *QUICK)
    assert "hunter" not in run.stdout
    assert "djE6" not in run.stdout
    told = [line.split("  ")[2:] for line in run.stdout.splitlines() if line.startswith("    ")]
    assert any(line[0].startswith("adminToken") for line in told)
    assert any(line[0].startswith("CART_KEY") for line in told)
    assert run.stdout.count("(not shown)") == 3


def test_a_stack_file_that_is_broken_is_said(changed: Changed, report: Report) -> None:
    """And the rest of the review is there."""
    folder = changed(("cooldown: 10s", "cooldown: 20s"))
    stack(folder, "cloudflare", ACCOUNT)
    committed(folder)
    stack(folder, "cloudflare", "config: [\n")
    told = report(folder, *QUICK)
    (section,) = told["sections"]
    assert section["note"].startswith("prod, cloudflare: ")
    assert section["note"].endswith("is no YAML")


def test_no_extra_is_needed() -> None:
    """Nor Pulumi's half a second."""
    program = "import sys, kampkin.review.command; sys.exit('pulumi' in sys.modules or 'boto3' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
