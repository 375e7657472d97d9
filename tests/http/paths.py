"""Whether a request's target stays below a path, however a server behind might read it."""

from __future__ import annotations

import re

SLASHES = re.compile(r"%2f|%5c|\\|%c0%af|%c1%9c|%e0%80%af", re.IGNORECASE)
DOTS = re.compile(r"%2e|%c0%ae|%e0%80%ae|%f0%80%80%ae", re.IGNORECASE)


def stays_below(target: str, base: str) -> bool:
    """Whether it is `base` or below it by whole segments: as it is, and with each other way to write a slash or a dot read as one,
    and what follows a semicolon cut off, as some servers do."""
    path = target.partition("?")[0]
    loosely = re.sub(r";[^/]*", "", DOTS.sub(".", SLASHES.sub("/", path)))
    return all(is_below(each, base) for each in (path, loosely))


def is_below(path: str, base: str) -> bool:
    """By whole segments, with `..` resolved; it never goes up past the base, not even to come back."""
    if path != base and not path.startswith(f"{base}/"):
        return False
    depth = 0
    for segment in path.removeprefix(base).split("/"):
        depth += -1 if segment == ".." else segment not in ("", ".")
        if depth < 0:
            return False
    return True
