"""A git repository for a test."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git(folder: Path, *arguments: str) -> None:
    """Runs git in the folder."""
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def below_a_root(root: Path) -> Path:
    """A folder below the root of a new repository: where kampkin.yaml is to be."""
    git(root, "init", "--quiet")
    folder = root / "edge"
    folder.mkdir()
    return folder
