"""The rules of the language, one group each, by their numbers and words; the tables of keys, defaults and exit codes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kampkin import config
from kampkin.cli import main
from kampkin.findings import every
from kampkin.keys import keys_of
from kampkin.load import Loaded, load
from kampkin.plan import Answer, Endpoint, Plan, Policy, Stale
from tests.language.corpus import MAIN
from tests.language.laws import lawful, told

HERE = Path(__file__).parent
NOW_MS = 1_796_000_000_000
"""2026-11-30, the day of the examples."""

DAY_MS = 86_400_000

Files = Callable[..., Loaded]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Loads a document in a folder of its own: endpoints alone, or a whole file, with other files beside it."""

    def files(text: str, beside: dict[str, str] | None = None, environment: str | None = None) -> Loaded:
        folder = tmp_path / "edge"
        for name, content in {MAIN: whole(text), **(beside or {})}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        return lawful(folder / MAIN, environment)

    return files


def whole(text: str) -> str:
    """The text as a document: with a version and an endpoint where it has none."""
    needs = {"version:": "version: 1\n", "endpoints:": "endpoints: {a: https://a.acme.dev}\n"}
    return "".join(line for key, line in needs.items() if not text.startswith(key) and f"\n{key}" not in text) + text


def sound(loaded: Loaded) -> Plan:
    """The plan of a file without a finding."""
    assert loaded.diagnostics == ()
    assert loaded.plan
    return loaded.plan


def planned(loaded: Loaded) -> Plan:
    """The plan of a file that has warnings at most."""
    assert loaded.plan, loaded.diagnostics
    return loaded.plan


def named(loaded: Loaded, name: str = "a") -> Endpoint:
    """An endpoint of the plan."""
    return next(one for one in planned(loaded).endpoints if one.name == name)


def errors(loaded: Loaded) -> list[str]:
    """The ids of what is wrong."""
    return [found.id for found in loaded.diagnostics if found.is_error]


def one(settings: str) -> str:
    """A document of one endpoint with settings."""
    return f"version: 1\nendpoints: {{a: {{origin: https://a.acme.dev, {settings}}}}}\n"


# 1. `version` and `endpoints` are the only required keys; an endpoint's name is its identity.


def test_1_version_and_endpoints_are_required_and_nothing_else(files: Files, tmp_path: Path) -> None:
    """A file of the two is whole, and each is missed; an empty map of endpoints is none."""
    lines = {"version": "version: 1\n", "endpoints": "endpoints: {a: https://a.acme.dev}\n"}
    sound(files("".join(lines.values())))
    assert errors(files("endpoints: {}\n")) == ["no-endpoints"]
    for key in lines:
        (tmp_path / MAIN).write_text("".join(line for other, line in lines.items() if other != key))
        assert [found.message for found in load(tmp_path / MAIN).diagnostics] == [f"{key} is missing"]


@pytest.mark.parametrize("section", ["endpoints", "profiles", "owners", "environments"])
@pytest.mark.parametrize(
    ("name", "fits"),
    [("a", True), ("no", True), ("2024", True), ("on", True), ("0-", True), ("a" * 63, True), ("A", False), ("a_b", False), ("-a", False), ("a.b", False), ("ä", False), ("a" * 64, False)],
    ids=lambda value: str(value)[:8],
)  # fmt: skip
def test_1_names_are_lower_case(files: Files, section: str, name: str, fits: bool) -> None:
    """Of endpoints, profiles, owners and environments alike; `no` and `2024` are names like others."""
    value = "https://b.acme.dev" if section == "endpoints" else "{}"
    loaded = files(f"{section}: {{{name}: {value}}}\n")
    assert errors(loaded) == ([] if fits else ["bad-name"])


def test_1_the_name_is_the_identity(files: Files) -> None:
    """The route is made of it where none is written."""
    (endpoint,) = sound(files("endpoints: {cart: https://a.acme.dev}\n")).endpoints
    assert (endpoint.name, endpoint.route.path, endpoint.route.prefix) == ("cart", "/cart", True)


# 2. Short forms are expanded before anything is merged; there are four.


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("endpoints: {a: https://a.acme.dev}", "endpoints: {a: {origin: https://a.acme.dev}}"),
        (one("breaker: {cooldown: 10s}"), one("breaker: {cooldown: {initial: 10s, factor: 1, max: 10s}}")),
        ("targets: [aws]", "targets: {aws: {}}"),
        (one("fallback: {status: 503}"), one("fallback: [{status: 503}]")),
    ],
    ids=["endpoint", "cooldown", "targets", "fallback"],
)
def test_2_a_short_form_is_its_long_form(files: Files, short: str, long: str) -> None:
    """To the digest."""
    assert planned(files(short)).digest == planned(files(long)).digest


def test_2_they_are_expanded_before_anything_is_merged(files: Files) -> None:
    """An endpoint that is only a URL has the layers below, and in an environment changes its origin alone; a fixed cooldown
    leaves nothing of a growing one; an environment's target adds to the file's map of them."""
    text = """\
defaults: {timeout: 2s, breaker: {cooldown: {initial: 1m, factor: 3, max: 9m, jitter: 5%}}, fallback: {status: 503, body: a}}
endpoints:
  a: https://a.acme.dev
  b: {origin: https://b.acme.dev, timeout: 1s, breaker: {cooldown: 10s}, fallback: {status: 500, json: []}}
environments: {prod: {endpoints: {b: https://c.acme.dev}}}
"""
    assert named(files(text)).timeout_ms == 2_000
    b = named(files(text, environment="prod"), "b")
    assert (b.origin.host, b.timeout_ms) == ("c.acme.dev", 1_000)
    policy = b.policy
    assert (policy.cooldown_ms, policy.cooldown_factor, policy.cooldown_max_ms, policy.cooldown_jitter_bp) == (
        10_000,
        1,
        10_000,
        500,
    )
    (fallback,) = b.fallback
    assert isinstance(fallback, Answer)
    assert (fallback.status, fallback.body) == (500, "[]")


# 3. Maps merge, lists replace, `null` removes, for defaults, profiles and environments alike.


