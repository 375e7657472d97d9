"""What a file names, or is, that no review could see or that no program should read: refused where it is named, never waited for.

tests/test_assets.py has what files of fallbacks come to when they are sound.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kampkin.cli import main
from kampkin.load import Loaded, load
from tests.language.corpus import MAIN
from tests.language.laws import lawful
from tests.language.limits import bounded
from tests.repository import below_a_root, git

ENDPOINTS = "version: 1\nendpoints:\n  a: https://a.acme.dev\n"
TEAM = "endpoints: {b: https://b.acme.dev}\n"
AS_ROOT = "root reads what nobody may"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where kampkin.yaml is: below the root of a git repository."""
    return below_a_root(tmp_path)


def write(path: Path, text: str = TEAM, tracked: bool = True) -> Path:
    """A file, as git knows it or does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if tracked:
        git(path.parent, "--literal-pathspecs", "add", "--", path.name)
    return path


def checked(path: Path) -> Loaded:
    """What the file comes to, by the laws and in time."""
    with bounded():
        return lawful(path)


def including(folder: Path, *patterns: str) -> Loaded:
    """A document that includes these, loaded; the list is its first line."""
    quoted = ", ".join("'" + pattern.replace("'", "''") + "'" for pattern in patterns)
    (folder / MAIN).write_text(f"include: [{quoted}]\n{ENDPOINTS}")
    return checked(folder / MAIN)


def falling_back_to(folder: Path, name: str) -> Loaded:
    """A document with a fallback's file, loaded; it is named in the first line."""
    quoted = "'" + name.replace("'", "''") + "'"
    (folder / MAIN).write_text(f"defaults: {{fallback: {{status: 200, file: {quoted}}}}}\n{ENDPOINTS}")
    return checked(folder / MAIN)


def names(loaded: Loaded) -> list[str]:
    """The endpoints of a sound document."""
    assert loaded.plan, loaded.diagnostics
    return [endpoint.name for endpoint in loaded.plan.endpoints]


def refusal(loaded: Loaded) -> str:
    """What the only finding says, which is of the first line; with what to do."""
    assert loaded.plan is None
    (found,) = loaded.diagnostics
    assert (found.id, found.span.file, found.span.line) == ("bad-file", str(Path(found.span.file).parent / MAIN), 1)
    assert found.hint
    return found.message


def untracked(path: Path) -> None:
    """A file that nobody has added."""
    write(path, tracked=False)


def ignored(path: Path) -> None:
    """One that never will be."""
    write(path.parent / ".gitignore", path.name)
    write(path, tracked=False)


def link(path: Path) -> None:
    """A link to a file beside it."""
    path.symlink_to(write(path.parent / "other.yml").name)
    git(path.parent, "add", path.name)


def link_out(path: Path) -> None:
    """A link to a file of the machine's."""
    path.symlink_to("/etc/passwd")
    git(path.parent, "add", path.name)


def broken_link(path: Path) -> None:
    """A link to nothing."""
    path.symlink_to("nowhere")
    git(path.parent, "add", path.name)


def circle(path: Path) -> None:
    """A link to itself."""
    path.symlink_to(path.name)
    git(path.parent, "add", path.name)


def directory(path: Path) -> None:
    """A folder."""
    write(path / "inside.yml")


def pipe(path: Path) -> None:
    """A pipe that nobody writes into."""
    os.mkfifo(path)


def device(path: Path) -> None:
    """A device without an end."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError as problem:
        pytest.skip(f"no device can be made here: {problem}")


def gone(path: Path) -> None:
    """A file that is tracked, and not there."""
    write(path).unlink()


HOSTILE: dict[Callable[[Path], None], str] = {
    untracked: "is not tracked by git: nobody could review it",
    ignored: "is not tracked by git: nobody could review it",
    link: "is a symlink",
    link_out: "is a symlink",
    broken_link: "is a symlink",
    circle: "is a symlink",
    directory: "is no regular file",
    pipe: "is no regular file",
    device: "is no regular file",
    gone: "is not there",
}
"""What may be where a file should, and why it is refused."""


@pytest.mark.parametrize("name", [including, falling_back_to], ids=lambda one: one.__name__)
@pytest.mark.parametrize("make", HOSTILE, ids=lambda one: one.__name__)
def test_what_is_no_reviewed_file_is_refused(
    folder: Path, make: Callable[[Path], None], name: Callable[..., Loaded]
) -> None:
    """Named by its path, as an included file and as a fallback's."""
    (folder / "teams").mkdir()
    make(folder / "teams" / "x.yaml")
    assert refusal(name(folder, "teams/x.yaml")).endswith(f"teams/x.yaml {HOSTILE[make]}")


