"""From a sound document to the plan: what the file means, with nothing left to decide."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import PurePosixPath

from kampkin import config
from kampkin.config import STORES, AwsTarget, Breaker, CloudflareTarget, Fallback, Override, dump
from kampkin.plan import (
    Alternate,
    Answer,
    Cors,
    Endpoint,
    Owner,
    Plan,
    Policy,
    Safety,
    Stale,
    Target,
    seal_endpoint,
    seal_plan,
)
from kampkin.regions import HOME
from kampkin.typed import Typed
from kampkin.values import Named, SecretName

CONTENT_TYPES = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".htm": "text/html",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".xml": "application/xml",
}
"""By a file's suffix. A table of our own: a machine's may say something else."""


def lower(typed: Typed, project: str, environment: str | None, contents: Mapping[Named, bytes]) -> Plan:
    """The plan of one environment; `contents` has the files that fallbacks name."""
    return seal_plan(
        project=project,
        environment=environment,
        targets={name: lower_target(target, target.store or STORES[name][0]) for name, target in typed.targets.items()},
        safety=lower_safety(typed),
        endpoints=[lower_endpoint(typed, name, contents) for name in typed.endpoints],
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
        return Target(
            host=target.host,
            in_front_of=target.in_front_of or False,
            store=store,
            analytics=target.analytics or False,
            location=target.location,
        )
    regions = (target.regions or (HOME,)) if store == "dynamodb" else ()
    return Target(host=target.host, store=store, regions=regions)


def lower_endpoint(typed: Typed, name: str, contents: Mapping[Named, bytes]) -> Endpoint:
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
        idle_timeout_ms=endpoint.idle_timeout or 0,
        watch_body=endpoint.breaker.watch_body or False,
        large_bodies=endpoint.large_bodies or False,
        policy=lower_policy(endpoint.breaker, endpoint.timeout, endpoint.override),
        cors=endpoint.cors and lower_cors(endpoint.cors),
        **lower_headers(endpoint.headers),
        pass_host=endpoint.host or False,
        fallback=tuple(lower_fallback(one, endpoint.timeout, contents) for one in typed.fallbacks_of(name)),
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


def lower_cors(cors: config.Cors) -> Cors:
    """Which pages may call; what the plan holds by itself where the file says nothing."""
    assert cors.origins, "a rule has asked for them"
    declared = Cors(
        origins=tuple(sorted(set(cors.origins))),
        headers=None if cors.headers is None else tuple(sorted(set(cors.headers))),
        credentials=cors.credentials or False,
    )
    return declared if cors.max_age is None else declared.model_copy(update={"max_age_s": cors.max_age // 1000})


def lower_headers(headers: config.Headers | None) -> dict[str, tuple[tuple[str, str], ...]]:
    """What the origin is sent, as it is written and as secrets are named."""
    sent = sorted((headers.request or {}).items()) if headers else []
    return {
        "request_headers": tuple((name, value) for name, value in sent if isinstance(value, str)),
        "secret_headers": tuple((name, value.name) for name, value in sent if isinstance(value, SecretName)),
    }


def lower_fallback(fallback: Fallback, timeout_ms: int, contents: Mapping[Named, bytes]) -> Answer | Alternate | Stale:
    """One entry, as its kind."""
    when = fallback.occasions
    if fallback.stale is not None:
        return Stale(when=when, max_age_ms=fallback.stale)
    if fallback.origin is not None:
        return Alternate(when=when, origin=fallback.origin, timeout_ms=fallback.timeout or timeout_ms)
    assert fallback.status is not None, "what is neither of the others is an answer"
    headers = dict(fallback.headers or {})
    body, encoding, content_type = lower_body(fallback, contents)
    if content_type:
        headers.setdefault("content-type", content_type)
    return Answer.model_validate(
        {
            "when": when,
            "status": fallback.status,
            "headers": tuple(sorted(headers.items())),
            "body": body,
            "encoding": encoding,
        }
    )


def lower_body(fallback: Fallback, contents: Mapping[Named, bytes]) -> tuple[str, str, str | None]:
    """The body as bytes go out: JSON written out, a file's bytes as they are; how they are encoded, and their type."""
    if "json_" in fallback.model_fields_set:
        return dump(fallback.json_), "utf8", "application/json"
    if fallback.file is None:
        return fallback.body or "", "utf8", "text/plain; charset=utf-8" if fallback.body else None
    data = contents[fallback.file]
    suffix = PurePosixPath(fallback.file.written).suffix.lower()
    content_type = CONTENT_TYPES.get(suffix, "application/octet-stream")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode(), "base64", content_type
    charset = "; charset=utf-8" if content_type.startswith("text/") else ""
    return text, "utf8", f"{content_type}{charset}"
