"""Pulumi's own command, as drift asks it: it reads, and nobody is asked anything back."""

from __future__ import annotations

import subprocess
from pathlib import Path


def ask(folder: Path, stack: str | None, patience_s: float, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What Pulumi says of a stack (None: the one that is selected in `folder`).

    Raises `OSError` where it is not on PATH, `subprocess.TimeoutExpired` where it takes longer.
    """
    chosen = ["--stack", stack] if stack else []
    return subprocess.run(
        ["pulumi", *arguments, "--json", "--non-interactive", *chosen],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def last_word(run: subprocess.CompletedProcess[str]) -> str:
    """What a run that failed ended with."""
    return (run.stderr.strip() or run.stdout.strip() or "no word").splitlines()[-1]
