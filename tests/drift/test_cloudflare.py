"""Drift on the local Cloudflare: nothing after a deploy, and every tampering found where it was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kampkin.bundle import module as module_of
from kampkin.drift.cloudflare.readers import READERS
from kampkin.drift.cloudflare.resting import UNDEPLOYED
from kampkin.drift.cloudflare.ways import parts_of
from kampkin.drift.model import Report, Unseen
from kampkin.drift.paths import endpoint_of
from kampkin.drift.show import human
from tests.clouds.cloudflare import LocalCloudflare

from .deployed_cloudflare import ACCOUNT, LONG, SHORT, Deployed, deploy, plan_of

HOSTED = "{host: edge.acme.dev}"


@pytest.fixture
def cloud() -> Iterator[LocalCloudflare]:
    """An empty account."""
    with LocalCloudflare() as running:
        running.ready()
        yield running


VARIANTS: dict[str, dict[str, Any]] = {
    "smallest": {},
    "kv": {"target": "{store: kv}"},
    "memory": {"target": "{store: memory}"},
    "analytics": {"target": "{analytics: true}"},
    "domain": {"target": HOSTED},
    "route": {"target": HOSTED, "route": "true"},
    "record": {"target": HOSTED, "route": "true", "dnsRecord": "true"},
    "in front of": {"target": "{host: shop.acme.dev, in_front_of: true}"},
    "admin": {"adminToken": "t0k3n"},
    "secret": {"more": ", headers: {request: {authorization: secret:CART_TOKEN}}", "CART_TOKEN": "Bearer x"},
    "no logs": {"logs": "false"},
    "sampled": {"logSampling": "0.5"},
    "owners": {
        "more": ", owner: shop",
        "owners": "owners: {shop: {notify: {webhook: secret:OPS}}}\n",
        "OPS": "https://ops.acme.dev/#whsec_c2VjcmV0",
    },
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_after_a_deploy_there_is_nothing(cloud: LocalCloudflare, tmp_path: Path, variant: str) -> None:
    """For every optional setting left out and set."""
    made = deploy(cloud, tmp_path, **VARIANTS[variant])
    assert made.found() == ([], [])


def test_every_type_has_a_reader(cloud: LocalCloudflare, tmp_path: Path) -> None:
    """Of all that any of these declares."""
    wanted = ("kv", "domain", "record")
    types = set()
    for variant in wanted:
        (tmp_path / variant).mkdir()
        made = deploy(cloud, tmp_path / variant, **VARIANTS[variant])
        types |= {one.type for one in made.declared if one.type.startswith("cloudflare:")}
        for one in made.ask("GET", f"accounts/{ACCOUNT}/workers/scripts"):
            made.ask("DELETE", f"{made.script(one['id'])}?force=true")
    assert types - {"cloudflare:index/provider:Provider"} == set(READERS)


def module(name: str, code: bytes | None) -> Callable[[Deployed], None]:
    """Another module in the edge Worker."""
    return lambda made: made.upload({name: code})


def settings(**change: Any) -> Callable[[Deployed], None]:
    """Other settings of the edge Worker."""
    return lambda made: made.settings(**change)


def first(made: Deployed, path: str) -> Any:
    """The first of a list."""
    return made.ask("GET", path)[0]


def reroute(made: Deployed, **change: Any) -> None:
    """Changes the first route of the zone."""
    route = first(made, f"zones/{made.zone}/workers/routes")
    made.ask("PUT", f"zones/{made.zone}/workers/routes/{route['id']}", json={**route, **change})


def delete_first(path: str) -> Callable[[Deployed], None]:
    """Takes the first of a list away."""

    def act(made: Deployed) -> None:
        where = path.format(zone=made.zone, account=ACCOUNT)
        made.ask("DELETE", f"{where}/{first(made, where)['id']}")

    return act


def change_record(made: Deployed) -> None:
    """Sends callers past Cloudflare's proxy."""
    record = first(made, f"zones/{made.zone}/dns_records")
    made.ask("PUT", f"zones/{made.zone}/dns_records/{record['id']}", json={**record, "proxied": False})


