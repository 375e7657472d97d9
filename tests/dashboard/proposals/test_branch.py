"""A proposal as a branch: one commit on HEAD, and nothing else of the repository is touched."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from kampkin.dashboard.branch import Branch, branch, default_name, message, obstacle
from kampkin.dashboard.patch import FileChange
from kampkin.dashboard.proposal import ChangedSetting, Proposal, propose
from kampkin.errors import Cannot

from .conftest import FILE, TEAM, git

NAME = "kampkin/cart-owner"

making = import_module("kampkin.dashboard.branch")


def proposal_of(file: Path) -> Proposal:
    """The cart's owner becomes another: no outage needs to be played for that."""
    return propose(file, "cart", None, [("owner", "search")])


def state(root: Path) -> dict[str, object]:
    """All that a branch must leave alone, to the byte and to the nanosecond."""
    left_out = ("objects", "logs/refs/heads", "refs/heads")
    kept = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return {
        name: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in kept
        if not (name := path.relative_to(root).as_posix()).startswith(tuple(f".git/{one}" for one in left_out))
    }


def test_one_commit_with_the_change(file: Path, tmp_path: Path) -> None:
    """On top of HEAD, by the person whom git knows, with what changes in its message."""
    head = git(tmp_path, "rev-parse", "HEAD")
    made = branch(file, proposal_of(file), NAME)
    assert made == Branch(NAME, git(tmp_path, "rev-parse", NAME), (f"git switch {NAME}",))
    assert git(tmp_path, "rev-parse", f"{NAME}^@") == head
    assert git(tmp_path, "diff", "--name-status", head, NAME) == "M\tedge/kampkin.yaml"
    assert f"{git(tmp_path, 'show', f'{NAME}:edge/kampkin.yaml')}\n" == FILE.replace("owner: shop}", "owner: search}")
    assert git(tmp_path, "log", "-1", "--format=%an <%ae> %cn%n%B", NAME) == (
        "Dana <dana@acme.dev> Dana\ncart: owner shop to search\n\nowner shop to search\n\nProposed on kampkin dashboard"
    )
    git(tmp_path, "fsck", "--strict")


def test_nothing_else_is_touched(file: Path, tmp_path: Path) -> None:
    """Neither work tree nor index nor HEAD; what somebody has staged and what lies about is in neither commit nor danger."""
    (tmp_path / "staged").write_text("mine")
    git(tmp_path, "add", "staged")
    (tmp_path / "loose").write_text("mine too")
    os.utime(file, ns=(1, 1))  # git would refresh its index for that
    before = state(tmp_path)
    made = branch(file, proposal_of(file), NAME)
    assert state(tmp_path) == before
    assert git(tmp_path, "diff", "--name-only", "HEAD", made.branch, "--") == "edge/kampkin.yaml"


def test_no_hook_is_run(file: Path, tmp_path: Path) -> None:
    """Not even those of plumbing: a new branch has one, a new index too."""
    for hook in ("reference-transaction", "post-index-change", "pre-commit", "post-commit", "commit-msg", "monitor"):
        script = tmp_path / ".git" / "hooks" / hook
        script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran-{hook}\n")
        script.chmod(0o755)
    made = proposal_of(file)
    git(tmp_path, "branch", "control")
    assert (tmp_path / "ran-reference-transaction").exists()
    (tmp_path / "ran-reference-transaction").unlink()
    git(tmp_path, "config", "core.fsmonitor", str(tmp_path / ".git/hooks/monitor"))
    branch(file, made, NAME)
    assert [*tmp_path.glob("ran-*")] == []


def test_the_next_command_is_a_push(file: Path, tmp_path: Path) -> None:
    """To origin, or to the only remote; a name that a shell would obey is in quotes."""
    git(tmp_path, "remote", "add", "upstream", "https://forge.invalid/acme/edge.git")
    made = proposal_of(file)
    assert branch(file, made, "a$(id)").commands == ("git push -u upstream 'a$(id)'",)
    git(tmp_path, "remote", "add", "origin", "https://forge.invalid/dana/edge.git")
    assert branch(file, made, "b").commands == ("git push -u origin b",)
    git(tmp_path, "remote", "rename", "origin", "mine")
    assert branch(file, made, "c").commands == ("git switch c",)


def test_a_branch_that_is_there_is_never_moved(file: Path, tmp_path: Path) -> None:
    """Not by its name, not by one that git keeps it under."""
    made = proposal_of(file)
    first = branch(file, made, NAME)
    with pytest.raises(Cannot, match=f"there is a branch {NAME} already") as problem:
        branch(file, propose(file, "cart", None, [("owner", None)]), NAME)
    assert problem.value.hint == "take another name, such as kampkin/cart-owner-2"
    with pytest.raises(Cannot, match=r"git did not make the branch kampkin: .*cannot lock ref"):
        branch(file, made, "kampkin")
    assert git(tmp_path, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/kampkin") == (
        f"refs/heads/{NAME} {first.commit}"
    )


