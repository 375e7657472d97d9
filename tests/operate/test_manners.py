"""How the commands behave in a shell: help with examples, completion, pipes, colours."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kampkin.cli import parser
from kampkin.examples import EXAMPLES

FILE = """
version: 1
project: acme
targets: {cloudflare: {}, aws: {}}
endpoints: {cart: https://cart.acme.dev, search: https://search.acme.dev}
"""


def commands() -> list[str]:
    """All there are."""
    [subparsers] = [
        action
        for action in parser()._actions
        if action.dest == "run" or (hasattr(action, "choices") and isinstance(action.choices, dict))
    ]
    return list(subparsers.choices or [])


def test_every_command_shows_itself_in_use() -> None:
    """And there is no example of one that is not there."""
    assert set(EXAMPLES) == set(commands())


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_an_example_is_one(line: str) -> None:
    """The command line takes it."""
    inner = line.removeprefix('eval "$(').removesuffix(')"')
    words = shlex.split(inner)
    cut = next((at for at, word in enumerate(words) if word in ("|", ">")), len(words))
    assert words[0] == "kampkin"
    parser().parse_args(words[1:cut])


def test_help_ends_with_examples() -> None:
    """As they are written, not refilled."""
    run = subprocess.run(
        [sys.executable, "-m", "kampkin", "hold", "--help"], capture_output=True, text=True, check=True
    )
    assert run.stdout.rstrip().endswith("\n".join(["examples:", *(f"  {line}" for line in EXAMPLES["hold"])]))


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh", "fish"])
def test_a_shell_takes_its_completion(shell: str, tmp_path: Path) -> None:
    """Where that shell is here it reads the script without a complaint, and bash completes a command by it."""
    run = subprocess.run(
        [sys.executable, "-m", "kampkin", "completion", shell], capture_output=True, text=True, check=True
    )
    assert "kampkin" in run.stdout
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not here")
    script = tmp_path / "completion"
    script.write_text(run.stdout)
    if shell != "bash":
        subprocess.run([found, "-n", str(script)], check=True, capture_output=True)
        return
    (tmp_path / "kampkin.yaml").write_text(FILE)
    assert completed(script, "hol") == ["hold"]
    assert completed(script, "hold", "ca") == ["cart"]
    assert completed(script, "status", "") == ["cart", "search"]
    assert completed(script, "hold", "cart", "") == ["closed", "monitor", "open"]


def completed(script: Path, *words: str) -> list[str]:
    """What bash makes of the last word, where `kampkin` is this one."""
    ask = (
        f'kampkin() {{ {sys.executable} -m kampkin "$@"; }}; source {script}; COMP_WORDS=(kampkin {shlex.join(words)}); '
        f"COMP_CWORD={len(words)}; _shtab_kampkin; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run([bash, "-c", ask], cwd=script.parent, capture_output=True, text=True, check=True)
    return sorted(done.stdout.split())


@pytest.mark.parametrize(
    "words",
    [
        "hold cart open --for 10m --reason x",
        "hold cart --for 10m open --reason x",
        "hold --for 10m --reason x cart open",
    ],
)
def test_a_hold_takes_its_words_in_any_order(words: str) -> None:
    """An endpoint need not be there, so argparse alone would take it for the state."""
    args = parser().parse_args(shlex.split(words))
    assert (args.endpoint, args.state, args.for_) == ("cart", "open", "10m")
    everything = parser().parse_args(shlex.split("hold --all monitor --for 10m --reason x"))
    assert (everything.endpoint, everything.state) == (None, "monitor")


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_command_says_what_it_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its help, too, and not the list of commands alone."""
    with pytest.raises(SystemExit):
        parser().parse_args([name, "--help"])
    said = capsys.readouterr().out.split("\n\n")[1]
    assert not said.startswith(("positional arguments", "options")), said


def test_no_colours_into_a_pipe(tmp_path: Path) -> None:
    """Nor anywhere else but a terminal."""
    (tmp_path / "kampkin.yaml").write_text("version: 1\nproject: a\nendpoints:\n  cart: {origin: nowhere}\n")
    run = subprocess.run(
        [sys.executable, "-m", "kampkin", "check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )
    assert run.returncode == 1
    assert "\x1b" not in run.stdout + run.stderr
