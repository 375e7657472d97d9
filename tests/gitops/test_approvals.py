"""`kampkin approval read`: who has approved, as GitHub knows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kampkin.approval.github import GitHub
from kampkin.errors import Cannot
from tests.clouds.github import REPOSITORY, WORKFLOW, LocalGitHub
from tests.gitops.conftest import DOCUMENT, Repository

HEAD, OLD = "b" * 40, "a" * 40


def approvals(repository: Repository, *dropped: str) -> dict[str, Any]:
    """What the command writes; what it says of approvals that do not count."""
    out: Path = repository.root.parent / "approvals.json"
    ran = repository.run("read", "--pr", 7, "--base", "main", "--out", out)
    assert (ran.returncode, ran.stderr.splitlines()) == (0, [f"the approval of {one}" for one in dropped])
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def test_a_persons_last_word_on_the_head_counts(repository: Repository, github: LocalGitHub) -> None:
    """A comment takes nothing back; a dismissal and a demand for changes do. Further pages are read."""
    github.open_pull(7, "eli", HEAD)
    github.teams["acme/platform"] = {}
    for login, state in (
        ("dana", "CHANGES_REQUESTED"),
        ("dana", "APPROVED"),
        ("dana", "COMMENTED"),
        ("finn", "APPROVED"),
        ("finn", "DISMISSED"),
        ("gwen", "APPROVED"),
        ("gwen", "CHANGES_REQUESTED"),
        ("hugo", "COMMENTED"),
    ):
        github.review(7, login, state, HEAD)
    assert approvals(repository) == {
        "version": 1,
        "author": "eli",
        "head": HEAD,
        "approvals": ["dana"],
        "unread_teams": [],
    }


def test_what_is_no_approval_of_it(repository: Repository, github: LocalGitHub) -> None:
    """The author's own, whatever the case of the letters; one of an older commit; an app's; one that a text only speaks of."""
    github.open_pull(7, "eli", HEAD)
    github.pulls[7]["body"] = "Approved-by: dana\n@acme/platform approved"
    github.review(7, "Eli", "APPROVED", HEAD)
    github.review(7, "dana", "APPROVED", OLD)
    github.review(7, "github-actions[bot]", "APPROVED", HEAD, kind="Bot")
    assert (
        approvals(
            repository,
            "@Eli does not count: @Eli is the author",
            f"@dana does not count: @dana approved {OLD[:12]}, not the head {HEAD[:12]}",
            "@github-actions[bot] does not count: @github-actions[bot] is no person",
        )["approvals"]
        == []
    )


def test_a_team_approves_by_its_members(repository: Repository, github: LocalGitHub) -> None:
    """Those that the base's file names alone, and by a member of today; an invited one is none."""
    github.open_pull(7, "eli", HEAD)
    github.teams["acme/platform"] = {"gwen": "active", "hugo": "pending"}
    github.review(7, "hugo", "APPROVED", HEAD)
    assert approvals(repository)["approvals"] == ["hugo"]
    github.review(7, "gwen", "APPROVED", HEAD)
    assert approvals(repository)["approvals"] == ["@acme/platform", "gwen", "hugo"]


def test_the_pull_requests_own_approvers_are_none(repository: Repository, github: LocalGitHub) -> None:
    """A branch that names another team does not make it one."""
    own = DOCUMENT.replace("@acme/platform", "@acme/friends")
    github.teams |= {"acme/friends": {"gwen": "active"}, "acme/platform": {}}
    head = repository.branch("own", {"kampkin.yaml": own})
    github.review(7, "gwen", "APPROVED", head)
    assert approvals(repository)["approvals"] == ["gwen"]


def test_a_team_that_the_token_may_not_know_approves_nothing(repository: Repository, github: LocalGitHub) -> None:
    """It is said, with the token that it takes; persons count all the same."""
    github.open_pull(7, "eli", HEAD)
    github.review(7, "dana", "APPROVED", HEAD)
    ran = repository.run("read", "--pr", 7, "--base", "main", "--out", "found.json")
    assert ran.returncode == 0
    assert "@acme/platform" in ran.stderr
    assert "KAMPKIN_TEAMS_TOKEN" in ran.stderr
    found = json.loads((repository.root / "found.json").read_text())
    assert (found["approvals"], found["unread_teams"]) == (["dana"], ["acme/platform"])


