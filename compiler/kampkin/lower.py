"""From a sound document to the plan: what the file means, with nothing left to decide."""

from __future__ import annotations

from collections.abc import Mapping

from kampkin import config
from kampkin.config import STORES, AwsTarget, Breaker, CloudflareTarget, Fallback, Override, dump
from kampkin.plan import Answer, Endpoint, Owner, Plan, Policy, Safety, Target, seal_endpoint, seal_plan
from kampkin.regions import HOME
from kampkin.typed import Typed


def lower(typed: Typed, project: str, environment: str | None) -> Plan:
    """The plan of one environment."""
    return seal_plan(
        project=project,
        environment=environment,
        targets={name: lower_target(target, target.store or STORES[name][0]) for name, target in typed.targets.items()},
        safety=lower_safety(typed),
        endpoints=[lower_endpoint(typed, name) for name in typed.endpoints],
        owners=lower_owners(typed.document.owners or {}),
    )


def lower_safety(typed: Typed) -> Safety:
    """How far a person may go; the plan's own bound where the file sets none."""
    declared = typed.document.safety
    return Safety(max_override_ms=declared.max_override) if declared and declared.max_override else Safety()


def lower_owners(owners: Mapping[str, config.Owner]) -> list[Owner]:
    """Those who want to hear of something, sorted."""
    return [
        Owner.model_validate(
            {
                "name": name,
                "slack": owner.notify.slack,
                "webhook": owner.notify.webhook,
                "email": owner.notify.email,
                "when": [one for one in config.HAPPENINGS if owner.notify.when is None or one in owner.notify.when],
            }
        )
        for name, owner in sorted(owners.items())
        if owner.notify
    ]


def lower_target(target: CloudflareTarget | AwsTarget, store: str) -> Target:
    """One cloud; where nothing is shared there are no regions to share it in."""
    if isinstance(target, CloudflareTarget):
        return Target(host=target.host, store=store, analytics=target.analytics or False)
    regions = (target.regions or (HOME,)) if store == "dynamodb" else ()
    return Target(host=target.host, store=store, regions=regions)


def lower_endpoint(typed: Typed, name: str) -> Endpoint:
    """One endpoint, its layers already in."""
    endpoint = typed.endpoints[name]
    assert endpoint.timeout is not None and endpoint.breaker is not None, "the built-in layer has both"
    return seal_endpoint(
        name=name,
        owner=endpoint.owner,
        targets=typed.targets_of(name),
        route=typed.route_of(name),
        origin=endpoint.origin,
        methods=None if endpoint.methods is None else tuple(sorted(set(endpoint.methods))),
        timeout_ms=endpoint.timeout,
        policy=lower_policy(endpoint.breaker, endpoint.timeout, endpoint.override),
        fallback=endpoint.fallback and lower_fallback(endpoint.fallback),
    )


def lower_policy(breaker: Breaker, timeout_ms: int, override: Override | None) -> Policy:
    """The policy of a breaker; a rule of `trip` that is off is 0."""
    trip, cooldown, half_open = breaker.trip, breaker.cooldown, breaker.half_open
    assert trip and cooldown and half_open, "the built-in layer has all three"
    return Policy.model_validate(
        {
            "window_ms": breaker.window,
            "network_failures": trip.network_failures or 0,
            "service_failures": trip.service_failures or 0,
            "consecutive_failures": trip.consecutive_failures or 0,
            "failure_ratio_bp": trip.failure_ratio or 0,
            "minimum_requests": trip.minimum_requests,
            "slow_ratio_bp": trip.slow_ratio or 0,
            "slow_after_ms": trip.slow_after if trip.slow_ratio and trip.slow_after else 0,
            "cooldown_ms": cooldown.initial,
            "cooldown_factor": cooldown.factor,
            "cooldown_max_ms": cooldown.max,
            "cooldown_jitter_bp": cooldown.jitter,
            "obey_retry_after": cooldown.obey_retry_after or False,
            "admit_bp": half_open.admit,
            "max_probes": half_open.max_probes,
            "successes": half_open.successes,
            "failures": half_open.failures,
            "probe_timeout_ms": half_open.probe_timeout or timeout_ms,
            "ramp_ms": half_open.ramp or 0,
            "monitor": breaker.monitor or False,
            "override": override
            and {"mode": override.state, "until": override.until, "owner": override.owner, "reason": override.reason},
        }
        | ({"failure_statuses": joined(breaker.failure_statuses)} if breaker.failure_statuses else {})
    )


def joined(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The ranges sorted, and those that touch or overlap made one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def lower_fallback(fallback: Fallback) -> Answer:
    """The answer as bytes go out: JSON written out, its content type in the headers."""
    headers = dict(fallback.headers or {})
    body = fallback.body or ""
    if "json_" in fallback.model_fields_set:
        body = dump(fallback.json_)
        headers.setdefault("content-type", "application/json")
    elif body:
        headers.setdefault("content-type", "text/plain; charset=utf-8")
    return Answer(status=fallback.status, headers=tuple(sorted(headers.items())), body=body)
