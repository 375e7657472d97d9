"""The wheel, with the source tree out of reach: what a user installs is what was tested."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by way of the sdist as a release is, and unpacked where the tree is not."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    run = subprocess.run(build, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder


def run(installed: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Runs the installed command; fails where a module of it comes from anywhere but the wheel."""
    program = (
        "import sys; from kampkin.cli import main; code = main(sys.argv[1:]);"
        "own = [m.__file__ for n, m in sys.modules.items() if n.partition('.')[0] == 'kampkin' and m.__file__];"
        f"assert all(f.startswith({str(installed / 'site')!r}) for f in own), own; sys.exit(code)"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *args],
        cwd=installed,
        env=os.environ | {"PYTHONPATH": str(installed / "site")},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def test_the_wheel_compiles_what_the_tree_compiles(installed: Path) -> None:
    """The installed command gives the same bytes as the source tree."""
    for out, ran in (
        ("wheel", run(installed, "compile", str(ROOT / "kampkin.yaml"), "--out", "wheel")),
        (
            "tree",
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "kampkin",
                    "compile",
                    str(ROOT / "kampkin.yaml"),
                    "--out",
                    str(installed / "tree"),
                ],
                check=True,
                capture_output=True,
                text=True,
            ),
        ),
    ):
        assert ran.returncode == 0, ran.stderr
        assert (installed / out / "manifest.json").exists()
    assert (installed / "wheel/manifest.json").read_bytes() == (installed / "tree/manifest.json").read_bytes()


def test_the_wheel_makes_the_repository_that_the_tree_makes(installed: Path) -> None:
    """`kampkin init` has its texts with it."""
    for folder, ran in (
        ("one", run(installed, "init", "one", "--project", "shop")),
        (
            "other",
            subprocess.run(
                [sys.executable, "-m", "kampkin", "init", "other", "--project", "shop"],
                cwd=installed,
                check=False,
                capture_output=True,
                text=True,
            ),
        ),
    ):
        assert ran.returncode == 0, ran.stderr
        assert (installed / folder / ".github/workflows/kampkin-up.yml").exists()
    one, other = (
        {path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file()}
        for place in (installed / "one", installed / "other")
    )
    assert one == other


def test_the_installed_demo_shows_an_outage_on_both_edges(installed: Path) -> None:
    """`kampkin demo` from the wheel: both edges trip by 500s, meet the hang with a probe, and close once healed.

    The edges must have made the same transitions, with at least 300 requests each, and callers of the protected ways
    must never have waited for the hanging origin as the direct ones did.
    """
    shown = run(installed, "demo", "--json", "facts.json", "--svg", "picture.svg")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    facts = json.loads((installed / "facts.json").read_text())
    direct, *edges = facts["ways"]
    expected = ["closed", "open", "half-open", "open", "half-open", "closed"]
    assert [way["states"] for way in edges] == [expected, expected]
    assert all(way["requests"] >= 300 for way in facts["ways"])
    assert all(way["transitions"][0]["numbers"]["service"] >= 5 for way in edges)
    assert all(way["answered_by_breaker"] == way["origin_calls_saved"] > 0 for way in edges)
    assert direct["gave_up"] > 0
    assert all(way["gave_up"] == 0 for way in edges)
    assert len({node for way in edges for node in [way["name"]]}) == 2
    assert "hanging" in (installed / "picture.svg").read_text()
    assert "same transitions in the same order" in shown.stdout


def test_the_wheel_has_the_whole_page(installed: Path) -> None:
    """Every file of the dashboard's page is in it, byte for byte."""
    page = Path("kampkin", "dashboard", "static")
    tree, wheel = ROOT / "compiler" / page, installed / "site" / page
    files = [path.relative_to(tree) for path in tree.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert {path.relative_to(wheel) for path in wheel.rglob("*") if path.is_file()} == set(files)
    assert all((wheel / path).read_bytes() == (tree / path).read_bytes() for path in files)
