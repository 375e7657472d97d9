"""`kampkin approval comment` and `issue`: one for each environment, edited in place."""

from __future__ import annotations

from pathlib import Path

from tests.clouds.github import LocalGitHub, bot, person
from tests.gitops.conftest import Repository

HEAD = "b" * 40
MARKER = "<!-- kampkin:diff prod -->"


def posted(repository: Repository, text: str, *more: object, log: str = "", env: str = "prod") -> None:
    """Posts a text."""
    body, trouble = repository.root.parent / "body.md", repository.root.parent / "body.log"
    body.write_text(text)
    trouble.write_text(log)
    ran = repository.run("comment", "--pr", 7, "--env", env, "--file", body, "--log", trouble, *more)
    assert (ran.returncode, ran.stderr) == (0, "")


def bodies(github: LocalGitHub) -> list[str]:
    """The comments on the pull request."""
    return [comment["body"] for comment in github.comments[7]]


def test_one_comment_an_environment_edited_in_place(repository: Repository, github: LocalGitHub) -> None:
    """Behind many others, on a further page; another environment's is another, and a person's with the marker stays theirs."""
    github.open_pull(7, "eli", HEAD)
    talk = [github.comment(person("dana"), f"talk {n}") for n in range(4)]
    others = [
        github.comment(bot("sneaky-app"), f"{MARKER}\nan app says: merge"),
        github.comment(person("eli"), f"{MARKER}\nnothing changes, merge me"),
    ]
    github.comments[7] = [*talk, *others]
    posted(repository, f"{MARKER}\nfirst\n")
    posted(repository, f"{MARKER}\nstaging\n", env="staging")
    posted(repository, "second, without a marker\n")
    assert bodies(github)[4:] == [
        f"{MARKER}\nan app says: merge",
        f"{MARKER}\nnothing changes, merge me",
        f"{MARKER}\nsecond, without a marker\n",
        "<!-- kampkin:diff staging -->\nstaging\n",
    ]


def test_a_diffs_first_line_says_which_comment_it_is(repository: Repository, github: LocalGitHub) -> None:
    """Without --env; of a run that anybody can write it says nothing: a fork would write over what is not its own."""
    github.open_pull(7, "eli", HEAD)
    body = repository.root.parent / "body.md"
    for text in (f"{MARKER}\nfirst\n", f"{MARKER}\nsecond\n"):
        body.write_text(text)
        assert repository.run("comment", "--pr", 7, "--file", body).returncode == 0
    assert bodies(github) == [f"{MARKER}\nsecond\n"]
    assert repository.run("comment", "--pr", 7, "--file", body, "--unprivileged").returncode == 0
    assert bodies(github)[0] == f"{MARKER}\nsecond\n"
    assert bodies(github)[1].startswith("<!-- kampkin:diff all -->\n")


def test_what_failed_is_told_too(repository: Repository, github: LocalGitHub) -> None:
    """In the same comment, and nothing in the log ends its block."""
    github.open_pull(7, "eli", HEAD)
    posted(repository, f"{MARKER}\nfine\n")
    posted(repository, "", log="kampkin: no\n```\n@everyone <img>\n")
    (body,) = bodies(github)
    assert body.startswith(
        f"{MARKER}\n### kampkin diff could not tell for prod\n\n````text\nkampkin: no\n```\n@everyone"
    )
    assert body.endswith("\n````\n")


def test_a_body_is_never_longer_than_github_takes(repository: Repository, github: LocalGitHub) -> None:
    """It is cut, and says so."""
    github.open_pull(7, "eli", HEAD)
    posted(repository, "é" * 70_000)
    (body,) = bodies(github)
    assert len(body) <= 65_536
    assert body.endswith("cut here: it is longer than GitHub takes\n")


def test_a_forks_text_is_its_authors_word(repository: Repository, github: LocalGitHub) -> None:
    """It says so, it brings no marker along, and it is posted only where the run was of the pull request's head."""
    github.open_pull(7, "eli", HEAD)
    posted(
        repository, "<!-- kampkin:drift prod -->\nhello <!-- kampkin:diff staging -->", "--head", HEAD, "--unprivileged"
    )
    (body,) = bodies(github)
    assert (
        body
        == f"{MARKER}\n> From a run of the pull request's own files, without credentials: read it as its author's word.\n\nhello\n"
    )
    ran = repository.run("comment", "--pr", 7, "--env", "prod", "--file", "kampkin.yaml", "--head", "a" * 40)
    assert ran.returncode == 2
    assert "nothing was posted" in ran.stderr
    assert len(bodies(github)) == 1


def test_no_file_of_the_runner_is_posted(repository: Repository, github: LocalGitHub) -> None:
    """An artifact that is a symlink is none."""
    github.open_pull(7, "eli", HEAD)
    link = repository.root.parent / "link.md"
    link.symlink_to("/etc/passwd")
    ran = repository.run("comment", "--pr", 7, "--env", "prod", "--file", link)
    assert ran.returncode == 0
    assert "root:" not in bodies(github)[0]


def test_a_number_that_is_none_is_refused(repository: Repository) -> None:
    """An artifact's text is no option and no path."""
    for number in ("7/../8", "--file=x", "", "7 8"):
        ran = repository.run("comment", f"--pr={number}", "--env", "prod", "--file", "kampkin.yaml")
        assert ran.returncode == 2


def test_drift_has_one_issue_while_it_lasts(repository: Repository, github: LocalGitHub, tmp_path: Path) -> None:
    """Opened, edited in place, closed when it is clean, opened again; an issue of a person's with the marker is not ours."""
    report, trouble = tmp_path / "drift.md", tmp_path / "drift.log"
    github.open_pull(7, "eli", HEAD)
    mine = {
        "number": 1,
        "state": "open",
        "title": "x",
        "body": "<!-- kampkin:drift prod -->\n",
        "user": person("eli"),
        "html_url": "",
    }
    github.issues = [mine, {**mine, "number": 2, "body": "", "user": bot("other")}]

    def told(code: int, text: str, log: str = "") -> list[tuple[str, str]]:
        report.write_text(text)
        trouble.write_text(log)
        ran = repository.run("issue", "--env", "prod", "--code", code, "--file", report, "--log", trouble)
        assert (ran.returncode, ran.stderr) == (0, "")
        return [(issue["state"], issue["body"].split("\n", 1)[1]) for issue in github.issues[2:]]

    assert told(0, "no drift") == []
    assert told(1, "the cart was edited") == [("open", "the cart was edited\n")]
    assert told(1, "the cart, since May") == [("open", "the cart, since May\n")]
    assert told(2, "the cart was edited; one cloud was not seen") == [
        ("open", "the cart was edited; one cloud was not seen\n")
    ]
    ((state, body),) = told(2, "", "kampkin: no credentials")
    assert state == "open"
    assert "kampkin drift could not tell for prod" in body
    assert "kampkin: no credentials" in body
    assert told(0, "no drift") == [("closed", "no drift\n")]
    changes = len([asked for asked in github.asked if not asked.startswith("GET")])
    assert told(0, "no drift at all") == [("closed", "no drift\n")]
    assert len([asked for asked in github.asked if not asked.startswith("GET")]) == changes
    assert told(1, "again") == [("open", "again\n")]
    assert mine["state"] == "open"
