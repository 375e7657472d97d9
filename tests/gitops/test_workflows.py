"""The workflows of a new repository, step by step in bash, with the real `kampkin`: from the first deployment to a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clouds.github import WORKFLOW, local_github
from tests.gitops.story import Story


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A repository that `kampkin init` has made, on a GitHub of its own."""
    with local_github() as github:
        yield Story(tmp_path, github)


def test_from_a_first_deployment_to_a_reviewed_one(story: Story) -> None:
    """Nothing that nobody reviewed goes up but by hand; then a pull request is shown, merged, and goes up: staging first."""
    assert story.up() == {"staging": "failure", "prod": "skipped"}
    assert "no merged pull request has a reviewed set" in story.runner.said("Is what goes up what was reviewed?")
    assert story.ups() == []
    assert story.up(unreviewed=True) == {"staging": "success", "prod": "success"}
    assert story.ups() == ["staging", "prod"]
    assert story.runner.calls()[-1][:2] == ["kampkin", "wait"]

    event = story.pull(7, {"kampkin.yaml": story.edit("cart.acme.dev, timeout: 3s", "cart.acme.dev, timeout: 2s")})
    assert story.runner.run("kampkin-check", "pull_request", story.merge_of, event) == {
        "check": "success",
        "review": "skipped",
        "preview": "skipped",
    }
    assert story.checked(event) == {"check": "skipped", "review": "success", "preview": "success"}
    prod = [body for body in story.comments(7) if body.startswith("<!-- kampkin:diff prod -->")]
    assert len(prod) == 1
    assert "`3s` | `2s`" in prod[0]
    assert "kampkin-worker" in prod[0]
    assert len(story.comments(7)) == 2

    story.merge(7)
    assert story.up() == {"staging": "success", "prod": "success"}
    assert "staging on cloudflare: 1 change, all reviewed" in story.runner.said("Is what goes up what was reviewed?")
    assert story.ups() == ["staging", "prod", "staging", "prod"]


def test_what_slips_in_at_a_merge_does_not_go_up(story: Story) -> None:
    """The engine is not called."""
    story.up(unreviewed=True)
    event = story.pull(7, {"kampkin.yaml": story.edit("cart.acme.dev, timeout: 3s", "cart.acme.dev, timeout: 2s")})
    story.checked(event)
    story.merge(7)
    (story.clone / "kampkin.yaml").write_text(story.edit("    timeout: 3s", "    timeout: 9s"))
    story.push("straight to main")
    assert story.up() == {"staging": "failure", "prod": "skipped"}
    said = story.runner.said("Is what goes up what was reviewed?")
    assert "refused, as 1 of 2 changes was in no reviewed set" in said
    assert "endpoints.search" in said
    assert story.ups() == ["staging", "prod"]


def test_a_stack_that_takes_up_another_file_does_not_go_up(story: Story) -> None:
    """Nor another environment than the one that was reviewed, though nothing of kampkin.yaml has changed."""
    story.up(unreviewed=True)
    assert story.up() == {"staging": "success", "prod": "success"}
    settings = story.clone / "stacks/cloudflare/Pulumi.prod.yaml"
    settings.write_text(settings.read_text() + "  kampkin-cloudflare:file: ../../other.yaml\n")
    story.push("another file")
    assert story.up() == {"staging": "success", "prod": "failure"}
    assert "Pulumi.prod.yaml: file is ../../other.yaml" in story.runner.said("Is what goes up what was reviewed?")
    assert story.ups() == ["staging", "prod"] * 2 + ["staging"]


