"""`python -m tests.compatibility.keep`: keeps this release's runtime, against which later ones are held."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from kampkin import __version__
from kampkin.bundle import deterministic_zip

RELEASES = Path(__file__).parent / "releases"


def keep() -> Path:
    """Writes the modules of `runtime/` as one zip, the same bytes for the same modules; where it is."""
    folder = Path(str(files("kampkin") / "runtime"))
    modules = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.mjs")}
    path = RELEASES / f"{__version__}.zip"
    path.write_bytes(deterministic_zip(modules))
    return path


if __name__ == "__main__":
    print(keep())
