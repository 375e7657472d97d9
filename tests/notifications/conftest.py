"""Owners who want to hear of their breakers, on both clouds."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from kampkin.bundle import Bundle, bundle
from kampkin.config import HAPPENINGS
from kampkin.plan import Origin, Owner, Plan, Policy, Route, Target, seal_endpoint, seal_plan

HERE = Path(__file__).parent
SCHEMA = Draft202012Validator(
    json.loads(
        re.findall(r"```json\n(.*?)```", (HERE.parents[1] / "docs" / "notifications.md").read_text(), re.DOTALL)[0]
    )
)
"""The webhook's body, as the documentation has it."""

KEY = b"thirty-two bytes of a secret key"
NOW = 1_800_000_000_000
"""ms, the beginning of a minute: when the events of these tests happen that have times of their own."""

EVERY = HAPPENINGS


def plan(*owners: Owner, host: str | None = None) -> Plan:
    """An endpoint for each owner, named as the owner, quick to trip and to come back."""
    policy = Policy(
        window_ms=10_000,
        failure_ratio_bp=0,
        consecutive_failures=3,
        cooldown_ms=300,
        cooldown_factor=1,
        cooldown_max_ms=300,
        cooldown_jitter_bp=0,
        admit_bp=10_000,
        probe_timeout_ms=500,
    )
    return seal_plan(
        project="acme",
        environment="prod",
        targets={
            "aws": Target(store="dynamodb", regions=("us-east-1",)),
            "cloudflare": Target(store="durable-object", host=host),
        },
        owners=owners,
        endpoints=[
            seal_endpoint(
                name=owner.name,
                owner=owner.name,
                targets=("aws", "cloudflare"),
                route=Route(path=f"/{owner.name}", prefix=True),
                origin=Origin(scheme="https", host="cart.example.com", port=443, path=""),
                timeout_ms=500,
                policy=policy,
            )
            for owner in owners
        ],
    )


def compiled(*owners: Owner, host: str | None = None) -> Bundle:
    """The bundle of such a plan."""
    return bundle(plan(*owners, host=host))


def event(number: int, after_ms: int, breaker: str, edge: str = "cloudflare", **what: Any) -> dict[str, Any]:
    """A transition or an override as a store writes it."""
    place = "global" if edge == "cloudflare" else "us-east-1"
    at = NOW + after_ms
    said = {"breaker": breaker, "edge": edge, "region": "test", "epoch": number, "at": at, "node": "test/a"}
    return {"id": f"{edge}/{place}/{breaker}/{number}-{at}", **said, **what}


def blip(number: int, after_ms: int, breaker: str, edge: str = "cloudflare") -> list[dict[str, Any]]:
    """An outage of a second: three transitions, beginning with the epoch `number`."""
    steps: tuple[tuple[int, str, str, str, dict[str, int]], ...] = (
        (0, "closed", "open", "consecutive_failures", {"streak": 3, "service": 3, "firstFailureAgoMs": 2_000}),
        (500, "open", "half-open", "cooldown_over", {}),
        (1_000, "half-open", "closed", "probes_succeeded", {"ok": 3}),
    )
    return [
        event(
            number + index,
            after_ms + later,
            breaker,
            edge,
            **{"from": old, "to": new, "reason": reason, "numbers": numbers},
            retryAt=NOW + after_ms + 500 if new == "open" else 0,
        )
        for index, (later, old, new, reason, numbers) in enumerate(steps)
    ]


def verified(sent: Any) -> dict[str, Any]:
    """The body of a Standard Webhook, its signature checked as the specification tells a receiver to."""
    signed = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.".encode() + sent.body
    expected = "v1," + base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert hmac.compare_digest(sent.headers["webhook-signature"], expected)
    body: dict[str, Any] = json.loads(sent.body)
    assert body["data"]["id"] == sent.headers["webhook-id"]
    SCHEMA.validate(body)
    return body


def secret(url: str) -> str:
    """A webhook's secret: where it is, and the key."""
    return f"{url}#whsec_{base64.b64encode(KEY).decode()}"