def test_3_maps_merge_and_lists_replace(files: Files) -> None:
    """At any depth."""
    text = """\
defaults: {methods: [GET, HEAD], breaker: {failure_statuses: [500], trip: {network_failures: 7}}}
profiles: {p: {breaker: {trip: {service_failures: 8}}}}
endpoints: {a: {origin: https://a.acme.dev, profile: p, methods: [POST], breaker: {failure_statuses: [503], trip: {consecutive_failures: 9}}}}
environments: {prod: {endpoints: {a: {methods: [PUT], breaker: {trip: {network_failures: 1}}}}}}
"""
    a, in_prod = named(files(text)), named(files(text, environment="prod"))
    assert (a.methods, in_prod.methods) == (("POST",), ("PUT",))
    policy = a.policy
    assert (policy.network_failures, policy.service_failures, policy.consecutive_failures) == (7, 8, 9)
    assert policy.failure_statuses == ((503, 503),)
    assert (in_prod.policy.network_failures, in_prod.policy.service_failures) == (1, 8)


OFF: dict[str, tuple[str, Callable[[Endpoint], Any], Any]] = {
    "network_failures": ("breaker: {trip: {network_failures: 3}}", lambda a: a.policy.network_failures, 0),
    "service_failures": ("breaker: {trip: {service_failures: 3}}", lambda a: a.policy.service_failures, 0),
    "failure_ratio": ("breaker: {trip: {failure_ratio: 50%}}", lambda a: a.policy.failure_ratio_bp, 0),
    "consecutive_failures": ("breaker: {trip: {consecutive_failures: 3}}", lambda a: a.policy.consecutive_failures, 0),
    "ramp": ("breaker: {half_open: {ramp: 5s}}", lambda a: a.policy.ramp_ms, 0),
    "cors": ("cors: {origins: [https://b.acme.dev]}", lambda a: a.cors, None),
    "headers": ("headers: {request: {x-a: b}}", lambda a: a.request_headers, ()),
    "methods": ("methods: [GET]", lambda a: a.methods, None),
}
"""What null turns off: a layer that sets it, and what is left."""


@pytest.mark.parametrize("key", OFF)
@pytest.mark.parametrize("layer", ["endpoint", "profile", "environment", "defaults"])
def test_3_null_turns_a_setting_off(files: Files, key: str, layer: str) -> None:
    """Whichever layer says it, over those below."""
    on, read, off = OFF[key]
    null = on[: on.index(key)] + f"{key}: null" + "}" * on[: on.index(key)].count("{")
    before = f"defaults: {{{on}}}\n" if layer != "defaults" else ""
    text, environment = {
        "endpoint": (before + f"endpoints: {{a: {{origin: https://a.acme.dev, {null}}}}}\n", None),
        "profile": (
            before + f"profiles: {{p: {{{null}}}}}\nendpoints: {{a: {{origin: https://a.acme.dev, profile: p}}}}\n",
            None,
        ),
        "environment": (before + f"environments: {{prod: {{defaults: {{{null}}}}}}}\n", "prod"),
        "defaults": (f"defaults: {{{null}}}\n", None),
    }[layer]
    assert read(named(files(text, environment=environment))) == off
    if before:
        assert read(named(files(before))) != off


def test_3_null_in_an_environment_takes_back_what_the_file_says(files: Files) -> None:
    """So that what stands below shows again."""
    text = "defaults: {timeout: 2s}\nendpoints: {a: {origin: https://a.acme.dev, timeout: 9s}}\nenvironments: {e: {endpoints: {a: {timeout: null}}}, f: {defaults: {timeout: null}, endpoints: {a: {timeout: null}}}}\n"
    assert [named(files(text, environment=environment)).timeout_ms for environment in (None, "e", "f")] == [
        9_000,
        2_000,
        5_000,
    ]


@pytest.mark.parametrize(
    "setting",
    ["timeout: null", "origin: null", "route: null", "breaker: null", "targets: null", "breaker: {window: null}", "breaker: {trip: null}", "breaker: {trip: {minimum_requests: null}}", "breaker: {cooldown: null}", "breaker: {cooldown: {max: null}}", "breaker: {half_open: {admit: null}}", "breaker: {monitor: null}"],
)  # fmt: skip
def test_3_null_over_what_needs_a_value_is_refused(files: Files, setting: str) -> None:
    """In an endpoint, and in `defaults` where that takes it."""
    assert "null-value" in errors(
        files(
            f"endpoints: {{a: {{origin: https://a.acme.dev, {setting}}}}}".replace(
                "origin: https://a.acme.dev, origin", "origin"
            )
        )
    )
    if not setting.startswith(("origin", "route")):
        assert "null-value" in errors(files(f"defaults: {{{setting}}}"))


@pytest.mark.parametrize(
    "setting",
    [
        "timeout:",
        "methods:",
        "cors:",
        "breaker: {trip: {failure_ratio: }}",
        "breaker: {half_open: {ramp: }}",
        "fallback:",
        "override:",
    ],
)
def test_3_a_key_left_empty_is_refused(files: Files, setting: str) -> None:
    """Though YAML takes it for null."""
    assert errors(files(f"endpoints:\n  a:\n    origin: https://a.acme.dev\n    {setting}\n")) == ["empty-value"]


# 4. Below the root, `targets` is a list of names out of the root's; it replaces.


def test_4_targets_below_the_root_are_names_of_the_roots(files: Files) -> None:
    """A list replaces another; a name that the root lacks, and a map, are refused."""
    text = "targets: [cloudflare, aws]\ndefaults: {targets: [aws]}\nendpoints: {a: https://a.acme.dev, b: {origin: https://b.acme.dev, targets: [cloudflare]}}\n"
    assert [endpoint.targets for endpoint in sound(files(text)).endpoints] == [("aws",), ("cloudflare",)]
    assert errors(files("targets: [aws]\n" + one("targets: [cloudflare]"))) == ["unknown-target"]
    assert errors(files(one("targets: {aws: {}}"))) == ["wrong-type"]


# 5. Order: built-in < root `defaults` < the file's `defaults` < profile < endpoint, after the environment.


