"""The files that fallbacks name: from the repository to the plan, or a finding at the place that names them."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from kampkin.diagnostics import Diagnostic
from kampkin.load import Loaded, load
from kampkin.plan import Answer
from tests.repository import below_a_root, git

PAGE = "<p>Zurück in Kürze.</p>\r\n"
PICTURE = b"\x89PNG\r\n\x1a\n\x00\xff"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where kampkin.yaml is: below the root of a git repository."""
    return below_a_root(tmp_path)


def write(path: Path, data: str | bytes = PAGE, tracked: bool = True) -> None:
    """A file, as git knows it or does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    if tracked:
        git(path.parent, "--literal-pathspecs", "add", path.name)


def naming(folder: Path, *names: str, more: str = "") -> Loaded:
    """A kampkin.yaml with an endpoint for each file, loaded."""
    endpoints = [
        f"  e{number}: {{origin: https://a.acme.dev, fallback: {{status: 200, file: {name!r}{more}}}}}\n"
        for number, name in enumerate(names)
    ]
    (folder / "kampkin.yaml").write_text("version: 1\nendpoints:\n" + "".join(endpoints), encoding="utf-8")
    return load(folder / "kampkin.yaml")


def answers(loaded: Loaded) -> list[Answer]:
    """The plan's first fallbacks, which are all answers."""
    assert loaded.plan, loaded.diagnostics
    found = [endpoint.fallback[0] for endpoint in loaded.plan.endpoints]
    return [one for one in found if isinstance(one, Answer)]


def finding(loaded: Loaded) -> Diagnostic:
    """The only finding."""
    assert loaded.plan is None
    (found,) = loaded.diagnostics
    assert (found.span.line, found.severity) == (3, "error")
    return found


@pytest.mark.parametrize(
    ("name", "data", "content_type"),
    [
        ("pages/cart.html", PAGE.encode(), "text/html; charset=utf-8"),
        ("cart.JSON", b"[]\n", "application/json"),
        ("cart.txt", b"", "text/plain; charset=utf-8"),
        ("cart.css", b"p {}", "text/css; charset=utf-8"),
        ("cart.js", b"1", "text/javascript; charset=utf-8"),
        ("cart.csv", b"a;b", "text/csv; charset=utf-8"),
        ("cart.svg", b"<svg/>", "image/svg+xml"),
        ("cart.xml", b"\xef\xbb\xbf<a/>", "application/xml"),
        ("cart.png", PICTURE, "image/png"),
        ("cart.jpg", PICTURE, "image/jpeg"),
        ("cart.gif", PICTURE, "image/gif"),
        ("cart.webp", PICTURE, "image/webp"),
        ("cart.pdf", PICTURE, "application/pdf"),
        ("cart.ico", PICTURE, "image/x-icon"),
        ("cart", PICTURE, "application/octet-stream"),
        ("latin-1.html", "ü".encode("latin-1"), "text/html"),
    ],
)
def test_a_file_is_in_the_plan_byte_for_byte(folder: Path, name: str, data: bytes, content_type: str) -> None:
    """Text as it is, anything else in base64, with the type that its suffix says; no charset for what is no UTF-8."""
    write(folder / name, data)
    (answer,) = answers(naming(folder, name))
    back = answer.body.encode() if answer.encoding == "utf8" else base64.b64decode(answer.body)
    assert back == data
    assert (answer.encoding == "base64") == (b"\xff" in data or data == b"\xfc")
    assert answer.headers == (("content-type", content_type),)


def test_the_content_type_that_is_written_wins(folder: Path) -> None:
    """A header of the team's own is kept."""
    write(folder / "cart.html")
    (answer,) = answers(naming(folder, "cart.html", more=", headers: {Content-Type: text/x-own}"))
    assert answer.headers == (("content-type", "text/x-own"),)


def test_a_file_may_stand_anywhere_in_the_repository(folder: Path) -> None:
    """Beside kampkin.yaml, below it and above it, with any name that git can have."""
    names = ("a b.html", "pages/deep/cart.html", "../shared/cart.html", "./x/../[a]*.html", ":(top)x.html")
    for name in names:
        write(folder / name)
    assert [answer.body for answer in answers(naming(folder, *names))] == [PAGE] * len(names)


