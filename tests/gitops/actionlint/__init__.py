"""actionlint, the linter of workflows: the one on PATH, else one built here from the Go module that go.mod pins.

Its package on PyPI fetches a program from GitHub as it is installed, which an index alone cannot do.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

from kampkin.cache import cache

MODULE = Path(__file__).parent
COMMAND = "github.com/rhysd/actionlint/cmd/actionlint"


def find_or_build() -> Path | None:
    """The program; None where it is not here and cannot be built. A build takes half a minute, once for each go.sum."""
    if installed := shutil.which("actionlint"):
        return Path(installed)
    pins = b"".join((MODULE / name).read_bytes() for name in ("go.mod", "go.sum"))
    folder = cache() / f"actionlint-{hashlib.sha256(pins).hexdigest()[:12]}"
    built = folder / "actionlint"
    if not built.exists() and shutil.which("go"):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            draft = folder / "draft"
            command = ["go", "build", "-trimpath", "-o", str(draft), COMMAND]
            if not built.exists() and subprocess.run(command, cwd=MODULE, check=False).returncode == 0:
                draft.rename(built)
    return built if built.exists() else None
