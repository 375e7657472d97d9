"""The code that runs: a version's own zip is asked for what it holds, and nobody's word."""

from __future__ import annotations

import base64
import hashlib
import io
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping

from kampkin.bundle import deterministic_zip
from kampkin.drift.model import Unseen

LARGEST = 50_000_000
"""Bytes: Lambda takes no larger zip, and of what is in one no more is read."""

PATIENCE_S = 30


def modules_at(location: str) -> dict[str, bytes]:
    """The files in the zip at an address, by name. Raises `Unseen`."""
    try:
        with zipfile.ZipFile(io.BytesIO(downloaded(location))) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST:
                raise Unseen(f"the code holds more than {LARGEST} bytes")
            return {one.filename: archive.read(one) for one in archive.infolist() if not one.is_dir()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as problem:
        raise Unseen(f"the code is no zip that can be read: {problem}") from None


def downloaded(location: str) -> bytes:
    """The zip; the address is signed and tells nobody anything, so it is not repeated."""
    if not location.startswith(("https://", "http://")):
        raise Unseen("Lambda does not say where the code can be downloaded")
    try:
        with urllib.request.urlopen(location, timeout=PATIENCE_S) as answer:
            archive: bytes = answer.read(LARGEST + 1)
    except (urllib.error.URLError, OSError, ValueError) as problem:
        raise Unseen(f"the code could not be downloaded: {getattr(problem, 'reason', problem)}") from None
    if len(archive) > LARGEST:
        raise Unseen(f"the code is larger than the {LARGEST} bytes that Lambda takes")
    return archive


def digest_of(modules: Mapping[str, bytes]) -> str:
    """The sha256, as Lambda gives it, that Kampkin's zip of these modules has."""
    return base64.b64encode(hashlib.sha256(deterministic_zip(dict(modules))).digest()).decode()
