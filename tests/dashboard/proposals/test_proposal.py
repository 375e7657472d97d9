"""A change as it would be: the same words as `kampkin set` and `kampkin diff` have, a patch that git takes, and no file touched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from kampkin.cli import main
from kampkin.dashboard.patch import FileChange, patch
from kampkin.dashboard.proposal import ChangedSetting, Finding, Proposal, propose
from kampkin.errors import Cannot
from kampkin.source import parse

from .conftest import FILE, TEAM, git, repository_in

Changes = list[tuple[str, str | None]]


@dataclass(frozen=True)
class Asked:
    """A proposal, the repository it was made in, and what `git status` said afterwards."""

    root: Path
    proposal: Proposal
    status: str


@pytest.fixture(scope="module")
def cooldown(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """A longer cooldown for the cart and a timeout; with the outages played, which takes seconds."""
    root = tmp_path_factory.mktemp("cooldown")
    file = repository_in(root)
    made = propose(file, "cart", None, [("breaker.cooldown", "20s"), ("timeout", "2s")])
    return Asked(root, made, git(root, "status", "--porcelain"))


def test_nothing_is_written(cooldown: Asked) -> None:
    """The review needs no file on disk to be another."""
    assert cooldown.proposal.ok
    assert cooldown.status == ""
    assert (cooldown.root / "edge/kampkin.yaml").read_text() == FILE


def test_the_patch_is_the_change_and_nothing_else(cooldown: Asked) -> None:
    """One line of the file, comments where they were."""
    assert [line for line in cooldown.proposal.patch.splitlines() if line[:1] in "+-"] == [
        "--- a/edge/kampkin.yaml",
        "+++ b/edge/kampkin.yaml",
        "-  cart: {origin: https://cart.acme.dev, owner: shop}   # busy",
        "+  cart: {origin: https://cart.acme.dev, owner: shop, breaker: {cooldown: 20s}, timeout: 2s}   # busy",
    ]
    assert cooldown.proposal.settings == (
        ChangedSetting("breaker.cooldown", "7s", "20s"),
        ChangedSetting("timeout", "5s", "2s"),
    )


def test_the_review_is_what_kampkin_diff_says(
    cooldown: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a work tree in which git has applied the patch; but for the name of what was before."""
    git(tmp_path, "clone", "--quiet", str(cooldown.root), "clone")
    (tmp_path / "patch").write_bytes(cooldown.proposal.patch.encode())
    git(tmp_path / "clone", "apply", "--check", "../patch")
    git(tmp_path / "clone", "apply", "../patch")
    monkeypatch.chdir(tmp_path / "clone" / "edge")
    assert main(["diff", "kampkin.yaml", "--base", "HEAD"]) == 0
    head, *said = capsys.readouterr().out.rstrip("\n").split("\n")
    assert said == list(cooldown.proposal.lines[1:])
    assert cooldown.proposal.lines[0] == f"against kampkin.yaml as it is: {head.partition(': ')[2]}"
    assert {"Behaviour", "Promises", "approval"} <= set(said)


def test_what_safety_asks_for_is_told(cooldown: Asked) -> None:
    """Why, and whose approval."""
    why, whose = cooldown.proposal.needs_approval
    assert why.startswith("safety.max_changed: 1 of 3 changed or removed, 10% allowed in staging, prod: cart")
    assert "by @dana" in whose


def test_the_review_is_of_the_environment_that_is_looked_at(file: Path) -> None:
    """What changes elsewhere is no effect here; an approval is asked for wherever the change goes."""
    made = propose(file, "cart", "staging", [("owner", "search")], seen="prod")
    assert made.ok
    assert made.lines == ("against kampkin.yaml as it is: no effect: every plan is what it was",)
    assert any("in staging: cart" in line for line in made.needs_approval)
    there = propose(file, "cart", "staging", [("owner", "search")], seen="staging")
    assert "1 endpoint: 1 changed" in there.lines[0]
    with pytest.raises(Cannot, match="there is no environment 'nowhere'") as problem:
        propose(file, "cart", None, [("owner", "search")], seen="nowhere")
    assert problem.value.hint == "declared are: staging, prod"


