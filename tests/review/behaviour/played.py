"""Outages as tests look at them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from kampkin.plan import Endpoint, Policy
from kampkin.review.behaviour.outages import OUTAGES
from kampkin.review.behaviour.player import Played, Settings, play, shipped
from tests.promises.machine import endpoint_of


def endpoint(name: str, timeout_ms: int = 5_000, **policy: Any) -> Endpoint:
    """An endpoint with such a policy."""
    return endpoint_of(Policy(**policy), timeout_ms, name=name)


def settings(timeout_ms: int = 5_000, **policy: Any) -> Settings:
    """Such a policy, and a timeout."""
    return Settings(Policy(**policy), timeout_ms)


def all_outages(*those: Settings) -> list[dict[str, Played]]:
    """Each outage by its name, for each of the settings."""
    return [dict(outages_of(one)) for one in those]


@cache
def outages_of(one: Settings) -> Mapping[str, Played]:
    """What is played for many tests is played once."""
    return dict(zip((outage.name for outage in OUTAGES), play(shipped(), [one])[one], strict=True))
