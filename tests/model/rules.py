"""What a call came to, when that trips, and for how long (Outcomes, Arithmetic)."""

from __future__ import annotations

from kampkin.plan import Policy
from tests.model.window import Counts, Sample

TIMEOUTS = {522, 524}
UNREACHABLE = {520, 521, 523, 525, 526, 527, 530}
FAILURES = {"timeout", "network", "service"}
SHARE = 10_000
"""Basis points of the whole."""
LAST_COIN = 9_999
LONGEST_TOLD_S = 3_600
"""How long a forced-open tells callers to stay away at most."""


def outcome_of(result: str, policy: Policy) -> str:
    """void, timeout, network, service, success or answered; `result` is a status or one of the first three."""
    if not result.isdigit():
        return result
    status = int(result)
    if status in TIMEOUTS:
        return "timeout"
    if status in UNREACHABLE:
        return "network"
    if any(low <= status <= high for low, high in policy.failure_statuses):
        return "service"
    return "success" if status < 400 else "answered"


def counts_of(outcome: str) -> Counts:
    """What one call adds to its bucket, but for how long it took."""
    return Counts(
        ok=int(outcome == "success"), net=int(outcome in ("timeout", "network")), svc=int(outcome == "service")
    )


def judge(policy: Policy, sample: Sample, streak: int, now: int) -> str | None:
    """The first rule that holds."""
    seen = sample.total(policy.window_ms, now)
    enough, enough_aged = seen.requests >= policy.minimum_requests, seen.aged >= policy.minimum_requests
    rules = (
        ("network_failures", policy.network_failures, seen.net >= policy.network_failures),
        ("service_failures", policy.service_failures, seen.svc >= policy.service_failures),
        ("consecutive_failures", policy.consecutive_failures, streak >= policy.consecutive_failures),
        (
            "failure_ratio",
            policy.failure_ratio_bp,
            enough and SHARE * seen.failures >= policy.failure_ratio_bp * seen.requests,
        ),
        ("slow_ratio", policy.slow_ratio_bp, enough_aged and SHARE * seen.slow >= policy.slow_ratio_bp * seen.aged),
    )
    return next((name for name, armed, holds in rules if armed and holds), None)


def cooldown(policy: Policy, level: int, coin: int, after_ms: int) -> int:
    """How long it stays open, ms; `after_ms` is the origin's Retry-After, 0 for none."""
    base: int = min(policy.cooldown_max_ms, policy.cooldown_ms * policy.cooldown_factor**level)
    jittered = base + base * policy.cooldown_jitter_bp * (2 * coin - LAST_COIN) // (SHARE * LAST_COIN)
    return max(jittered, min(after_ms, policy.cooldown_max_ms)) if policy.obey_retry_after else jittered


def longest_cooldown(policy: Policy) -> int:
    """The longest cooldown that the policy can give, ms."""
    return policy.cooldown_max_ms + policy.cooldown_max_ms * policy.cooldown_jitter_bp // SHARE


def retry_after(policy: Policy, left_ms: int, coin: int) -> int:
    """What the callers of an open breaker are told, s."""
    seconds = max(1, -(-left_ms // 1_000))
    return seconds + seconds * policy.cooldown_jitter_bp * coin // (SHARE * LAST_COIN)


def ramp_share(policy: Policy, since_ms: int) -> int:
    """The share that the ramp lets through, basis points."""
    if since_ms >= policy.ramp_ms:
        return SHARE
    return policy.admit_bp + (SHARE - policy.admit_bp) * since_ms // policy.ramp_ms