def test_a_teams_endpoint_changes_in_the_teams_file(file: Path) -> None:
    """What an environment changes of it stands in the document; both are in one patch where both change."""
    made = propose(file, "maps", None, [("owner", "shop")])
    assert [one.name for one in made.files] == ["edge/teams/maps.yaml"]
    assert made.files[0].after.decode() == TEAM.replace("owner: search", "owner: shop")
    there = propose(file, "maps", "prod", [("owner", "shop")])
    assert [one.name for one in there.files] == ["edge/kampkin.yaml"]
    by_team = propose(file.parent / "teams" / "maps.yaml", "maps", "prod", [("owner", "shop")])
    assert by_team.patch == there.patch


def test_a_value_none_takes_the_key_out(file: Path) -> None:
    """As `KEY=null` does."""
    made = propose(file, "cart", None, [("owner", None)])
    assert made.files[0].after.decode() == FILE.replace(", owner: shop}   # busy", "}   # busy")
    assert made.settings == (ChangedSetting("owner", "shop", "null"),)


SENT = """\
x-keys: &keys
  X-Shared: sekret-1
defaults:
  headers: {request: {X-All: "sekret-2"}}
endpoints:
  cart:
    origin: https://cart.acme.dev
    timeout: 1s
    headers:
      request:
        x-key: sekret-3
        X-Long: >-
          sekret-4
          sekret-5
  search: {origin: https://search.acme.dev, headers: {request: *keys}}
"""


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ([("timeout", "2s")], ["-    timeout: 1s", "+    timeout: 2s"]),
        ([("headers.request.X-More", "sekret-6")], ["+        X-More: •••"]),
        ([("headers.request.x-key", "sekret-6")], ["-        x-key: •••", "+        x-key: •••"]),
    ],
)
def test_values_of_request_headers_are_not_shown(file: Path, changes: Changes, changed: list[str]) -> None:
    """Neither in what it means nor in the patch to be read, line by line that which is to be applied."""
    top = FILE[: FILE.index("defaults")].replace("include: [teams/*.yaml]\n", "")
    file.write_text(top + SENT)
    made = propose(file, "cart", None, changes)
    assert made.ok
    assert "sekret" in made.patch
    assert "sekret" not in "\n".join([*made.lines, made.shown_patch])
    assert made.shown_patch.count("\n") == made.patch.count("\n")
    assert [one for one in made.shown_patch.split("\n")[3:] if one[:1] in ("+", "-")] == changed
    if "headers" in changes[0][0]:
        assert any('"x-key": "•••"' in line for line in made.lines)


def test_the_name_of_a_secret_is_shown(file: Path) -> None:
    """It is none."""
    text = FILE.replace(", aws: {}", "")
    file.write_text(text.replace("shop}   #", "shop, headers: {request: {X-Key: secret:KEY}}}   #"))
    made = propose(file, "cart", None, [("timeout", "2s")])
    assert made.ok
    assert "secret:KEY" in made.shown_patch


def test_what_changes_nothing_says_so(file: Path) -> None:
    """With the place of the endpoint."""
    for changes in (Changes(), [("owner", "shop")], [("owner", "search"), ("owner", "shop")]):
        made = propose(file, "cart", None, changes)
        assert (made.ok, made.patch, made.lines) == (False, "", ())
        assert made.findings == (Finding("warning", f"{file}:10:3", "nothing to change: cart says so already"),)


def test_new_errors_are_findings(file: Path) -> None:
    """With the place in the file as it would be; of several changes all together."""
    made = propose(file, "cart", None, [("owner", "search"), ("timeout", "3")])
    assert (made.ok, made.patch, made.files, made.lines) == (False, "", (), ())
    assert made.findings == (
        Finding("error", f"{file}:10:65", "3 what?", "write 3s: a duration is a whole number and one of ms s m h d"),
    )


def test_a_new_warning_is_told_and_stands_in_nobodys_way(file: Path) -> None:
    """The review is there too."""
    made = propose(file, "cart", None, [("origin", "http://cart.acme.dev")])
    assert made.ok
    assert [(one.severity, one.place) for one in made.findings] == [("warning", f"{file}:10:18")]
    assert made.lines


