"""What the page carries of others is what they have published."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

VENDOR = Path(str(files("kampkin.dashboard"))) / "static" / "vendor"
EXPORTED = "export default uPlot;\n"
"""What makes a module of uPlot's script."""


def test_every_library_is_as_published(packages: Path) -> None:
    published = {
        "preact.mjs": (packages / "htm" / "preact" / "standalone.module.js").read_text(),
        "uplot.mjs": (packages / "uplot" / "dist" / "uPlot.iife.min.js").read_text().rstrip("\n") + "\n\n" + EXPORTED,
        "uplot.css": (packages / "uplot" / "dist" / "uPlot.min.css").read_text(),
    }
    for name, text in published.items():
        assert (VENDOR / name).read_text() == text, name
    assert {one.name for one in VENDOR.iterdir()} == {*published, "LICENSES.txt"}


def test_their_licences_are_there() -> None:
    said = (VENDOR / "LICENSES.txt").read_text()
    for name in ("htm", "Preact", "uPlot", "Apache License", "Permission is hereby granted"):
        assert name in said