def rename_namespace(made: Deployed) -> None:
    """Another title."""
    path = f"accounts/{ACCOUNT}/storage/kv/namespaces"
    made.ask("PUT", f"{path}/{first(made, path)['id']}", json={"title": "mine"})


def routes(made: Deployed) -> list[Any]:
    """All of the zone's."""
    found: list[Any] = made.ask("GET", f"zones/{made.zone}/workers/routes")
    return found


def add_route(made: Deployed, pattern: str, script: str | None) -> None:
    """Another route of the zone's, to somebody's Worker or to none."""
    made.ask("POST", f"zones/{made.zone}/workers/routes", json={"pattern": pattern, "script": script})


def rebind(made: Deployed) -> None:
    """Has the Worker keep its decisions in somebody's namespace."""
    other = made.ask("POST", f"accounts/{ACCOUNT}/storage/kv/namespaces", json={"title": "theirs"})["id"]
    made.settings(bindings=[{"name": "DECISIONS", "type": "kv_namespace", "namespace_id": other}])


def changes(code: bytes) -> Callable[[Deployed], None]:
    """Another list of who changed what last in the state Worker."""
    return lambda made: made.upload({"changes.mjs": code}, f"{made.worker}-state")


DANA = module_of("changes", {"cart": {"commit": "4f1c9e2", "author": "Dana"}})
"""As an update writes it, which asks git; a preview does not."""

STATE = {"name": "STATE", "type": "durable_object_namespace", "class_name": "BreakerState"}
OTHER = b"export default { fetch: () => new Response('mine') };"