@pytest.mark.parametrize(
    ("root", "team", "profile", "endpoint", "environment", "timeout_ms"),
    [
        ("", "", "", "", "", 5_000),
        ("1s", "", "", "", "", 1_000),
        ("1s", "2s", "", "", "", 2_000),
        ("1s", "2s", "3s", "", "", 3_000),
        ("1s", "2s", "3s", "4s", "", 4_000),
        ("1s", "", "", "", "6s", 6_000),
        ("1s", "2s", "", "", "6s", 2_000),
        ("1s", "2s", "3s", "", "6s", 3_000),
    ],
)
def test_5_the_order_of_the_layers(
    files: Files, root: str, team: str, profile: str, endpoint: str, environment: str, timeout_ms: int
) -> None:
    """An environment is merged over the whole root document first, so a file's own defaults still win."""

    def layer(value: str) -> str:
        return f"timeout: {value}" if value else "x-a: 1"

    loaded = files(
        f"include: [t.yaml]\ndefaults: {{{layer(root)}}}\nenvironments: {{prod: {{defaults: {{{layer(environment)}}}}}}}\n",
        {
            "t.yaml": f"defaults: {{{layer(team)}}}\nprofiles: {{p: {{{layer(profile)}}}}}\nendpoints: {{b: {{origin: https://b.acme.dev, profile: p, {layer(endpoint)}}}}}\n"
        },
        "prod",
    )
    assert named(loaded, "b").timeout_ms == timeout_ms


def test_5_a_profile_is_looked_for_in_the_file_then_in_the_root(files: Files) -> None:
    """The root's serves all; a file's own serves that file alone."""
    profiles = "profiles: {shared: {timeout: 1s}}\n"
    team = "profiles: {own: {timeout: 2s}}\nendpoints: {b: {origin: https://b.acme.dev, profile: own}, c: {origin: https://c.acme.dev, profile: shared}}\n"
    loaded = files(f"include: [t.yaml]\n{profiles}", {"t.yaml": team})
    assert [endpoint.timeout_ms for endpoint in planned(loaded).endpoints] == [5_000, 2_000, 1_000]
    loaded = files(f"include: [t.yaml]\n{profiles}{one('profile: own').partition(chr(10))[2]}", {"t.yaml": team})
    assert errors(loaded) == ["unknown-profile"]


@pytest.mark.parametrize(
    "team", ["profiles: {p: {}}\n", "endpoints: {a: https://b.acme.dev}\n"], ids=["profile", "endpoint"]
)
def test_5_a_name_in_two_files_is_refused(files: Files, team: str) -> None:
    """A profile in both, and an endpoint."""
    assert errors(files("include: [t.yaml]\nprofiles: {p: {}}\n", {"t.yaml": team})) == ["declared-twice"]
    assert errors(
        files(
            "include: [t.yaml, u.yaml]\n",
            {"t.yaml": "endpoints: {b: https://b.acme.dev}\n", "u.yaml": "endpoints: {b: https://c.acme.dev}\n"},
        )
    ) == ["declared-twice"]


def test_5_an_environment_changes_endpoints_and_adds_none(files: Files) -> None:
    """Included ones too."""
    text = "include: [t.yaml]\nenvironments: {prod: {endpoints: {b: {timeout: 1s}}}}\n"
    team = {"t.yaml": "endpoints: {b: https://b.acme.dev}\n"}
    assert (named(files(text, team), "b").timeout_ms, named(files(text, team, "prod"), "b").timeout_ms) == (
        5_000,
        1_000,
    )
    assert errors(files(text.replace("b:", "c:"), team)) == ["unknown-endpoint"]


# 6. An included file holds `defaults`, `profiles`, `endpoints` and `x-…`, nothing else.


@pytest.mark.parametrize(
    "key",
    ["version: 1", "project: b", "include: [b.yaml]", "targets: [aws]", "owners: {}", "safety: {}", "environments: {}"],
)
def test_6_an_included_file_holds_nothing_else(files: Files, key: str) -> None:
    """What is the root document's alone is refused there."""
    team = "x-a: 1\ndefaults: {timeout: 1s}\nprofiles: {p: {}}\nendpoints: {b: https://b.acme.dev}\n"
    planned(files("include: [t.yaml]\n", {"t.yaml": team}))
    assert errors(files("include: [t.yaml]\n", {"t.yaml": f"{team}{key}\n"})) == ["unknown-key"]


def test_6_paths_are_relative_to_the_file_that_names_them(files: Files) -> None:
    """A fallback's file of an included file lies beside that; test_hostile_files.py has what is refused."""
    team = "endpoints: {b: {origin: https://b.acme.dev, fallback: {status: 500, file: pages/b.txt}}}\n"
    beside = {"teams/t.yaml": team, "teams/pages/b.txt": "theirs", "pages/b.txt": "not theirs"}
    (fallback,) = named(files("include: [teams/t.yaml]\n", beside), "b").fallback
    assert isinstance(fallback, Answer)
    assert fallback.body == "theirs"


def test_6_a_pattern_that_matches_nothing_is_refused(files: Files) -> None:
    """So a team's file is not left out unseen."""
    assert errors(files("include: [teams/*.yaml]\n")) == ["bad-file"]


# 7. Anchors, aliases and `<<` work within a file and are expanded first.


def test_7_anchors_aliases_and_merge_keys_work(files: Files) -> None:
    """`<<` is shallow, own keys win, of a list the first wins; they are expanded before layers are merged."""
    text = """\
x-slow: &slow {timeout: 9s, breaker: {window: 20s}}
x-fast: &fast {timeout: 1s, breaker: {window: 10s}, methods: [GET]}
defaults: {breaker: {trip: {network_failures: 4}}}
endpoints:
  a: {<<: [*slow, *fast], origin: &host https://a.acme.dev}
  b: {<<: *fast, origin: *host, breaker: {half_open: {successes: 9}}}
"""
    loaded = files(text)
    a, b = named(loaded), named(loaded, "b")
    assert (a.timeout_ms, a.policy.window_ms, a.methods, a.policy.network_failures) == (9_000, 20_000, ("GET",), 4)
    assert (b.timeout_ms, b.policy.window_ms, b.policy.successes, b.origin.host) == (1_000, 30_000, 9, "a.acme.dev")


def test_7_they_end_with_the_file(files: Files) -> None:
    """An anchor of another file is none, and so is one of another document: there is one a file."""
    loaded = files("x-a: &a https://b.acme.dev\ninclude: [t.yaml]\n", {"t.yaml": "endpoints: {b: *a}\n"})
    assert errors(loaded) == ["unknown-anchor"]
    assert errors(files("version: 1\nendpoints: {a: https://a.acme.dev}\n---\nversion: 1\n")) == ["several-documents"]


