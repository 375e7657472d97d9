"""How what is not installed is installed. Kampkin is not on PyPI, so a clone has its own way."""

from __future__ import annotations

from typing import Literal

Extra = Literal["dashboard", "deploy", "live", "local"]


def hint_of(extra: Extra) -> str:
    """For a person, behind what is missing."""
    return f"{command_of(extra)}; in a clone: pip install '.[{extra}]'"


def command_of(extra: Extra) -> str:
    """Alone."""
    return f"pip install 'kampkin[{extra}]'"
