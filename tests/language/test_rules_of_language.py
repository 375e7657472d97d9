"""The rules of the language, one after another: what a file means, through what it comes to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kampkin.load import Loaded, load
from kampkin.plan import Plan

HERE = Path(__file__).parent
Reads = Callable[..., Loaded]


@pytest.fixture
def read(tmp_path: Path) -> Reads:
    """Loads a file with the text, in an environment, at a time, beside other files."""

    def read(text: str, environment: str | None = None, now_ms: int | None = None, **files: str) -> Loaded:
        for name, content in files.items():
            (tmp_path / f"{name}.yaml").write_text(content)
        (tmp_path / "kampkin.yaml").write_text(text if text.startswith("version") else f"version: 1\n{text}")
        return load(tmp_path / "kampkin.yaml", environment, now_ms)

    return read


def plan_of(loaded: Loaded) -> Plan:
    """The plan of a sound file."""
    assert loaded.plan, loaded.diagnostics
    return loaded.plan


def endpoint(loaded: Loaded, name: str = "cart") -> Any:
    """An endpoint of the plan."""
    return next(one for one in plan_of(loaded).endpoints if one.name == name)


def ids(loaded: Loaded) -> list[str]:
    """What was found."""
    return [one.id for one in loaded.diagnostics]


def cart(settings: str) -> str:
    """A file of one endpoint with these settings."""
    return f"endpoints: {{cart: {{origin: https://cart.acme.dev, {settings}}}}}\n"


def test_both_files_check_and_compile() -> None:
    """The smallest useful file, and everything in its most natural form; only budgets that nothing keeps yet are told."""
    assert load(HERE / "smallest.yaml").diagnostics == ()
    everything = load(HERE / "everything.yaml", "prod", now_ms=1_796_000_000_000)
    assert set(ids(everything)) == {"safety-not-enforced"}
    assert {one.name for one in plan_of(everything).endpoints} >= {"cart", "search", "restrooms"}


def test_1_version_and_endpoints_are_all_that_is_needed(read: Reads) -> None:
    """The name is the identity and the default route; `no` and `2024` are names like others."""
    loaded = read("endpoints: {no: https://a.acme.dev, 2024: https://b.acme.dev}")
    assert [(one.name, one.route.path) for one in plan_of(loaded).endpoints] == [("2024", "/2024"), ("no", "/no")]
    assert ids(read("version: 1\n")) == ["missing-key"]
    assert ids(read(f"endpoints: {{{'a' * 64}: https://a.acme.dev, Cart: https://b.acme.dev}}")) == ["bad-name"] * 2


def test_2_four_short_forms(read: Reads) -> None:
    """Each means its long form, to the digest."""
    short = read(
        "targets: [aws]\nendpoints: {cart: https://cart.acme.dev}\ndefaults: {breaker: {cooldown: 10s}, fallback: {status: 503}}"
    )
    long = read(
        "targets: {aws: {}}\nendpoints: {cart: {origin: https://cart.acme.dev}}\n"
        "defaults: {breaker: {cooldown: {initial: 10s, factor: 1, max: 10s}}, fallback: [{status: 503}]}"
    )
    assert plan_of(short).digest == plan_of(long).digest


def test_3_maps_merge_lists_replace_null_removes(read: Reads) -> None:
    """In defaults, profiles and environments alike; over a need null is refused, and a key left empty everywhere."""
    text = (
        "defaults: {methods: [GET, POST], breaker: {trip: {network_failures: 3, service_failures: 4}}}\n"
        "profiles: {p: {breaker: {trip: {network_failures: null}}}}\n"
        "endpoints: {cart: {origin: https://cart.acme.dev, profile: p, methods: [PUT], timeout: 9s}}\n"
        "environments: {prod: {endpoints: {cart: {timeout: null, breaker: {trip: {service_failures: null}}}}}}\n"
    )
    base, prod = endpoint(read(text)), endpoint(read(text, "prod"))
    assert (base.methods, base.policy.network_failures, base.policy.service_failures) == (("PUT",), 0, 4)
    assert (base.timeout_ms, prod.timeout_ms, prod.policy.service_failures) == (9_000, 5_000, 0)
    assert ids(read(cart("timeout: null, breaker: {window: }"))) == ["null-value", "empty-value"]


def test_4_targets_below_the_root_are_a_list_that_replaces(read: Reads) -> None:
    """Out of the root's."""
    text = "targets: [cloudflare, aws]\ndefaults: {targets: [aws]}\n" + cart("targets: [cloudflare]")
    assert endpoint(read(text)).targets == ("cloudflare",)
    assert ids(read("targets: [aws]\n" + cart("targets: [cloudflare]"))) == ["unknown-target"]


