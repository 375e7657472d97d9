"""What the built-in layer makes sure that an endpoint has, and lengths of time as the file writes them."""

from __future__ import annotations

from typing import TypeVar

from kampkin.config import Breaker, Cooldown, Endpoint, HalfOpen, Trip
from kampkin.diagnostics import Span
from kampkin.grammar import UNITS_MS
from kampkin.typed import Typed

Value = TypeVar("Value")


class Refused(Exception):
    """There is no value where the built-in layer has one: a null over it was refused, and that has been told."""


def breaker_of(endpoint: Endpoint) -> Breaker:
    """The breaker's settings."""
    return given(endpoint.breaker)


def trip_of(endpoint: Endpoint) -> Trip:
    """The rules that open it."""
    return given(breaker_of(endpoint).trip)


def cooldown_of(endpoint: Endpoint) -> Cooldown:
    """How long it stays open."""
    return given(breaker_of(endpoint).cooldown)


def half_open_of(endpoint: Endpoint) -> HalfOpen:
    """How it probes."""
    return given(breaker_of(endpoint).half_open)


def given(value: Value | None) -> Value:
    """What the built-in layer has where the file has nothing."""
    if value is None:
        raise Refused
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
