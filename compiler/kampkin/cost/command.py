"""`kampkin cost`: what a file costs a month, on each of its clouds."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from kampkin.cost import amounts
from kampkin.cost.estimate import Asked, Served, estimate
from kampkin.cost.measure import Meter, Store
from kampkin.cost.show import as_json, as_text
from kampkin.plan import Endpoint, Plan, Policy, TargetName
from kampkin.report import plan_or_code

DEFAULT_FILE = Path("kampkin.yaml")
STORES: dict[TargetName, Store] = {"cloudflare": "durable-object", "aws": "dynamodb"}
"""Of each cloud, unless a file says otherwise."""


def run(args: Namespace, given: Mapping[str, str]) -> int:
    """Prints the bill; the exit code. `given` are the shares of endpoints, as texts.

    Raises `Cannot` for an amount that is none, and where Node is missing.
    """
    asked = asked_of(args)
    file: Path = args.file or DEFAULT_FILE
    if args.file is None and args.env is None and not file.exists():
        served = default(given)
    else:
        plan = plan_or_code(file, args.env)
        if isinstance(plan, int):
            return plan
        served = served_by(plan, given)
    with Meter() as meter:
        found = estimate(meter, served, asked)
    print(as_json(asked, found) if args.json else as_text(asked, found))
    return 0


def asked_of(args: Namespace) -> Asked:
    """What the flags ask for."""
    return Asked(
        requests=amounts.requests(args.requests),
        rate=amounts.rate(args.rate_per_node),
        origin_ms=amounts.latency(args.latency),
        cpu_ms=None if args.cpu_ms is None else amounts.cpu_ms(args.cpu_ms),
        response_gb=0 if args.response_size is None else amounts.size_gb(args.response_size),
    )


def default(given: Mapping[str, str]) -> list[Served]:
    """One breaker as it is where a file says nothing about it, on both clouds."""
    name = "default"
    fields = Endpoint.model_fields
    return [Served(name, amounts.shares([name], given)[name], STORES, Policy(), fields["timeout_ms"].default)]


def served_by(plan: Plan, given: Mapping[str, str]) -> list[Served]:
    """The endpoints of a plan, with their shares of the requests. What people have overridden for a while is not
    in force."""
    shares = amounts.shares([endpoint.name for endpoint in plan.endpoints], given)
    stores = {name: cast(Store, target.store) for name, target in plan.targets.items()}
    return [
        Served(
            endpoint.name,
            shares[endpoint.name],
            {target: stores[target] for target in endpoint.targets},
            endpoint.policy.model_copy(update={"override": None}),
            endpoint.timeout_ms,
        )
        for endpoint in plan.endpoints
    ]
