"""Where an endpoint comes from, and where its forge shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kampkin.dashboard.provenance import LastChange, forge_of, last_change, links
from kampkin.errors import Cannot
from kampkin.load import load

from .conftest import FILE, git

PAGES = [
    ("https://github.com/acme/edge.git", "https://github.com/acme/edge", "github"),
    ("https://github.com/acme/edge/", "https://github.com/acme/edge", "github"),
    ("http://github.acme.dev:8080/acme/edge", "http://github.acme.dev:8080/acme/edge", "github"),
    ("git@github.com:acme/edge.git", "https://github.com/acme/edge", "github"),
    ("git@GitHub.com:/acme/edge", "https://github.com/acme/edge", "github"),
    ("github.com:acme/edge.git", "https://github.com/acme/edge", "github"),
    ("ssh://git@github.acme.dev:2222/acme/my.edge_1.git", "https://github.acme.dev/acme/my.edge_1", "github"),
    ("ssh://git@ssh.github.com:443/acme/edge.git", "https://github.com/acme/edge", "github"),
    ("git://github.com/acme/edge.git", "https://github.com/acme/edge", "github"),
    ("https://x-access-token:ghp_s3cret@github.com/acme/edge.git", "https://github.com/acme/edge", "github"),
    ("https://ghp_s3cret@github.com/acme/edge.git?token=s3cret#s3cret", "https://github.com/acme/edge", "github"),
    ("s3cret:s3cret@github.com:acme/edge.git", "https://github.com/acme/edge", "github"),
    ("https://gitlab.com/acme/platform/edge.git", "https://gitlab.com/acme/platform/edge", "gitlab"),
    ("git@gitlab.acme.dev:acme/a/b/edge.git", "https://gitlab.acme.dev/acme/a/b/edge", "gitlab"),
    ("https://oauth2:s3cret@gitlab.com/acme/edge", "https://gitlab.com/acme/edge", "gitlab"),
    ("git@bitbucket.org:acme/edge.git", "https://bitbucket.org/acme/edge", "bitbucket"),
    ("ssh://git@altssh.bitbucket.org:443/acme/edge.git", "https://bitbucket.org/acme/edge", "bitbucket"),
    ("https://codeberg.org/acme/edge.git", "https://codeberg.org/acme/edge", "gitea"),
    ("ssh://git@gitea.acme.dev:2222/acme/edge.git", "https://gitea.acme.dev/acme/edge", "gitea"),
    ("https://forgejo.acme.dev/acme/edge", "https://forgejo.acme.dev/acme/edge", "gitea"),
]
NO_PAGES = [
    "",
    "/srv/git/github.com/acme/edge.git",
    "../edge.git",
    "C:/edge",
    "file:///srv/github.com/acme/edge.git",
    "javascript://github.com/acme/edge",
    "javascript:alert(1)//github.com/acme/edge",
    "https://example.com/acme/edge.git",
    "https://notgithub.com/acme/edge.git",
    "https://evil.dev/github.com/acme",
    "https://evilgithub.com/acme/edge",
    "https://github.com@evil.dev/acme/edge",
    "git@evil.dev:github.com/acme",
    "https://github.com/edge.git",
    "https://github.com/acme/edge/more",
    "https://github.com/../edge",
    "https://github.com/acme/..",
    'https://github.com/acme/"><script>',
    "https://github.com/acme/e%2fdge",
    "https://github.com/acme/ed ge",
    "https://user:s3/cret@github.com/acme/edge",
    "https://github.com:x/acme/edge",
    "https://[github.com/acme/edge",
    "https://github.acme_dev/acme/edge",
    "https://github.é.dev/acme/edge",
    "ext::sh -c 'x' github.com:acme/edge",
    "codecommit::eu-central-1://edge",
]

GPG = """\
#!/bin/sh
case "$*" in
*--verify*) echo "looked at" >&2; echo "[GNUPG:] GOODSIG 1 Ali" ;;
*) cat >/dev/null; echo "[GNUPG:] SIG_CREATED " >&2; printf -- "-----BEGIN PGP SIGNATURE-----\\n-----END PGP SIGNATURE-----\\n" ;;
esac
"""
"""A gpg that signs anything, and has something to say of a signature."""


@pytest.mark.parametrize(("url", "base", "kind"), PAGES)
def test_the_pages_of_a_remote(url: str, base: str, kind: str) -> None:
    """By its host's name; a password or a token never comes along."""
    forge = forge_of(url)
    assert forge is not None
    assert (forge.base, forge.kind) == (base, kind)
    assert "s3cret" not in forge.edit("main", "kampkin.yaml", 1) + forge.commit("abc")


@pytest.mark.parametrize("url", NO_PAGES)
def test_no_pages(url: str) -> None:
    """Rather no link than one to somewhere else."""
    assert forge_of(url) is None