def test_5_the_order_of_layers(read: Reads) -> None:
    """Built-in, root's defaults, the file's own, profile, endpoint; the environment over the whole root before that."""
    text = (
        "include: [team.yaml]\ndefaults: {timeout: 2s, idle_timeout: 2s, breaker: {window: 2s, cooldown: 11s}}\n"
        "profiles: {shared: {breaker: {window: 4s}}}\nendpoints: {cart: https://cart.acme.dev}\n"
        "environments: {prod: {defaults: {breaker: {cooldown: 12s}}, endpoints: {maps: {timeout: 6s}}}}\n"
    )
    team = (
        "defaults: {idle_timeout: 3s, breaker: {window: 3s}}\n"
        "endpoints: {maps: {origin: https://maps.acme.dev, profile: shared, timeout: 5s}}\n"
    )
    maps, prod = endpoint(read(text, team=team), "maps"), endpoint(read(text, "prod", team=team), "maps")
    assert (maps.idle_timeout_ms, maps.policy.window_ms, maps.timeout_ms) == (3_000, 4_000, 5_000)
    assert (maps.policy.cooldown_ms, prod.policy.cooldown_ms, prod.timeout_ms) == (11_000, 12_000, 6_000)
    assert endpoint(read(text, team=team)).idle_timeout_ms == 2_000
    assert "declared-twice" in ids(read(text, team=team + "profiles: {shared: {}}\n"))
    assert "declared-twice" in ids(read(text, team=team.replace("maps:", "cart:")))
    assert ids(read(cart("") + "environments: {prod: {endpoints: {card: {timeout: 2s}}}}")) == ["unknown-endpoint"]


@pytest.mark.parametrize(
    "key", ["version: 1", "targets: [aws]", "owners: {}", "include: [x.yaml]", "safety: {}", "environments: {}"]
)
def test_6_an_included_file_holds_four_things(read: Reads, key: str) -> None:
    """`defaults`, `profiles`, `endpoints` and `x-…`. What may be included at all: tests/test_include.py."""
    text = "include: [team.yaml]\n" + cart("")
    assert ids(read(text, team=f"{key}\n")) == ["unknown-key"]
    assert ids(read(text, team="x-mine: 1\ndefaults: {}\nprofiles: {}\nendpoints: {}\n")) == []


def test_7_anchors_are_expanded_first(read: Reads) -> None:
    """`<<` is shallow, own keys win, of a list the first wins."""
    loaded = read(
        "x-a: &a {timeout: 2s, breaker: {window: 9s}}\nx-b: &b {timeout: 3s, idle_timeout: 4s}\n"
        "endpoints: {cart: {<<: [*a, *b], origin: https://cart.acme.dev, breaker: {cooldown: 12s}}}"
    )
    found = endpoint(loaded)
    assert (found.timeout_ms, found.idle_timeout_ms) == (2_000, 4_000)
    assert (found.policy.window_ms, found.policy.cooldown_ms) == (30_000, 12_000)
    assert ids(read("version: 1\n---\nversion: 1\n")) == ["several-documents"]


def test_8_extensions(read: Reads) -> None:
    """Wherever the language fixes the keys; in maps of a team's own an `x-…` is a name like others."""
    assert ids(read("x-a: 1\n" + cart("x-b: {c: null}, breaker: {x-d: [1]}"))) == []
    loaded = read(
        "endpoints: {x-cart: {origin: https://cart.acme.dev, fallback: {status: 503, headers: {x-why: rest}, json: {x-y: 1}}}}"
    )
    assert endpoint(loaded, "x-cart").fallback[0].body == '{"x-y":1}'
    assert ("x-why", "rest") in endpoint(loaded, "x-cart").fallback[0].headers


def test_10_scalars_are_text_until_their_key_decides(read: Reads) -> None:
    """No surprise of YAML 1.1; under `json` YAML 1.2's core schema holds, and nothing in it is merged."""
    loaded = read(cart("fallback: {status: 0503, json: {no: no, when: 2026-01-01, oct: 0500, t: 1:30, n: null}}"))
    assert ids(loaded) == ["bad-status"]
    loaded = read(cart("fallback: {status: 503, json: {no: no, when: 2026-01-01, oct: 0500, t: 1:30, n: null}}"))
    assert endpoint(loaded).fallback[0].body == '{"no":"no","when":"2026-01-01","oct":500,"t":"1:30","n":null}'
    found = read(cart("breaker: {monitor: on}")).diagnostics[0]
    assert (found.id, found.hint) == ("not-a-boolean", "write true")
    cut = "override:\n      state: monitor\n      until: 2026-12-01T06:00:00Z\n      owner: dana\n      reason: CHG #1182\n"
    assert ids(read(f"endpoints:\n  cart:\n    origin: https://cart.acme.dev\n    {cut}")) == ["cut-by-comment"]


