"""The Chromium that the browser tests run: the one on PATH, else Debian's own package."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from kampkin.errors import Cannot

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGE = "chromium"
COMMAND = f"apt-get install {PACKAGE}"
APT = (
    "apt-get",
    "--quiet=2",
    "-o",
    "Acquire::Retries=1",
    "-o",
    "Acquire::http::Timeout=30",
    "-o",
    "DPkg::Lock::Timeout=60",
)
STEPS = (("update",), ("install", "--yes", "--download-only", PACKAGE), ("install", "--yes", "--no-download", PACKAGE))
"""Downloaded first: that is what may hang, and what can be cut off without harm."""

STEP_TIMEOUT_S = 300


def find() -> Path | None:
    """The browser on PATH; None without one."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def find_or_install() -> Path:
    """The browser, installed first where it has to be and can be. Raises `Cannot` where there is no Debian, no root, or
    apt-get failed, with what it said."""
    if found := find():
        return found
    if not (is_debian() and shutil.which("apt-get")):
        raise Cannot("Chromium is not on PATH, and only Debian's is installed from here", "install chromium")
    if os.geteuid() != 0:
        raise Cannot("Chromium is not on PATH, and only root can install it", f"sudo {COMMAND}")
    print("installing chromium from Debian, once", flush=True)
    for step in STEPS:
        apt(*step)
    if found := find():
        return found
    raise Cannot(f"{COMMAND} left no browser on PATH", "look for it with: dpkg -L chromium")


def apt(*arguments: str) -> None:
    """Runs a step of apt-get. Raises `Cannot` with the last that it said."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        run = subprocess.run(
            [*APT, "--no-install-recommends", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STEP_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Cannot(f"apt-get {arguments[0]} did not finish within {STEP_TIMEOUT_S} s", f"try: {COMMAND}") from None
    if run.returncode != 0:
        said = (run.stdout.strip() or "nothing").splitlines()[-1]
        raise Cannot(f"apt-get {arguments[0]} failed: {said}", f"try: {COMMAND}")


def is_debian() -> bool:
    """Elsewhere the package of this name is another: Ubuntu's is a snap."""
    with suppress(OSError):
        return platform.freedesktop_os_release().get("ID") == "debian"
    return False


def main() -> int:
    """Says which browser the tests run, after installing it where need be."""
    try:
        browser = find_or_install()
    except Cannot as problem:
        print(f"error: {problem.message}\n  hint: {problem.hint}", file=sys.stderr)
        return 2
    print(f"the browser tests run {browser}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
