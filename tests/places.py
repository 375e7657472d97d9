"""Every place of a file where a key may stand, off the models, and the smallest sound file with a value there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kampkin.config import Section
from kampkin.keys import Choice, Entries, Fixed, Form, Items, Key, keys_of

Trail = tuple[str | int, ...]

NAMES = {"endpoints": "cart", "owners": "shop", "profiles": "third-party", "environments": "staging"}
"""Under which name something stands in a map whose keys are a team's own."""

SMALLEST = {"version": 1, "project": "acme", "endpoints": {"cart": {"origin": "https://cart.acme.dev"}}}

AN_ANSWER = {"status": 503}
AN_OVERRIDE = {"state": "monitor", "until": "2026-12-01T06:00:00Z", "owner": "dana", "reason": "CHG-1182 move"}
SLACK = {"slack": "secret:SHOP_SLACK"}
BESIDE: Mapping[str, Mapping[str, Any]] = {
    **{f"fallback.{key}": AN_ANSWER for key in ("headers", "body", "json", "file", "when")},
    "fallback.timeout": {"origin": "https://cart-2.acme.dev"},
    "trip.slow_ratio": {"slow_after": "4s", "minimum_requests": 5},
    "trip.slow_after": {"slow_ratio": "80%", "minimum_requests": 5},
    "cloudflare.in_front_of": {"host": "edge.acme.dev"},
    **{f"cors.{key}": {"origins": ["https://shop.acme.dev"]} for key in ("headers", "credentials", "max_age")},
    **{f"override.{key}": AN_OVERRIDE for key in AN_OVERRIDE},
    "notify.when": SLACK,
}
"""What stands beside a key for it to mean something: by the key, and the one above it."""

WITH_A_HOST = {"targets": {"cloudflare": {"host": "edge.acme.dev"}}}
AROUND: Mapping[str, Mapping[str, Any]] = {
    "fallback.stale": WITH_A_HOST,
    "notify.email": WITH_A_HOST,
    "cart.profile": {"profiles": {"third-party": {"timeout": "10s"}}},
    "staging.targets": {"targets": {"cloudflare": {}, "aws": {}}},
    "cart.host": {"targets": {"aws": {}}},
    "cart.silence": {"endpoints": {"cart": {"origin": "http://cart.acme.dev"}}},
    "shop.routes": {"endpoints": {"cart": {"origin": "https://cart.acme.dev", "owner": "shop"}}},
    "cloudflare.store": {"defaults": {"breaker": {"cooldown": "2m"}}},
}
"""What the file says elsewhere for a key to mean something."""


@dataclass(frozen=True)
class Place:
    """Where a key may stand."""

    path: Trail
    """Ends with the key."""
    key: Key
    section: type[Section]

    @property
    def short(self) -> str:
        """The key, and the one above it."""
        return ".".join([part for part in self.path if isinstance(part, str)][-2:])

    @property
    def dotted(self) -> str:
        """The path as a text."""
        return ".".join(map(str, self.path))


def places(section: type[Section], above: Trail = ()) -> Iterator[Place]:
    """All places of a file that holds the section."""
    for key in keys_of(section):
        path = (*above, key.name)
        yield Place(path, key, section)
        yield from below(key.form, path)


def below(form: Form, path: Trail) -> Iterator[Place]:
    """All places within a form."""
    match form:
        case Fixed(section):
            yield from places(section, path)
        case Choice(long):
            yield from below(long, path)
        case Items(of):
            yield from below(of, (*path, 0))
        case Entries(_, of):
            yield from below(of, (*path, NAMES.get(str(path[-1]), "x-name")))


def file_with(place: Place, value: Any) -> dict[str, Any]:
    """The smallest file in which the value may stand there."""
    inner: Any = {**BESIDE.get(place.short, {}), place.key.name: value}
    for part in reversed(place.path[:-1]):
        inner = [inner] if isinstance(part, int) else {part: inner}
    return merged(merged(SMALLEST, AROUND.get(place.short, {})), inner)


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` on top of `base`; maps merge."""
    both = {
        key: merged(base[key], value) if isinstance(base.get(key), dict) and isinstance(value, dict) else value
        for key, value in over.items()
    }
    return {**base, **both}
