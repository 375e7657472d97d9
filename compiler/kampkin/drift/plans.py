"""The plan that deployed code holds, against the file's: a difference in a module becomes one of an endpoint's setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from kampkin.plan import Endpoint, Plan, seal_endpoint
from kampkin.review.change import Change
from kampkin.review.changes import changed, nowhere


def endpoints_in(live: Mapping[str, Any]) -> dict[str, Endpoint]:
    """The endpoints of a `plan.mjs`, what it leaves out put back. Raises `ValueError` where it is of another release."""
    try:
        defaults = live["defaults"]
        found = {}
        for one in live["endpoints"]:
            policy = {**defaults["policy"], **one.get("policy", {})}
            fields = Endpoint.model_validate({**defaults, **one, "policy": policy, "digest": f"sha256:{'0' * 64}"})
            found[fields.name] = resealed(fields)
        return found
    except (LookupError, TypeError, AttributeError, ValidationError) as problem:
        raise ValueError(f"its plan is not one that this release reads: {type(problem).__name__}") from None


def resealed(endpoint: Endpoint) -> Endpoint:
    """With the digest that its own fields have, and nobody's: an edge knows no owners."""
    fields = {name: getattr(endpoint, name) for name in Endpoint.model_fields if name not in ("digest", "owner")}
    return seal_endpoint(**fields)


def compared(live: Mapping[str, Any], desired: Plan, target: str) -> Iterator[tuple[str, Change | None, str]]:
    """Each endpoint of the target that is other: its name, the setting that is (live as `before`, desired as `after`), and in
    words what is the case where it is the whole of it."""
    there = endpoints_in(live)
    wanted = {one.name: resealed(one) for one in desired.endpoints if target in one.targets}
    for name in sorted(there.keys() | wanted.keys()):
        if name not in wanted:
            if target in there[name].targets:
                yield name, None, "is there, and the file has none"
        elif name not in there:
            yield name, None, "is not there"
        elif there[name].digest != wanted[name].digest:
            for change in changed(there[name], wanted[name], nowhere, nowhere):
                yield name, change, ""
