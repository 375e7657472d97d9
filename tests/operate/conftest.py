"""Two endpoints on both real edges, with the admin API open, and a person's tools for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from kampkin.bundle import bundle
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.origin import LocalOrigins
from kampkin.local.redirect import redirect
from kampkin.plan import Origin, Plan, Policy, Route, Safety, Target, seal_endpoint, seal_plan

TOKEN = "a-token+that/is-long-enough="
LONGEST_MS = 3_600_000
POLICY = Policy(window_ms=1_000, cooldown_ms=60_000, cooldown_jitter_bp=0, admit_bp=10_000, successes=1)


def plan(**fields: Any) -> Plan:
    """Two endpoints on both targets; a heartbeat of 250 ms and an hour's override at most."""
    endpoints = [
        seal_endpoint(
            name=name,
            targets=("aws", "cloudflare"),
            route=Route(path=path, prefix=True),
            origin=Origin(scheme="https", host="cart.example.com", port=443, path=""),
            policy=POLICY,
        )
        for name, path in (("cart", "/cart"), ("rest", "/"))
    ]
    targets = {
        "aws": Target(store="dynamodb", regions=("us-east-1",)),
        "cloudflare": Target(store="durable-object"),
    }
    settings = {"project": "operate", "targets": targets, "endpoints": endpoints}
    return seal_plan(**{**settings, "safety": Safety(max_override_ms=LONGEST_MS), **fields})


@dataclass
class Stage:
    """Edges that run, and the origin behind them."""

    edges: LocalEdges
    origins: LocalOrigins
    plan: Plan


@pytest.fixture(scope="module")
def stage() -> Iterator[Callable[..., Stage]]:
    """Starts edges with an origin of their own; `state` is a state Worker in the place of the real one. They run until the
    module's last test."""
    with ExitStack() as stack:

        def start(made: Plan | None = None, state: str | None = None, **options: Any) -> Stage:
            made = made or plan()
            origins = stack.enter_context(LocalOrigins({"origin": None}))
            there = redirect(made, {endpoint.name: origins.url("origin") for endpoint in made.endpoints})
            compiled = bundle(there)
            if state is not None:
                compiled = replace(compiled, state={"state.mjs": state.encode()})
            return Stage(stack.enter_context(LocalEdges(deployment_of(compiled), **options)), origins, made)

        yield start
