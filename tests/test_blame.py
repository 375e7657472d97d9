"""Who changed an endpoint last, as git has it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kampkin.blame import Change, last_changes
from kampkin.errors import Cannot
from kampkin.git import git as git_of_kampkin
from kampkin.load import load

FILE = """\
version: 1
endpoints:
  cart:
    origin: https://cart.acme.dev
    timeout: 3s   # how long we wait

  # a comment between the two
  search: {origin: https://search.acme.dev}
environments:
  prod:
    endpoints: {cart: {timeout: 2s}}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository without a commit."""
    git(tmp_path, "init", "--quiet")
    return tmp_path


def git(folder: Path, *arguments: str, author: str = "Dana", at: int = 1_800_000_000) -> str:
    """Runs git as somebody, at a time."""
    who = ["-c", f"user.name={author}", "-c", "user.email=x@acme.dev", "-c", "commit.gpgsign=false"]
    when = {"GIT_COMMITTER_DATE": f"{at} +0000", "GIT_AUTHOR_DATE": f"{at} +0000"}
    run = subprocess.run(
        ["git", *who, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", **when},
    )
    return run.stdout.strip()


def commit(folder: Path, text: str, author: str, at: int) -> str:
    """Commits the file; the commit."""
    (folder / "kampkin.yaml").write_text(text)
    git(folder, "add", "kampkin.yaml")
    git(folder, "commit", "--quiet", "-m", author, author=author, at=at)
    return git(folder, "rev-parse", "HEAD")


def changes(folder: Path, environment: str | None = None) -> dict[str, Change]:
    """The last changes of the file's endpoints."""
    path = folder / "kampkin.yaml"
    typed = load(path, environment).typed
    assert typed
    return last_changes(path, {name: typed.lines_of(name) for name in typed.endpoints})


def test_the_newest_commit_on_an_endpoints_lines_is_its_last_change(repository: Path) -> None:
    """One endpoint's change is not its neighbour's, and what stands between them is nobody's."""
    first = commit(repository, FILE, "Dana", 1_800_000_000)
    second = commit(repository, FILE.replace("3s", "4s"), "Ali", 1_800_000_100)
    commit(repository, FILE.replace("3s", "4s").replace("between the two", "about nothing"), "Eve", 1_800_000_200)
    assert changes(repository) == {"cart": Change(second, "Ali"), "search": Change(first, "Dana")}


def test_moving_an_endpoint_is_no_change_of_it(repository: Path) -> None:
    """Neither is indenting it: what it says is the same, and who is told of it is told of the one who wrote it."""
    first = commit(repository, FILE, "Dana", 1_800_000_000)
    cart = "  cart:\n    origin: https://cart.acme.dev\n    timeout: 3s   # how long we wait\n"
    search = "  search: {origin: https://search.acme.dev}\n"
    moved = FILE.replace(cart, "").replace(search, search + cart.replace("    ", "      "))
    assert moved.index("search:") < moved.index("cart:")
    commit(repository, moved, "Ali", 1_800_000_100)
    assert changes(repository) == {"cart": Change(first, "Dana"), "search": Change(first, "Dana")}


def test_an_environments_change_of_it_is_a_change_of_it_there(repository: Path) -> None:
    """Elsewhere it is not."""
    first = commit(repository, FILE, "Dana", 1_800_000_000)
    second = commit(repository, FILE.replace("2s", "1s"), "Ali", 1_800_000_100)
    assert changes(repository)["cart"] == Change(first, "Dana")
    assert changes(repository, "prod")["cart"] == Change(second, "Ali")


def test_what_was_never_committed_has_no_last_change(repository: Path) -> None:
    """Of an edited endpoint the last commit counts, a new one has none."""
    first = commit(repository, FILE, "Dana", 1_800_000_000)
    more = FILE.replace("3s", "4s").replace("environments:", "  new: https://new.acme.dev\nenvironments:")
    (repository / "kampkin.yaml").write_text(more)
    found = changes(repository)
    assert found["cart"] == Change(first, "Dana")
    assert "new" not in found


def test_a_clone_without_history_does_not_know(repository: Path, tmp_path: Path) -> None:
    """Rather nobody than the one who happened to be last."""
    commit(repository, FILE, "Dana", 1_800_000_000)
    commit(repository, FILE.replace("3s", "4s"), "Ali", 1_800_000_100)
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth", "1", repository.as_uri(), str(shallow))
    with pytest.raises(Cannot, match="no history") as problem:
        changes(shallow)
    assert problem.value.hint == "check out with fetch-depth: 0"


def test_no_repository_and_no_git_are_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a traceback: the stack goes on without."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    with pytest.raises(Cannot, match="git does not know"):
        changes(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Cannot, match="git could not be asked"):
        changes(tmp_path)


def test_a_line_is_what_git_takes_for_one(repository: Path) -> None:
    """A carriage return within a text ends none."""
    first = commit(
        repository, FILE.replace("3s   #", '3s\n    x-note: "one\rtwo words more"   #'), "Dana", 1_800_000_000
    )
    assert changes(repository)["search"] == Change(first, "Dana")


def test_what_no_command_can_be_given_is_one_clear_error(repository: Path) -> None:
    """A NUL in an argument, and half of a character."""
    for argument in ("a\0b", "\ud800"):
        with pytest.raises(Cannot, match="git could not be asked"):
            git_of_kampkin(repository / "kampkin.yaml", "show-ref", argument)