def test_a_branch_that_comes_meanwhile_is_not_moved(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may make one of the name between the look and the making."""
    made = proposal_of(file)
    commit_on = making.commit_on

    def slowly(*arguments: Any) -> Any:
        git(tmp_path, "branch", NAME)
        return commit_on(*arguments)

    monkeypatch.setattr(making, "commit_on", slowly)
    with pytest.raises(Cannot, match=f"git did not make the branch {NAME}: "):
        branch(file, made, NAME)
    assert git(tmp_path, "rev-parse", NAME) == git(tmp_path, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    "name",
    [
        *("", "-b", "--force", "-", "@{-1}", "@", "HEAD", "a b", "a..b", "a~1", "a^", "a:b", "a\\b", "a?", "a*", "a[b"),
        *("/a", "a/", "a//b", ".a", "a.lock", "a.", "a@{b", "a\nb", "a\0b", "\ud800", "a\u202eb", "a\x7f", "a" * 201),
        "refs/../../x",
    ],
    ids=repr,
)
def test_what_is_no_name_of_a_branch(file: Path, tmp_path: Path, name: str) -> None:
    """Neither an option nor another branch's name."""
    git(tmp_path, "branch", "other")
    git(tmp_path, "checkout", "--quiet", "other")
    git(tmp_path, "checkout", "--quiet", "main")
    with pytest.raises(Cannot, match="is no name of a branch") as problem:
        branch(file, proposal_of(file), name)
    assert problem.value.message.isprintable()
    assert git(tmp_path, "for-each-ref", "--format=%(refname:short)") == "main\nother"


def test_nobodys_uncommitted_work_is_carried(file: Path, tmp_path: Path) -> None:
    """A change in the work tree keeps the branch from being made, in the index too; in a file that the proposal leaves as it is
    it does not."""
    file.with_name("teams").joinpath("maps.yaml").write_text(f"# mine\n{TEAM}")
    assert obstacle(file, proposal_of(file)) is None
    file.write_text(f"# mine\n{FILE}")
    for _ in range(2):
        made = proposal_of(file)
        with pytest.raises(Cannot, match=r"edge/kampkin\.yaml has changes that are in no commit") as problem:
            branch(file, made, NAME)
        assert "or take the patch" in (problem.value.hint or "")
        assert str(obstacle(file, made)) == str(problem.value)
        git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "second")
    assert branch(file, made, NAME)


def test_what_has_changed_since_is_proposed_again(file: Path) -> None:
    """Also where it is what HEAD has now."""
    file.write_text(f"# mine\n{FILE}")
    made = proposal_of(file)
    file.write_text(FILE)
    with pytest.raises(Cannot, match="has changed since it was proposed"):
        branch(file, made, NAME)


def test_a_file_that_git_does_not_have(file: Path, tmp_path: Path) -> None:
    """One that was never added, and one that was never committed."""
    git(tmp_path, "rm", "--quiet", "--cached", "edge/kampkin.yaml")
    git(tmp_path, "commit", "--quiet", "-m", "without")
    for _ in range(2):
        with pytest.raises(Cannot, match=r"edge/kampkin\.yaml is not in the last commit"):
            branch(file, proposal_of(file), NAME)
        git(tmp_path, "add", "-A")


def test_no_repository_no_commit_and_nothing_to_propose(tmp_path: Path) -> None:
    """Each is said."""
    file = tmp_path / "kampkin.yaml"
    file.write_text("version: 1\nendpoints: {cart: https://cart.acme.dev}\n")
    made = propose(file, "cart", None, [("x-why", "CHG-1")])
    with pytest.raises(Cannot, match="is in no git repository"):
        branch(file, made, NAME)
    git(tmp_path, "init", "--quiet")
    with pytest.raises(Cannot, match="has no commit yet"):
        branch(file, made, NAME)
    with pytest.raises(Cannot, match="there is nothing to propose"):
        branch(file, propose(file, "cart", None, []), NAME)


