"""How long a breaker stays open at least, and at most: runtime/cooldown.mjs, with the luckiest coin and the unluckiest."""

from __future__ import annotations

from kampkin.plan import Policy

BP = 10_000


def shortest(policy: Policy, level: int) -> int:
    """The least of that level, ms, with all of the jitter taken off."""
    base = base_of(policy, level)
    return base + -base * policy.cooldown_jitter_bp // BP


def longest(policy: Policy) -> int:
    """The most that it can ever be, ms; an origin's own `Retry-After` makes it no longer than `max`."""
    base = base_of(policy, levels(policy))
    jittered = base + base * policy.cooldown_jitter_bp // BP
    return max(jittered, policy.cooldown_max_ms) if policy.obey_retry_after else jittered


def base_of(policy: Policy, level: int) -> int:
    """Before the jitter, ms."""
    wait: int = policy.cooldown_ms * policy.cooldown_factor ** min(level, levels(policy))
    return min(wait, policy.cooldown_max_ms)


def levels(policy: Policy) -> int:
    """The level from which on it grows no more."""
    level, wait = 0, policy.cooldown_ms
    while policy.cooldown_factor > 1 and wait < policy.cooldown_max_ms:
        level, wait = level + 1, wait * policy.cooldown_factor
    return level