def test_what_touches_code_gets_no_credentials(story: Story) -> None:
    """It is shown and recorded all the same; nothing that it brings along is run where a token is."""
    event = story.pull(
        8,
        {
            "kampkin.yaml": story.edit("cart.acme.dev, timeout: 3s", "cart.acme.dev, timeout: 2s"),
            "stacks/cloudflare/__main__.py": "raise SystemExit('run')\n",
            ".github/workflows/kampkin-check.yml": "name: evil\n",
            "yaml.py": "raise SystemExit('run')\n",
            "kampkin/__init__.py": "raise SystemExit('run')\n",
        },
    )
    assert story.checked(event) == {"check": "skipped", "review": "success", "preview": "skipped"}
    said = story.runner.said("Is it data only?")
    assert "not data only" in said
    assert "stacks/cloudflare/__main__.py: belongs to a program of Pulumi's" in said
    assert [run["head_sha"] for run in story.github.runs] == [event["pull_request"]["head"]["sha"]]
    assert len(story.comments(8)) == 2
    assert all("`kampkin-worker (WorkersScript)`" in body for body in story.comments(8)), "declared, without an engine"
    assert not [call for call in story.runner.calls() if call[0] == "pulumi"]


def test_over_budget_needs_an_approver(story: Story) -> None:
    """By the base's own budget, though the change raises it; not the author, nobody else; then it passes. It is posted either way."""
    text = story.edit("cart.acme.dev, timeout: 3s", "cart.acme.dev, timeout: 20s")
    text = text.replace('max_loosened: 0, approvers: ["@dana"]', 'max_loosened: 9, approvers: ["@eli", "@mallory"]')
    event = story.pull(9, {"kampkin.yaml": text})
    head = event["pull_request"]["head"]["sha"]
    for login in ("eli", "mallory"):
        story.github.review(9, login, "APPROVED", head)
        assert story.checked(event)["review"] == "failure"
        said = story.runner.said("Hold it against the budget of the base")
        assert "this change needs an approval" in said
        assert "@dana" in said
        assert "max_loosened" in story.comments(9)[0]
        assert "timeout: 3s -> 20s" in said, "the log has what a comment may have no room for"
    story.github.review(9, "dana", "APPROVED", head)
    assert story.checked(event) == {"check": "skipped", "review": "success", "preview": "success"}
    assert len(story.comments(9)) == 2


def test_the_preview_knows_who_approved(story: Story) -> None:
    """By the word of the job that may ask for a team's members: its own comment has the team's approval."""
    (story.clone / "kampkin.yaml").write_text(story.edit("@dana", "@acme/platform"))
    story.push("a team approves")
    story.github.teams["acme/platform"] = {"gwen": "active"}
    event = story.pull(9, {"kampkin.yaml": story.edit("cart.acme.dev, timeout: 3s", "cart.acme.dev, timeout: 20s")})
    story.github.review(9, "gwen", "APPROVED", event["pull_request"]["head"]["sha"])
    story.runner.secrets = {"KAMPKIN_TEAMS_TOKEN": WORKFLOW}
    assert story.checked(event) == {"check": "skipped", "review": "success", "preview": "success"}
    (prod,) = (body for body in story.comments(9) if body.startswith("<!-- kampkin:diff prod -->"))
    assert "kampkin-worker" in prod, "the preview's"
    assert "approved by @acme/platform" in prod
    assert len([call for call in story.github.asked if "/memberships/" in call]) == 1


def test_an_approval_of_a_later_head_is_none_of_this_one(story: Story) -> None:
    """A job that is run again after a push does not pass by what was said of the push."""
    text = story.edit("cart.acme.dev, timeout: 3s", "cart.acme.dev, timeout: 20s")
    event = story.pull(9, {"kampkin.yaml": text})
    recorded = story.checked(event)
    assert recorded["review"] == "failure"
    later = "d" * 40
    story.github.pulls[9]["head"]["sha"] = later
    story.github.review(9, "dana", "APPROVED", later)
    assert story.checked(event)["review"] == "failure"
    assert f"the head of #9 is {later[:12]}" in story.runner.said("Hold it against the budget of the base")