@pytest.mark.parametrize(
    ("url", "edit", "commit"),
    [
        ("https://github.com/a/b", "/edit/main/edge/kampkin.yaml#L12", "/commit/abc"),
        ("https://gitlab.com/a/b", "/-/edit/main/edge/kampkin.yaml#L12", "/-/commit/abc"),
        ("https://bitbucket.org/a/b", "/src/main/edge/kampkin.yaml?mode=edit#lines-12", "/commits/abc"),
        ("https://codeberg.org/a/b", "/_edit/main/edge/kampkin.yaml#L12", "/commit/abc"),
    ],
)
def test_the_links_of_each_forge(url: str, edit: str, commit: str) -> None:
    """To a line of a file on a branch, and to a commit; what a URL would take for something else is escaped."""
    forge = forge_of(url)
    assert forge is not None
    assert forge.edit("main", "edge/kampkin.yaml", 12) == url + edit
    assert forge.edit("main", "edge/kampkin.yaml") == url + edit.partition("#")[0]
    assert "/rel%23/1/our%20edge/%3Fa%22%C3%BC.yaml" in forge.edit("rel#/1", 'our edge/?a"ü.yaml', 1)
    assert forge.commit("abc") == url + commit


def test_the_links_of_a_repository(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of origin or of the only remote, by the file's name as findings have it; none to what is elsewhere."""
    assert links(file).edit(str(file), 3) is None
    git(tmp_path, "remote", "add", "upstream", "https://dana:s3cret@github.com/acme/edge.git")
    monkeypatch.chdir(file.parent)
    found = links(Path("kampkin.yaml"))
    assert found.edit("teams/maps.yaml", 3) == "https://github.com/acme/edge/edit/main/edge/teams/maps.yaml#L3"
    assert found.edit("../../elsewhere.yaml", 3) is None
    assert found.commit("abc") == "https://github.com/acme/edge/commit/abc"
    assert "s3cret" not in repr(found)
    git(tmp_path, "remote", "add", "fork", "https://gitlab.com/dana/edge.git")
    assert links(file).commit("abc") is None
    git(tmp_path, "remote", "add", "origin", "ours:acme/edge.git")
    assert links(file).commit("abc") is None
    git(tmp_path, "config", "url.git@gitlab.com:.insteadOf", "ours:")
    assert links(file).commit("abc") == "https://gitlab.com/acme/edge/-/commit/abc"


def test_the_default_branch(file: Path, tmp_path: Path) -> None:
    """As it was last fetched, else the one that is checked out, else main."""
    git(tmp_path, "checkout", "--quiet", "-b", "work/on-it")
    assert links(file).branch == "work/on-it"
    git(tmp_path, "update-ref", "refs/remotes/origin/trunk/a", "HEAD")
    git(tmp_path, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk/a")
    assert links(file).branch == "trunk/a"
    git(tmp_path, "symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    git(tmp_path, "checkout", "--quiet", "--detach")
    assert links(file).branch == "main"


def test_without_a_repository_there_are_no_links(tmp_path: Path) -> None:
    """And nobody knows who changed an endpoint."""
    file = tmp_path / "kampkin.yaml"
    file.write_text("version: 1\nendpoints: {cart: https://cart.acme.dev}\n")
    found = links(file)
    assert (found.edit(str(file), 1), found.commit("abc")) == (None, None)
    typed = load(file).typed
    assert typed is not None
    with pytest.raises(Cannot, match="git does not know"):
        last_change(file, typed, "cart")


def test_the_commit_that_changed_an_endpoint_last(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its author, its time and what it says; one that was never committed has none."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", "1800000000 +0000")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "1700000000 +0000")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Ali")
    file.write_text(FILE.replace("owner: shop}", "owner: search}"))
    gpg = tmp_path / "gpg"
    gpg.write_text(GPG)
    gpg.chmod(0o755)
    git(tmp_path, "config", "gpg.program", str(gpg))
    git(tmp_path, "config", "log.showSignature", "true")
    git(tmp_path, "commit", "--quiet", "-S", "-am", "cart: \x1b[2J moved: to search\n\nbecause")
    assert "looked at" in git(tmp_path, "log", "-1", "--format=%s")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Eve")
    file.write_text(FILE.replace("owner: shop}", "owner: search}").replace("version: 1", "# x\nversion: 1"))
    git(tmp_path, "commit", "--quiet", "-am", "another line")
    file.write_text(file.read_text().replace("environments:", "  new: https://new.acme.dev\nenvironments:"))
    typed = load(file).typed
    assert typed is not None
    assert last_change(file, typed, "cart") == LastChange(
        git(tmp_path, "rev-parse", "HEAD^"), "Ali", 1_800_000_000_000, "cart: \\x1b[2J moved: to search"
    )
    assert last_change(file, typed, "new") is None
