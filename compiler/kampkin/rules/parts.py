"""What the built-in layer makes sure that an endpoint has, and lengths of time as the file writes them."""

from __future__ import annotations

from kampkin.config import Breaker, Cooldown, Endpoint, HalfOpen, Trip
from kampkin.diagnostics import Span
from kampkin.typed import Typed
from kampkin.values import UNITS_MS


def breaker_of(endpoint: Endpoint) -> Breaker:
    """The breaker's settings."""
    assert endpoint.breaker
    return endpoint.breaker


def trip_of(endpoint: Endpoint) -> Trip:
    """The rules that open it."""
    assert endpoint.breaker and endpoint.breaker.trip
    return endpoint.breaker.trip


def cooldown_of(endpoint: Endpoint) -> Cooldown:
    """How long it stays open."""
    assert endpoint.breaker and endpoint.breaker.cooldown
    return endpoint.breaker.cooldown


def half_open_of(endpoint: Endpoint) -> HalfOpen:
    """How it probes."""
    assert endpoint.breaker and endpoint.breaker.half_open
    return endpoint.breaker.half_open


def given(value: int | None) -> int:
    """A number that the built-in layer has where the file has none."""
    assert value is not None
    return value


def written(ms: int) -> str:
    """A length of time in the largest unit that leaves no rest: `90s`, `5m`."""
    unit = next(unit for unit, size in reversed(UNITS_MS.items()) if ms % size == 0)
    return f"{ms // UNITS_MS[unit]}{unit}"


def written_at(typed: Typed, name: str, *paths: tuple[str, ...]) -> Span:
    """Where the first of an endpoint's values stands that the file has; its name where all are defaults."""
    places = (typed.span(name, *path) for path in paths)
    default = typed.span(name)
    return next((place for place in places if place != default), default)