def test_old_errors_keep_nobody_from_mending_one(file: Path) -> None:
    """There is no review of a file with errors: what they are is said instead, as `kampkin diff` does."""
    file.write_text(FILE.replace("search}", "sea}").replace("shop}   #", "show}   #"))
    made = propose(file, "cart", None, [("owner", "shop")])
    assert made.ok
    assert made.findings == ()
    assert made.lines[0].startswith(f"{file}:11:52: error[unknown-owner]")
    assert made.lines[-1] == "1 error"


def test_what_is_no_yaml_is_told(file: Path) -> None:
    """Where, as findings; and a file that is not there likewise."""
    file.write_text("version: 1\nendpoints: {cart: [\n")
    [finding] = propose(file, "cart", None, [("owner", "shop")]).findings
    assert (finding.severity, finding.place) == ("error", f"{file}:3:1")
    file.unlink()
    [finding] = propose(file, "cart", None, [("owner", "shop")]).findings
    assert finding.message == "there is no such file"


def test_without_a_repository_a_patch_is_of_the_files_folder(tmp_path: Path) -> None:
    """Its names begin there."""
    (tmp_path / "kampkin.yaml").write_text("version: 1\nendpoints: {cart: https://cart.acme.dev}")
    made = propose(tmp_path / "kampkin.yaml", "cart", None, [("x-why", "CHG-1")])
    assert made.patch.startswith("diff --git a/kampkin.yaml b/kampkin.yaml\n--- a/kampkin.yaml\n+++ b/kampkin.yaml\n")


BIG = "a" * 100_000
CANNOT: list[tuple[str, str | None, str, str | None, str]] = [
    ("cart", None, "timeuot", "5s", "there is no key timeuot in an endpoint"),
    ("cart", None, "timeout", "", "timeout has no value"),
    ("cart", None, "timeout", " \n ", "timeout has no value"),
    ("cart", None, "", "5s", "'=5s' is not KEY=VALUE"),
    ("cart", None, "../../etc/passwd", "x", "'../../etc/passwd=x' is not KEY=VALUE"),
    ("cart", None, "a/../b", "x", "'a/../b=x' is not KEY=VALUE"),
    ("cart", None, "timeout=1s\n  owner", "shop", "there is no key timeout=1s\\n  owner in an endpoint"),
    ("cart", None, "timeout\0", "5s", "there is no key timeout\\x00 in an endpoint"),
    ("cart", None, "\ud800", "5s", "there is no key \\ud800 in an endpoint"),
    ("cart", None, "search.owner", "shop", "there is no key search in an endpoint"),
    ("cart", None, "endpoints.search.owner", "shop", "there is no key endpoints in an endpoint"),
    ("cart", None, "<<", "[*x]", "there is no key << in an endpoint"),
    ("cart", None, BIG, "5s", "no endpoint has a key of 100000 characters and 1 parts"),
    ("cart", None, "x-a" + ".b" * 50_000, "5s", "no endpoint has a key of 100003 characters and 50001 parts"),
    ("cart", None, f"fallback.{'9' * 5_000}.status", "200", "no endpoint has a key of 5016 characters and 3 parts"),
    ("cart", None, "timeout", BIG, "the value of timeout has 100000 characters; 65536 are the most"),
    ("cart", None, "x-note", f"'{BIG}'", "x-note: this text has 100000 characters; 65536 are the most"),
    ("cart", None, "timeout", "\udcff", "the value of timeout is not UTF-8"),
    ("cart", None, "x-note", "[" * 5_000, "x-note: this is nested more than 100 levels deep"),
    ("cart", None, "x-note", "{a: 1}, owner: {b: 2}", "x-note: this is not one value"),
    ("cart", None, "x-note", "[a]}\n  search: {owner: shop", "x-note: this is not YAML"),
    ("cart", None, "x-note", "[a]\n}\n---\n{value: b", "x-note: a second document begins here"),
    ("cart", None, "x-note", "[*shop]", "x-note: nothing is anchored as &shop"),
    ("cart", None, "x-note", "'a\0b'", "x-note: the character U+0000 may not stand in a file"),
    ("car", None, "timeout", "5s", "there is no endpoint 'car'"),
    (BIG, None, "timeout", "5s", "there is no endpoint 'aaa"),
    ("cart\n  evil", None, "timeout", "5s", "there is no endpoint 'cart\\\\n  evil'"),
    ("\ud800", None, "timeout", "5s", "there is no endpoint '\\\\ud800'"),
    ("cart", "nowhere", "timeout", "5s", "there is no environment 'nowhere' in "),
    ("cart", "", "timeout", "5s", "there is no environment '' in "),
    ("cart", "../prod\0", "timeout", "5s", "there is no environment '../prod\\\\x00' in "),
]