TAMPERINGS: dict[str, tuple[str, Callable[[Deployed], None], tuple[str, str]]] = {
    "another script uploaded": ("smallest", module("main.mjs", OTHER), ("kampkin-worker", "content")),
    "a module edited by one byte": (
        "smallest",
        lambda made: made.upload({"breaker.mjs": made.bundle.worker["breaker.mjs"] + b" "}),
        ("kampkin-worker", 'files["breaker.mjs"].contentBase64'),
    ),
    "a module taken away": ("smallest", module("cors.mjs", None), ("kampkin-worker", 'files["cors.mjs"]')),
    "a module added": ("smallest", module("mine.mjs", OTHER), ("kampkin-worker", 'files["mine.mjs"]')),
    "the state Worker edited": (
        "smallest",
        lambda made: made.upload({"merge.mjs": b"//"}, f"{made.worker}-state"),
        ("kampkin-state", 'files["merge.mjs"].contentBase64'),
    ),
    "code beside who changed what": (
        "owners",
        changes(DANA + b"fetch('https://evil.acme.dev');"),
        ("kampkin-state", 'files["changes.mjs"].contentBase64'),
    ),
    "every binding removed": ("smallest", settings(bindings=[]), ("kampkin-worker", "bindings[0]")),
    "a binding added": (
        "memory",
        settings(bindings=[{"name": "MINE", "type": "plain_text", "text": "x"}]),
        ("kampkin-worker", "bindings[]"),
    ),
    "a binding renamed": (
        "smallest",
        lambda made: made.settings(bindings=[{**STATE, "name": "OTHER", "script_name": f"{made.worker}-state"}]),
        ("kampkin-worker", "bindings[0].name"),
    ),
    "a secret removed": (
        "admin",
        lambda made: made.settings(bindings=[{**STATE, "script_name": f"{made.worker}-state"}]),
        ("kampkin-worker", "bindings[1]"),
    ),
    "an older runtime": (
        "smallest",
        settings(compatibility_date="2021-11-02"),
        ("kampkin-worker", "compatibilityDate"),
    ),
    "a flag removed": ("smallest", settings(compatibility_flags=[]), ("kampkin-worker", "compatibilityFlags[0]")),
    "a flag added": (
        "smallest",
        settings(compatibility_flags=["enable_request_signal", "global_fetch_strictly_public"]),
        ("kampkin-worker", "compatibilityFlags[]"),
    ),
    "a limit on CPU time": ("smallest", settings(limits={"cpu_ms": 1}), ("kampkin-worker", "limits.cpuMs")),
    "a limit on subrequests": (
        "smallest",
        settings(limits={"subrequests": 1}),
        ("kampkin-worker", "limits.subrequests"),
    ),
    "answered far from who calls": (
        "smallest",
        settings(placement={"mode": "smart"}),
        ("kampkin-worker", "placement.mode"),
    ),
    "a cache before the Worker": (
        "smallest",
        settings(cache_options={"enabled": True}),
        ("kampkin-worker", "cacheOptions.enabled"),
    ),
    "another Worker reads the logs": (
        "smallest",
        settings(tail_consumers=[{"service": "theirs"}]),
        ("kampkin-worker", "tailConsumers[]"),
    ),
    "logs pushed elsewhere": ("smallest", settings(logpush=True), ("kampkin-worker", "logpush")),
    "logs exported elsewhere": (
        "smallest",
        settings(
            observability={
                "enabled": True,
                "logs": {"enabled": True, "invocation_logs": False, "destinations": ["theirs"]},
            }
        ),
        ("kampkin-worker", "observability.logs.destinations[]"),
    ),
    "the state Worker limited": (
        "smallest",
        lambda made: made.settings(f"{made.worker}-state", limits={"cpu_ms": 1}),
        ("kampkin-state", "limits.cpuMs"),
    ),
    "logs switched off": (
        "smallest",
        settings(observability={"enabled": False}),
        ("kampkin-worker", "observability.enabled"),
    ),
    "another sampling": (
        "sampled",
        settings(
            observability={
                "enabled": True,
                "head_sampling_rate": 0.1,
                "logs": {"enabled": True, "invocation_logs": False},
            }
        ),
        ("kampkin-worker", "observability.headSamplingRate"),
    ),
    "workers.dev switched off": (
        "smallest",
        lambda made: made.ask("POST", f"{made.script()}/subdomain", json={"enabled": False}),
        ("kampkin-subdomain", "enabled"),
    ),
    "workers.dev switched on beside a host": (
        "domain",
        lambda made: made.ask("POST", f"{made.script()}/subdomain", json={"enabled": True}),
        ("kampkin-subdomain", "enabled"),
    ),
    "previews switched on": (
        "smallest",
        lambda made: made.ask("POST", f"{made.script()}/subdomain", json={"previews_enabled": True}),
        ("kampkin-subdomain", "previewsEnabled"),
    ),
    "the route deleted": ("route", delete_first("zones/{zone}/workers/routes"), ("kampkin-route", "")),
    "the route without a Worker": ("route", lambda made: reroute(made, script="other"), ("kampkin-route", "script")),
    "the route narrowed": ("route", lambda made: reroute(made, pattern="edge.acme.dev/only*"), ("kampkin-route", "")),
    "another route to the Worker": (
        "route",
        lambda made: made.ask(
            "POST", f"zones/{made.zone}/workers/routes", json={"pattern": "acme.dev/*", "script": made.worker}
        ),
        ("", "script"),
    ),
    "a route of another's within ours": (
        "route",
        lambda made: add_route(made, "edge.acme.dev/cart*", "others"),
        ("", "script"),
    ),
    "a path of ours without a Worker": (
        "in front of",
        lambda made: add_route(made, "https://shop.acme.dev/cart/*", None),
        ("", "script"),
    ),
    "a route of another's before the custom domain": (
        "domain",
        lambda made: add_route(made, "*.acme.dev/*", "others"),
        ("", "script"),
    ),
    "another namespace bound": ("kv", rebind, ("kampkin-worker", "bindings[0].namespaceId")),
    "the custom domain taken away": (
        "domain",
        delete_first("accounts/{account}/workers/domains"),
        ("kampkin-domain", ""),
    ),
    "another custom domain": (
        "domain",
        lambda made: made.ask(
            "PUT",
            f"accounts/{ACCOUNT}/workers/domains",
            json={"hostname": "also.acme.dev", "service": made.worker, "zone_id": made.zone},
        ),
        ("", "service"),
    ),
    "the record past the proxy": ("record", change_record, ("kampkin-record", "proxied")),
    "the record deleted": ("record", delete_first("zones/{zone}/dns_records"), ("kampkin-record", "")),
    "the namespace renamed": ("kv", rename_namespace, ("kampkin-decisions", "")),
    "the edge Worker deleted": (
        "smallest",
        lambda made: made.ask("DELETE", f"{made.script()}?force=true"),
        ("kampkin-worker", ""),
    ),
}
"""What was deployed, what somebody did, and the resource and setting where it must be found."""


