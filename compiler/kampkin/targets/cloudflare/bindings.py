"""What the Workers are bound to: the store, secrets, and what tells owners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_cloudflare as cloudflare

from kampkin.audience import audience_of, emails_of, secret_variable
from kampkin.names import (
    ADMIN_BINDING,
    ANALYTICS_BINDING,
    EMAIL_BINDING,
    KV_BINDING,
    STATE_BINDING,
    STATE_CLASS,
    names_for,
)
from kampkin.plan import Plan, digest_of
from kampkin.targets.cloudflare.settings import CloudflareSettings
from kampkin.targets.stack import Stack

Binding = cloudflare.WorkersScriptBindingArgs


def edge_bindings(
    stack: Stack[CloudflareSettings], namespace: cloudflare.WorkersKvNamespace | None
) -> list[Binding] | None:
    """What the edge Worker is bound to; None where that is nothing. `namespace` is the store's, where it is KV."""
    target, names, token = stack.plan.targets["cloudflare"], names_for(stack.plan), stack.settings.admin_token
    found = []
    if target.store == "durable-object":  # by class and by the Worker that has it: the class alone can be ambiguous
        state = {"class_name": STATE_CLASS, "script_name": names.state_worker}
        found.append(binding(STATE_BINDING, "durable_object_namespace", **state))
    if token:
        found.append(secret_binding(ADMIN_BINDING, token.get_secret_value()))
    if namespace:
        found.append(binding(KV_BINDING, "kv_namespace", namespace_id=namespace.id))
    if target.analytics:
        found.append(binding(ANALYTICS_BINDING, "analytics_engine", dataset=names.dataset))
    return found + secret_bindings(stack.header_secrets) or None


def state_bindings(plan: Plan, secrets: Mapping[str, str]) -> list[Binding] | None:
    """What the state Worker is bound to for telling owners: secrets, and what sends email. None where it tells nobody."""
    found = secret_bindings(secrets)
    audience = audience_of(plan, "cloudflare")
    if emails := emails_of(audience):
        addresses = {
            "allowed_destination_addresses": sorted(set(emails.values())),
            "allowed_sender_addresses": [audience["from"]],
        }
        found.insert(0, binding(EMAIL_BINDING, "send_email", **addresses))
    return found or None


def bound(plan: Plan, secrets: Mapping[str, str]) -> dict[str, Any]:
    """What the bindings of the state Worker say, for its tag: of a secret a digest, since another value is another upload."""
    emails = emails_of(audience_of(plan, "cloudflare"))
    digests = {name: digest_of(value) for name, value in secrets.items()}
    return {key: value for key, value in (("emails", emails), ("secrets", digests)) if value}


def secret_bindings(secrets: Mapping[str, str]) -> list[Binding]:
    """Secrets as a Worker has them."""
    return [secret_binding(secret_variable(name), value) for name, value in sorted(secrets.items())]


def secret_binding(name: str, value: str) -> Binding:
    """A secret, encrypted in the stack's state."""
    return binding(name, "secret_text", text=pulumi.Output.secret(value))


def binding(name: str, kind: str, **to: Any) -> Binding:
    """As what a Worker reaches something."""
    return Binding(name=name, type=kind, **to)
