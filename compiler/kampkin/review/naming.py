"""How a review names many things at once."""

from __future__ import annotations

from collections.abc import Sequence

NAMED = 3
"""Of more it says how many."""


def named(names: Sequence[str]) -> str:
    """`cart`, `cart and search`, `cart, search, shop and 997 more`."""
    if len(names) > NAMED + 1:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED:,} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