def everything(made: Deployed) -> Iterator[str]:
    """By what an entry of the audit log may be about something of ours, or that leads to it."""
    for one in made.declared:
        yield from (str(one.inputs[key]) for key in ("scriptName", "title", "pattern", "hostname") if key in one.inputs)
    for path, key in (
        (f"zones/{made.zone}/workers/routes", "pattern"),
        (f"accounts/{ACCOUNT}/workers/domains", "hostname"),
    ):
        yield from (one[key] for one in made.ask("GET", path))
    yield str(made.plan.targets["cloudflare"].host)


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_tampering_is_found_where_it_was_done(cloud: LocalCloudflare, tmp_path: Path, what: str) -> None:
    """And named by the setting; and by whom, as the deployments or the audit log have it."""
    variant, act, (name, setting) = TAMPERINGS[what]
    made = deploy(cloud, tmp_path, **VARIANTS[variant])
    act(made)
    note(made, "dana@acme.dev", about=[*everything(made)])
    drifts, blind = made.found()
    assert blind == []
    [drift, *_] = [one for one in drifts if (one.name or "", one.setting) == (name, setting)] or drifts
    assert (drift.name or "", drift.setting) == (name, setting), drifts
    is_version = drift.resource.startswith("Worker ") and drift.setting and not drift.setting.startswith(UNDEPLOYED)
    who = ("api", "Workers deployments: api") if is_version else ("dana@acme.dev", "audit log")
    assert (drift.by.who, drift.by.where) == who
    assert Report(None, made.plan.digest, drifts).code == 1


def test_another_plan_is_told_by_its_endpoints(cloud: LocalCloudflare, tmp_path: Path) -> None:
    """What runs is the plan of before."""
    made = deploy(cloud, tmp_path)
    old = made.bundle.worker["plan.mjs"]
    made.upload({"plan.mjs": old.replace(SHORT, LONG)})
    drifts, blind = made.found()
    assert blind == []
    assert ("cart", "timeout", "3s", "9s") in {(one.endpoint, one.key, one.desired, one.live) for one in drifts}
    assert {one.endpoint for one in drifts} == {"cart"}


HARMLESS: dict[str, tuple[str, Callable[[Deployed], None]]] = {
    "another Worker": (
        "smallest",
        lambda made: made.ask(
            "PUT",
            made.script("others"),
            files=[
                ("metadata", (None, '{"main_module": "a.mjs"}', "application/json")),
                ("a.mjs", ("a.mjs", OTHER, "application/javascript+module")),
            ],
        ),
    ),
    "another's route": (
        "route",
        lambda made: made.ask(
            "POST", f"zones/{made.zone}/workers/routes", json={"pattern": "www.acme.dev/*", "script": "others"}
        ),
    ),
    "a wider route of another's": ("route", lambda made: add_route(made, "*.acme.dev/*", "others")),
    "another's path of the same host": (
        "in front of",
        lambda made: add_route(made, "shop.acme.dev/cartoons*", "others"),
    ),
    "a record of another name": (
        "record",
        lambda made: made.ask(
            "POST",
            f"zones/{made.zone}/dns_records",
            json={"name": "www.acme.dev", "type": "A", "content": "192.0.2.1", "proxied": True, "ttl": 1},
        ),
    ),
    "another namespace": (
        "kv",
        lambda made: made.ask("POST", f"accounts/{ACCOUNT}/storage/kv/namespaces", json={"title": "theirs"}),
    ),
    "the same uploaded again": ("smallest", lambda made: made.upload({})),
    "bindings in another order": (
        "admin",
        lambda made: made.settings(
            bindings=[
                {"name": "KAMPKIN_ADMIN", "type": "secret_text", "text": "t0k3n"},
                {**STATE, "script_name": f"{made.worker}-state"},
            ]
        ),
    ),
    "what the platform adds to logs": (
        "smallest",
        settings(
            observability={
                "enabled": True,
                "head_sampling_rate": 1,
                "logs": {"enabled": True, "invocation_logs": False, "head_sampling_rate": 1, "persist": True},
            }
        ),
    ),
    "tags, and settings that say nothing": (
        "smallest",
        settings(
            placement={"last_analyzed_at": "2026-01-01T00:00:00Z"},
            tags=["theirs"],
            logpush=False,
            tail_consumers=[],
            limits={},
            cache_options={"enabled": False},
            usage_model="standard",
        ),
    ),
    "another value of a secret": (
        "admin",
        lambda made: made.settings(
            bindings=[
                {**STATE, "script_name": f"{made.worker}-state"},
                {"name": "KAMPKIN_ADMIN", "type": "secret_text", "text": "turned"},
            ]
        ),
    ),
    "who changed an endpoint last": ("owners", changes(DANA)),
    "nothing at all": ("domain", lambda made: None),
}
"""What does not alarm. A secret's value is nobody's to read."""


