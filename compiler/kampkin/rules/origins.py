"""Rules about where the calls go."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import CloudflareTarget, Endpoint
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.typed import Typed


def origin_loop(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """An origin that is an edge itself: every request would go round until the platform cuts it."""
    loops = edges_for(typed, name)
    if endpoint.origin.host in loops:
        message = f"the origin of {name} is the edge's own host, {endpoint.origin.host}"
        yield Problem(typed.span(name, "origin"), message, f"name the service behind it{loops[endpoint.origin.host]}")
    for index, fallback in enumerate(typed.fallbacks_of(name)):
        if fallback.origin and fallback.origin.host in loops:
            message = f"a fallback of {name} is the edge's own host, {fallback.origin.host}"
            hint = f"name a service that is no edge{loops[fallback.origin.host]}"
            yield Problem(typed.span(name, "fallback", index, "origin"), message, hint)


def edges_for(typed: Typed, name: str) -> dict[str, str]:
    """The hosts that are edges to an endpoint, each with what would make an origin of it. The host that a target is in front
    of has an origin of its own, for that target's Worker alone."""
    edges = {target.host: "" for target in typed.targets.values() if target.host}
    front, other = typed.targets.get("cloudflare"), typed.targets.get("aws")
    if not isinstance(front, CloudflareTarget) or not front.in_front_of or not front.host:
        return edges
    if typed.targets_of(name) == ("cloudflare",) and (other is None or other.host != front.host):
        del edges[front.host]
    else:
        edges[front.host] = ", or set targets: [cloudflare]: from there it is the host's own origin"
    return edges


def in_front_of_without_host(typed: Typed) -> Iterator[Problem]:
    """In front of what?"""
    target = typed.targets.get("cloudflare")
    if isinstance(target, CloudflareTarget) and target.in_front_of and target.host is None:
        yield Problem(
            typed.place("targets", "cloudflare", "in_front_of"),
            "cloudflare is in front of a host that is not named",
            "set targets.cloudflare.host to the host whose record Cloudflare proxies already",
        )


def plain_http(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Between the edge and the service the request goes over the open internet."""
    hint = "write https:// if the service has it"
    if endpoint.origin.scheme == "http":
        yield Problem(typed.span(name, "origin"), f"the edge would call {name} without encryption", hint)
    for index, fallback in enumerate(typed.fallbacks_of(name)):
        if fallback.origin and fallback.origin.scheme == "http":
            message = f"the edge would call a fallback of {name} without encryption"
            yield Problem(typed.span(name, "fallback", index, "origin"), message, hint)


RULES = (
    Rule(
        "origin-loop",
        "error",
        "An origin has the host of an edge, so every request would go round in a loop.",
        of_each(origin_loop),
        "https://developers.cloudflare.com/workers/observability/errors/",
    ),
    Rule(
        "in-front-of-without-host",
        "error",
        "`in_front_of` is about the target's host: without one there is nothing to be in front of.",
        in_front_of_without_host,
        "https://developers.cloudflare.com/workers/configuration/routing/routes/",
    ),
    Rule(
        "plain-http",
        "warning",
        "An origin without TLS is called over the open internet.",
        of_each(plain_http),
        "https://www.rfc-editor.org/rfc/rfc9110#section-4.2.2",
    ),
)
