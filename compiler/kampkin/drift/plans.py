"""The plan that deployed code holds, against the file's: a difference in a module becomes one of an endpoint's setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from kampkin.drift.language import written
from kampkin.drift.model import Drift
from kampkin.plan import Endpoint, Plan, TargetName, seal_endpoint
from kampkin.review.change import Change
from kampkin.review.changes import FOLLOWS, changed, nowhere


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


def compared(live: Mapping[str, Any], desired: Plan, target: TargetName) -> Iterator[Drift]:
    """Each endpoint of the target that is other: setting by setting, or whole where one side alone has it."""
    there = endpoints_in(live)
    wanted = {one.name: resealed(one) for one in desired.endpoints if target in one.targets}
    where = f"plan {str(live.get('digest'))[:19]}"
    for name in sorted(there.keys() | wanted.keys()):
        if name not in wanted:
            if target in there[name].targets:
                yield Drift("live", target, where, "", None, name, endpoint=name)
        elif name not in there:
            yield Drift("live", target, where, "", name, None, endpoint=name)
        elif there[name].digest != wanted[name].digest:
            for one in leading([*changed(there[name], wanted[name], nowhere, nowhere)]):
                value = written(there[name], one)
                yield Drift(
                    "live", target, where, one.key, one.after, one.before, endpoint=name, key=one.key, written=value
                )


def leading(changes: list[Change]) -> Iterator[Change]:
    """Those that do not merely follow another one."""
    values = {one.key: (one.before, one.after) for one in changes}
    return (one for one in changes if values.get(FOLLOWS.get(one.key, "")) != (one.before, one.after))
