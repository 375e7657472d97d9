"""Which CLI the tests take: one on PATH that is young enough and whole, else the one built here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .engine import cli


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with one empty folder, and an empty cache."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def install(folder: Path, name: str, says: str = "") -> None:
    """An executable that says one thing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho {says}\n")
    os.chmod(folder / name, 0o755)


def test_a_young_cli_with_its_language_host_is_taken(bare: Path) -> None:
    """What the user has installed is what the tests run."""
    install(bare, "pulumi", "v3.227.0")
    install(bare, cli.HOST)
    assert cli.find() == cli.Engine(bare / "pulumi", "v3.227.0", None)


@pytest.mark.parametrize(("version", "host"), [("v3.226.1", True), ("v2.999.0", True), ("v3.300.0", False)])
def test_one_that_is_too_old_or_not_whole_is_not(bare: Path, version: str, host: bool) -> None:
    """Without another there is none."""
    install(bare, "pulumi", version)
    if host:
        install(bare, cli.HOST)
    assert cli.find() is None


def test_what_was_built_is_found_again(bare: Path) -> None:
    """In the cache, under what go.mod and go.sum pin."""
    install(cli.folder(), "pulumi", "v3.300.0")
    assert cli.find() == cli.Engine(cli.folder() / "pulumi", "v3.300.0", cli.folder() / cli.HOST_SCRIPT)


def test_without_go_the_message_says_what_to_do(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback, and exit code 2 as everywhere."""
    assert cli.main() == 2
    assert "neither pulumi nor go is on PATH" in capsys.readouterr().err