@pytest.mark.parametrize(
    ("endpoint", "environment", "key", "value", "says"), CANNOT, ids=[repr(one)[:60] for one in CANNOT]
)
def test_what_kampkin_set_would_not_do(
    file: Path, endpoint: str, environment: str | None, key: str, value: str, says: str
) -> None:
    """Whatever comes is refused in one line that any program can print, and not in a traceback."""
    with pytest.raises(Cannot) as problem:
        propose(file, endpoint, environment, [("owner", "search"), (key, value)])
    assert says.replace("\\\\", "\\") in problem.value.message
    said = [problem.value.message, problem.value.hint or ""]
    assert all(one.isprintable() and len(one) <= 400 for one in said)
    assert json.dumps(said, ensure_ascii=False).encode()
    assert file.read_text() == FILE


@pytest.mark.parametrize(
    "value",
    [
        "a}, owner: search, x-b: {c",
        "a\n  search: https://evil.invalid",
        "a\r\nendpoints: {}",
        "&anchor a",
        "*cart",
        "!!python/object a",
        "a # no comment",
        "- a",
        "| a",
        "\0\x1b[2J\u2028\u202e",
        "../../etc/passwd",
        '"quoted\\" , x: {"',
        "{a: &b c, d: *b}",
        "{<<: {owner: search}}",
        "ü" * 30_000,
    ],
)
def test_a_value_is_a_value(file: Path, value: str) -> None:
    """Whatever is in it, nothing but its own key changes."""
    made = propose(file, "cart", None, [("x-note", value)])
    assert made.ok
    [changed] = made.files
    root = parse("", changed.after).root
    assert root is not None
    written = root["endpoints"]["cart"].pop("x-note")
    if value[0] not in "{\"'":
        assert written == value.strip()
    assert root == parse("", FILE.encode()).root


def test_too_many_changes_at_once(file: Path) -> None:
    """Each costs a reading of the file."""
    with pytest.raises(Cannot, match="51 changes at once; 50 are the most"):
        propose(file, "cart", None, [("owner", "shop")] * 51)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("kampkin.yaml", "a\nb\nc", "a\nb\nd"),
        ("kampkin.yaml", "a\nb", "a\nb\n"),
        ("kampkin.yaml", "\ufeffa\r\nb\r\n", "\ufeffa\r\nc\r\n"),
        ("kampkin.yaml", "a\x0bb\u2028c\x85d\re\n", "a\x0bb\u2028c\x85d\re\nf"),
        ("our edge/kamp kin.yaml", "a\n", "b\n"),
        ('ümlaut/"quo\\ted"\t.yaml', "a\n", "b\n"),
        ("-rf.yaml", "a\n", "b\n"),
    ],
)
def test_git_takes_the_patch(tmp_path: Path, name: str, before: str, after: str) -> None:
    """To the byte, whatever ends lines and whatever the file is called."""
    path = tmp_path / "a folder" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(before.encode())
    git(tmp_path / "a folder", "init", "--quiet")
    made = patch([FileChange(path, name, before.encode(), after.encode())])
    (tmp_path / "patch").write_bytes(made.encode())
    git(tmp_path / "a folder", "apply", str(tmp_path / "patch"))
    assert path.read_bytes() == after.encode()