# 8. `x-…` keys are for extensions wherever the language fixes the keys; elsewhere they are ordinary.


@pytest.mark.parametrize(
    "text",
    ["x-a: {b: [1]}", "targets: {x-a: 1, aws: {x-a: 1}}", "owners: {o: {x-a: 1}}", "defaults: {x-a: 1, breaker: {x-a: 1, trip: {x-a: 1}, cooldown: {x-a: 1}, half_open: {x-a: 1}}}", "profiles: {p: {x-a: 1}}", "safety: {x-a: 1}", "environments: {e: {x-a: 1}}", one("x-a: 1, fallback: {status: 503, x-a: 1}"), one("cors: {origins: ['*'], x-a: 1}"), one("override: {state: monitor, until: 2026-12-01T06:00:00Z, owner: a, reason: b, x-a: 1}")],
)  # fmt: skip
def test_8_extensions_are_for_others_to_read(files: Files, text: str) -> None:
    """They change nothing."""
    assert (
        planned(files(text)).digest
        == planned(
            files(
                text.replace("x-a: {b: [1]}", "").replace("x-a: 1, ", "").replace(", x-a: 1", "").replace("x-a: 1", "")
            )
        ).digest
    )


def test_8_among_a_teams_own_names_they_are_ordinary(files: Files) -> None:
    """Endpoints, headers and JSON."""
    loaded = files(
        "endpoints: {x-a: {origin: https://a.acme.dev, fallback: {status: 500, headers: {x-b: c}, json: {x-d: 1}}}}\n"
    )
    a = named(loaded, "x-a")
    (fallback,) = a.fallback
    assert isinstance(fallback, Answer)
    assert (a.route.path, dict(fallback.headers)["x-b"], fallback.body) == ("/x-a", "c", '{"x-d":1}')


# 9. A setting the runtime does not honour yet is refused with a diagnostic, never accepted and ignored.


@pytest.mark.parametrize(
    "text",
    ["expect: 1", "targets: {aws: {expect: 1}}", "targets: {cloudflare: {expect: 1}}", "owners: {o: {expect: 1}}", "owners: {o: {notify: {email: a@b.dev, expect: 1}}}", "defaults: {expect: 1}", "defaults: {origin: https://a.acme.dev}", "defaults: {route: /a}", "profiles: {p: {owner: a}}", "safety: {expect: 1}", "environments: {e: {expect: 1}}", "environments: {e: {include: []}}", one("expect: 1"), one("breaker: {expect: 1}"), one("breaker: {trip: {expect: 1}}"), one("breaker: {cooldown: {expect: 1}}"), one("breaker: {half_open: {expect: 1}}"), one("cors: {expect: 1, origins: ['*']}"), one("headers: {response: {a: b}}"), one("fallback: {status: 503, expect: 1}"), one("breaker: {writes: {timeout: 1s}}"), one("breakers: {a: {}}")],
)  # fmt: skip
def test_9_nothing_is_accepted_and_ignored(files: Files, text: str) -> None:
    """What no section knows is told wherever it stands; a breaker within an endpoint too, which is refused on purpose."""
    assert errors(files(text)) == ["unknown-key"]


# 10. Scalars are read as text and the key's type decides.


def test_10_no_surprise_of_yaml_1_1_reaches_a_team(files: Files) -> None:
    """`1:30`, `0500`, a date or `yes` is what is written, where a text belongs."""
    text = "owners: {0500: {}, yes: {}, 2026-12-01: {}}\nendpoints:\n  no: {origin: https://a.acme.dev, owner: 0500, fallback: {status: 500, body: 1:30}}\n  1e3: {origin: https://a.acme.dev, owner: 2026-12-01, fallback: {status: 500, body: on}}\n"
    first, second = sound(files(text)).endpoints
    assert (first.name, first.owner, second.name, second.owner) == ("1e3", "2026-12-01", "no", "0500")
    assert [
        fallback.body for endpoint in (first, second) for fallback in endpoint.fallback if isinstance(fallback, Answer)
    ] == ["on", "1:30"]


@pytest.mark.parametrize(
    ("word", "right"),
    [("on", "true"), ("yes", "true"), ("Yes", "true"), ("off", "false"), ("no", "false"), ("NO", "false")],
)
def test_10_only_true_and_false_are_booleans(files: Files, word: str, right: str) -> None:
    """The others are refused with the right word."""
    (found,) = files(one(f"breaker: {{monitor: {word}}}")).diagnostics
    assert (found.id, found.hint) == ("not-a-boolean", f"write {right}")


def test_10_a_comment_that_cuts_a_text_gets_a_hint(files: Files) -> None:
    """` #` within a text without quotes; behind a whole value it is a comment like any."""
    text = "endpoints:\n  a:\n    origin: https://a.acme.dev\n    fallback: {status: 500}\n    override:\n      state: monitor   # yes\n      until: 2026-12-01T06:00:00Z\n      owner: dana\n      reason: CHG §1182\n"
    (found,) = files(text.replace("§", "#")).diagnostics
    assert (found.id, found.severity, found.span.line) == ("cut-by-comment", "warning", 10)
    sound(files(text.replace("§", "")))


@pytest.mark.parametrize(
    ("written", "is_"),
    [("no", "no"), ("yes", "yes"), ("1:30", "1:30"), ("2026-12-01", "2026-12-01"), ("0500", 500), ("0x1F", 31), ("0o17", 15), ("1_000", "1_000"), ("1e3", 1000.0), ("~", None), ("null", None), ("True", True), ("'1'", "1"), ('"true"', "true"), ("-.5", -0.5), ("[1, [a, {b: null}]]", [1, ["a", {"b": None}]])],
)  # fmt: skip
def test_10_under_json_the_core_schema_of_yaml_1_2_holds(files: Files, written: str, is_: Any) -> None:
    """https://yaml.org/spec/1.2.2/#103-core-schema."""
    (fallback,) = named(
        files(f"endpoints:\n  a:\n    origin: https://a.acme.dev\n    fallback: {{status: 500, json: {written}}}\n")
    ).fallback
    assert isinstance(fallback, Answer)
    assert json.loads(fallback.body) == is_


