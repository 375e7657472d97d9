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


def test_another_file_that_is_not_there_is_told(changed: Changed, kampkin: Kampkin) -> None:
    """It is no file that was broken before."""
    run = kampkin(changed(), "--base", "nowhere.yaml")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("kampkin: there is no nowhere.yaml to compare with\n")


def test_a_file_that_a_change_brings_is_no_base(changed: Changed, kampkin: Kampkin) -> None:
    """However it is called: what is no YAML by its name is a commit, or nothing."""
    folder = changed(("max_removed: 0", "max_removed: 9"))
    (folder / "origin").mkdir()
    (folder / "origin" / "main").write_text((folder / "kampkin.yaml").read_text())
    run = kampkin(folder, "--enforce", "--base", "origin/main")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("kampkin: 'origin/main' is no commit of this repository\n")


def test_without_a_repository_a_file_is_asked_for(kampkin: Kampkin, tmp_path: Path) -> None:
    """There is nothing to fetch; another file needs none."""
    (tmp_path / "kampkin.yaml").write_text(BEFORE)
    for said in ((), ("--base", "HEAD"), ("--base", "origin/main")):
        run = kampkin(tmp_path, *said)
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr == "kampkin: this folder is in no git repository\n  hint: --base FILE\n"
    assert kampkin(tmp_path, "--base", "kampkin.yaml").returncode == 0


@pytest.mark.parametrize("ref", ["--upload-pack=touch x", "-h", "HEAD..HEAD~1", "HEAD:edge", ""])
def test_what_is_no_commit_is_never_an_option_of_gits(changed: Changed, kampkin: Kampkin, ref: str) -> None:
    """A name is a name."""
    folder = changed()
    run = kampkin(folder, f"--base={ref}")
    assert run.returncode == (0 if ref == "" else 2)
    assert "Traceback" not in run.stderr
    assert not (folder / "x").exists()


def test_an_anchor_of_an_environments_layers(changed: Changed, kampkin: Kampkin) -> None:
    """A value that stands in an extension is told by it, and has its place."""
    before = BEFORE.replace("defaults:", "x-slow: &slow 8s\ndefaults:").replace(
        "{origin: https://cart.acme.dev, ", "{origin: https://cart.acme.dev, timeout: *slow, "
    )
    run = kampkin(changed(("&slow 8s", "&slow 9s"), before=before))
    assert "timeout: 8s -> 9s  (edge/kampkin.yaml:6)" in run.stdout, run.stdout + run.stderr
