"""The plane of the engine: what `pulumi refresh --preview-only` finds, property by property."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from kampkin.drift.model import Drift, Unseen
from kampkin.drift.pulumi import ask, last_word
from kampkin.errors import Cannot
from kampkin.plan import TargetName
from kampkin.preview.engine import EnginePreview, read

PATIENCE_S = 600


def refreshed(folder: Path, stack: str | None, given: Path | None) -> EnginePreview:
    """What Pulumi's refresh would find: out of a file, else by running it; it writes nothing. Raises `Unseen`."""
    if given is not None:
        try:
            return read(given.read_text())
        except OSError as problem:
            raise Unseen(f"{given} cannot be read: {problem.strerror}") from None
        except Cannot as problem:
            raise Unseen(problem.message, problem.hint) from None
    if shutil.which("pulumi") is None:
        raise Unseen("pulumi is not on PATH", "--refresh TARGET=FILE, of pulumi refresh --preview-only --json")
    try:
        run = ask(folder, stack, PATIENCE_S, "refresh", "--preview-only")
        return read(run.stdout)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Unseen(f"pulumi did not refresh: {problem}") from None
    except Cannot:
        raise Unseen(f"pulumi did not refresh: {last_word(run)}", "kampkin why explains pulumi's messages") from None


def differences(found: EnginePreview, target: TargetName) -> Iterator[Drift]:
    """Each property that the cloud has otherwise than Pulumi's state."""
    for change in found.changes:
        kind = change.type.rpartition(":")[2]
        title = f"{kind} {change.name}"
        if change.fate in ("deleted", "created"):
            gone = change.fate == "deleted"
            yield Drift("engine", target, title, "", kind if gone else None, None if gone else kind, name=change.name)
        for one in change.properties:
            yield Drift("engine", target, title, one.path, one.before, one.after, name=change.name)