@pytest.mark.parametrize("make", [one for one in HOSTILE if one not in (directory, gone)], ids=lambda one: one.__name__)
def test_a_pattern_tells_of_it_too(folder: Path, make: Callable[[Path], None]) -> None:
    """Nothing that a pattern matches is left out in silence."""
    (folder / "teams").mkdir()
    make(folder / "teams" / "x.yaml")
    assert refusal(including(folder, "teams/*.yaml")).endswith(f"teams/x.yaml {HOSTILE[make]}")


@pytest.mark.skipif(os.geteuid() == 0, reason=AS_ROOT)
@pytest.mark.parametrize("name", [including, falling_back_to], ids=lambda one: one.__name__)
def test_what_nobody_may_read_is_told(folder: Path, name: Callable[..., Loaded]) -> None:
    """A file without the right to read it."""
    path = write(folder / "x.yaml")
    path.chmod(0)
    loaded = name(folder, "x.yaml")
    assert loaded.plan is None
    assert "cannot be read: Permission denied" in loaded.diagnostics[0].message


@pytest.mark.parametrize("name", [including, falling_back_to], ids=lambda one: one.__name__)
@pytest.mark.parametrize("to", ["teams", "..", "/", "linked"])
def test_nothing_behind_a_symlink_is_read(folder: Path, name: Callable[..., Loaded], to: str) -> None:
    """A folder that is one, wherever it leads; a loop too."""
    write(folder / "teams" / "x.yaml")
    (folder / "linked").symlink_to(to)
    git(folder, "add", "linked")
    assert "symlink" in refusal(name(folder, "linked/x.yaml"))