@pytest.mark.parametrize(
    ("settings", "id"),
    [
        ("timeout: 3000", "no-unit"), ("timeout: 1.5s", "not-a-duration"), ("timeout: 1m30s", "not-a-duration"),
        ("breaker: {trip: {failure_ratio: 0.5}}", "no-unit"), ("breaker: {trip: {failure_ratio: 101%}}", "not-a-share"),
        ("breaker: {cooldown: {jitter: 1.255%}}", "not-a-share"), ("breaker: {failure_statuses: [5XX]}", "bad-status"),
        ("override: {state: monitor, until: 2026-12-01T06:00:00, owner: dana, reason: why}", "not-a-time"),
        ("breaker: {window: 51m}", "out-of-range"), ("breaker: {window: 999ms}", "out-of-range"),
        ("breaker: {half_open: {max_probes: 11}}", "out-of-range"), ("breaker: {half_open: {successes: 0}}", "not-a-count"),
        ("breaker: {cooldown: {factor: 1.5}}", "not-a-count"), ("breaker: {cooldown: {initial: 10m}}", "max-below-initial"),
        ("breaker: {half_open: {probe_timeout: 6s}}", "out-of-range"), ("breaker: {trip: {slow_ratio: 80%}}", "slow-rule-incomplete"),
        ("breaker: {trip: {slow_ratio: 80%, slow_after: 5s, minimum_requests: 5}}", "slow-after-timeout"),
        ("breaker: {failure_statuses: [399]}", "bad-status"), ("breaker: {failure_statuses: [600]}", "bad-status"),
    ],
)  # fmt: skip
def test_11_to_13_values_and_their_bounds(read: Reads, settings: str, id: str) -> None:
    """Durations, shares, statuses, times and counts are as they are written, or refused."""
    assert ids(read(cart(settings))) == [id]


def test_12_successes_may_exceed_probes(read: Reads) -> None:
    """Bounds that are allowed: a window of 50m, ten probes, more successes than probes."""
    assert not any(
        one.is_error
        for one in read(cart("breaker: {window: 50m, half_open: {max_probes: 10, successes: 11}}")).diagnostics
    )


def test_14_secrets_are_names(read: Reads) -> None:
    """The whole value, from the stack; refused in request headers for `aws`."""
    owners = "owners: {shop: {notify: {slack: "
    assert ids(read(owners + "https://hooks.example}}}\n" + cart(""))) == ["bad-secret"]
    assert ids(read("targets: [aws]\n" + cart("headers: {request: {x-key: secret:KEY}}"))) == ["secret-on-aws"]
    loaded = read("targets: [cloudflare]\n" + cart("headers: {request: {x-key: secret:KEY}}"))
    assert endpoint(loaded).secret_headers == (("x-key", "KEY"),)
    assert ids(read("targets: [cloudflare]\n" + cart("headers: {request: {x-key: Bearer secret:KEY}}"))) == [
        "bad-secret"
    ]


def test_15_routes(read: Reads) -> None:
    """By whole segments; `*` at the end alone; the same route on a shared target is refused, methods aside."""
    twice = "endpoints: {a: {origin: https://a.acme.dev, route: /x/*, methods: [GET]}, b: {origin: https://b.acme.dev, route: /x/*, methods: [PUT]}}"
    assert "route-taken" in ids(read(twice))
    assert ids(read(cart("route: /a/*/b"))) == ["bad-route"]
    assert endpoint(read(cart("route: /a"))).route.prefix is False
    assert endpoint(read(cart("route: /a/*"))).route.prefix is True


def test_16_origins(read: Reads) -> None:
    """No edge's own host but behind `in_front_of`; http is warned about, an IP or no scheme refused; `host: pass`."""
    edge = "targets: {cloudflare: {host: edge.acme.dev}}\n"
    loop = "endpoints: {cart: https://edge.acme.dev/v2}\n"
    assert ids(read(edge + loop)) == ["origin-loop"]
    assert ids(read(edge.replace("dev}", "dev, in_front_of: true}") + loop)) == []
    assert ids(read("endpoints: {cart: http://cart.acme.dev}")) == ["plain-http"]
    assert ids(read("endpoints: {a: https://10.0.0.1, b: b.acme.dev}")) == ["bad-origin"] * 2
    assert endpoint(read("targets: [aws]\n" + cart("host: pass"))).pass_host is True
    spare = "targets: [aws]\n" + cart("fallback: {origin: https://edge-aws.acme.dev}")
    assert ids(read(spare.replace("[aws]", "{aws: {host: edge-aws.acme.dev}}"))) == ["origin-loop"]