def test_a_fork_is_told_by_the_second_workflow(story: Story) -> None:
    """Its own run leaves the texts behind; they are posted on the pull request whose head that was, as its author's word."""
    event = story.pull(10, {"kampkin.yaml": story.edit("    timeout: 3s", "    timeout: 2s")}, fork=True)
    assert story.runner.run("kampkin-check", "pull_request", story.merge_of, event)["check"] == "success"
    assert story.comments(10) == []
    assert story.checked(event) == {"check": "skipped", "review": "success", "preview": "skipped"}
    assert story.comments(10) == []
    run = {
        "workflow_run": {
            "event": "pull_request",
            "id": 1,
            "head_sha": event["pull_request"]["head"]["sha"],
            "head_repository": {"full_name": "mallory/edge"},
        }
    }
    assert story.runner.run("kampkin-comment", "workflow_run", story.main, run) == {"comment": "success"}
    assert len(story.comments(10)) == 2
    assert all("read it as its author's word" in body for body in story.comments(10))
    assert all("`kampkin-worker (WorkersScript)`" in body for body in story.comments(10))

    (story.runner.artifacts["kampkin-report"] / "number").write_text("9; touch /tmp/x\n")
    assert story.runner.run("kampkin-comment", "workflow_run", story.main, run) == {"comment": "failure"}
    story.github.open_pull(11, "dana", "d" * 40)
    (story.runner.artifacts["kampkin-report"] / "number").write_text("11\n")
    assert story.runner.run("kampkin-comment", "workflow_run", story.main, run) == {"comment": "failure"}
    assert story.comments(11) == []


def test_a_broken_file_is_told_in_the_comment(story: Story) -> None:
    """The job fails, and the comment says where it is broken; or that the branch does not merge."""
    event = story.pull(12, {"kampkin.yaml": story.edit("timeout: 3s}", "timeout: 3}")})
    assert story.checked(event)["review"] == "failure"
    assert story.runner.run("kampkin-check", "pull_request", story.merge_of, event)["check"] == "failure"
    assert len(story.comments(12)) == 2
    assert all("the file has errors" in body and "timeout: 3}" in body for body in story.comments(12))
    event = story.pull(13, {"kampkin.yaml": story.edit("cart.acme.dev, timeout: 3s", "cart.acme.dev, timeout: 2s")})
    (story.clone / "kampkin.yaml").write_text(story.edit("cart.acme.dev, timeout: 3s", "cart.acme.dev, timeout: 1s"))
    story.push("meanwhile")
    assert story.checked(event)["review"] == "failure"
    assert all("does not merge" in body for body in story.comments(13))


def test_an_update_that_fails_says_why(story: Story) -> None:
    """And what comes behind it is not begun."""
    ran = story.runner.run("kampkin-up", "push", story.main, inputs={"unreviewed": True}, STANDIN_UP="fails")
    assert ran == {"up-staging": "failure", "up-prod": "skipped"}
    assert "no valid credential sources found" in story.runner.said("Up")
    assert story.ups() == ["staging"]


def test_drift_has_one_issue_an_environment(story: Story) -> None:
    """Opened, then closed when there is nothing left; drift is told what each stack recorded."""
    for code, state in (("0", None), ("1", "open"), ("2", "open"), ("0", "closed")):
        ran = story.runner.run("kampkin-drift", "schedule", story.main, STANDIN_DRIFT=code)
        assert ran == {"drift": "success"}
        assert {issue["title"]: issue["state"] for issue in story.github.issues} == (
            {"Drift in staging": state, "Drift in prod": state} if state else {}
        )
    looked = [call for call in story.runner.calls() if call[:2] == ["kampkin", "drift"]]
    assert [call[3] for call in looked[:2]] == ["staging", "prod"]
    for call in looked:
        target, _, path = call[call.index("--outputs") + 1].partition("=")
        assert target == "cloudflare"
        assert Path(path).read_text() == "{}\n"
        assert {"--engine", "--revert"} <= {*call}
    assert "the cart was edited by hand" in story.github.issues[0]["body"]


