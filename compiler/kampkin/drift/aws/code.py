"""The plan in the code that runs: the version's own zip is asked for it, and nobody's word."""

from __future__ import annotations

import io
import json
import re
import urllib.error
import urllib.request
import zipfile
from typing import Any

from kampkin.drift.model import Unseen

LARGEST = 50_000_000
"""Bytes: Lambda takes no larger zip, and of a module no more is read."""

MODULE = "plan.mjs"
PARSED = re.compile(r"export default JSON\.parse\((.*)\);\s*$", re.DOTALL)
"""As `kampkin.bundle.module` writes one."""

PATIENCE_S = 30


def plan_at(location: str) -> dict[str, Any] | None:
    """The plan in the zip at an address; None where it holds none. Raises `Unseen`."""
    try:
        with zipfile.ZipFile(io.BytesIO(downloaded(location))) as archive:
            if MODULE not in archive.namelist():
                return None
            with archive.open(MODULE) as module:
                text = module.read(LARGEST).decode()
    except (zipfile.BadZipFile, UnicodeDecodeError) as problem:
        raise Unseen(f"the code at the edge is no zip that can be read: {problem}") from None
    return plan_in(text)


def downloaded(location: str) -> bytes:
    """The zip; the address is signed and tells nobody anything, so it is not repeated."""
    if not location.startswith(("https://", "http://")):
        raise Unseen("Lambda does not say where the code at the edge can be downloaded")
    try:
        with urllib.request.urlopen(location, timeout=PATIENCE_S) as answer:
            archive: bytes = answer.read(LARGEST + 1)
    except (urllib.error.URLError, OSError, ValueError) as problem:
        raise Unseen(f"the code at the edge could not be downloaded: {getattr(problem, 'reason', problem)}") from None
    if len(archive) > LARGEST:
        raise Unseen(f"the code at the edge is larger than the {LARGEST} bytes that Lambda takes")
    return archive


def plan_in(module: str) -> dict[str, Any] | None:
    """The plan that a module exports; None where somebody wrote another."""
    found = PARSED.search(module)
    try:
        plan = json.loads(json.loads(found[1])) if found else None
    except (TypeError, ValueError):
        return None
    return plan if isinstance(plan, dict) else None
