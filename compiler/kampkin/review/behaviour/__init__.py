"""The behaviour diff: the same seeded outages under old and new settings, on an old runtime and a new one.

They are played in Node by the modules that ship, in virtual time, each kind of change once: docs/behaviour-diff.md.
"""

from __future__ import annotations

from kampkin.review.behaviour.comparison import (
    Behaviour,
    BehaviourChange,
    Comparison,
    Pair,
    Row,
    RuntimeChange,
    compare,
)
from kampkin.review.behaviour.show import as_json, section

__all__ = [
    "Behaviour",
    "BehaviourChange",
    "Comparison",
    "Pair",
    "Row",
    "RuntimeChange",
    "as_json",
    "compare",
    "section",
]