@pytest.mark.parametrize("what", HARMLESS)
def test_what_is_harmless_does_not_alarm(cloud: LocalCloudflare, tmp_path: Path, what: str) -> None:
    """Not one difference."""
    variant, act = HARMLESS[what]
    made = deploy(cloud, tmp_path, **VARIANTS[variant])
    act(made)
    assert made.found() == ([], [])


def test_who_deployed_last_is_named(cloud: LocalCloudflare, tmp_path: Path) -> None:
    """By the deployments of the Worker."""
    made = deploy(cloud, tmp_path)
    made.upload({"main.mjs": OTHER})
    [drift], _ = made.found()
    assert (drift.by.cause, drift.by.where) == ("pipeline", "Workers deployments: api")
    assert drift.by.at_ms is not None


def note(made: Deployed, email: str, **about: Any) -> None:
    """An entry of the audit log."""
    entry = {"actor": {"email": email}, "interface": "UI", **about}
    made.ask("POST", f"accounts/{ACCOUNT}/audit_logs", json=entry)


def test_who_changed_a_route_or_a_domain_is_in_the_audit_log(cloud: LocalCloudflare, tmp_path: Path) -> None:
    """By what the entry is about; what has only the account in common is another's."""
    made = deploy(cloud, tmp_path, **VARIANTS["domain"])
    delete_first("accounts/{account}/workers/domains")(made)
    add_route(made, "acme.dev/*", made.worker)
    note(made, "dana@acme.dev", metadata={"hostname": "edge.acme.dev"})
    note(made, "eve@acme.dev", newValueJson={"pattern": "acme.dev/*", "script": made.worker})
    note(made, "somebody@acme.dev", resource={"type": "account", "id": ACCOUNT})
    drifts, _ = made.found()
    assert {(one.resource, one.by.cause, one.by.who) for one in drifts} == {
        ("custom domain edge.acme.dev", "console", "dana@acme.dev"),
        ("route acme.dev/*", "console", "eve@acme.dev"),
    }


def test_who_put_a_worker_on_workers_dev_is_not_who_deployed_it(cloud: LocalCloudflare, tmp_path: Path) -> None:
    """That is no deployment; nor has a Worker that is gone any."""
    made = deploy(cloud, tmp_path, **VARIANTS["domain"])
    made.ask("POST", f"{made.script()}/subdomain", json={"enabled": True})
    [drift], _ = made.found()
    assert (drift.by.cause, drift.by.where) == ("unknown", "the last 100 entries of the audit log have nothing of it")
    note(made, "dana@acme.dev", resource={"type": "script", "id": made.worker})
    made.ask("DELETE", f"{made.script()}?force=true")
    drifts, _ = made.found()
    assert {one.by.who for one in drifts if one.name == "kampkin-worker"} == {"dana@acme.dev"}