def test_10_nothing_in_json_is_merged(files: Files) -> None:
    """Its null is a value, in every layer."""
    text = "defaults: {fallback: {status: 500, json: {a: 1, b: null}}}\nenvironments: {prod: {defaults: {fallback: {status: 500, json: {c: null}}}}}\n"
    bodies = [
        fallback.body
        for environment in (None, "prod")
        for fallback in named(files(text, environment=environment)).fallback
        if isinstance(fallback, Answer)
    ]
    assert bodies == ['{"a":1,"b":null}', '{"c":null}']


# 11. A duration is a whole number and one of `ms s m h d`; a share, a status, a time. Bare numbers are refused.


@pytest.mark.parametrize(("bare", "likely"), [("3000", "3s"), ("3", "3s"), ("250", "250ms"), ("1500", "1500ms")])
def test_11_a_bare_number_is_refused(files: Files, bare: str, likely: str) -> None:
    """\"3000 what? write 3s\"; grammar.py has every kind of value."""
    (found,) = files(one(f"timeout: {bare}")).diagnostics
    assert (found.id, found.message) == ("no-unit", f"{bare} what?")
    assert found.hint is not None and found.hint.startswith(f"write {likely}:")


def test_11_values_are_what_they_say(files: Files) -> None:
    """Milliseconds, basis points, ranges of statuses."""
    loaded = files(
        one(
            "timeout: 250ms, breaker: {window: 5m, trip: {failure_ratio: 12.25%}, cooldown: {initial: 1h, max: 1d}, failure_statuses: [400, 429-431, 5xx]}"
        )
    )
    a = named(loaded)
    policy = a.policy
    assert (a.timeout_ms, policy.window_ms, policy.failure_ratio_bp) == (250, 300_000, 1_225)
    assert (policy.cooldown_ms, policy.cooldown_max_ms) == (3_600_000, DAY_MS)
    assert policy.failure_statuses == ((400, 400), (429, 431), (500, 599))


# 12. Bounds.


@pytest.mark.parametrize(
    ("fits", "beyond"),
    [
        (("window: 1s", "window: 50m"), ("window: 999ms", "window: 3001s", "window: 51m")),
        (("half_open: {max_probes: 1}", "half_open: {max_probes: 10}"), ("half_open: {max_probes: 0}", "half_open: {max_probes: 11}")),
        (("half_open: {successes: 1}", "half_open: {max_probes: 1, successes: 9}"), ("half_open: {successes: 0}", "half_open: {failures: 0}", "trip: {consecutive_failures: 0}")),
        (("cooldown: {factor: 1}", "cooldown: {factor: 7}"), ("cooldown: {factor: 0}", "cooldown: {factor: 1.5}")),
        (("cooldown: {jitter: 0%}", "cooldown: {jitter: 100%}"), ("cooldown: {jitter: 101%}",)),
        (("cooldown: {initial: 5m}", "cooldown: {initial: 9m, max: 9m}"), ("cooldown: {initial: 301s}", "cooldown: {max: 9s}")),
        (("half_open: {probe_timeout: 5s}",), ("half_open: {probe_timeout: 5001ms}",)),
        (("trip: {slow_ratio: 80%, slow_after: 4999ms}",), ("trip: {slow_ratio: 80%}", "trip: {slow_after: 1s}", "trip: {slow_ratio: 80%, slow_after: 5s}")),
    ],
    ids=["window", "max_probes", "counts", "factor", "jitter", "max", "probe_timeout", "slow"],
)  # fmt: skip
def test_12_bounds(files: Files, fits: tuple[str, ...], beyond: tuple[str, ...]) -> None:
    """Both ends are allowed, and what is beyond is refused, after merging with the layers below."""
    for breaker in fits:
        assert errors(files(one(f"breaker: {{{breaker}}}"))) == []
    for breaker in beyond:
        assert errors(files(one(f"breaker: {{{breaker}}}"))) != []


# 13. `failure_statuses` takes 400 to 599; the network and timeout statuses stay what they are even when listed.


def test_13_failure_statuses_are_400_to_599(files: Files) -> None:
    """And what the edge itself takes for a network failure is told."""
    assert errors(files(one("breaker: {failure_statuses: [400-599]}"))) == []
    for status in ("399", "600", "399-400", "599-600", "3xx"):
        assert errors(files(one(f"breaker: {{failure_statuses: ['{status}']}}"))) == ["bad-status"]
    assert "network-status-listed" in [
        found.id for found in files(one("breaker: {failure_statuses: [500, 521]}")).diagnostics
    ]


# 14. Secrets are only ever `secret:NAME`, the whole value.


@pytest.mark.parametrize("channel", ["slack", "webhook"])
def test_14_slack_and_webhook_take_nothing_else(files: Files, channel: str) -> None:
    """The value itself never stands in the file."""
    owner = f"owners: {{o: {{notify: {{{channel}: §}}}}}}\nendpoints: {{a: {{origin: https://a.acme.dev, owner: o}}}}\n"
    (heard,) = planned(files(owner.replace("§", "secret:SHOP_A1"))).owners
    assert getattr(heard, channel) == "SHOP_A1"
    for value in ("https://hooks.acme.dev/x", "secret:shop", "'secret:'", "secret:SHOP and more", "xsecret:SHOP"):
        loaded = files(owner.replace("§", value))
        assert errors(loaded) == ["bad-secret"]
        assert "hooks.acme.dev" not in told(loaded)


def test_14_a_secret_in_a_header_is_for_cloudflare_alone(files: Files) -> None:
    """On aws there is no environment that it could come from; the finding says so."""
    header = one("headers: {request: {authorization: secret:TOKEN}}")
    assert dict(named(files("targets: [cloudflare]\n" + header)).secret_headers) == {"authorization": "TOKEN"}
    assert errors(files(header)) == errors(files("targets: [aws]\n" + header)) == ["secret-on-aws"]
    assert errors(files("targets: [cloudflare]\n" + header.replace("secret:", "Bearer secret:"))) == ["bad-secret"]


# 15. `/a/*` matches by whole segments; `*` stands only at the end.


@pytest.mark.parametrize(
    ("route", "path", "prefix"), [("/a/*", "/a", True), ("/a", "/a", False), ("/A/b/*", "/A/b", True), ("/*", "/", True), ("/", "/", False), ("/a/", "/a/", False)]
)  # fmt: skip
def test_15_a_route_is_a_prefix_or_exact(files: Files, route: str, path: str, prefix: bool) -> None:
    """Case counts. tests/runtime has what each matches, and what is appended to the origin's path."""
    found = named(files(one(f"route: {route}"))).route
    assert (found.path, found.prefix) == (path, prefix)