def test_what_is_written_is_what_diff_takes(repository: Repository, github: LocalGitHub) -> None:
    """A team among the approvers of the base counts for a budget; a person who is on no list does not."""
    loose = repository.edit("approvers:", "max_loosened: 0, approvers:").replace("@dana", "@ines")
    repository.write({"kampkin.yaml": loose})
    repository.commit("a budget")
    head = repository.branch("slow", {"kampkin.yaml": loose.replace("timeout: 3s", "timeout: 30s")})
    github.teams["acme/platform"] = {"gwen": "active"}
    for login, code in (("hugo", 3), ("eli", 3), ("gwen", 0)):
        github.review(7, login, "APPROVED", head)
        out = repository.root.parent / "approvals.json"
        repository.run("read", "--pr", 7, "--base", "main", "--out", out)
        ran = repository.diff("slow", "--base", "main", "--enforce", "--approved-by", out)
        assert ran.returncode == code, (login, ran.stderr)
        assert ("@acme/platform" in ran.stderr) is bool(code)


def test_the_base_is_where_its_branch_is_now(repository: Repository, github: LocalGitHub) -> None:
    """Without --base: not the commit that the pull request was opened on, when other approvers were named."""
    github.teams["acme/friends"] = {"gwen": "active"}
    repository.branch("change", {"kampkin.yaml": repository.edit("timeout: 3s", "timeout: 4s")})
    head = github.pulls[7]["head"]["sha"]
    github.review(7, "gwen", "APPROVED", head)
    repository.write({"kampkin.yaml": repository.edit("@acme/platform", "@acme/friends")})
    github.branches["main"] = repository.commit("others approve")
    out = repository.root.parent / "approvals.json"
    ran = repository.run("read", "--pr", 7, "--repo", REPOSITORY, "--out", out, GITHUB_REPOSITORY="")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(out.read_text())["approvals"] == ["@acme/friends", "gwen"]
    github.branches["main"] = "e" * 40
    ran = repository.run("read", "--pr", 7, "--out", out)
    assert ran.returncode == 2
    assert "fetch" in ran.stderr


def test_an_answer_that_is_not_githubs_is_said(github: LocalGitHub) -> None:
    """Such as the page of a proxy, with a status that is fine."""
    github.faults = [(200, {})]
    github.fault_body = "<html>sign in</html>"
    with pytest.raises(Cannot, match="not as GitHub's API does"):
        api(github, []).get("pulls/7")


def api(github: LocalGitHub, waits: list[float]) -> GitHub:
    """The client, with its waits written down instead of waited."""
    return GitHub(github.url, REPOSITORY, WORKFLOW, waits.append)


def test_faults_and_limits_are_waited_out(github: LocalGitHub) -> None:
    """As long as GitHub says, or longer each time."""
    github.open_pull(7, "eli", HEAD)
    github.faults = [(502, {}), (503, {}), (403, {"retry-after": "7"})]
    waits: list[float] = []
    assert api(github, waits).get("pulls/7")["number"] == 7
    assert waits == [1, 2, 7]