@pytest.mark.parametrize(
    ("status", "where"),
    [(403, "needs Account Settings: Read"), (500, "Cloudflare answered 500 to accounts/{account}/audit_logs: 1 no")],
)
def test_without_the_audit_log_nobody_is_named(cloud: LocalCloudflare, tmp_path: Path, status: int, where: str) -> None:
    """What is missing is, where it is a permission; the difference is told all the same."""
    made = deploy(cloud, tmp_path, **VARIANTS["route"])
    delete_first("zones/{zone}/workers/routes")(made)
    for _ in range(3):
        cloud.fail_once("GET", "/audit_logs", status, 1, "no")
    [drift], blind = made.found()
    assert (drift.by.cause, drift.by.where, blind) == ("unknown", where.format(account=ACCOUNT), [])


@pytest.mark.parametrize("which", ["", "-state"])
def test_a_gradual_deployment_is_not_wholly_seen(cloud: LocalCloudflare, tmp_path: Path, which: str) -> None:
    """Cloudflare gives one version's code: where that is ours another may have nearly all requests."""
    made = deploy(cloud, tmp_path)
    versions = [{"version_id": "a1", "percentage": 1}, {"version_id": "b2", "percentage": 99}]
    name = f"{made.worker}{which}"
    made.ask("POST", f"{made.script(name)}/deployments", json={"versions": versions, "author_email": "dana@acme.dev"})
    drifts, [blind] = made.found()
    assert drifts == []
    assert blind.what == f"all that Worker {name} runs"
    assert blind.why == "2 versions share the requests: 1 % a1, 99 % b2, by dana@acme.dev"
    assert made.live().settled() == bool(which)
    made.ask("POST", f"{made.script(name)}/deployments", json={"versions": versions[:1]})
    assert made.found() == ([], [])


@pytest.mark.parametrize("which", ["", "-state"])
@pytest.mark.parametrize(("hours", "is_over"), [(23, False), (25, True)])
def test_a_gradual_deployment_that_stands_is_drift(
    cloud: LocalCloudflare, tmp_path: Path, which: str, hours: int, is_over: bool
) -> None:
    """After a day nobody is at it any more; what the other version runs is not seen all the same."""
    made = deploy(cloud, tmp_path)
    versions = [{"version_id": "a1", "percentage": 1}, {"version_id": "b2", "percentage": 99}]
    name = f"{made.worker}{which}"
    begun = datetime.now(UTC) - timedelta(hours=hours)
    deployment = {"versions": versions, "author_email": "dana@acme.dev", "created_on": begun.isoformat()}
    made.ask("POST", f"{made.script(name)}/deployments", json=deployment)
    drifts, [blind] = made.found()
    assert blind.what == f"all that Worker {name} runs"
    assert made.live().settled() == (is_over or bool(which))
    told = [(one.resource, one.setting, one.desired, one.live, one.by.who, one.is_harmless) for one in drifts]
    expected = (f"Worker {name}", "versions", "one", "1 % a1, 99 % b2", "dana@acme.dev", False)
    assert told == ([expected] if is_over else [])


@pytest.mark.parametrize(
    ("pattern", "endpoint"),
    [
        ("edge.acme.dev/cart*", "cart"),
        ("https://edge.acme.dev/cart", "cart"),
        ("edge.acme.dev/cart/pay/*", "cart"),
        ("edge.acme.dev/cart?*", "cart"),
        ("*.acme.dev/search/*", "search"),
        ("edge.acme.dev/*", None),
        ("edge.acme.dev/cartoons*", None),
        ("edge.acme.dev/.kampkin/v1/*", None),
    ],
)
def test_a_pattern_takes_an_endpoints_requests(tmp_path: Path, pattern: str, endpoint: str | None) -> None:
    """Of one alone, by whole segments; what takes several is nobody's."""
    assert endpoint_of(parts_of(pattern)[1], plan_of(tmp_path), "cloudflare") == endpoint


