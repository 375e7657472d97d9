"""Rules among each other, and on files that are as they should be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kampkin.load import load
from tests.rules.files import loaded, marked, whole

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "kampkin.yaml", ROOT / "compiler/kampkin/local/demo/demo.yaml"]
SMALLEST = """\
version: 1
targets: [cloudflare, aws]

endpoints:
  restrooms:
    origin: https://www.refugerestrooms.org/api/v1/restrooms
    timeout: 3s
    fallback: {status: 200, json: []}
"""
EVERYTHING = """\
version: 1
project: acme
targets:
  cloudflare: {host: edge.acme.dev, store: durable-object}
  aws: {host: edge-aws.acme.dev, store: dynamodb, regions: [us-east-1, eu-west-1]}
owners:
  shop:
    github: "@acme/shop"
    routes: [/cart/*, /search/*]
    notify: {slack: secret:SHOP_SLACK, email: oncall@acme.dev, when: [open, close, flapping]}

defaults:
  timeout: 3s
  breaker:
    window: 30s
    trip: {failure_ratio: 50%, minimum_requests: 20, consecutive_failures: 5}
    cooldown: {initial: 10s, factor: 2, max: 5m, jitter: 20%}
    half_open: {admit: 10%, max_probes: 3, successes: 3, ramp: 30s}
profiles:
  third-party:
    timeout: 10s
    breaker:
      failure_statuses: [429, 500, 502-504]
      trip: {slow_ratio: 80%, slow_after: 4s}
      cooldown: {initial: 1m, obey_retry_after: true}

endpoints:
  cart:
    owner: shop
    route: /cart/*
    origin: https://cart.acme.dev/v2
    methods: [GET, POST, DELETE]
    cors: {origins: [https://shop.acme.dev]}
    breaker: {trip: {network_failures: 5, service_failures: 10}}
    fallback: {status: 503, json: {error: the cart is resting}}
    override: {state: forced-open, until: 2026-12-01T06:00:00Z, owner: dana, reason: CHG-1182 move}
  search:
    owner: shop
    origin: https://search.acme.dev
    targets: [cloudflare]
    fallback:
      - {stale: 1h, when: [open, failure]}
      - {origin: https://search-2.acme.dev, timeout: 1s}
      - {status: 200, file: fallbacks/search.html}
  restrooms:
    profile: third-party
    origin: https://www.refugerestrooms.org/api/v1/restrooms
    breaker: {monitor: true}
    silence: {low-traffic: ten requests an hour; consecutive_failures is what trips it}

environments:
  staging:
    targets: {aws: null, cloudflare: {host: edge.staging.acme.dev}}
    defaults: {breaker: {monitor: true}}
  prod: {endpoints: {cart: {timeout: 2s}}}
"""
"""Most of the language in its most natural form: no rule may speak of it, but for the one that it silences."""


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_our_own_files_give_no_cause(file: Path) -> None:
    """In none of their environments."""
    assert load(file).diagnostics == ()


@pytest.mark.parametrize("text", [SMALLEST, EVERYTHING], ids=["smallest", "everything"])
def test_a_natural_file_gives_no_cause(text: str, tmp_path: Path) -> None:
    """A rule that speaks of ordinary settings would be noise."""
    assert loaded(text, tmp_path) == ()


def test_what_is_silenced_there_is_what_would_be_said(tmp_path: Path) -> None:
    """Of slow calls, at ten requests an hour: of failures consecutive_failures tells."""
    text = re.sub(" *silence: .*\n", "", EVERYTHING)
    (finding,) = loaded(text, tmp_path)
    assert (finding.id, marked(text, finding.span)) == ("low-traffic", "80%")
    assert finding.message == (
        "at low traffic no rule sees that restrooms is slow: slow_ratio wants 20 calls in 30s, "
        "and one caller after another makes 7 that take 4s"
    )


def test_a_route_within_anothers_claim_is_one_mistake(tmp_path: Path) -> None:
    """`route-claimed` says it: that it is cut out of the claimant's own endpoint is the same thing."""
    text = whole(
        "owners: {web: {routes: [/*]}, shop: {}}\n"
        "endpoints:\n"
        "  pages: {owner: web, origin: https://www.acme.dev, route: /*}\n"
        "  cart: {owner: shop, origin: https://cart.acme.dev}\n"
    )
    (finding,) = loaded(text, tmp_path)
    assert finding.id == "route-claimed"
    assert [(marked(text, span), says) for span, says in finding.related] == [("/*", "the claim of web")]


def test_an_unknown_owner_is_one_mistake(tmp_path: Path) -> None:
    """On a claim of its likely owner."""
    text = "owners: {shop: {routes: [/cart/*]}}\nendpoints: {cart: {owner: shpo, origin: https://cart.acme.dev}}\n"
    assert [one.id for one in loaded(whole(text), tmp_path)] == ["unknown-owner"]


def test_what_stands_elsewhere_is_shown_too(tmp_path: Path) -> None:
    """Of two endpoints the other's place, which may be a name where its route is the default."""
    text = whole(
        "endpoints:\n  cart: https://a.acme.dev\n  two: {origin: https://b.acme.dev, route: /cart/*}\n"
        "  three: {origin: https://c.acme.dev, route: /CART/*}\n"
    )
    taken, alike = loaded(text, tmp_path)
    assert [(marked(text, span), says) for span, says in taken.related] == [("cart", "cart has it here")]
    assert [(marked(text, span), says) for span, says in alike.related] == [("cart", "the route of cart")]


def test_a_refused_null_keeps_no_other_endpoint_from_being_judged(tmp_path: Path) -> None:
    """What there is no number for is left out; the rest is told in the same run."""
    text = (
        "endpoints:\n"
        "  cart: {origin: http://cart.acme.dev, timeout: null}\n"
        "  maps: {origin: https://maps.acme.dev, breaker: {cooldown: {jitter: 0%}}}\n"
    )
    assert [one.id for one in loaded(whole(text), tmp_path)] == ["null-value", "no-jitter"]
    text = "defaults: {timeout: null}\nendpoints: {cart: {origin: http://cart.acme.dev, breaker: {cooldown: {jitter: 0%}}}}\n"
    assert [one.id for one in loaded(whole(text), tmp_path)] == ["null-value", "plain-http", "no-jitter"]


def test_the_clock_is_read_to_the_second(tmp_path: Path) -> None:
    """What an override may be is said as the file would write it."""
    override = "override: {{state: monitor, until: {}, owner: dana, reason: a move}}"
    text = "safety: {max_override: 90s}\nendpoints:\n" + "".join(
        f"  {name}: {{origin: https://{name}.acme.dev, {override.format(until)}}}\n"
        for name, until in (("past", "2026-11-30T01:00:00+01:00"), ("far", "2026-11-30T00:55:00Z"))
    )
    past, far = loaded(whole(text), tmp_path)
    assert past.message == "the override of past ended at 2026-11-30T00:00:00Z"
    assert far.message == "the override of far ends more than 90s from now, at 2026-11-30T00:55:00Z"
    assert far.hint == "until: 2026-11-30T00:54:50Z at the latest, or what is to last is a setting"


def test_a_monitor_from_elsewhere_is_no_cause(tmp_path: Path) -> None:
    """A team that only watches in one environment keeps its fallbacks."""
    text = (
        "endpoints: {cart: {origin: https://cart.acme.dev, fallback: {status: 503}}}\n"
        "environments: {staging: {defaults: {breaker: {monitor: true}}}}\n"
    )
    assert loaded(whole(text), tmp_path) == ()
