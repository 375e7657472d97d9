"""`--dev` means this machine, whatever the shell and the file lead to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kampkin.errors import Cannot
from kampkin.operate.connect import TOKEN, URL
from kampkin.operate.dev import found, place_of, reachable, runner

from .test_command import FILE, answering


def test_what_kampkin_dev_does_not_run_is_not_operated(tmp_path: Path) -> None:
    """Neither the deployed Worker nor AWS is asked where `kampkin dev` has neither edge."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(FILE)
    with answering(200, {}) as (url, asked), reachable(file, None, None, "", None, None):
        shell = {
            URL: url,
            TOKEN: "deployed",
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
        }
        command = ["hold", "--all", "open", "--for", "1m", "--reason", "a look", "--dev", "--yes"]
        run = subprocess.run(
            [sys.executable, "-m", "kampkin", *command, "--file", str(file)],
            env={**os.environ, **shell},
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode != 0
    assert "`kampkin dev` does not run cloudflare" in run.stdout + run.stderr
    assert "`kampkin dev` does not run aws" in run.stdout + run.stderr
    assert not asked


@pytest.mark.parametrize(
    ("runs", "meant", "said", "hint"),
    [
        (None, "prod", "the running `kampkin dev` has no environment", "leave out --env"),
        ("prod", None, "the running `kampkin dev` has environment prod", "--env prod"),
        ("prod", "staging", "the running `kampkin dev` has environment prod", "--env prod"),
    ],
)
def test_what_runs_is_not_shown_as_another_environments(
    tmp_path: Path, runs: str | None, meant: str | None, said: str, hint: str
) -> None:
    """Its breakers are that one's."""
    file = tmp_path / "kampkin.yaml"
    with reachable(file, runs, "http://127.0.0.1:1", "", None, None):
        assert found(file, runs)[URL] == "http://127.0.0.1:1"
        with pytest.raises(Cannot) as raised:
            found(file, meant)
    assert (raised.value.message, raised.value.hint) == (said, hint)


def test_a_word_without_an_environment_is_any(tmp_path: Path) -> None:
    """As a release before left it."""
    file = tmp_path / "kampkin.yaml"
    with reachable(file, "prod", None, "", None, None):
        told = json.loads(place_of(file).read_text())
        del told["env"]
        place_of(file).write_text(json.dumps(told))
        assert found(file, "prod") == found(file, None) == {}


def test_of_two_the_last_that_started_is_reached(tmp_path: Path) -> None:
    """And one that ends takes away its own word alone."""
    file = tmp_path / "kampkin.yaml"
    assert runner(file) is None
    with reachable(file, "prod", "http://127.0.0.1:1", "", None, None):
        assert runner(file) == os.getpid()
        told = json.loads(place_of(file).read_text())
        place_of(file).write_text(json.dumps({**told, "pid": os.getppid()}))  # another has started
        assert runner(file) == os.getppid()
    assert found(file, "prod")[URL] == "http://127.0.0.1:1"
    place_of(file).unlink()


def test_the_commands_compare_the_environment(tmp_path: Path) -> None:
    """Each that is given --dev."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(FILE + "environments: {prod: {}}\n")
    with reachable(file, None, None, "", None, None):
        for command in ("status", "watch", "logs"):
            run = subprocess.run(
                [sys.executable, "-m", "kampkin", command, "--dev", "--env", "prod", "--file", str(file)],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert (run.returncode, run.stdout, run.stderr) == (
                2,
                "",
                "kampkin: the running `kampkin dev` has no environment\n  hint: leave out --env\n",
            )
