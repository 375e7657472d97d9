"""What git knows of a file, and what is handed to it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from kampkin.errors import Cannot

PATIENCE_S = 30
LED_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""What git sets for its hooks: where a command is run is not where the file is."""
NOTHING: Mapping[str, str] = MappingProxyType({})


def git(path: Path, *arguments: str, given: bytes = b"", environment: Mapping[str, str] = NOTHING) -> str:
    """What git prints in the file's folder; `given` is what it reads, and `environment` is on top of the process's own.

    Raises `Cannot` with what it said instead.
    """
    try:
        run = subprocess.run(
            ["git", *arguments],
            cwd=path.resolve().parent,
            env={**{key: value for key, value in os.environ.items() if key not in LED_ELSEWHERE}, **environment},
            input=given,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (
        OSError,
        ValueError,
        subprocess.TimeoutExpired,
    ) as problem:  # ValueError: an argument that no command can have
        raise Cannot(f"git could not be asked: {problem}") from None
    said, complaint = (stream.decode("utf-8", "replace") for stream in (run.stdout, run.stderr))
    if run.returncode != 0:
        raise Cannot(f"git does not know {path.name}: {complaint.strip().partition(chr(10))[0]}")
    return said


def commit_of(file: Path, ref: str, hint: str = "git fetch; a workflow checks out with fetch-depth: 0") -> str:
    """The commit that a ref means in the file's repository.

    Raises `Cannot` with the hint where there is none, and for what git could take for an option.
    """
    try:
        if ref.startswith("-"):
            raise Cannot(f"{ref!r} is an option")
        return git(file, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").strip()
    except Cannot:
        raise Cannot(f"{ref!r} is no commit of this repository", hint) from None