def test_a_route_is_told_with_the_endpoint_that_it_takes(cloud: LocalCloudflare, tmp_path: Path) -> None:
    """One of another's, and one of ours that is gone or leads elsewhere; which is no setting of the endpoint's."""
    made = deploy(cloud, tmp_path, **VARIANTS["in front of"])
    add_route(made, "shop.acme.dev/cart/pay*", "others")
    add_route(made, "acme.dev/cart*", made.worker)
    [search] = [one for one in routes(made) if one["pattern"] == "shop.acme.dev/search*"]
    made.ask("DELETE", f"zones/{made.zone}/workers/routes/{search['id']}")
    drifts, _ = made.found()
    assert {(one.resource, one.reaches, one.endpoint) for one in drifts} == {
        ("route shop.acme.dev/cart/pay*", "cart", None),
        ("route shop.acme.dev/search*", "search", None),
        ("route acme.dev/cart*", None, None),
    }
    said = human(Report(None, made.plan.digest, drifts))
    assert "cloudflare, endpoint cart, route shop.acme.dev/cart/pay* script: others, should be not there" in said


def test_other_records_of_the_zone_are_not_asked_for(
    cloud: LocalCloudflare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they are."""
    monkeypatch.setattr("kampkin.drift.cloudflare.api.PAGE", 1)
    monkeypatch.setattr("kampkin.drift.cloudflare.api.MOST_PAGES", 2)
    made = deploy(cloud, tmp_path, **VARIANTS["record"])
    for number in range(5):
        record = {"name": f"a{number}.acme.dev", "type": "AAAA", "content": "100::", "proxied": True}
        made.ask("POST", f"zones/{made.zone}/dns_records", json=record)
    assert made.found() == ([], [])


def test_a_zone_that_is_not_known_is_a_blind_spot(cloud: LocalCloudflare, tmp_path: Path) -> None:
    """And no route that is gone."""
    made = deploy(cloud, tmp_path, **VARIANTS["record"])
    made.stack = replace(made.stack, sealed=frozenset({"zoneId"}))
    drifts, blind = made.found()
    assert drifts == []
    assert {one.needs for one in blind} == {"the stack's setting zoneId"}


def test_one_list_that_is_refused_hides_nothing_of_another(cloud: LocalCloudflare, tmp_path: Path) -> None:
    """A route to the Worker is told where nobody tells of domains; what is refused once is not asked again."""
    made = deploy(cloud, tmp_path, **VARIANTS["route"])
    add_route(made, "acme.dev/*", made.worker)
    cloud.fail_once("GET", "/workers/domains", 403, 10000, "Authentication error")
    drifts, [blind] = made.found()
    assert [one.resource for one in drifts] == ["route acme.dev/*"]
    assert (blind.what, blind.needs) == ("what else has a domain", "Workers Scripts: Read")


def test_without_access_nothing_is_clean(cloud: LocalCloudflare, tmp_path: Path) -> None:
    """What is needed is named, for each thing; no token at all is one line."""
    made = deploy(cloud, tmp_path)
    drifts, blind = made.found("unknown")
    assert drifts == []
    assert {one.needs for one in blind} >= {"Workers Scripts: Read"}
    assert Report(None, made.plan.digest, drifts, blind).code == 2
    with pytest.raises(Unseen, match="CLOUDFLARE_API_TOKEN is not set"):
        made.live("")


def test_a_part_that_is_down_hides_nothing_of_the_rest(cloud: LocalCloudflare, tmp_path: Path) -> None:
    """Tried again, then said."""
    made = deploy(cloud, tmp_path, **VARIANTS["route"])
    for _ in range(3):
        cloud.fail_once("GET", "/workers/routes", 500, 10001, "internal error")
    made.ask("POST", f"{made.script()}/subdomain", json={"enabled": True})
    drifts, blind = made.found()
    assert [(one.name, one.setting) for one in drifts] == [("kampkin-subdomain", "enabled")]
    assert ["500" in one.why for one in blind] == [True]


def test_calls_do_not_grow_with_endpoints(cloud: LocalCloudflare, tmp_path: Path) -> None:
    """A few for each Worker, each once, for a thousand endpoints too."""
    many = "".join(f"}}\n  e{at}: {{origin: https://e{at}.acme.dev" for at in range(1_000))
    made = deploy(cloud, tmp_path, more=many)
    assert len(made.plan.endpoints) == 1_002
    live = made.live()
    from kampkin.drift.look import look

    assert list(look(live, made.declared, made.plan)) == []
    assert live.calls <= 12
