"""The plane of the engine: what `pulumi refresh --preview-only` finds, property by property."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kampkin.drift.model import Blind, Drift, Unseen
from kampkin.drift.pulumi import ask, last_word
from kampkin.errors import Cannot
from kampkin.plan import TargetName
from kampkin.preview.engine import EnginePreview, read

PATIENCE_S = 600
ERROR = "error: "
"""How a note begins that is one."""


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
        found = read(run.stdout)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Unseen(f"pulumi did not refresh: {problem}") from None
    except Cannot:
        raise Unseen(f"pulumi did not refresh: {last_word(run)}", "kampkin why explains pulumi's messages") from None

    if run.returncode and not any(errors(found)):
        return replace(found, notes=(*found.notes, f"{ERROR}it ended with {run.returncode}: {last_word(run)}"))
    return found


def check(found: EnginePreview, target: TargetName, stack: str | None) -> None:
    """Raises `Unseen` where a file is of another stack, or is no refresh's: what a preview would change is no drift."""
    if found.target not in (None, target) or (stack and found.stack not in (None, stack)):
        raise Unseen(f"that is of {found.target or 'the'} stack {found.stack or '?'}", f"what {target}'s stack has")
    if any(not one.drift for one in found.changes):
        raise Unseen("that is no refresh: it has what an update would change", "pulumi refresh --preview-only --json")


def errors(found: EnginePreview) -> Iterator[str]:
    """What went wrong on the way."""
    return (note.removeprefix(ERROR) for note in found.notes if note.startswith(ERROR))


def unseen(found: EnginePreview, target: TargetName, folder: Path) -> Iterator[Blind]:
    """A refresh that failed at one resource has looked at some of the others alone."""
    for problem in errors(found):
        yield Blind("engine", target, f"all that pulumi refresh finds in {folder}", problem)


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
