"""What the dashboard is of: the file as it is now, and the places that hold its breakers."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kampkin.errors import Cannot
from kampkin.load import Loaded, load
from kampkin.operate.dev import place_of
from kampkin.operate.session import Session, session_of
from kampkin.stamps import Stamp, stamp


@dataclass(frozen=True)
class Source:
    """A sound file, and its places."""

    file: Path
    loaded: Loaded
    session: Session
    local: bool
    """Whether they are edges on this machine, which run another plan than the file's: their origins lead elsewhere."""
    options: str | None = ""
    """What a person's commands need to mean the same: ` --env prod`. None: there is no command for these."""
    stamps: Mapping[Path, Stamp] = field(default_factory=dict)
    """What tells that its files have changed."""

    @property
    def is_stale(self) -> bool:
        """Whether a file is another than when it was read."""
        return any(stamp(path) != seen for path, seen in self.stamps.items())


Open = Callable[[], Source]
"""Reads the file and finds its places. Raises `Cannot` for a file with errors."""


def opener(args: argparse.Namespace) -> Open:
    """By a command's arguments, as `kampkin status` takes them."""

    def source() -> Source:
        file: Path = args.file
        stamps = {file: stamp(file)}
        loaded = load(file, args.env)
        if loaded.plan is None:
            raise Cannot(problem_of(loaded, file), f"kampkin check {file}")
        told = [place_of(file)] if args.dev else []
        stamps |= {path: stamp(path) for path in (*map(Path, loaded.documents), *loaded.assets, *told)}
        return Source(file, loaded, session_of(loaded.plan, args), args.dev, options_of(args), stamps)

    return source


def problem_of(loaded: Loaded, file: Path) -> str:
    """What is wrong with a file, in a line."""
    if not loaded.readable:
        return f"{file} cannot be read"
    errors = [one for one in loaded.diagnostics if one.severity == "error"]
    first = errors[0]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return f"{first.span.file}:{first.span.line}:{first.span.column}: {first.message}{more}"


def options_of(args: argparse.Namespace) -> str:
    """The same file, environment and edges, as options of a command."""
    named = {"--env": args.env, "--target": args.target, "--url": args.url}
    said = [] if args.file == Path("kampkin.yaml") else ["--file", str(args.file)]
    said += [word for name, value in named.items() if value for word in (name, str(value))]
    said += ["--dev"] if args.dev else []
    return f" {shlex.join(said)}" if said else ""
