"""What is wrong with the names that a file's environments are deployed under."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.diagnostics import Diagnostic, error
from kampkin.names import PART_NAMES
from kampkin.source import Map, Text


def names_taken(root: Map) -> Iterator[Diagnostic]:
    """A finding for each environment whose edge would be called as a part of another one, or of the file without any, is."""
    section = root.get("environments")
    names = [name for name in section if isinstance(name, Text)] if isinstance(section, Map) else []
    taken = dict.fromkeys(PART_NAMES, "the file without an environment")
    taken |= {f"{name}-{part}": f"the environment {name}" for name in names for part in PART_NAMES}
    for name in names:
        if name in taken:
            part = name.rpartition("-")[2]
            message = f"{name} is what the part {part} of {taken[name]} is called: one would be deployed over the other"
            yield error("environment-named-as-part", name.span, message, f"give it a name that does not end in {part}")