@pytest.mark.parametrize("lacking", ["user.name", "user.email"])
def test_a_commit_is_somebodys(file: Path, tmp_path: Path, lacking: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git would make up a name out of the machine's; here it does not."""
    git(tmp_path, "config", "--unset", lacking)
    made = proposal_of(file)
    with pytest.raises(Cannot, match="git does not know whose commit it would be") as problem:
        branch(file, made, NAME)
    assert "git config user.name" in (problem.value.hint or "")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Eli")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "eli@acme.dev")
    assert git(tmp_path, "log", "-1", "--format=%an", branch(file, made, NAME).commit) == "Eli"


def test_an_index_that_a_hook_names_is_left_alone(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dashboard may have been started by a hook of another repository's."""
    made = proposal_of(file)
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "theirs"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert branch(file, made, NAME).branch == NAME
    assert not (tmp_path / "theirs").exists()


@pytest.mark.parametrize("committed", ["\n", "\r\n"])
@pytest.mark.parametrize("setting", ["false", "input", "true"])
def test_line_ends_are_as_git_has_them(file: Path, tmp_path: Path, setting: str, committed: str) -> None:
    """A file whose lines end otherwise here than in HEAD is no other file, and its commit changes one line."""
    file.write_bytes(FILE.replace("\n", committed).encode())
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-am", "line ends")
    git(tmp_path, "config", "core.autocrlf", setting)
    file.unlink()
    git(tmp_path, "checkout", "--quiet", "--", "edge/kampkin.yaml")
    made = branch(file, proposal_of(file), NAME)
    assert git(tmp_path, "diff", "--numstat", "HEAD", made.branch, "--") == "1\t1\tedge/kampkin.yaml"


def test_a_work_tree_of_another_repository_will_do(file: Path, tmp_path: Path) -> None:
    """Its HEAD is its own; a file's mode stays."""
    file.chmod(0o755)
    git(tmp_path, "commit", "--quiet", "-am", "a mode")
    git(tmp_path, "worktree", "add", "--quiet", "-b", "beside", str(tmp_path / "tree"))
    there = tmp_path / "tree" / "edge" / "kampkin.yaml"
    there.write_text(FILE.replace("busy", "very busy"))
    git(tmp_path / "tree", "commit", "--quiet", "-am", "busier")
    made = branch(there, proposal_of(there), NAME)
    assert git(tmp_path, "rev-parse", f"{made.commit}^") == git(tmp_path, "rev-parse", "beside")
    assert git(tmp_path, "ls-tree", made.commit, "edge/kampkin.yaml").startswith("100755 ")


def test_two_files_are_one_commit(file: Path, tmp_path: Path) -> None:
    """A proposal may have several."""
    made, team = proposal_of(file), propose(file, "maps", None, [("owner", "shop")])
    both = replace(made, files=made.files + team.files)
    commit = branch(file, both, NAME).commit
    assert git(tmp_path, "diff", "--name-only", "HEAD", commit).split() == ["edge/kampkin.yaml", "edge/teams/maps.yaml"]


def test_the_usual_name(file: Path, tmp_path: Path) -> None:
    """Of the endpoint and the key, and with a number where there is one, here or fetched, or where git could not keep both."""
    made = proposal_of(file)
    assert default_name(file, made) == "kampkin/cart-owner"
    branch(file, made, "kampkin/cart-owner")
    assert default_name(file, made) == "kampkin/cart-owner-2"
    git(tmp_path, "update-ref", "refs/remotes/origin/kampkin/cart-owner-2", "HEAD")
    git(tmp_path, "branch", "kampkin/cart-owner-3/more")
    assert default_name(file, made) == "kampkin/cart-owner-4"
    several = replace(made, settings=(ChangedSetting("a", None, "b"), ChangedSetting("b", None, "b")))
    assert default_name(file, several) == "kampkin/cart-settings"
    odd = replace(made, settings=(ChangedSetting("headers.x-\n..lock~ü", None, "b"),))
    assert branch(file, made, default_name(file, odd)).branch == "kampkin/cart-headers-x-lock"


def test_a_branch_of_the_folders_name_is_in_nobodys_way(file: Path, tmp_path: Path) -> None:
    """Beside `kampkin` git keeps no `kampkin/cart-owner`."""
    git(tmp_path, "branch", "kampkin")
    made = proposal_of(file)
    assert default_name(file, made) == "kampkin-cart-owner"
    assert branch(file, made, default_name(file, made)).branch == "kampkin-cart-owner"


def test_what_the_message_says() -> None:
    """Several settings are counted; values stay on one line, and long ones are cut."""
    change = FileChange(Path("kampkin.yaml"), "kampkin.yaml", b"a", b"b")
    one = Proposal("cart", "prod", (ChangedSetting("breaker.cooldown", "7s", "20s"),), files=(change,))
    assert message(one).splitlines()[0] == "cart in prod: breaker.cooldown 7s to 20s"
    settings = (
        ChangedSetting("x-a", None, "null"),
        ChangedSetting("x-b", "a\n\nSigned-off-by: eve", "b\x1b[2J"),
        ChangedSetting("x-c", "1", "c" * 1_000),
    )
    assert re.sub("c{40,}…", "c…", message(replace(one, environment=None, settings=settings))) == (
        "cart: 3 settings\n\nx-a null\nx-b a\\n\\nSigned-off-by: eve to b\\x1b[2J\nx-c 1 to c…\n\nProposed on kampkin dashboard\n"
    )
