"""Rules about what a store can do."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import AwsTarget, CloudflareTarget, Endpoint
from kampkin.rules.parts import cooldown_of, given
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.typed import Typed

KV_ARRIVES_MS = 60_000
"""By when a decision written to KV is seen everywhere, by Cloudflare's own word; it may be later."""


def kv_short_cooldown(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """By the time the others hear that a node has opened, it has closed again."""
    if typed.store_of("cloudflare") != "kv" or "cloudflare" not in typed.targets_of(name):
        return
    if given(cooldown_of(endpoint).initial) < KV_ARRIVES_MS:
        yield Problem(
            typed.span(name, "breaker", "cooldown", "initial"),
            f"the cooldown of {name} may be over before KV has told the other nodes that it began",
            "make it at least 1m, or use the store durable-object",
        )


def regions_without_table(typed: Typed) -> Iterator[Problem]:
    """Regions of tables that there are not."""
    target = typed.targets.get("aws")
    if isinstance(target, AwsTarget) and target.regions and typed.store_of("aws") == "memory":
        yield Problem(
            typed.place("targets", "aws", "regions"),
            "the store memory has no table that could be in a region",
            "remove regions, or use the store dynamodb",
        )


def location_without_object(typed: Typed) -> Iterator[Problem]:
    """A place for what there is not."""
    target = typed.targets.get("cloudflare")
    if isinstance(target, CloudflareTarget) and target.location and typed.store_of("cloudflare") != "durable-object":
        yield Problem(
            typed.place("targets", "cloudflare", "location"),
            f"the store {target.store} has no Durable Object that could be in {target.location}",
            "remove location, or use the store durable-object",
        )


RULES = (
    Rule(
        "kv-short-cooldown",
        "warning",
        "Decisions take up to a minute through KV: a shorter cooldown is over before the others hear of it.",
        of_each(kv_short_cooldown),
        "https://developers.cloudflare.com/kv/concepts/how-kv-works/",
    ),
    Rule(
        "regions-without-table",
        "error",
        "`regions` says where tables are, and the store `memory` has none.",
        regions_without_table,
        "docs/state.md#the-stores",
    ),
    Rule(
        "location-without-object",
        "error",
        "`location` says where Durable Objects are made, and the stores `kv` and `memory` have none.",
        location_without_object,
        "docs/state.md#the-stores",
    ),
)