@pytest.mark.parametrize("pattern", ["linked/*.yaml", "linked/*/*/*/*", "*/x.yaml", "l*/*/*/*/*/*/*"])
def test_no_pattern_walks_through_a_symlink(folder: Path, pattern: str) -> None:
    """Not even to see what is there: it leads to the root of the machine."""
    (folder / "linked").symlink_to("/")
    git(folder, "add", "linked")
    assert refusal(including(folder, pattern)).endswith("linked is a symlink")


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("../../x.yaml", "is outside of the repository"),
        ("../../*.yaml", "is outside of the repository"),
        ("../../**/*.yaml", "is outside of the repository"),
        ("../../../../../../../../../../**/*", "is outside of the repository"),
        ("t*/../../../x.yaml", "goes up again"),
        ("teams/../../../x.yaml", "goes up again"),
        ("/etc/*", "is no pattern of files"),
        ("//etc/passwd", "is no pattern of files"),
        ("**", "** stands by itself, once, and with something behind it"),
        ("**/**/*.yaml", "** stands by itself, once, and with something behind it"),
        ("**/" * 40 + "*.yaml", "** stands by itself, once, and with something behind it"),
        ("**.yaml", "** stands by itself, once, and with something behind it"),
        ("*" * 10_000, "** stands by itself, once, and with something behind it"),
        ("*a" * 10_000, "matches no file"),
        ("a" * 10_000, "cannot be read: File name too long"),
        ("a/" * 10_000 + "*", "matches no file"),
        ("[", "is not there"),
        ("[a-", "is not there"),
        ("t*/[x].yaml", "matches no file"),
        ("t*/?.yaml", "matches no file"),
        ("teams", "is no regular file"),
        (".", "is no pattern of files"),
        ("teams/", "is no pattern of files"),
        ("~/*.yaml", "matches no file"),
        ("$HOME/*", "matches no file"),
        ("*.yml", "matches no file"),
        ("teams/x.yaml/*", "matches no file"),
        ("teams\\*.yaml", "a \\ stands in the pattern"),
        ("teams/\u200b*.yaml", "is no pattern of files"),
        ("../.git/con*", "config is not tracked by git"),
        ("*.yaml", "kampkin.yaml would include itself"),
        ("kampkin.yaml", "kampkin.yaml would include itself"),
        ("./teams/../kampkin.yaml", "goes up again"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_pattern_that_leads_nowhere_good_is_told(folder: Path, pattern: str, says: str) -> None:
    """Outside of the repository, everywhere at once, to itself or to nothing: where it stands, before anything is read."""
    write(folder / "teams" / "x.yaml")
    write(folder.parent.parent / "x.yaml", tracked=False)
    write(folder / MAIN)
    loaded = including(folder, pattern)
    assert loaded.plan is None
    assert says in loaded.diagnostics[0].message
    assert {found.span.line for found in loaded.diagnostics} == {1}


@pytest.mark.parametrize(
    "pattern",
    ["teams/*.yaml", "./teams//x.yaml", "*/x.yaml", "**/x.yaml", "../edge/teams/x.yaml", "../*/teams/*", "../*/*/x.*l"],
)
def test_a_pattern_within_the_repository_is_taken(folder: Path, pattern: str) -> None:
    """From its folder, from above it, and from any folder below."""
    write(folder / "teams" / "x.yaml")
    assert names(including(folder, pattern)) == ["a", "b"]


def test_a_file_that_several_patterns_mean_is_taken_once(folder: Path) -> None:
    """However it is written."""
    write(folder / "teams" / "x.yaml")
    assert names(including(folder, "teams/*.yaml", "teams/x.yaml", "./teams/x.yaml", "**/x.yaml")) == ["a", "b"]


def test_without_git_nothing_above_the_folder_is_taken(tmp_path: Path) -> None:
    """There the folder of kampkin.yaml is all that is reviewed."""
    folder = tmp_path / "edge"
    write(folder / "teams" / "x.yaml", tracked=False)
    write(tmp_path / "x.yaml", tracked=False)
    assert names(including(folder, "teams/*.yaml")) == ["a", "b"]
    for pattern in ("../x.yaml", "../*.yaml"):
        assert refusal(including(folder, pattern)).endswith("is outside of the repository")
    assert refusal(including(folder, "t*/../../x.yaml")).endswith("goes up again")


def test_folders_as_deep_as_they_can_be_are_walked(folder: Path) -> None:
    """Deeper than Python calls itself."""
    write(folder / "d" / "d" / "x.yaml")
    subprocess.run(["mkdir", "-p", "/".join("d" * 1_200)], cwd=folder, check=True)
    try:
        assert names(including(folder, "**/x.yaml")) == ["a", "b"]
    finally:
        subprocess.run(["rm", "-r", "d"], cwd=folder, check=True)  # shutil, which clears up later, calls itself too


@pytest.mark.parametrize(
    ("patterns", "says"),
    [
        ([f"{number}/**/*.yaml" for number in range(101)], "101 patterns of files; 100 are the most"),
        (["teams/*"], "1001 files are included; 1000 are the most"),
    ],
    ids=["patterns", "files"],
)
def test_too_many_of_them_are_one_finding(folder: Path, patterns: list[str], says: str) -> None:
    """Each pattern may walk the whole repository, and each file is read."""
    (folder / "teams").mkdir()
    for number in range(1_001):
        (folder / "teams" / f"{number}.yaml").touch()
    (found,) = including(folder, *patterns).diagnostics
    assert (found.id, found.message, found.span.line) == ("too-many-files", says, 1)


@pytest.mark.parametrize(
    ("text", "id", "at"),
    [
        ("include: [other.yaml]\n", "unknown-key", (1, 1)),
        ("include: [x.yaml]\n", "unknown-key", (1, 1)),
        ("version: 1\n", "unknown-key", (1, 1)),
        ("", "empty-file", (1, 1)),
        ("endpoints: [\n", "yaml-syntax", (2, 1)),
        ("endpoints: {a: https://a.acme.dev}\n", "declared-twice", (1, 13)),
        ("endpoints: {b: b}\n", "bad-origin", (1, 16)),
        ("- a\n", "wrong-type", (1, 1)),
        ("---\n", "empty-file", (1, 1)),
        ("endpoints: {b: *b}\n", "unknown-anchor", (1, 16)),
    ],
    ids=lambda value: str(value)[:25],
)
def test_a_finding_in_an_included_file_stands_there(folder: Path, text: str, id: str, at: tuple[int, int]) -> None:
    """It holds defaults, profiles and endpoints and nothing else: no other file above all, so there are no circles."""
    path = write(folder / "teams" / "x.yaml", text)
    (found,) = including(folder, "teams/*.yaml").diagnostics
    assert (found.id, found.span.file, (found.span.line, found.span.column)) == (id, str(path), at)


@pytest.mark.parametrize(
    "name",
    ["a b.yaml", "it's.yaml", '"x".yaml', "größe.yaml", "🧊.yaml", "a:b.yaml", "-x.yaml", ":(top)x.yaml", "[x].yaml", "x#.yaml", "a\nb.yaml", "\x1b[31m.yaml", "x?.yaml"],
)  # fmt: skip
def test_any_name_that_git_can_have_is_taken(folder: Path, name: str) -> None:
    """By a pattern; a name that cannot be printed is told as it can."""
    path = write(folder / "teams" / name)
    assert names(including(folder, "teams/*")) == ["a", "b"]
    path.write_text("endpoints: {b: b}\n")
    (found,) = including(folder, "teams/*").diagnostics
    assert found.span.file == str(path)
    assert str(found.span).isprintable()


def test_a_name_that_is_no_text_is_refused(folder: Path) -> None:
    """Bytes that are no UTF-8; what is said of it can be printed."""
    (folder / "teams").mkdir()
    with open(os.fsencode(folder) + b"/teams/\xff.yaml", "w") as opened:
        opened.write(TEAM)
    git(folder, "add", "teams")
    assert "\\udcff.yaml" in refusal(including(folder, "teams/*"))


def test_a_file_that_vanishes_meanwhile_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Asked of by git, and gone before it is read: here git itself removes it."""
    write(folder / "teams" / "x.yaml")
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(
        f'#!/bin/sh\n{shutil.which("git")} "$@"\ncase "$*" in *ls-files*) rm -f "{folder}/teams/x.yaml";; esac\n'
    )
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    (folder / MAIN).write_text(f"include: [teams/*.yaml]\n{ENDPOINTS}")
    with bounded():
        loaded = load(folder / MAIN)
    assert loaded.plan is None
    assert [found.id for found in loaded.diagnostics] == ["no-file"]


def test_names_are_relative_to_the_file_that_is_meant(folder: Path) -> None:
    """A kampkin.yaml that is a symlink to another folder's is that folder's, with its fallbacks and its teams'."""
    write(
        folder / "teams" / "x.yaml",
        "endpoints: {b: {origin: https://b.acme.dev, fallback: {status: 200, file: x.html}}}",
    )
    write(folder / "teams" / "x.html", "resting")
    assert names(including(folder, "teams/*.yaml")) == ["a", "b"]
    linked = folder.parent / MAIN
    linked.symlink_to(f"edge/{MAIN}")
    assert names(checked(linked)) == ["a", "b"]


@pytest.mark.parametrize(
    ("make", "id"),
    [
        (directory, "not-a-file"),
        (pipe, "not-a-file"),
        (device, "not-a-file"),
        (broken_link, "no-file"),
        (circle, "unreadable"),
        (lambda path: path.symlink_to("/dev/zero"), "not-a-file"),
        (lambda path: path.symlink_to("/proc/self/mem"), "unreadable"),
        (lambda path: None, "no-file"),
    ],
    ids=["directory", "pipe", "device", "broken-link", "circle", "link-to-a-device", "memory", "nothing"],
)
def test_kampkin_yaml_itself_may_be_none(
    folder: Path, make: Callable[[Path], None], id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no file is told and never waited for, and the command ends with 2."""
    make(folder / MAIN)
    (found,) = checked(folder / MAIN).diagnostics
    assert (found.id, found.span.line) == (id, 0)
    with bounded():
        assert main(["check", str(folder / MAIN)]) == 2
    assert f"error[{id}]" in capsys.readouterr().out


@pytest.mark.parametrize("path", ["", ".", "/", "a/" * 5_000, "a" * 5_000, "\n", "/dev/null/x", "-"])
def test_any_path_is_answered(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On the command line too: there is no such file, or it is none."""
    with bounded():
        assert main(["check", "--", path]) == 2
    assert "1 error" in capsys.readouterr().out
