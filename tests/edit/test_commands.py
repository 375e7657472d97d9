"""The commands as a shell runs them: at a terminal and without one, with one file and with those of teams."""

from __future__ import annotations

import errno
import json
import os
import pty
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kampkin.edit.draft import Draft
from kampkin.edit.endpoints import change
from kampkin.edit.settings import setting_of
from kampkin.errors import Cannot

FILE = """\
version: 1
project: acme
targets:
  cloudflare: {host: edge.acme.dev}
  aws: {}
profiles: {slow: {timeout: 9s}}
endpoints:
  cart: {owner: shop, route: /v1/cart/*, origin: https://cart.acme.dev}
  maps: {profile: slow, origin: "https://maps.acme.dev:8443/v2", targets: [aws]}
environments:
  prod: {targets: {cloudflare: {host: edge.prod.acme.dev}}}
  test: {targets: {cloudflare: null}, endpoints: {cart: {origin: https://cart.test.acme.dev}}}
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Typed = Callable[..., "tuple[int, str]"]


@pytest.fixture
def kampkin(tmp_path: Path) -> Run:
    """Runs the command in the test's folder, with nobody at the terminal."""

    def kampkin(line: str, folder: str = ".") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kampkin", *shlex.split(line)],
            cwd=tmp_path / folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return kampkin