@pytest.mark.parametrize(
    ("faults", "says"),
    [
        ([(502, {})] * 9, "502"),
        ([(403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999"})], "403"),
        ([(403, {})], "403"),
    ],
    ids=["down", "limit-for-hours", "forbidden"],
)
def test_what_does_not_pass_is_said(github: LocalGitHub, faults: list[tuple[int, dict[str, str]]], says: str) -> None:
    """After four tries, and at once where waiting is no use."""
    github.faults = faults
    with pytest.raises(Cannot, match=says):
        api(github, []).get("pulls/7")
    assert len(github.asked) == (4 if says == "502" else 1)


def test_a_change_is_not_made_twice(github: LocalGitHub) -> None:
    """A fault may have come after it was made."""
    github.faults = [(502, {})]
    with pytest.raises(Cannot, match="502"):
        api(github, []).send("POST", "issues", {"title": "x", "body": "y"})
    assert github.issues == []


def test_the_token_goes_nowhere_else(repository: Repository, github: LocalGitHub) -> None:
    """Not over what is not encrypted; and no message has it."""
    ran = repository.run("read", "--pr", 7, "--base", "main", "--out", "x", GITHUB_API_URL="http://github.example")
    assert ran.returncode == 2
    assert "not encrypted" in ran.stderr
    ran = repository.run("read", "--pr", 7, "--base", "main", "--out", "x", token="wrong-token")
    assert ran.returncode == 2
    assert "401" in ran.stderr
    assert "wrong-token" not in ran.stderr


@pytest.mark.parametrize("role", ["none", "read", "triage", "auditor"])
def test_who_may_not_write_approves_nothing(repository: Repository, github: LocalGitHub, role: str) -> None:
    """Anybody may review in a public repository, and a collaborator may be one who only reads: not even for a team."""
    github.open_pull(7, "eli", HEAD)
    github.teams["acme/platform"] = {"mallory": "active"}
    github.roles["mallory"] = role
    github.review(7, "mallory", "APPROVED", HEAD)
    said = f"@mallory does not count: @mallory may not write to {REPOSITORY}, as the role {role}"
    assert approvals(repository, said)["approvals"] == []


@pytest.mark.parametrize("role", ["write", "maintain", "admin", "release-manager"])
def test_who_may_write_approves(repository: Repository, github: LocalGitHub, role: str) -> None:
    """Though GitHub calls a member whose membership is private a mere contributor."""
    github.open_pull(7, "eli", HEAD)
    github.teams["acme/platform"] = {}
    github.roles["dana"] = role
    github.review(7, "dana", "APPROVED", HEAD)
    assert approvals(repository)["approvals"] == ["dana"]


def test_what_somebody_may_do_and_is_not_told_counts_for_nothing(repository: Repository, github: LocalGitHub) -> None:
    """It is said, with what the token lacks."""
    github.open_pull(7, "eli", HEAD)
    github.is_telling = False
    github.review(7, "dana", "APPROVED", HEAD)
    said = "@dana does not count: @dana may do here what GitHub does not tell this token: it takes Metadata: read, as each job's own token has it"
    assert approvals(repository, said)["approvals"] == []


def test_an_environments_own_teams_are_looked_up(repository: Repository, github: LocalGitHub) -> None:
    """An approver that only prod names."""
    document = repository.edit("  prod: {endpoints:", '  prod: {safety: {approvers: ["@acme/oncall"]}, endpoints:')
    repository.write({"kampkin.yaml": document})
    repository.commit("oncall approves for prod")
    head = repository.branch("change", {"kampkin.yaml": repository.edit("timeout: 2s", "timeout: 4s")})
    github.teams["acme/oncall"] = {"frank": "active"}
    github.review(7, "frank", "APPROVED", head)
    repository.run("read", "--pr", "7", "--base", "main", "--out", "approvals.json")
    assert json.loads((repository.root / "approvals.json").read_text())["approvals"] == ["@acme/oncall", "frank"]


def test_a_head_that_has_moved_on_is_refused(repository: Repository, github: LocalGitHub) -> None:
    """What was looked at is not what is approved now; nothing is written."""
    github.open_pull(7, "eli", HEAD)
    github.review(7, "dana", "APPROVED", HEAD)
    out = repository.root / "approvals.json"
    command = ("read", "--pr", 7, "--base", "main", "--out", out, "--head")
    ran = repository.run(*command, OLD)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"kampkin: the head of #7 is {HEAD[:12]}, not {OLD[:12]}: ")
    assert not out.exists()
    assert repository.run(*command, HEAD).returncode == 0
    assert json.loads(out.read_text())["approvals"] == ["dana"]


@pytest.mark.parametrize(("author", "committer"), [("Gwen", "web-flow"), ("eli", "gwen"), ("gwen", None)])
def test_who_wrote_a_commit_of_it_is_no_approver(
    repository: Repository, github: LocalGitHub, author: str | None, committer: str | None
) -> None:
    """Neither as a person nor for a team, whatever the case of the letters; it is said. On a later page, too."""
    github.open_pull(7, "eli", HEAD)
    github.push_commit(7, "eli", "eli")
    github.push_commit(7, author, committer)
    github.push_commit(7, None, None)
    github.teams["acme/platform"] = {"gwen": "active"}
    github.review(7, "gwen", "APPROVED", HEAD)
    github.review(7, "dana", "APPROVED", HEAD)
    out = repository.root / "approvals.json"
    ran = repository.run("read", "--pr", 7, "--base", "main", "--out", out)
    assert ran.returncode == 0
    assert "@gwen has a commit in #7" in ran.stderr
    assert json.loads(out.read_text())["approvals"] == ["dana"]


def test_a_commit_of_nobody_takes_no_approval_away(repository: Repository, github: LocalGitHub) -> None:
    """GitHub does not know its author."""
    github.open_pull(7, "eli", HEAD)
    github.push_commit(7, None, None)
    github.teams["acme/platform"] = {"gwen": "active"}
    github.review(7, "gwen", "APPROVED", HEAD)
    assert approvals(repository)["approvals"] == ["@acme/platform", "gwen"]


def test_more_commits_than_github_lists_are_refused(repository: Repository, github: LocalGitHub) -> None:
    """Who wrote the rest is not known."""
    github.open_pull(7, "eli", HEAD)
    for _ in range(250):
        github.push_commit(7, "eli", "eli")
    github.per_page = 100
    github.review(7, "dana", "APPROVED", HEAD)
    ran = repository.run("read", "--pr", 7, "--base", "main", "--out", "approvals.json")
    assert ran.returncode == 2
    assert "#7 has 251 commits, and GitHub lists 250" in ran.stderr
