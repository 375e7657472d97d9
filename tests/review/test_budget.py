"""Guard rails hold a change against the `safety` of what it changes, whatever it says of itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kampkin.review.budget import Approvals, budget
from tests.repository import git

from .conftest import BEFORE, Changed, Kampkin

GONE = ("  legacy: {origin: https://old.acme.dev}\n", "")


def approved(folder: Path, author: str, *logins: str, version: int = 1) -> Path:
    """What the forge says."""
    path = folder / "approved.json"
    path.write_text(json.dumps({"version": version, "author": author, "approvals": logins, "head": "abc"}))
    return path


def test_within_the_budget_nobody_is_asked(changed: Changed, kampkin: Kampkin) -> None:
    """One may be loosened."""
    run = kampkin(changed(("https://cart.acme.dev,", "https://cart.acme.dev, timeout: 9s,")), "--enforce")
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([GONE], "safety.max_removed: 1 removed, 0 allowed in staging, prod: legacy"),
        (
            [("origin: https://old.acme.dev}", "origin: https://old.acme.dev, route: /old/*}")],
            "safety.max_removed: 0 removed, 1 without a URL that they had, 0 allowed in staging, prod: legacy",
        ),
        (
            [("host: edge.acme.dev", "host: other.acme.dev")],
            "safety.max_removed: 0 removed, 3 without a URL that they had, 0 allowed in staging, prod: cart, legacy, search",
        ),
        (
            [("aws: {}", "aws: {store: memory}")],
            "safety.max_loosened: 3 loosened, 1 allowed in staging, prod: cart, legacy, search",
        ),
        (
            [
                ("https://cart.acme.dev,", "https://cart.acme.dev, timeout: 9s,"),
                ("https://old.acme.dev}", "https://old.acme.dev, timeout: 9s}"),
            ],
            "safety.max_loosened: 2 loosened, 1 allowed in staging, prod: cart, legacy",
        ),
        (
            [("defaults: {breaker: {cooldown: 10s}}", "defaults: {breaker: {cooldown: 20s}}")],
            "safety.max_changed: 3 of 3 changed or removed, 70% allowed in staging, prod: cart, legacy, search",
        ),
        ([("max_removed: 0", "max_removed: 9")], "safety: safety itself changes in staging, prod"),
        ([('"@dana", ', '"@dana", "@mallory", ')], "safety: safety itself changes in staging, prod"),
        ([("endpoints:", "include: [teams/*.yaml]\nendpoints:")], "include: include itself changes in staging, prod"),
        (
            [("owners: {shop: {}", 'owners: {shop: {github: "@mallory"}')],
            "owners: owners itself changes in staging, prod",
        ),
    ],
    ids=["removed", "route", "host", "store", "loosened", "changed", "safety", "approvers", "include", "owners"],
)
def test_beyond_it_somebody_is(changed: Changed, kampkin: Kampkin, edits: list[tuple[str, str]], said: str) -> None:
    """What was allowed, what it is about, whose approval it takes, and where that is given."""
    folder = changed(*edits)
    (folder / "teams").mkdir()
    (folder / "teams" / "none.yaml").write_text("x-team: none\n")
    git(folder, "add", "--all")
    run = kampkin(folder, "--enforce")
    assert run.returncode == 3
    assert run.stderr.startswith("kampkin: this change needs an approval\n")
    assert said in run.stderr
    assert (
        "needs an approving review on the forge of its last commit, by @dana, @acme/platform; none by whoever"
        in run.stderr
    )
    assert said in run.stdout


def test_without_enforce_it_is_only_said(changed: Changed, kampkin: Kampkin) -> None:
    """A reviewer's own look never fails."""
    run = kampkin(changed(GONE))
    assert run.returncode == 0
    assert "needs an approving review" in run.stdout


def test_a_change_cannot_raise_its_own_budget(changed: Changed, kampkin: Kampkin) -> None:
    """The budget is the one of before; that it was touched is one reason more."""
    run = kampkin(changed(GONE, ("max_removed: 0", "max_removed: 9")), "--enforce")
    assert run.returncode == 3
    assert "safety.max_removed: 1 removed, 0 allowed" in run.stderr
    assert "safety: safety itself changes" in run.stderr


def test_a_change_cannot_name_its_own_approvers(changed: Changed, kampkin: Kampkin) -> None:
    """Who may approve stands in what was there before."""
    folder = changed(GONE, ('approvers: ["@dana", "@acme/platform"]', 'approvers: ["@mallory"]'))
    run = kampkin(folder, "--enforce", "--approved-by", str(approved(folder, "eli", "mallory")))
    assert run.returncode == 3
    assert "by @dana, @acme/platform" in run.stderr


