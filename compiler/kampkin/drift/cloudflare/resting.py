"""What no stack of ours declares of a Worker, and what it is as long as nobody touches it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RESTING: Mapping[str, Any] = {
    "cacheOptions": {"enabled": False},
    "limits": {"cpuMs": None, "subrequests": None},
    "logpush": False,
    "observability": {"logs": {"destinations": []}, "traces": {"destinations": []}},
    "placement": dict.fromkeys(("mode", "region", "hostname", "host", "target")),
    "tailConsumers": [],
}
"""Answers from a cache pass the breaker by; a limit ends requests halfway; a placement has them answered far from who calls; the
rest takes what the Worker logs elsewhere. What the platform reports beside these is its own."""

UNDEPLOYED = ("logpush", "observability", "tailConsumers")
"""Settings that are the Worker's and no version's: to change one deploys nothing."""