def test_17_owners_and_their_claims(read: Reads) -> None:
    """Without `owners` any name; with it a mistyped one is told; the most specific claim holds."""
    assert ids(read(cart("owner: anybody"))) == []
    found = read("owners: {shop: {}}\n" + cart("owner: shpo")).diagnostics[0]
    assert (found.id, found.hint) == ("unknown-owner", "did you mean shop?")
    claims = "owners: {shop: {routes: [/cart/*]}, pay: {routes: [/cart/pay/*]}}\n"
    pay = "endpoints: {pay: {owner: OWNER, route: /cart/pay/*, origin: https://pay.acme.dev}, cart: {owner: shop, origin: https://cart.acme.dev}}\n"
    assert "route-claimed" not in ids(read(claims + pay.replace("OWNER", "pay")))
    assert "route-claimed" in ids(read(claims + pay.replace("OWNER", "shop")))
    assert "claimed-twice" in ids(read(claims.replace("/cart/pay/*", "/cart/*") + cart("owner: shop")))


def test_18_fallbacks(read: Reads) -> None:
    """Three kinds, in order, for `open` unless `when` says more; a redirect is 302; a stale copy where one is kept."""
    loaded = read(
        "targets: {cloudflare: {host: edge.acme.dev}}\n"
        + cart("fallback: [{stale: 1h, when: [open, failure]}, {origin: https://b.acme.dev}, {status: 503}]")
    )
    assert [(one.kind, one.when) for one in endpoint(loaded).fallback] == [
        ("stale", ("open", "failure")),
        ("origin", ("open",)),
        ("answer", ("open",)),
    ]
    assert ids(read(cart("fallback: {status: 301, headers: {Location: /x}}"))) == ["bad-redirect"]
    assert ids(read(cart("fallback: {status: 503, body: a, json: 1}"))) == ["two-bodies"]
    assert "stale-on-aws" in ids(read("targets: [aws]\n" + cart("fallback: {stale: 1h}")))
    assert "stale-without-host" in ids(read("targets: [cloudflare]\n" + cart("fallback: {stale: 1h}")))


def test_19_any_page_alone_and_without_credentials(read: Reads) -> None:
    """`*` is any origin already."""
    assert ids(read(cart('cors: {origins: ["*"]}'))) == []
    assert ids(read(cart('cors: {origins: ["*"], credentials: true}'))) == ["bad-page-origin"]
    assert ids(read(cart('cors: {origins: ["*", https://a.dev]}'))) == ["bad-page-origin"]


def test_20_overrides_by_the_clock(read: Reads) -> None:
    """An owner, a reason and an end are needed; only who hands in a clock hears of the day: tests/test_clock.py."""
    assert ids(read(cart("override: {state: monitor}"))) == ["missing-key"] * 3
    text = "safety: {max_override: 1d}\n" + cart(
        "override: {state: monitor, until: 2026-12-01T06:00:00Z, owner: dana, reason: why}"
    )
    assert ids(read(text)) == []
    assert ids(read(text, now_ms=1_796_000_000_000)) == ["override-too-far"]


def test_21_bodies(read: Reads) -> None:
    """`large_bodies`, `idle_timeout` and `watch_body` reach the plan."""
    loaded = read("targets: [aws]\n" + cart("large_bodies: true, idle_timeout: 2s, breaker: {watch_body: true}"))
    found = endpoint(loaded)
    assert (found.large_bodies, found.idle_timeout_ms, found.watch_body) == (True, 2_000, True)


def test_22_silences(read: Reads) -> None:
    """A warning, never an error, with a reason, and only where there is a finding."""
    assert ids(read("endpoints: {cart: {origin: http://cart.acme.dev, silence: {plain-http: a tunnel}}}")) == []
    assert ids(read(cart("silence: {plain-http: a tunnel}"))) == ["silence-without-finding"]
    assert ids(read("endpoints: {cart: {origin: http://cart.acme.dev, silence: {plain-http: }}}")) == ["empty-value"]
    assert "silenced-error" in ids(read(cart("silence: {origin-loop: why}")))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", "smallest.yaml"], 0),
        (["check", "everything.yaml", "--at", "2026-11-30T00:00:00Z"], 0),
        (["check", "teams/maps.yaml"], 1),
        (["check", "nowhere.yaml"], 2),
        (["check", "smallest.yaml", "--nothing"], 2),
        (["compile", "smallest.yaml", "--env", "prod", "--out", "never"], 2),
    ],
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    """0 fine, warnings alone included; 1 found something; 2 could not do it."""
    command = [sys.executable, "-m", "kampkin", *arguments]
    assert subprocess.run(command, cwd=HERE, capture_output=True, timeout=60, check=False).returncode == code