@pytest.mark.parametrize(
    ("author", "logins", "code"),
    [
        ("eli", ["dana"], 0),
        ("eli", ["Dana"], 0),
        ("eli", ["frank", "@acme/platform"], 0),
        ("eli", ["frank"], 3),
        ("eli", [], 3),
        ("dana", ["dana"], 3),
        ("Dana", ["dana", "frank"], 3),
    ],
)
def test_only_an_approver_who_is_not_the_author_counts(
    changed: Changed, kampkin: Kampkin, author: str, logins: list[str], code: int
) -> None:
    """Whatever anybody writes."""
    folder = changed(GONE)
    run = kampkin(folder, "--enforce", "--approved-by", str(approved(folder, author, *logins)))
    assert run.returncode == code, run.stderr
    assert ("approved by" in run.stdout) == (code == 0)


def test_without_approvers_anybody_else_may(changed: Changed, kampkin: Kampkin) -> None:
    """But its author."""
    before = BEFORE.replace(', approvers: ["@dana", "@acme/platform"]', "")
    folder = changed(GONE, before=before)
    assert kampkin(folder, "--enforce", "--approved-by", str(approved(folder, "eli", "frank"))).returncode == 0
    assert kampkin(folder, "--enforce", "--approved-by", str(approved(folder, "eli", "eli"))).returncode == 3


@pytest.mark.parametrize("content", ["", "[]", '{"version": 2, "author": "a", "approvals": []}', '{"version": 1}'])
def test_what_is_no_list_of_approvals_is_told(changed: Changed, kampkin: Kampkin, content: str) -> None:
    """And never taken for one."""
    folder = changed(GONE)
    (folder / "approved.json").write_text(content)
    run = kampkin(folder, "--enforce", "--approved-by", "approved.json")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("kampkin: approved.json holds no approvals")


def test_an_environments_own_safety_holds_there(changed: Changed, kampkin: Kampkin) -> None:
    """Staging may lose what prod may not."""
    before = BEFORE.replace("  staging: {}", "  staging: {safety: {max_removed: 5}}")
    run = kampkin(changed(GONE, before=before), "--enforce")
    assert "safety.max_removed: 1 removed, 0 allowed in prod: legacy" in run.stderr
    assert "max_removed: 1 removed, 5" not in run.stderr


@pytest.mark.parametrize("order", [("staging", "prod"), ("prod", "staging")])
def test_an_environments_own_approvers_decide_there(changed: Changed, kampkin: Kampkin, order: tuple[str, str]) -> None:
    """In whatever order a change puts the environments: who may approve for staging may not for prod."""
    own = {"staging": '  staging: {safety: {approvers: ["@sam"]}}\n', "prod": "  prod: {}\n"}
    before = BEFORE.partition("  staging: {}")[0]
    after = (before + "".join(own[name] for name in order)).replace(*GONE)
    folder = changed(before=before + own["prod"] + own["staging"], after=after)
    run = kampkin(folder, "--enforce", "--approved-by", str(approved(folder, "eli", "sam")))
    assert run.returncode == 3
    assert "allowed in staging: legacy (approved by sam)" in run.stderr
    assert "needs an approving review on the forge of its last commit, by @dana, @acme/platform;" in run.stderr
    run = kampkin(folder, "--enforce", "--approved-by", str(approved(folder, "eli", "sam", "dana")))
    assert (run.returncode, run.stderr) == (0, "")


def test_what_only_the_file_says_is_told(changed: Changed, kampkin: Kampkin) -> None:
    """Who raises a budget shows from what to what, though no plan is another."""
    folder = changed(
        ("max_removed: 0", "max_removed: 9"),
        ('"@dana", ', ""),
        ("owners: {shop: {}", 'owners: {shop: {github: "@mallory", routes: [/cart/*]}'),
    )
    said = kampkin(folder).stdout
    assert "no effect: every plan is what it was, but what is asked of a change is not" in said
    assert "safety.max_removed: 0 -> 9 in every environment\n    endpoints that one change removes: at most 9" in said
    assert "safety.approvers: [@dana, @acme/platform] -> [@acme/platform]" in said
    assert "owners.shop.github: none -> @mallory" in said
    assert "owners.shop.routes: none -> [/cart/*]" in said


def test_a_budget_is_not_spent_by_what_is_new(changed: Changed, kampkin: Kampkin) -> None:
    """More endpoints are more, whatever the share."""
    run = kampkin(
        changed(("  legacy:", "".join(f"  e{at}: https://e{at}.acme.dev\n" for at in range(9)) + "  legacy:")),
        "--enforce",
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_a_rename_keeps_its_url_and_is_a_removal(changed: Changed, kampkin: Kampkin) -> None:
    """The name is the identity: state, history and log lines end; callers notice nothing."""
    run = kampkin(
        changed(
            ("  legacy: {origin: https://old.acme.dev}", "  old: {origin: https://old.acme.dev, route: /legacy/*}")
        ),
        "--enforce",
    )
    assert run.returncode == 3
    assert "safety.max_removed: 1 removed, 0 allowed in staging, prod: legacy" in run.stderr
    assert "https://edge.acme.dev/legacy/* is old's now" in run.stdout
    assert "disappears" not in run.stdout


def test_no_reason_needs_no_approval() -> None:
    """Whoever has approved."""
    found = budget([], Approvals("eli", ()))
    assert not found.is_open
