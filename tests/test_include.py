"""What a document may include: the files of the repository, and no others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kampkin.diagnostics import Diagnostic
from kampkin.errors import Cannot
from kampkin.load import Loaded, load
from tests.repository import git

ROOT = "version: 1\ninclude: [{}]\nprofiles: {{slow: {{timeout: 9s}}}}\nendpoints: {{cart: https://cart.acme.dev}}\n"
TEAM = "endpoints: {search: https://search.acme.dev}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where kampkin.yaml is: below the root of a git repository, beside files of teams."""
    git(tmp_path, "init", "--quiet")
    files = {
        "edge/teams/search.yaml": TEAM,
        "edge/teams/maps.yaml": "endpoints: {maps: https://maps.acme.dev}\n",
        "edge/deep/er/still/news.yaml": "endpoints: {news: https://news.acme.dev}\n",
        "shared/ads.yaml": "endpoints: {ads: https://ads.acme.dev}\n",
    }
    for name, text in files.items():
        write(tmp_path / name, text)
    git(tmp_path, "add", ".")
    (tmp_path.parent / "outside.yaml").write_text("endpoints: {out: https://out.acme.dev}\n")
    write(tmp_path / "edge/new/untracked.yaml", "endpoints: {new: https://new.acme.dev}\n")
    (tmp_path / "edge/links").mkdir()
    (tmp_path / "edge/links/a.yaml").symlink_to("../teams/search.yaml")
    (tmp_path / "edge/linked").symlink_to("teams")
    os.mkfifo(tmp_path / "edge/pipe.yaml")
    git(tmp_path, "add", "edge/links", "edge/linked")
    return tmp_path / "edge"


def write(path: Path, text: str) -> None:
    """A file, its folders too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def including(folder: Path, *patterns: str) -> Loaded:
    """The document with these patterns, loaded."""
    (folder / "kampkin.yaml").write_text(ROOT.format(", ".join(f'"{pattern}"' for pattern in patterns)))
    return load(folder / "kampkin.yaml")


def names(loaded: Loaded) -> list[str]:
    """The endpoints of the plan."""
    assert loaded.plan, loaded.diagnostics
    return [endpoint.name for endpoint in loaded.plan.endpoints]


def finding(loaded: Loaded) -> Diagnostic:
    """The only finding."""
    (found,) = loaded.diagnostics
    return found


@pytest.mark.parametrize(
    ("patterns", "endpoints"),
    [
        (["teams/*.yaml"], ["cart", "maps", "search"]),
        (["teams/*.yaml", "teams/search.yaml"], ["cart", "maps", "search"]),
        (["deep/**/news.yaml"], ["cart", "news"]),
        (["../shared/*.yaml"], ["ads", "cart"]),
        (["teams/s*h.yaml"], ["cart", "search"]),
    ],
)
def test_patterns_name_files_of_the_repository(folder: Path, patterns: list[str], endpoints: list[str]) -> None:
    """Each file once, beside the document, below it, and above it as far as the repository goes."""
    assert names(including(folder, *patterns)) == endpoints


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("teams/*.yml", "teams/*.yml matches no file"),
        ("teams/search.yml", "is not there"),
        ("../../outside.yaml", "is outside of the repository"),
        ("../../*.yaml", "../../*.yaml is outside of the repository"),
        ("teams/*/../../../../outside.yaml", "goes up again"),
        ("/etc/*.yaml", "is no pattern of files"),
        ("**/**/*.yaml", "** stands by itself, once"),
        ("new/*.yaml", "is not tracked by git"),
        ("links/*.yaml", "is a symlink"),
        ("linked/search.yaml", "leads through the symlink linked"),
        ("pipe.yaml", "is no regular file"),
        ("teams", "is no regular file"),
        ("kampkin.y*ml", "would include itself"),
    ],
)
def test_what_will_not_do_is_a_finding(folder: Path, pattern: str, says: str) -> None:
    """At the pattern, whatever else is right; and nothing of it is taken."""
    (folder / "kampkin.yaml").touch()
    git(folder, "add", "kampkin.yaml")
    found = finding(including(folder, pattern))
    assert (found.id, found.span.line) == ("bad-file", 2)
    assert says in found.message


def test_names_that_two_files_have_are_shown_at_both(folder: Path) -> None:
    """An endpoint in two files, and a profile in a file and in the document."""
    write(folder / "teams/maps.yaml", "profiles: {slow: {timeout: 8s}}\n" + TEAM)
    told = including(folder, "teams/*.yaml").diagnostics
    assert [(one.id, Path(one.span.file).name, Path(one.related[0][0].file).name) for one in told] == [
        ("declared-twice", "maps.yaml", "kampkin.yaml"),
        ("declared-twice", "search.yaml", "maps.yaml"),
    ]


@pytest.mark.parametrize(
    "text", ["endpoints: [search]\n", "endpoints:\n", "endpoints: null\n", "include: [x.yaml]\n", "version: 1\n"]
)
def test_a_file_of_a_team_holds_what_it_may(folder: Path, text: str) -> None:
    """Endpoints that are a map, defaults and profiles; what it cannot hold is not left out in silence."""
    write(folder / "teams/maps.yaml", text)
    found = finding(including(folder, "teams/maps.yaml"))
    assert found.is_error
    assert found.span.file.endswith("teams/maps.yaml")


def test_a_broken_file_is_told_once(folder: Path) -> None:
    """Not again at each line of an environment that changes what is in it."""
    write(folder / "teams/maps.yaml", "endpoints: {maps: {\n")
    (folder / "kampkin.yaml").write_text(
        ROOT.format('"teams/maps.yaml"') + "environments: {prod: {endpoints: {maps: {timeout: 2s}}}}\n"
    )
    assert finding(load(folder / "kampkin.yaml")).id == "yaml-syntax"


def test_too_many_files_are_none(folder: Path) -> None:
    """The bound is told, and no file is read."""
    for number in range(1_001):
        write(folder / f"many/{number}.yaml", "endpoints: [")
    assert finding(including(folder, "many/*.yaml")).id == "too-many-files"


def test_a_repository_that_git_refuses_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tracked could not be known, so nothing is taken for tracked."""
    (folder.parent / ".git" / "HEAD").write_text("nonsense\n")
    with pytest.raises(Cannot, match="git does not know"):
        including(folder, "teams/*.yaml")


def test_a_hooks_environment_does_not_mislead(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git sets these for its hooks."""
    monkeypatch.setenv("GIT_DIR", ".git")
    assert names(including(folder, "teams/search.yaml")) == ["cart", "search"]


def test_a_document_behind_a_link_includes_what_stands_beside_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings name the files where they are."""
    write(folder / "teams/maps.yaml", "endpoints: {maps: {origin: https://maps.acme.dev, timeout: 3}}\n")
    including(folder, "teams/maps.yaml")
    (folder.parent / "kampkin.yaml").symlink_to("edge/kampkin.yaml")
    monkeypatch.chdir(folder.parent)
    assert str(finding(load(Path("kampkin.yaml"))).span) == "edge/teams/maps.yaml:1:60"
