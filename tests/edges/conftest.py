"""Real edges with real bundles, and an origin of each edge's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from kampkin.bundle import Bundle, bundle
from kampkin.local.deployment import deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.origin import LocalOrigins
from kampkin.local.redirect import redirect
from kampkin.plan import Answer, Origin, Plan, Policy, Route, Target, TargetName, seal_endpoint, seal_plan

TARGETS: tuple[TargetName, ...] = ("cloudflare", "aws")
COOLDOWN_MS = 1_000


def plan(**endpoint: Any) -> Plan:
    """One endpoint, quick to trip and to come back, with nothing left to chance."""
    policy = Policy(
        window_ms=10_000,
        failure_ratio_bp=0,
        cooldown_ms=COOLDOWN_MS,
        cooldown_factor=1,
        cooldown_max_ms=COOLDOWN_MS,
        cooldown_jitter_bp=0,
        admit_bp=10_000,
        probe_timeout_ms=500,
    )
    return seal_plan(
        project="edges",
        targets={
            "aws": Target(store="dynamodb", regions=("us-east-1",)),
            "cloudflare": Target(store="durable-object"),
        },
        endpoints=[
            seal_endpoint(
                **{
                    "name": "cart",
                    "targets": ("aws", "cloudflare"),
                    "route": Route(path="/cart", prefix=True),
                    "origin": Origin(scheme="https", host="cart.example.com", port=443, path=""),
                    "timeout_ms": 500,
                    "policy": policy,
                    "fallback": (Answer(status=503, headers=(("content-type", "text/plain"),), body="resting"),),
                    **endpoint,
                }
            )
        ],
    )


@dataclass
class Stage:
    """Edges and the origin that each of them calls, named by the edge's target."""

    bundle: Bundle
    edges: LocalEdges
    origins: LocalOrigins

    def url(self, target: TargetName) -> str:
        """The edge as callers see it."""
        return self.edges.edges[target].url

    def states(self, target: TargetName) -> list[str]:
        """Every state the breaker has been in."""
        return ["closed", *(event.to for event in self.edges.read(target, "cart").events)]


@pytest.fixture(scope="module")
def stage() -> Iterator[Callable[..., Stage]]:
    """Sets up a stage; `change` may alter the bundle before it runs. It stands until the module's last test."""
    with ExitStack() as stack:

        def build(
            plan_: Plan | None = None, change: Callable[[Bundle], Bundle] = lambda made: made, **options: Any
        ) -> Stage:
            origins = stack.enter_context(LocalOrigins(dict.fromkeys(TARGETS)))
            made = plan_ or plan()
            urls = {t: dict.fromkeys((endpoint.name for endpoint in made.endpoints), origins.url(t)) for t in TARGETS}
            bundles = {t: bundle(redirect(made, urls[t])) for t in TARGETS}
            both = replace(bundles["cloudflare"], aws=bundles["aws"].aws)
            changed = change(both)
            return Stage(changed, stack.enter_context(LocalEdges(deployment_of(changed), **options)), origins)

        yield build
