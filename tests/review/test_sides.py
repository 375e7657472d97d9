"""Where what was before comes from, whatever is left of a repository in a pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from kampkin.load import load, load_every
from tests.repository import git

from .conftest import BEFORE, Changed, Kampkin


def test_a_clone_without_history_is_enough(changed: Changed, kampkin: Kampkin, tmp_path: Path) -> None:
    """A pipeline has one commit, and fetches the one before by its name: no branch leads to it."""
    changed(("cooldown: 10s", "cooldown: 20s"))
    git(tmp_path, "tag", "before")
    git(tmp_path, "commit", "--quiet", "-am", "after")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{tmp_path}", str(shallow))
    git(shallow, "fetch", "--quiet", "--depth=1", "origin", "refs/tags/before")
    run = kampkin(shallow / "edge", "--base", "FETCH_HEAD")
    assert "breaker.cooldown.initial: 10s -> 20s" in run.stdout, run.stderr


def test_a_work_tree_of_another_repository_will_do(changed: Changed, kampkin: Kampkin, tmp_path: Path) -> None:
    """Its objects are elsewhere."""
    changed()
    tree = tmp_path / "tree"
    git(tmp_path, "worktree", "add", "--quiet", str(tree))
    (tree / "edge" / "kampkin.yaml").write_text(BEFORE.replace("cooldown: 10s", "cooldown: 20s"))
    assert "breaker.cooldown.initial: 10s -> 20s" in kampkin(tree / "edge").stdout


def test_what_is_enforced_is_held_against_something(changed: Changed, kampkin: Kampkin, tmp_path: Path) -> None:
    """In a pipeline the file is the last commit's, and nothing would differ from that: what was before must be known."""
    folder = changed(("max_removed: 0", "max_removed: 9"))
    git(tmp_path, "commit", "--quiet", "-am", "mine")
    git(tmp_path, "remote", "add", "origin", "https://forge.invalid/acme/edge.git")
    assert kampkin(folder).returncode == 0
    run = kampkin(folder, "--enforce")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("kampkin: where this branch left the remote's default branch is not known here\n")
    assert "--base REF" in run.stderr
    assert kampkin(folder, "--enforce", "--base", "HEAD~1").returncode == 3


def test_a_broken_file_is_broken_in_an_environment_it_does_not_have(changed: Changed, kampkin: Kampkin) -> None:
    """That its environment is gone is not all there is to say."""
    run = kampkin(changed(("https://cart.acme.dev", "cart.acme.dev"), ("  prod: {}\n", "")), "--env", "prod")
    assert run.returncode == 1
    assert "bad-origin" in run.stderr


@pytest.mark.parametrize("text", [BEFORE, BEFORE.replace("https://cart", "cart"), "version: [", BEFORE[:-30]])
def test_every_environment_is_what_it_is_alone(text: str, tmp_path: Path) -> None:
    """A file that is read once for all of them comes to the same as one that is read for each."""
    path = tmp_path / "kampkin.yaml"
    path.write_text(text)
    every = load_every(path)
    assert None in every
    for environment, loaded in every.items():
        alone = load(path, environment)
        assert (loaded.plan, loaded.diagnostics, loaded.readable, loaded.assets, loaded.texts) == (
            alone.plan,
            alone.diagnostics,
            alone.readable,
            alone.assets,
            alone.texts,
        )
