"""`kampkin approval data-only`: what a pull request may touch for credentials to look at it."""

from __future__ import annotations

import os

import pytest

from tests.gitops.conftest import DOCUMENT, TEAM, Repository
from tests.repository import git

YAML = DOCUMENT.replace("timeout: 3s", "timeout: 4s")


@pytest.mark.parametrize(
    "files",
    [
        {"kampkin.yaml": YAML},
        {"teams/maps.yaml": TEAM.replace("3s", "4s")},
        {"teams/search.yaml": "endpoints:\n  find: {origin: https://find.acme.dev}\n"},
        {"fallbacks/resting.html": "<p>closed</p>\n"},
        {
            "kampkin.yaml": DOCUMENT.replace("resting.html", "closed.json"),
            "fallbacks/closed.json": "{}\n",
        },
    ],
    ids=["document", "included", "newly-included", "answer", "new-answer"],
)
def test_what_kampkin_alone_reads_is_data(repository: Repository, files: dict[str, str]) -> None:
    """The file, what it includes and what its fallbacks name, as they are or new. Nothing that is checked out moves."""
    head = repository.branch("change", files)
    ran = repository.run("data-only", "--base", "main", "--head", head)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("data only")
    assert (repository.root / "kampkin.yaml").read_text() == DOCUMENT
    assert not (repository.root / ".git/worktrees").exists()


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"requirements.txt": "evil\n"}, "requirements.txt: is code to the base"),
        (
            {"stacks/cloudflare/__main__.py": "evil\n"},
            "stacks/cloudflare/__main__.py: belongs to a program of Pulumi's",
        ),
        ({"stacks/cloudflare/pulumi.py": "evil\n"}, "stacks/cloudflare/pulumi.py: belongs to a program"),
        ({"stacks/cloudflare/Pulumi.prod.yaml": "config: {}\n"}, "Pulumi.prod.yaml: belongs to a program"),
        ({".github/workflows/more.yml": "on: push\n"}, "more.yml: has a name on its way that begins with a dot"),
        ({"README.txt": "hello\n"}, "README.txt: is nothing that kampkin.yaml includes"),
        ({"kampkin.yaml": YAML, "scripts/tidy.html": "<p>x</p>\n"}, "scripts/tidy.html: is code to the base"),
        ({"kampkin.yaml": DOCUMENT.replace("endpoints:", "endpoint:")}, "kampkin.yaml: is not sound"),
        (
            {"kampkin.yaml": DOCUMENT.replace("fallbacks/resting.html", "requirements.txt")},
            "requirements.txt: is named by kampkin.yaml from now on, and is code to the base",
        ),
        (
            {
                "kampkin.yaml": DOCUMENT.replace("fallbacks/resting.html", "scripts/tidy.html"),
                "scripts/tidy.html": "x\n",
            },
            "scripts/tidy.html: is code to the base",
        ),
        (
            {"kampkin.yaml": DOCUMENT.replace("fallbacks/resting.html", "scripts/new.js"), "scripts/new.js": "evil\n"},
            "scripts/new.js: has a suffix that may be run",
        ),
        (
            {
                "kampkin.yaml": DOCUMENT.replace("teams/*.yaml", "stacks/cloudflare/more.yaml"),
                "stacks/cloudflare/more.yaml": "x-a: b\n",
            },
            "stacks/cloudflare/more.yaml: belongs to a program",
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_what_anything_else_may_run_is_not(repository: Repository, files: dict[str, str], says: str) -> None:
    """Exit 1, with each path and why: what the base does not call data is none because a pull request calls it so."""
    head = repository.branch("change", files)
    ran = repository.run("data-only", "--base", "main", "--head", head)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert ran.stdout.startswith("not data only")
    assert says in ran.stdout


def test_a_symlink_a_mode_and_a_submodule_are_not(repository: Repository) -> None:
    """Whatever their names."""
    git(repository.root, "switch", "--quiet", "--create", "odd")
    (repository.root / "teams/maps.yaml").unlink()
    os.symlink("../requirements.txt", repository.root / "teams/maps.yaml")
    (repository.root / "fallbacks/resting.html").chmod(0o755)
    git(repository.root, "update-index", "--add", "--cacheinfo", f"160000,{repository.at('HEAD')},teams/sub.yaml")
    git(repository.root, "add", "teams/maps.yaml", "fallbacks")
    git(repository.root, "commit", "--quiet", "--message", "odd")
    git(repository.root, "switch", "--quiet", "--force", "main")
    ran = repository.run("data-only", "--base", "main", "--head", "odd")
    assert ran.returncode == 1
    # without the file that the symlink stood for the document is not sound; that alone would be enough
    assert "not sound" in ran.stdout


@pytest.mark.parametrize("kind", ["symlink", "mode", "submodule"])
def test_an_odd_entry_that_the_document_names_is_none_either(repository: Repository, kind: str) -> None:
    """The document is sound without it, or with it."""
    git(repository.root, "switch", "--quiet", "--create", "odd")
    if kind == "symlink":
        os.symlink("maps.yaml", repository.root / "notes.yaml")
        git(repository.root, "add", "notes.yaml")
    elif kind == "mode":
        git(repository.root, "update-index", "--chmod=+x", "kampkin.yaml")
    else:
        git(repository.root, "update-index", "--add", "--cacheinfo", f"160000,{repository.at('HEAD')},sub")
    git(repository.root, "commit", "--quiet", "--message", "odd")
    git(repository.root, "switch", "--quiet", "--force", "main")
    ran = repository.run("data-only", "--base", "main", "--head", "odd")
    word = {
        "symlink": "notes.yaml: is a symlink",
        "mode": "kampkin.yaml: is an executable",
        "submodule": "sub: is a submodule",
    }
    assert ran.returncode == 1
    assert word[kind] in ran.stdout


def test_what_the_base_did_meanwhile_is_not_the_pull_requests(repository: Repository) -> None:
    """A branch that is behind is judged by its merge."""
    head = repository.branch("change", {"kampkin.yaml": YAML})
    repository.write({"requirements.txt": "kampkin==2\n"})
    repository.commit("newer tool")
    assert repository.run("data-only", "--base", "main", "--head", head).returncode == 0


def test_what_does_not_merge_is_said(repository: Repository) -> None:
    """It ends with 2."""
    head = repository.branch("change", {"kampkin.yaml": YAML})
    repository.write({"kampkin.yaml": DOCUMENT.replace("timeout: 3s", "timeout: 5s")})
    repository.commit("another")
    ran = repository.run("data-only", "--base", "main", "--head", head)
    assert ran.returncode == 2
    assert "does not merge" in ran.stderr


def test_no_hook_and_no_symlink_of_the_pull_request_lives(repository: Repository) -> None:
    """The merge as a folder: a symlink in it is a text file, and hooks of the clone were not called."""
    hook = repository.root / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {repository.root}/called\n")
    hook.chmod(0o755)
    git(repository.root, "-c", "core.hooksPath=/dev/null", "switch", "--quiet", "--create", "odd")
    os.symlink("/etc/passwd", repository.root / "teams/zz.yaml")
    repository.commit("odd")
    git(repository.root, "-c", "core.hooksPath=/dev/null", "switch", "--quiet", "main")
    out = repository.root.parent / "merged" / "edge"
    ran = repository.run("merge", "--base", "main", "--head", "odd", "--out", out)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert not (out / "teams/zz.yaml").is_symlink()
    assert (out / "teams/zz.yaml").read_text() == "/etc/passwd"
    assert not (repository.root / "called").exists()


@pytest.mark.parametrize("ref", ["nowhere", "-h", "--output=x", "HEAD:teams"])
def test_what_is_no_commit_is_said_in_one_way(repository: Repository, ref: str) -> None:
    """Here and by `kampkin diff`; an option of git's is no commit either."""
    repository.branch("change", {"teams/maps.yaml": TEAM.replace("3s", "4s")})
    for ran in (
        repository.run("data-only", f"--base={ref}", "--head", "change"),
        repository.run("merge", "--base", "main", f"--head={ref}", "--out", "there"),
        repository.diff("change", f"--base={ref}"),
    ):
        assert ran.returncode == 2
        assert ran.stderr.startswith(f"kampkin: {ref!r} is no commit of this repository\n  hint: ")
        assert "git fetch" in ran.stderr
    assert not (repository.root / "x").exists()
