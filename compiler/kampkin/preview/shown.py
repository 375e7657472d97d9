"""A resource's properties as they may be shown: of a secret only that it is one, of contents digest and size, and an integer
as one. They come as Pulumi hands them to the engine, where a map with a signature stands for what JSON has not."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270"
ASSET_MARK = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_MARK = "0def7320c3a5731c473e5ecbe6d01bc7"
REFERENCE_MARK = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT_MARK = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_MARK = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

SECRET = "[secret]"
UNKNOWN = "[unknown]"
CONTENTS = ("content", "contentBase64")
"""Keys of what is uploaded."""

LONGEST = 4_000
"""Characters; a longer text is shown as contents are."""

DIGITS = 12
"""Of a digest; to tell contents apart, not to stand in for them."""

PLAIN_KEY = re.compile(r"[\w$()-]+")
"""One that needs no quotes in a path."""

Reader = Callable[[str], bytes]


def nothing(path: str) -> bytes:
    """Where there are no files to read."""
    raise OSError(path)


def shown(value: Any, read: Reader = nothing, key: str = "") -> Any:
    """A property as JSON; `read` reads the file of an archive or asset by its path."""
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return shown_special(value, read)
        return {name: shown(one, read, name) for name, one in sorted(value.items())}
    if isinstance(value, list | tuple):
        return [shown(one, read) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return shown_text(value, key)
    return value


def shown_text(text: str, key: str) -> str:
    """A text; where it is contents, its digest and size."""
    if UNKNOWN_MARK in text:
        return UNKNOWN
    if text == SECRET or not (key in CONTENTS or len(text) > LONGEST):
        return text
    if key == "contentBase64":
        try:
            return summary(base64.b64decode(text, validate=True))
        except binascii.Error:
            return summary(text.encode())
    return summary(text.encode())


def shown_special(value: Mapping[str, Any], read: Reader) -> Any:
    """What a signature says a map is; one that is not known is masked, as it may be anything."""
    mark = value[SIGNATURE]
    if mark in (ASSET_MARK, ARCHIVE_MARK):
        return shown_file(value, read)
    if mark == REFERENCE_MARK:
        return f"${{{str(value.get('urn', '')).rpartition('::')[2]}}}"
    if mark == OUTPUT_MARK and not value.get("secret"):
        return shown(value["value"], read) if "value" in value else UNKNOWN
    return SECRET


def shown_file(value: Mapping[str, Any], read: Reader) -> str:
    """An asset or archive: of the file where that can be read, else by the hash that the state has of it."""
    if isinstance(text := value.get("text"), str) and text:
        return summary(text.encode())
    if isinstance(path := value.get("path"), str) and path:
        try:
            return summary(read(path))
        except OSError:
            pass
    said = value.get("hash")
    return f"sha256:{said[:DIGITS]}" if isinstance(said, str) and said else UNKNOWN


def summary(contents: bytes) -> str:
    """Contents in a few words."""
    return f"sha256:{hashlib.sha256(contents).hexdigest()[:DIGITS]} {size(len(contents))}"


def size(count: int) -> str:
    """Bytes as a person says them: 1 kB is 1,000."""
    if count < 1_000:
        return f"{count} B"
    return f"{count / 1_000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def without(value: Any, values: Mapping[str, str]) -> Any:
    """A JSON value with some texts put in place of others, wherever they stand within it."""
    if isinstance(value, Mapping):
        return {name: without(one, values) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [without(one, values) for one in value]
    if isinstance(value, str):
        for text, instead in values.items():
            value = value.replace(text, instead)
    return value


def joined(path: str, key: str) -> str:
    """The path of a part, as Pulumi writes it."""
    if not PLAIN_KEY.fullmatch(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key
