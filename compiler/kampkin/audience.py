"""Who hears of which breaker on a target, as the runtime reads it: runtime/audience.mjs has the shape.

Of a secret only its name is here; its value is bound where the code runs, under `secret_variable`.
"""

from __future__ import annotations

from typing import Any

from kampkin.plan import Owner, Plan, TargetName

CHANNELS = ("slack", "webhook", "email")
SECRETS = ("slack", "webhook")
"""The channels whose address is a secret."""

KEEPS_EVENTS = ("durable-object", "dynamodb")
"""The stores that have events to tell of."""

SENDER = "kampkin"
"""Who email from Cloudflare is from, at the target's host."""


def audience_of(plan: Plan, target: TargetName) -> dict[str, Any]:
    """The owners that are told of something on the target, and their endpoints there; empty maps where there is none."""
    if plan.targets[target].store not in KEEPS_EVENTS:
        return {"owners": {}, "endpoints": {}}
    owners = {owner.name: channels for owner in plan.owners if (channels := channels_of(plan, target, owner))}
    endpoints = {
        endpoint.name: endpoint.owner
        for endpoint in plan.endpoints
        if endpoint.owner in owners and target in endpoint.targets
    }
    heard = {
        owner.name: {"channels": owners[owner.name], "when": list(owner.when)}
        for owner in plan.owners
        if owner.name in set(endpoints.values())
    }
    if not heard:
        return {"owners": {}, "endpoints": {}}
    said = {"project": plan.project, "environment": plan.environment, "from": sender(plan, target)}
    return {**said, "owners": heard, "endpoints": endpoints}


def channels_of(plan: Plan, target: TargetName, owner: Owner) -> dict[str, str]:
    """How an owner can be told of something on the target: the name of a secret, or an address."""
    declared = {channel: value for channel in CHANNELS if (value := getattr(owner, channel))}
    return declared if target == "aws" or sender(plan, target) else {k: v for k, v in declared.items() if k != "email"}


def sender(plan: Plan, target: TargetName) -> str | None:
    """Who email is from; None where nobody can be, and on AWS, where SNS says that itself."""
    host = plan.targets[target].host if target == "cloudflare" else None
    return f"{SENDER}@{host}" if host else None


def secrets_of(audience: dict[str, Any]) -> dict[str, str]:
    """The secrets that an audience needs, sorted, each with the channel it is for; one for two channels is a webhook's."""
    found = {
        owner["channels"][channel]: channel
        for channel in SECRETS
        for owner in audience["owners"].values()
        if channel in owner["channels"]
    }
    return dict(sorted(found.items()))


def emails_of(audience: dict[str, Any]) -> dict[str, str]:
    """The address of each owner that is told by email."""
    return {
        name: owner["channels"]["email"] for name, owner in audience["owners"].items() if "email" in owner["channels"]
    }


def secret_variable(name: str) -> str:
    """What a secret is bound as: under a prefix, so that it never shadows a name of the platform's."""
    return f"SECRET_{name}"
