"""The grammar of values, as docs/language.md has it: for each kind a place, what may stand there and what may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

BEYOND = {
    "null": "nothing behind a key is null to YAML, and turns a setting off; the language wants to see it written",
    "spelling": "YAML 1.2 has more spellings of a number, a boolean and a text than the language takes",
    "grammar": "a host, a day, a range or a pattern has a grammar that takes a program",
    "together": "it is about several keys at once, or about a list as a whole",
    "elsewhere": "it is about what stands elsewhere: another section, another file",
}
"""Why something is wrong, and a JSON Schema lets it pass."""

STRICTER = {
    "quotes": "a number or a boolean in quotes is a text to a schema, and read like any other by the language",
    "text": "a name that looks like a number is one to a schema, and a name like others to the language",
    "removal": "null removes a silence from a lower layer",
}
"""Why something is right, and a JSON Schema refuses it: a hint in the editor to write it as everybody does."""


@dataclass(frozen=True)
class Kind:
    """A kind of value."""

    place: str
    """A file with `§` where the value stands."""
    right: tuple[str, ...]
    """As they are written in YAML."""
    wrong: tuple[str, ...]
    beyond: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Wrong too, by a reason of `BEYOND`."""
    stricter: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Right too, by a reason of `STRICTER`."""


def whole(line: str) -> str:
    """A sound file with one more line."""
    return f"version: 1\n{line}\nendpoints: {{a: https://a.acme.dev}}\n"


def endpoint(line: str) -> str:
    """A sound file with one more line in its endpoint."""
    return f"version: 1\nendpoints:\n  a:\n    origin: https://a.acme.dev\n    {line}\n"


NO_TEXT = ("[]", "{}", "[a]", "{a: b}", '""')
NOTHING = ("", "null", "~")

KINDS: dict[str, Kind] = {
    "duration": Kind(
        endpoint("idle_timeout: §"),
        ("1ms", "250ms", "3s", "5m", "24h", "1d", "null", "03s", "'3s'", '"3s"'),
        ("3000", "3", "1.5s", "1m30s", "3 s", "-3s", "3S", "3sec", "s", "٣s", "1e3s", "+3s", "0s", "25h", "2d", "9999999999999s", *NO_TEXT),
        {"null": ("",)},
    ),
    "share": Kind(
        endpoint("breaker: {half_open: {admit: §}}"),
        ("0%", "20%", "100%", "0.25%", "12.5%", "007%", "'20%'"),
        ("20", "0.2", "20.125%", ".5%", "-1%", "1000%", "20 %", "'%'", "٢%", "100.01%", "101%", "999%", *NO_TEXT, *NOTHING),
    ),
    "count": Kind(
        endpoint("breaker: {half_open: {successes: §}}"),
        ("1", "3", "1000000000", "03"),
        ("0", "-1", "1.5", "three", "3s", "1_000", ".inf", "true", "1000000001", *NO_TEXT, *NOTHING),
        {"spelling": ("+1", "1.0", "1e3", "0x10", "0o17")},
        {"quotes": ("'3'", '"3"')},
    ),
    "probes": Kind(
        endpoint("breaker: {half_open: {max_probes: §}}"),
        ("1", "10"),
        ("0", "11", "a", *NO_TEXT, *NOTHING),
        {},
        {"quotes": ("'3'",)},
    ),
    "boolean": Kind(
        endpoint("breaker: {monitor: §}"),
        ("true", "false"),
        ("on", "off", "yes", "no", "y", "1", "0", "tRUE", *NO_TEXT, *NOTHING),
        {"spelling": ("True", "TRUE", "False", "FALSE")},
        {"quotes": ("'true'",)},
    ),
    "URL": Kind(
        "version: 1\nendpoints: {a: {origin: §}}\n",
        ("https://a.acme.dev", "http://a.acme.dev:8080/v2/", "https://a", "https://grün.dev", "'https://a.dev/a%20b'"),
        ("a.acme.dev", "ftp://a.dev", "https://", "https:///a", "https://u@a.dev", "https://a.dev?b", "https://a.dev/?b", "'https://a.dev#b'", "//a.dev", "3", "null", "~", "https://127.0.0.1", "'https://[::1]'", "https://a_b.dev", "https://a.dev:0", "https://a.dev:x", "https://a.dev/../b", "'https://a.dev/{b}'", *NO_TEXT),
        {"grammar": ("https://①②⑦.0.0.1", "https://a..b", "https://ß.dev")},
    ),
    "route": Kind(
        endpoint("route: §"),
        ("/*", "/", "/a", "/a/", "/a/*", "/a/b/*", "/A.b_c~d/*"),
        ("a", "a/*", "/a*", "/*/a", "/a?b", "'/a#b'", "'*'", "3", "//a", "/a//b", "/../a", "/a/./b", "/a b", "/ä", *NO_TEXT, *NOTHING),
    ),
    "name": Kind(
        whole("project: §"),
        ("a", "a-b", "3a", "no", "on", "a" * 63, "a-", "'2024'", "2024", "0x10", "1e3"),
        ("-a", "A", "a_b", "a.b", "a b", "ä", "a" * 64, *NO_TEXT, *NOTHING),
        {},
        {"text": ("true",)},
    ),
    "methods": Kind(
        endpoint("methods: §"),
        ("[GET]", "[DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT]", "null"),
        ("[GET, GET]", "[get]", "[TRACE]", "[CONNECT]", "GET", "{}", "[3]", "[[GET]]", "[null]", "['']", "[]"),
        {"null": ("",)},
    ),
    "status": Kind(
        endpoint("fallback: {status: §}"),
        ("200", "503", "599"),
        ("99", "199", "600", "5xx", "1000", "-200", "ok", "301", "302", *NO_TEXT, *NOTHING),
        {"spelling": ("0x1f4", "5e2", "+500")},
        {"quotes": ("'503'",)},
    ),
    "failure statuses": Kind(
        endpoint("breaker: {failure_statuses: §}"),
        ("[503]", "[500-504]", "[5xx, 4xx]", "[429, 500, 502-504]", "['503']", "null"),
        ("[399]", "[600]", "503", "{}", "[[503]]", "[null]", "[5XX]", "[300-400]", "[a]", "['']", "[]"),
        {"grammar": ("[504-500]",), "null": ("",)},
    ),
    "time": Kind(
        endpoint("override: {state: monitor, until: §, owner: dana, reason: CHG-1}"),
        ("2026-12-01T06:00:00Z", "2026-12-01T06:00:00+02:00", "'2026-12-01T06:00:00Z'", "20261201T060000Z"),
        ("3", "1764547200", "null", "~", "2026-12-01", "2026-12-01T06:00:00", "soon", *NO_TEXT),
        {"grammar": ("2026-13-01T06:00:00Z",)},
    ),
    "secret": Kind(
        whole("owners: {a: {notify: {slack: §, email: a@b.dev}}}"),
        ("secret:A", "secret:SHOP_SLACK2", "'secret:A'"),
        ("secret:a", "'secret:'", "SECRET:A", "https://hooks.acme.dev/x", "secret:A B", "secret:1A", *NO_TEXT, *NOTHING),
    ),
    "email": Kind(
        whole("owners: {a: {notify: {slack: secret:A, email: §}}}"),
        ("a@b.dev", "a.b+c@d.e.dev"),
        ("3", "a", "a@b", "'@b.dev'", "a@b@c.dev", "a b@c.dev", *NO_TEXT, *NOTHING),
    ),
    "pages": Kind(
        endpoint("cors: {origins: §}"),
        ("[https://a.dev]", '["*"]', "[http://localhost:3000, https://b.dev]", "[HTTPS://A.dev]"),
        ("https://a.dev", "[a.dev]", "[https://a.dev/]", "['https://*.a.dev']", "[https://u@a.dev]", "[3]", "[null]", "['null']", "{}", "[https://a.dev:0]", '["*", https://a.dev]', "[]", *NOTHING),
        {"grammar": ("[https://a..b]",)},
    ),
    "name of a header": Kind(
        endpoint("fallback: {status: 200, headers: {§: a}}"),
        ("x-a", "X-A", "'3'", "3"),
        ("x a", "'x:'", "ä", "''", "Cache-Control", "proxy-status", "content-length"),
    ),
    "header of a fallback": Kind(
        endpoint("fallback: {status: 200, headers: {x-a: §}}"),
        ("a", "'3'", "a b", "3", "true", "1.5"),
        ("ä", '"a\\nb"', *NO_TEXT[:-1]),
    ),
    "header of a request": Kind(
        endpoint("headers: {request: {x-a: §}}"),
        ("a", "'3'", "3", "true", "a b"),
        ("ä", '"a\\nb"', *NO_TEXT[:-1]),
    ),
    "host": Kind(
        whole("targets: {aws: {host: §}}"),
        ("edge.acme.dev", "EDGE.acme.dev", "a"),
        ("3", "https://a.dev", "a.dev/b", "a.dev:80", "1.2.3.4", "a..b", "-a.dev", *NO_TEXT, *NOTHING),
    ),
    "store": Kind(
        whole("targets: {aws: {store: §}}"),
        ("dynamodb", "memory", "'memory'"),
        ("kv", "durable-object", "Memory", "3", *NO_TEXT, *NOTHING),
    ),
    "regions": Kind(
        whole("targets: {aws: {regions: §}}"),
        ("[us-east-1]", "[eu-west-1, us-east-1]"),
        ("[us-east-1, us-east-1]", "us-east-1", "{}", "[3]", "[[]]", "[null]", "[us-east-9]", "[cn-north-1]", "['']", "[]", *NOTHING),
    ),
    "targets": Kind(
        whole("targets: §"),
        ("[aws]", "[cloudflare, aws]", "{aws: {}}", "{aws: {}, cloudflare: {}}", "{x-a: 1, aws: {}}"),
        ("aws", "[azure]", "{azure: {}}", "3", "{aws: []}", "[aws, 3]", '""', "", "null", "{aws: null}"),
        {"together": ("{}", "[]", "[aws, aws]")},
    ),
    "targets of an endpoint": Kind(
        endpoint("targets: §"),
        ("[aws]", "[cloudflare, aws]"),
        ("aws", "{aws: {}}", "[AWS]", "[3]", '""', "[azure]", "[]", *NOTHING),
    ),
    "version": Kind(
        "version: §\nendpoints: {a: https://a.acme.dev}\n",
        ("1",),
        ("2", "0", "v1", "1.1", "one", "", "null", "true", *NO_TEXT),
        {"spelling": ("1.0", "0x1", "+1", "01")},
        {"quotes": ("'1'",)},
    ),
    "patterns": Kind(
        whole("include: §"),
        (),
        ("teams/*.yaml", "{}", "[/etc/*]", "['a\\b']", "[3]", "[[]]", "['']", "[]", *NOTHING),
        {"grammar": ("['**']", "['*/../a']", "['a*/']", "['.']"), "elsewhere": ("['nowhere*']", "[nowhere]")},
    ),
    "file": Kind(
        endpoint("fallback: {status: 200, file: §}"),
        (),
        ("/etc/passwd", "'a\\b'", "3", "a/", *NO_TEXT, *NOTHING),
        {"elsewhere": ("nowhere", "../nowhere")},
    ),
    "approvers": Kind(
        whole("safety: {approvers: §}"),
        ("['@acme/platform', '@dana']",),
        ("[acme]", "['@']", "'@acme/platform'", "[3]", "['@a/b/c']", "{}", "[]", *NOTHING),
    ),
    "amount": Kind(
        whole("safety: {max_removed: §}"),
        ("0", "3"),
        ("-1", "1.5", "a", "3s", *NO_TEXT, *NOTHING),
        {"spelling": ("+1", "1.0")},
        {"quotes": ("'0'",)},
    ),
    "trip": Kind(
        endpoint("breaker: {trip: §}"),
        ("{}", "{failure_ratio: null}", "{failure_ratio: 1%, minimum_requests: 100}", "{x-a: [1]}"),
        ("[]", "3", '""', "{failure: 1}", "{failure_ratio: 50}", "{minimum_requests: many}", "{failure_ratio: 0%}", "", "null", "{minimum_requests: null}"),
        {"together": ("{slow_ratio: 5%}",)},
    ),
    "cooldown": Kind(
        endpoint("breaker: {cooldown: §}"),
        ("10s", "{initial: 10s}", "{initial: 10s, factor: 1, max: 10s, jitter: 0%, obey_retry_after: true}", "{}", "'10s'"),
        ("10", "[10s]", "{initial: 10}", "{x: 1}", "{factor: 1.5}", '""', "true", "0s", "25h", *NOTHING),
        {"together": ("{initial: 10m}", "{max: 1s}"), "spelling": ("{factor: 0x2}",)},
    ),
    "fallback": Kind(
        endpoint("fallback: §"),
        ("{status: 503}", "{status: 200, body: x}", "{status: 200, json: [1, a, null, {b: c}]}", "[{status: 503}]", "[{origin: https://b.acme.dev, timeout: 1s}, {status: 503, when: [failure, open]}]", "null"),
        ("{}", "503", "{body: x}", "{status: 503, origin: https://b.acme.dev}", "{timeout: 1s}", "{stale: 1h, status: 200}", "[[]]", "[503]", "{status: 200, when: [never]}", "{status: 200, when: [open, open]}", "{stat: 503}", "{when: [open]}", "{status: 200, timeout: 1s}", "[null]", "[]", "{status: 200, body: x, json: y}", "{status: 301, headers: {Location: /x}}", "{status: 302}", "{status: 200, when: []}", "{stale: 31d}", "{status: 200, body: null}", "{origin: https://b.acme.dev, timeout: null}"),
        {"together": ("{status: 204, body: x}",), "elsewhere": ("{stale: 1h}",), "null": ("",)},
    ),
    "override": Kind(
        endpoint("override: §"),
        ("{state: monitor, until: 2026-12-01T06:00:00Z, owner: dana, reason: CHG-1}", "null", "{state: monitor, until: 2026-12-01T06:00:00Z, owner: dana, reason: 1182}"),
        ("{}", "{state: open, until: 2026-12-01T06:00:00Z, owner: dana, reason: CHG-1}", "{state: monitor, until: 2026-12-01T06:00:00Z, owner: dana}", "monitor", "[]", "{state: monitor, until: 2026-12-01T06:00:00Z, owner: dana, reason: ''}", "{state: monitor, until: 2026-12-01T06:00:00Z, owner: [dana], reason: x}", "{state: null, until: 2026-12-01T06:00:00Z, owner: dana, reason: x}", "{state: monitor, until: 2026-12-01T06:00:00Z, owner: ' ', reason: x}"),
        {"null": ("",)},
    ),
    "profiles": Kind(
        whole("profiles: §"),
        ("{}", "{a: {}}", "{a: {timeout: 1s, breaker: {trip: {failure_ratio: null}}}}"),
        ("[]", "{A: {}}", "{a: []}", "{a: null}", "{a: }", "{a: {origin: https://b.acme.dev}}", "{a: 3}", *NOTHING),
    ),
    "endpoint": Kind(
        "version: 1\nendpoints: {a: §}\n",
        ("https://a.acme.dev", "{origin: https://a.acme.dev}", "{origin: https://a.acme.dev, x-a: 1}"),
        ("{}", "[]", "{url: https://a.acme.dev}", "3", "{timeout: 1s}", "", "null", "{origin: https://a.acme.dev, timout: 1s}", "a.acme.dev", '""', "ftp://a"),
    ),
    "endpoints": Kind(
        "version: 1\nendpoints: §\n",
        ("{a: https://a.acme.dev}", "{no: https://a.acme.dev, 2024: https://a.acme.dev, 'null': https://a.acme.dev}"),
        ("[]", "{}", "{A: https://a.acme.dev}", "https://a.acme.dev", "", "null", '""', "{a_b: https://a.acme.dev}", "{'': https://a.acme.dev}"),
        {"spelling": ("{null: https://a.acme.dev}",)},
    ),
    "environments": Kind(
        whole("environments: §"),
        ("{prod: {}}", "{prod: {endpoints: {a: {timeout: 1s}}}}", "{prod: {endpoints: {a: https://b.acme.dev}}}", "{prod: {targets: {aws: null}}}", "{prod: {targets: [aws]}}", "{prod: {defaults: {breaker: {trip: {failure_ratio: null}}}}}", "{}"),
        ("[]", "{PROD: {}}", "{prod: []}", "{prod: {include: []}}", "{prod: {version: 1}}", "{prod: {endpoints: {a: []}}}", "{prod: {timeout: 1s}}", "prod", "{prod: 3}", "{prod: null}", "{prod: }", *NOTHING),
        {"elsewhere": ("{prod: {endpoints: {b: {timeout: 1s}}}}", "{prod: {endpoints: {a: null}}}", "{prod: {targets: {aws: null, cloudflare: null}}}")},
    ),
    "silence": Kind(
        endpoint("silence: §"),
        ("{}",),
        ("[]", "plain-http", "{plain-http: []}", "{Plain: x}", "{plain-http: ''}", *NOTHING),
        {"elsewhere": ("{nothing-such: x}", "{route-taken: x}")},
        {"removal": ("{plain-http: null}",)},
    ),
}  # fmt: skip