@pytest.mark.parametrize("route", ["/*/a", "/a*", "/a/*/b", "/a/**", "'*'", "a", "'/a?b'", "'/a#b'"])
def test_15_a_star_stands_only_at_the_end(files: Files, route: str) -> None:
    """Behind a slash; a route has no query."""
    assert errors(files(one(f"route: {route}"))) == ["bad-route"]


def test_15_the_same_route_on_a_shared_target_is_refused(files: Files) -> None:
    """Methods do not distinguish; targets do, and so does an exact route beside a prefix."""
    text = "endpoints:\n  a: {origin: https://a.acme.dev, route: /x/*, methods: [GET], targets: [§]}\n  b: {origin: https://b.acme.dev, route: /x/*, methods: [POST], targets: [aws]}\n"
    assert errors(files(text.replace("§", "aws"))) == ["route-taken"]
    assert errors(files(text.replace("§", "cloudflare, aws"))) == ["route-taken"]
    assert errors(files(text.replace("§", "cloudflare"))) == []
    assert (
        errors(
            files(
                "endpoints:\n  a: {origin: https://a.acme.dev, route: /x/*}\n  b: {origin: https://b.acme.dev, route: /x}\n"
            )
        )
        == []
    )


def test_15_never_file_order(files: Files) -> None:
    """The plan is the same in any."""
    lines = ["  a: {origin: https://a.acme.dev, route: /x/*}\n", "  b: {origin: https://b.acme.dev, route: /x/y/*}\n"]
    assert (
        planned(files("endpoints:\n" + "".join(lines))).digest
        == planned(files("endpoints:\n" + "".join(reversed(lines)))).digest
    )


# 16. The origin's own host is the `Host` it gets; no origin has the host of any target.


def test_16_host_pass_keeps_the_callers(files: Files) -> None:
    """Where an edge can send it: on aws; on cloudflare it is refused with the reason."""
    text = one("host: pass")
    assert named(files("targets: [aws]\n" + text)).pass_host
    assert not named(files(one("timeout: 1s"))).pass_host
    (found,) = files("targets: [cloudflare]\n" + text).diagnostics
    assert (found.id, found.is_error) == ("host-pass-on-cloudflare", True)
    assert "Cloudflare names the host that is called" in found.message
    assert "fetch" in told(files("targets: [cloudflare]\n" + text)).lower() or told(
        files("targets: [cloudflare]\n" + text)
    )


@pytest.mark.parametrize(
    "endpoint",
    ["https://edge.acme.dev", "{origin: https://edge.acme.dev/a}", "{origin: https://EDGE.acme.dev}", "{origin: https://edge-aws.acme.dev}", "{origin: https://a.acme.dev, fallback: {origin: https://edge.acme.dev}}"],
)  # fmt: skip
def test_16_no_origin_has_the_host_of_a_target(files: Files, endpoint: str) -> None:
    """A fallback's neither, and not the other target's."""
    targets = "targets: {cloudflare: {host: edge.acme.dev}, aws: {host: edge-aws.acme.dev}}\n"
    assert "origin-loop" in errors(files(f"{targets}endpoints: {{a: {endpoint}}}\n"))


def test_16_but_a_target_in_front_of_it(files: Files) -> None:
    """There the origin of that target's own host is another."""
    text = "targets: {cloudflare: {host: edge.acme.dev, in_front_of: true}§}\nendpoints: {a: https://edge.acme.dev}\n"
    assert planned(files(text.replace("§", ""))).targets["cloudflare"].in_front_of
    assert errors(files(text.replace("in_front_of: true", "in_front_of: false").replace("§", ""))) == ["origin-loop"]


def test_16_http_is_warned_about_and_an_address_refused(files: Files) -> None:
    """And what has no scheme."""
    loaded = files("endpoints: {a: http://a.acme.dev}\n")
    assert [(found.id, found.severity) for found in loaded.diagnostics] == [("plain-http", "warning")]
    for origin in ("a.acme.dev", "https://192.0.2.1", "https://[2001:db8::1]", "https://3221225985"):
        assert errors(files(f"endpoints:\n  a: '{origin}'\n")) == ["bad-origin"]


# 17. Owners.


def test_17_owners(files: Files) -> None:
    """Without the section any name is accepted; with one, a mistyped owner gets a suggestion."""
    owned = one("owner: shp")
    sound(files(owned))
    (found,) = files("owners: {shop: {}, search: {}}\n" + owned).diagnostics
    assert (found.id, found.hint) == ("unknown-owner", "did you mean shop?")
    many = "".join(f"  team-{number}: {{}}\n" for number in range(500))
    (found,) = files(f"owners:\n  payments: {{}}\n{many}{one('owner: paymnts')}").diagnostics
    assert found.hint == "did you mean payments?"


@pytest.mark.parametrize(
    ("claims", "endpoint", "says"),
    [
        (("/x/*", "/y/*"), "owner: a, route: /x/*", []),
        (("/x/*", "/x/*"), "owner: a", ["claimed-twice"]),
        (("/x/*", "/x/y/*"), "owner: b, route: /x/y/*", []),
        (("/x/*", "/x/y/*"), "owner: a, route: /x/y/z", ["route-claimed"]),
        (("/x/*", "/x/y/*"), "owner: a, route: /x/z", []),
        (("/x/*", "/y/*"), "owner: b, route: /x/z", ["route-claimed"]),
        (("/x/*", "/y/*"), "owner: b, route: /z/*", []),
        (("/x/*", "/y/*"), "route: /x/z", ["route-claimed"]),
    ],
)
def test_17_claims(files: Files, claims: tuple[str, str], endpoint: str, says: list[str]) -> None:
    """Two owners may not claim one route; a claim inside another's holds there; an endpoint sits on its owner's claims or on
    what nobody claims."""
    owners = f"owners: {{a: {{routes: [{claims[0]}]}}, b: {{routes: [{claims[1]}]}}}}\n"
    assert errors(files(owners + one(endpoint))) == says


# 18. Fallbacks: three kinds, tried in order.