@pytest.mark.parametrize(
    ("name", "id", "says", "hint"),
    [
        ("card.html", "bad-file", "card.html is not there", "did you mean cart.html?"),
        ("pages/cart.html", "bad-file", "pages/cart.html is not there", "a path is relative to the file that names it"),
        ("cart.html/x", "bad-file", "cart.html/x is not there", "a path is relative to the file that names it"),
        ("new.html", "bad-file", "new.html is not tracked by git: nobody could review it", "git add edge/new.html"),
        ("../.git/config", "bad-file", "../.git/config is not tracked by git", "git add .git/config"),
        ("link.html", "bad-file", "link.html is a symlink", "name the file itself"),
        ("linked/cart.html", "bad-file", "linked/cart.html leads through the symlink linked", "name the file itself"),
        ("dangling.html", "bad-file", "dangling.html is a symlink", "name the file itself"),
        ("../../x.html", "bad-file", "../../x.html is outside of the repository", "move it there"),
        ("folder", "bad-file", "folder is no regular file", "name a regular file"),
        ("pipe", "bad-file", "pipe is no regular file", "name a regular file"),
        ("large.html", "too-large", "large.html has more than 64 KiB", "make it smaller"),
        ("n" * 300, "bad-file", "n cannot be read: File name too long", "a path is relative"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_will_not_do_is_a_finding(folder: Path, name: str, id: str, says: str, hint: str) -> None:
    """Each is told where it is named, with the path as written and what to do."""
    write(folder / "cart.html")
    write(folder / "large.html", "x" * (64 * 1024 + 1))
    write(folder / "folder/cart.html")
    write(folder / "new.html", tracked=False)
    (folder / "link.html").symlink_to("cart.html")
    (folder / "dangling.html").symlink_to("nowhere.html")
    (folder / "linked").symlink_to("folder")
    git(folder, "add", "link.html", "dangling.html", "linked")
    (folder.parent.parent / "x.html").write_text(PAGE)
    os.mkfifo(folder / "pipe")
    found = finding(naming(folder, name))
    assert found.id == id
    assert says in found.message
    assert found.hint is not None and hint in found.hint


def test_as_much_as_fits_is_taken(folder: Path) -> None:
    """64 KiB to the byte."""
    write(folder / "cart.html", "x" * 64 * 1024)
    (answer,) = answers(naming(folder, "cart.html"))
    assert len(answer.body) == 64 * 1024


def test_a_file_is_told_of_wherever_it_is_named(folder: Path) -> None:
    """In every endpoint and every environment, each place once, and none where another fallback stands before it."""
    (folder / "kampkin.yaml").write_text(
        "version: 1\n"
        "defaults: {fallback: {status: 200, file: a.html}}\n"
        "endpoints: {a: https://a.acme.dev, b: https://b.acme.dev, c: {origin: https://c.acme.dev, fallback: null}}\n"
        "environments:\n"
        "  prod: {defaults: {fallback: [{status: 200, file: a.html}, {status: 502, file: b.html, when: [failure]}]}}\n"
    )
    loaded = load(folder / "kampkin.yaml")
    assert [(found.message, found.span.line) for found in loaded.diagnostics] == [
        ("a.html is not there", 2),
        ("a.html is not there", 5),
        ("b.html is not there", 5),
    ]
    assert loaded.assets == (folder / "a.html", folder / "b.html")


@pytest.mark.parametrize("lacking", ["no repository", "no git"])
def test_without_git_the_folder_of_the_file_is_the_repository(
    tmp_path: Path, lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing has to be tracked there, and nothing above the folder is read."""
    if lacking == "no git":
        git(tmp_path, "init", "--quiet")
        monkeypatch.setenv("PATH", str(tmp_path))
    folder = tmp_path / "edge"
    write(folder / "pages/cart.html", tracked=False)
    write(tmp_path / "x.html", tracked=False)
    (answer,) = answers(naming(folder, "pages/cart.html"))
    assert answer.body == PAGE
    assert finding(naming(folder, "../x.html")).message == "../x.html is outside of the repository"


def test_a_change_of_the_file_changes_the_digest(folder: Path) -> None:
    """What the file holds is part of what is deployed; where it stands is not."""
    write(folder / "a.html", "one")
    write(folder / "b.html", "one")
    first, moved = (naming(folder, name).plan for name in ("a.html", "b.html"))
    write(folder / "b.html", "two")
    changed = naming(folder, "b.html").plan
    assert first and moved and changed
    assert first.digest == moved.digest != changed.digest