@pytest.mark.parametrize(
    ("inputs", "call"),
    [
        (
            {"action": "hold", "endpoint": "--all", "state": "monitor"},
            ["hold", "--all", "monitor", "--for=10m", "--reason=$(id) it's slow", "--owner=dana"],
        ),
        ({"action": "release", "endpoint": "cart"}, ["release", "cart"]),
        ({"action": "flip", "endpoint": "cart", "state": "half-open"}, ["flip", "cart", "half-open"]),
    ],
    ids=lambda value: value["action"] if isinstance(value, dict) else "",
)
def test_an_operator_speaks_under_their_own_name(story: Story, inputs: dict[str, str], call: list[str]) -> None:
    """Whoever runs the workflow is the owner, and what git calls the person; a reason is a text whatever is in it."""
    said = {"environment": "prod", "state": "open", "for": "10m", "reason": "$(id) it's slow", **inputs}
    assert story.runner.run("kampkin-flip", "workflow_dispatch", story.main, inputs=said) == {"flip": "success"}
    assert story.runner.calls()[0] == ["kampkin", *call, "--env", "prod", "--yes", "dana"]


def test_an_endpoint_is_a_name(story: Story) -> None:
    """Not an option."""
    said = {
        "environment": "prod",
        "action": "hold",
        "endpoint": "--url=https://evil.example",
        "state": "open",
        "for": "1m",
    }
    assert story.runner.run("kampkin-flip", "workflow_dispatch", story.main, inputs=said) == {"flip": "failure"}
    assert [call[1] for call in story.runner.calls()] == ["status"]


def test_what_an_author_writes_is_no_command_to_the_runner(story: Story) -> None:
    """In no step of any workflow; but the findings of `check` are, which annotate the lines of the pull request."""
    says = {"STANDIN_SAYS": "::error::pwned\n##[add-mask]a\n::stop-commands::x\n"}
    run = story.runner.run
    obeyed: list[tuple[str, str]] = []

    def ran(name: str, event: str, sha: str, payload: dict[str, Any] | None = None, **inputs: Any) -> None:
        run(name, event, sha, payload, inputs, **says, STANDIN_DRIFT="1")
        assert "pwned" in "".join(step.said for step in story.runner.steps), name
        obeyed.extend((name, line) for step in story.runner.steps for line in step.obeyed)

    ran("kampkin-up", "push", story.main)
    ran("kampkin-up", "push", story.main, unreviewed=True)
    event = story.pull(
        7, {"kampkin.yaml": story.edit("cart.acme.dev, timeout: 3s", "cart.acme.dev, timeout: 2s")}, fork=True
    )
    ran("kampkin-check", "pull_request", story.merge_of, event)
    head = {"id": 1, "event": "pull_request", "head_sha": event["pull_request"]["head"]["sha"]}
    ran(
        "kampkin-comment",
        "workflow_run",
        story.main,
        {"workflow_run": {**head, "head_repository": {"full_name": "mallory/edge"}}},
    )
    ran("kampkin-check", "pull_request_target", story.main, event)
    event = story.pull(8, {"kampkin.yaml": story.edit("cart.acme.dev, timeout: 3s", "cart.acme.dev, timeout: 2s")})
    ran("kampkin-check", "pull_request_target", story.main, event)
    ran("kampkin-drift", "schedule", story.main)
    flip: dict[str, Any] = {
        "environment": "prod",
        "action": "release",
        "endpoint": "cart",
        "state": "",
        "for": "",
        "reason": "",
    }
    ran("kampkin-flip", "workflow_dispatch", story.main, **flip)
    assert obeyed == []

    event = story.pull(9, {"kampkin.yaml": story.edit("timeout: 3s}", "timeout: 3}")})
    ran("kampkin-check", "pull_request", story.merge_of, event)
    assert obeyed
    assert all(line.startswith("::error file=kampkin.yaml,line=") for _, line in obeyed), obeyed