def test_18_fallbacks_are_of_three_kinds(files: Files) -> None:
    """In the order of the file; `when` is `[open]` unless it says `failure` too."""
    text = "targets: {cloudflare: {host: edge.acme.dev}}\n" + one(
        "fallback: [{stale: 1h, when: [failure, open]}, {origin: https://b.acme.dev, timeout: 1s}, {status: 502, body: x}]"
    )
    kinds = [(fallback.kind, fallback.when) for fallback in named(files(text)).fallback]
    assert kinds == [("stale", ("open", "failure")), ("origin", ("open",)), ("answer", ("open",))]


@pytest.mark.parametrize(
    ("fallback", "id"),
    [
        ("{status: 500, headers: {Cache-Control: no-store}}", "bad-header"),
        ("{status: 500, headers: {proxy-status: a}}", "bad-header"),
        ("{status: 500, body: a, json: b}", "two-bodies"),
        ("{status: 301, headers: {location: /b}}", "bad-redirect"),
        ("{status: 302}", "bad-redirect"),
        ("{status: 500, origin: https://b.acme.dev}", "mixed-fallback"),
        ("{status: 500, timeout: 1s}", "mixed-fallback"),
        ("{body: a}", "missing-key"),
        ("{status: 500, when: [closed]}", "unknown-value"),
    ],
)
def test_18_a_fallback_is_of_one_kind(files: Files, fallback: str, id: str) -> None:
    """With what belongs to it, and at most one body; a redirect is 302 with a Location."""
    assert errors(files(one(f"fallback: {fallback}"))) == [id]
    assert errors(files(one("fallback: {status: 302, headers: {location: /b}}"))) == []


@pytest.mark.parametrize(
    ("targets", "more", "id"),
    [
        ("{cloudflare: {host: edge.acme.dev}}", "methods: [GET, POST]", None),
        ("{cloudflare: {host: edge.acme.dev}, aws: {}}", "targets: [cloudflare]", None),
        ("{cloudflare: {host: edge.acme.dev}, aws: {}}", "timeout: 1s", "stale-on-aws"),
        ("{cloudflare: {}}", "timeout: 1s", "stale-without-host"),
        ("{aws: {host: edge.acme.dev}}", "timeout: 1s", "stale-on-aws"),
        ("{cloudflare: {host: edge.acme.dev}}", "methods: [POST]", "stale-of-nothing"),
    ],
)
def test_18_a_stale_copy_needs_the_cloudflare_target_alone(
    files: Files, targets: str, more: str, id: str | None
) -> None:
    """With a host, and GET or HEAD."""
    loaded = files(f"targets: {targets}\n" + one(f"fallback: {{stale: 1h}}, {more}"))
    assert errors(loaded) == ([id] if id else [])
    if id is None:
        assert any(isinstance(fallback, Stale) for fallback in named(loaded).fallback)


# 19. `cors.origins: ["*"]` is allowed alone and refused together with `credentials: true`.


def test_19_any_page_without_credentials(files: Files) -> None:
    """Beside another it is refused too."""
    assert errors(files(one('cors: {origins: ["*"]}'))) == []
    assert errors(files(one('cors: {origins: ["*"], credentials: false}'))) == []
    assert errors(files(one("cors: {origins: [https://b.acme.dev], credentials: true}"))) == []
    assert errors(files(one('cors: {origins: ["*"], credentials: true}'))) == ["bad-page-origin"]
    assert errors(files(one('cors: {origins: ["*", https://b.acme.dev]}'))) == ["bad-page-origin"]


# 20. `override` needs an owner, a reason and an end; only `check` knows what day it is.


@pytest.mark.parametrize("key", ["state", "until", "owner", "reason"])
def test_20_an_override_needs_all_its_keys(files: Files, key: str) -> None:
    """Who, why, what and until when."""
    entries = {"state": "monitor", "until": "2026-12-01T06:00:00Z", "owner": "dana", "reason": "CHG-1"}
    planned(files(one(f"override: {{{', '.join(f'{name}: {value}' for name, value in entries.items())}}}")))
    del entries[key]
    assert errors(files(one(f"override: {{{', '.join(f'{name}: {value}' for name, value in entries.items())}}}"))) == [
        "missing-key"
    ]


@pytest.mark.parametrize(
    ("until", "safety", "found"),
    [
        ("2026-12-29T00:00:00Z", "", []),
        ("2026-12-31T00:00:00Z", "", [("override-too-far", "error")]),
        ("2026-12-02T00:00:00Z", "safety: {max_override: 1d}\n", [("override-too-far", "error")]),
        ("2026-11-01T00:00:00Z", "", [("override-passed", "warning")]),
        ("1999-01-01T00:00:00Z", "", [("override-passed", "warning")]),
    ],
)
def test_20_check_knows_what_day_it_is_and_compile_does_not(
    files: Files, tmp_path: Path, until: str, safety: str, found: list[tuple[str, str]]
) -> None:
    """`check`, with the clock handed in, refuses an `until` too far ahead and warns about one that has passed."""
    text = safety + one(f"override: {{state: monitor, until: {until}, owner: dana, reason: CHG-1}}")
    assert planned(files(text))
    judged = load(tmp_path / "edge" / MAIN, now_ms=NOW_MS)
    assert [(one.id, one.severity) for one in judged.diagnostics if one.id.startswith("override-")] == found
    code = 1 if ("override-too-far", "error") in found else 0
    assert main(["check", str(tmp_path / "edge" / MAIN), "--at", "2026-11-30T00:00:00Z"]) == code
    assert main(["compile", str(tmp_path / "edge" / MAIN), "--out", str(tmp_path / "out")]) == 0


# 21. `large_bodies`, `idle_timeout`, `watch_body`.


def test_21_bodies(files: Files) -> None:
    """Each is the plan's, and off where nothing is said."""
    a = named(files(one("large_bodies: true, idle_timeout: 30s, breaker: {watch_body: true}")))
    assert (a.large_bodies, a.idle_timeout_ms, a.watch_body) == (True, 30_000, True)
    a = named(files(one("timeout: 1s")))
    assert (a.large_bodies, a.idle_timeout_ms, a.watch_body) == (False, 0, False)


# 22. Rule ids are words; `silence: {id: reason}` silences a warning, never an error.


