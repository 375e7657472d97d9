"""A length of time as a person reads it."""

from __future__ import annotations

UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000))


def lasting(ms: int) -> str:
    """In its two largest units."""
    parts: list[str] = []
    for unit, size in UNITS:
        count, ms = divmod(ms, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])