@pytest.fixture
def typed(tmp_path: Path) -> Typed:
    """Runs the command at a terminal, answers each question in turn, and returns the code with what was shown."""

    def typed(line: str, *answers: tuple[str, str], meanwhile: Callable[[], object] = int) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        child = subprocess.Popen(
            [sys.executable, "-m", "kampkin", *shlex.split(line)],
            cwd=tmp_path,
            env=os.environ | {"COLUMNS": "200", "TERM": "xterm", "NO_COLOR": "1"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = ""
        for question, answer in answers:
            while question not in shown:
                shown += os.read(ours, 4096).decode()
            meanwhile()
            os.write(ours, f"{answer}\n".encode())
        while True:
            try:
                shown += (more := os.read(ours, 4096).decode())
            except OSError:  # the other end is closed
                more = ""
            if not more:
                break
        os.close(ours)
        return child.wait(30), shown.replace("\r\n", "\n")

    return typed


@pytest.fixture
def teams(tmp_path: Path) -> Path:
    """A repository: a root document, and the files of two teams, in git."""
    (tmp_path / "teams").mkdir()
    (tmp_path / "kampkin.yaml").write_text(
        "version: 1\nproject: acme\ninclude: [teams/*.yaml]\nendpoints:\n  root: https://root.acme.dev\n"
        "environments:\n  prod: {endpoints: {cart: {timeout: 1s}}}\n"
    )
    (tmp_path / "teams/shop.yaml").write_text(
        "# the shop's\ndefaults: {timeout: 2s, cors: {origins: [https://shop.acme.dev]}}\n"
        "endpoints:\n  cart: https://cart.acme.dev   # busy\n"
    )
    (tmp_path / "teams/maps.yaml").write_text("endpoints:\n    maps: https://maps.acme.dev\n")
    for arguments in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    return tmp_path


def test_add_makes_the_smallest_file(kampkin: Run, tmp_path: Path) -> None:
    """Where there is none, --yes makes one that `check` has nothing against; without --yes nothing is made."""
    assert kampkin("add cart https://cart.acme.dev").returncode == 2
    assert list(tmp_path.iterdir()) == []
    run = kampkin("add cart https://cart.acme.dev --yes")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines()[0] == "kampkin.yaml:3: cart added, in a new file"
    assert (tmp_path / "kampkin.yaml").read_text() == "version: 1\nendpoints:\n  cart: https://cart.acme.dev\n"
    assert kampkin("check").stdout.startswith("no problems in kampkin.yaml: ")


def test_add_says_where_callers_go_now(kampkin: Run, tmp_path: Path) -> None:
    """The protected URL on each target, hosts from the file or the platform's placeholder, and where an environment has
    another; then what to do next."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    run = kampkin("add search https://search.acme.dev --route '/find/*' --owner shop")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == (
        "kampkin.yaml:10: search added\n"
        "  aws         https://<id>.cloudfront.net/find\n"
        "  cloudflare  https://edge.acme.dev/find\n"
        "  cloudflare  https://edge.prod.acme.dev/find   in prod\n"
        "next: kampkin check, and a pull request; kampkin dev tries it here\n"
    )


def test_add_asks_at_a_terminal(typed: Typed, tmp_path: Path) -> None:
    """Name, URL and whether to make a file; the answers are taken."""
    code, shown = typed(
        "add",
        ("the endpoint's name: ", "cart"),
        ("the service's URL: ", "https://cart.acme.dev"),
        ("make it? [y/N] ", "y"),
    )
    assert code == 0, shown
    assert "cart added, in a new file" in shown
    assert "cart: https://cart.acme.dev" in (tmp_path / "kampkin.yaml").read_text()


def test_no_is_an_answer(typed: Typed, tmp_path: Path) -> None:
    """Anything but yes leaves all as it is, with 130."""
    code, shown = typed("add cart https://cart.acme.dev", ("make it? [y/N] ", ""))
    assert (code, "nothing was done" in shown) == (130, True)
    (tmp_path / "kampkin.yaml").write_text(FILE)
    code, shown = typed("remove maps", ("remove maps? [y/N] ", "no"))
    assert (code, "nothing was done" in shown) == (130, True)
    assert (tmp_path / "kampkin.yaml").read_text() == FILE


def test_remove_says_what_disappears_and_asks(typed: Typed, tmp_path: Path) -> None:
    """The protected URLs are shown before the question, the changes of environments too; yes removes."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    code, shown = typed("remove cart", ("remove cart? [y/N] ", "y"))
    assert code == 0, shown
    told, _, rest = shown.partition("remove cart? ")
    assert told == (
        "kampkin.yaml:8: with cart these protected URLs disappear\n"
        "  aws         https://<id>.cloudfront.net/v1/cart\n"
        "  cloudflare  https://edge.acme.dev/v1/cart\n"
        "  cloudflare  https://edge.prod.acme.dev/v1/cart   in prod\n"
        "its changes in test go too\n"
    )
    assert rest.endswith("cart removed\n")
    assert "cart" not in (tmp_path / "kampkin.yaml").read_text()
    assert "test: {targets: {cloudflare: null}}\n" in (tmp_path / "kampkin.yaml").read_text()


def test_what_somebody_else_wrote_meanwhile_is_not_lost(typed: Typed, tmp_path: Path) -> None:
    """A file that has changed since it was read is not written over."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(FILE)
    code, shown = typed(
        "remove maps", ("remove maps? [y/N] ", "y"), meanwhile=lambda: file.write_text(f"{FILE}# another word\n")
    )
    assert code == 2
    assert "kampkin.yaml has changed meanwhile; nothing was written" in shown
    assert file.read_text() == f"{FILE}# another word\n"
    assert [path.name for path in tmp_path.iterdir()] == ["kampkin.yaml"]


def test_a_file_keeps_its_mode_and_its_link(kampkin: Run, tmp_path: Path) -> None:
    """The mode stays, and a link still leads to the file that was edited."""
    (tmp_path / "elsewhere").mkdir()
    file = tmp_path / "elsewhere/file.yaml"
    file.write_text(FILE)
    file.chmod(0o604)
    (tmp_path / "kampkin.yaml").symlink_to("elsewhere/file.yaml")
    assert kampkin("set cart timeout=5s").returncode == 0
    assert (tmp_path / "kampkin.yaml").is_symlink()
    assert "timeout: 5s" in file.read_text()
    assert file.stat().st_mode & 0o7777 == 0o604
    assert [path.name for path in file.parent.iterdir()] == ["file.yaml"]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes nothing is said in one line, and the file is as it was."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    draft = Draft(Path("kampkin.yaml"))
    change(draft, "maps", None, setting_of("timeout=5s"))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "kampkin.yaml")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Cannot, match=r"cannot write kampkin\.yaml: No space left on device"):
        draft.write()
    assert (tmp_path / "kampkin.yaml").read_text() == FILE
    assert [path.name for path in tmp_path.iterdir()] == ["kampkin.yaml"]


def test_two_files_are_written_or_none(teams: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second of two has changed on disk, the first is not written either."""
    monkeypatch.chdir(teams)
    draft = Draft(Path("kampkin.yaml"))
    change(draft, "maps", None, setting_of("timeout=5s"))
    change(draft, "maps", "prod", setting_of("timeout=4s"))
    before = (teams / "teams/maps.yaml").read_text()
    (teams / "kampkin.yaml").write_text("version: 1\n")
    with pytest.raises(Cannot, match="has changed meanwhile"):
        draft.write()
    assert (teams / "teams/maps.yaml").read_text() == before
    assert sorted(path.name for path in (teams / "teams").iterdir()) == ["maps.yaml", "shop.yaml"]


def test_a_draft_is_of_files_as_they_were_read(teams: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody writes meanwhile is in no answer of the draft's, and nothing is made of a file that is another by then."""
    monkeypatch.chdir(teams)
    draft = Draft(Path("kampkin.yaml"))
    assert draft.load().plan is not None
    (teams / "teams/maps.yaml").write_text("endpoints: {maps: [")
    assert draft.load().plan is not None
    change(draft, "cart", None, setting_of("timeout=5s"))
    assert draft.news()[1] == []
    with pytest.raises(Cannot, match=r"teams/maps\.yaml has changed meanwhile"):
        change(draft, "maps", None, setting_of("timeout=5s"))


def test_set_shows_the_lines(kampkin: Run, tmp_path: Path) -> None:
    """Those that go and those that come."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    run = kampkin("set cart timeout=5s breaker.monitor=true")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == (
        "kampkin.yaml:8\n"
        "  -  cart: {owner: shop, route: /v1/cart/*, origin: https://cart.acme.dev}\n"
        "  +  cart: {owner: shop, route: /v1/cart/*, origin: https://cart.acme.dev, timeout: 5s, breaker: {monitor: true}}\n"
    )


def test_list_in_columns(kampkin: Run, tmp_path: Path) -> None:
    """Without a terminal: a line for each protected URL, with origin, owner, profile and place."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    run = kampkin("list")
    assert (run.returncode, run.stderr) == (0, "")
    assert [line.split() for line in run.stdout.splitlines()] == [
        ["cart", "https://<id>.cloudfront.net/v1/cart", "https://cart.acme.dev", "shop", "-", "kampkin.yaml:8"],
        ["cart", "https://edge.acme.dev/v1/cart", "https://cart.acme.dev", "shop", "-", "kampkin.yaml:8"],
        ["maps", "https://<id>.cloudfront.net/maps", "https://maps.acme.dev:8443/v2", "-", "slow", "kampkin.yaml:9"],
    ]


def test_list_of_an_environment_as_json(kampkin: Run, tmp_path: Path) -> None:
    """What the environment changes shows; the place is still the endpoint's own."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    run = kampkin("list --env test --json")
    assert run.returncode == 0
    told = json.loads(run.stdout)
    assert told["environment"] == "test"
    assert told["endpoints"][0] == {
        "name": "cart",
        "urls": {"aws": "https://<id>.cloudfront.net/v1/cart"},
        "origin": "https://cart.test.acme.dev",
        "owner": "shop",
        "profile": None,
        "file": "kampkin.yaml",
        "line": 8,
    }


def test_list_at_a_terminal(typed: Typed, tmp_path: Path) -> None:
    """A table, a row for each endpoint."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    code, shown = typed("list")
    assert code == 0
    for text in ("protected URLs", "https://edge.acme.dev/v1/cart", "kampkin.yaml:8", "https://maps.acme.dev:8443/v2"):
        assert text in shown
    assert shown.count("kampkin.yaml:") == 2


def test_an_endpoint_is_edited_where_it_stands(kampkin: Run, teams: Path) -> None:
    """In the team's file; what an environment changes stands in the root document."""
    run = kampkin("set cart timeout=5s")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines()[0] == "teams/shop.yaml:4"
    assert (
        (teams / "teams/shop.yaml")
        .read_text()
        .endswith("endpoints:\n  cart:   # busy\n    origin: https://cart.acme.dev\n    timeout: 5s\n")
    )
    assert kampkin("set maps timeout=4s --env prod").returncode == 0
    assert "prod: {endpoints: {cart: {timeout: 1s}, maps: {timeout: 4s}}}" in (teams / "kampkin.yaml").read_text()
    assert [line.split()[-1] for line in kampkin("list").stdout.splitlines()[::2]] == [
        "teams/shop.yaml:4",
        "teams/maps.yaml:2",
        "kampkin.yaml:5",
    ]


def test_a_default_of_the_teams_file_is_turned_off(kampkin: Run, teams: Path) -> None:
    """Null is written where the file's own defaults say something, and taken away again where they do not."""
    assert kampkin("set cart cors=null").returncode == 0
    assert "cors: null" in (teams / "teams/shop.yaml").read_text()
    assert kampkin("set maps cors=null").stdout == "nothing to change\n"


def test_remove_edits_both_files(kampkin: Run, teams: Path) -> None:
    """The endpoint goes from the team's file, where none is left, and its change from the root document."""
    run = kampkin("remove cart --yes")
    assert (run.returncode, run.stderr) == (0, "")
    assert (teams / "teams/shop.yaml").read_text().endswith("endpoints: {}\n")
    assert "prod: {}" in (teams / "kampkin.yaml").read_text()
    assert kampkin("check").stdout.startswith("no problems in kampkin.yaml: ")
    assert kampkin("add cart https://cart.acme.dev --file teams/shop.yaml").returncode == 0
    assert (teams / "teams/shop.yaml").read_text().endswith("endpoints:\n  cart: https://cart.acme.dev\n")


def test_add_into_a_teams_file(kampkin: Run, teams: Path) -> None:
    """--file names it, from any folder; the document that includes it is found above it."""
    run = kampkin("add tiles https://tiles.acme.dev --file teams/maps.yaml")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines()[0] == "teams/maps.yaml:3: tiles added"
    assert (teams / "teams/maps.yaml").read_text() == (
        "endpoints:\n    maps: https://maps.acme.dev\n    tiles: https://tiles.acme.dev\n"
    )
    run = kampkin("add hills https://hills.acme.dev --file maps.yaml", folder="teams")
    assert run.stdout.splitlines()[0] == "../teams/maps.yaml:4: hills added"
    assert kampkin("set hills timeout=3s --file maps.yaml", folder="teams").returncode == 0
    assert kampkin("check").stdout.startswith("no problems in kampkin.yaml: ")
    assert kampkin("add cart https://x.acme.dev --file teams/maps.yaml").returncode == 2


def test_commands_say_how_they_are_used(kampkin: Run) -> None:
    """A command without what it needs is a usage error."""
    for line in ("set", "set cart", "remove", "list extra"):
        run = kampkin(line)
        assert (run.returncode, "usage: kampkin" in run.stderr) == (2, True)