@pytest.mark.parametrize(
    ("silence", "found"),
    [
        ("{plain-http: an old machine}", []),
        ("{}", ["plain-http"]),
        ("{plain-http: ''}", ["wrong-type"]),
        ("{plain-http: }", ["empty-value"]),
        ("{plain-http: an old machine, low-traffic: rare}", ["silence-without-finding"]),
        ("{plain-htp: an old machine}", ["plain-http", "unknown-rule"]),
        ("{plain-http: an old machine, no-trip-rule: why not}", ["silenced-error"]),
    ],
)
def test_22_a_silence(files: Files, silence: str, found: list[str]) -> None:
    """One without a reason, or without a finding, is itself a finding."""
    loaded = files(f"endpoints: {{a: {{origin: http://a.acme.dev, silence: {silence}}}}}\n")
    assert sorted(one.id for one in loaded.diagnostics) == found


def test_22_the_table_of_rules_is_generated() -> None:
    """Each id in words, its severity, and whether it may be silenced; tests/test_docs.py compares the page."""
    for finding in every():
        assert re.fullmatch("[a-z]+(-[a-z0-9]+)*", finding.id)
        assert not (finding.may_be_silenced and finding.severity == "error")


# Every key and where it sits.

KEYS: dict[type[config.Section], str] = {
    config.Document: "version project include targets owners defaults profiles endpoints safety environments",
    config.Included: "defaults profiles endpoints",
    config.CloudflareTarget: "host in_front_of store location analytics",
    config.AwsTarget: "host store regions",
    config.Owner: "github routes notify",
    config.Notify: "slack webhook email when",
    config.Endpoint: "owner route origin host methods targets profile timeout idle_timeout large_bodies cors headers breaker fallback override silence",
    config.Cors: "origins headers credentials max_age",
    config.Headers: "request",
    config.Breaker: "window trip cooldown half_open failure_statuses monitor watch_body",
    config.Trip: "network_failures service_failures failure_ratio minimum_requests consecutive_failures slow_ratio slow_after",
    config.Cooldown: "initial factor max jitter obey_retry_after",
    config.HalfOpen: "admit max_probes successes failures probe_timeout ramp",
    config.Fallback: "status headers body json file origin timeout stale when",
    config.Override: "state until owner reason",
    config.Safety: "max_removed max_loosened max_changed max_override approvers",
    config.Settings: "timeout idle_timeout breaker fallback cors headers methods targets",
}


@pytest.mark.parametrize("section", KEYS, ids=lambda section: section.__name__)
def test_every_key_sits_where_it_should(section: type[config.Section]) -> None:
    """No other is there, and none is missing."""
    assert sorted(key.name for key in keys_of(section)) == sorted(KEYS[section].split())


# Defaults.


def test_the_defaults(files: Files) -> None:
    """What holds where nothing is written."""
    plan = sound(files("endpoints: {a: https://a.acme.dev}\n"))
    (a,) = plan.endpoints
    assert a.policy == Policy(
        window_ms=30_000, failure_ratio_bp=5_000, minimum_requests=20, consecutive_failures=5, network_failures=0, service_failures=0,
        slow_ratio_bp=0, slow_after_ms=0, cooldown_ms=10_000, cooldown_factor=2, cooldown_max_ms=300_000, cooldown_jitter_bp=2_000,
        obey_retry_after=False, admit_bp=1_000, max_probes=3, successes=3, failures=1, probe_timeout_ms=5_000, ramp_ms=0, monitor=False,
        failure_statuses=((500, 500), (502, 504)),
    )  # fmt: skip
    assert (a.timeout_ms, a.methods, a.large_bodies, a.watch_body, a.fallback, a.targets) == (
        5_000,
        None,
        False,
        False,
        (),
        ("aws", "cloudflare"),
    )
    assert {name: target.store for name, target in plan.targets.items()} == {
        "cloudflare": "durable-object",
        "aws": "dynamodb",
    }
    assert named(files(one("timeout: 2s"))).policy.probe_timeout_ms == 2_000


# Exit codes, for every command.


@pytest.mark.parametrize(
    ("arguments", "text", "code"),
    [
        (["check", MAIN], "version: 1\nendpoints: {a: https://a.acme.dev}\n", 0),
        (["check", MAIN], "version: 1\nendpoints: {a: http://a.acme.dev}\n", 0),
        (["compile", MAIN, "--out", "out"], "version: 1\nendpoints: {a: http://a.acme.dev}\n", 0),
        (["check", MAIN], "version: 1\n", 1),
        (["compile", MAIN, "--out", "out"], "version: 1\n", 1),
        (["explain", "a"], "version: 1\n", 1),
        (["check", "none.yaml"], "", 2),
        (["compile", "none.yaml", "--out", "out"], "", 2),
        (["compile", MAIN, "--env", "none", "--out", "out"], "version: 1\nendpoints: {a: https://a.acme.dev}\n", 2),
        (["check", "--nonsense"], "", 2),
    ],
)
def test_exit_codes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    text: str,
    code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """0 fine, warnings alone included; 1 found something; 2 could not do it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / MAIN).write_text(text)
    try:
        ended = main(arguments)
    except SystemExit as usage:
        ended = int(str(usage.code))
    assert ended == code
    assert capsys.readouterr()


def test_exit_code_130_where_somebody_interrupts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C, whatever runs."""

    def interrupted(*_: object, **__: object) -> Loaded:
        raise KeyboardInterrupt

    monkeypatch.setattr("kampkin.load.load", interrupted)
    assert main(["check", str(tmp_path / MAIN)]) == 130


# The two files that are the language.


@pytest.mark.parametrize("name", ["smallest.yaml", "everything.yaml"])
def test_the_files_of_the_language_check_and_compile(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In every environment; nothing about them is an error on the day of the example."""
    loaded = load(HERE / name, now_ms=NOW_MS)
    assert errors(loaded) == []
    assert loaded.diagnostics == ()
    environments = ["staging", "prod"] if name == "everything.yaml" else []
    for environment in (None, *environments):
        choice = ["--env", environment] if environment else []
        assert main(["compile", str(HERE / name), *choice, "--out", str(tmp_path / str(environment))]) == 0
        assert (tmp_path / str(environment) / "plan.json").exists()
    assert capsys.readouterr().out.count("files in") == 1 + len(environments)
