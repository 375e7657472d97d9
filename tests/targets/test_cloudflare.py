"""What the Cloudflare stack declares."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_cloudflare
import pytest
from pulumi.runtime import rpc

from kampkin.bundle import COMPATIBILITY_DATE, bundle
from kampkin.load import load
from kampkin.targets.cloudflare import program
from kampkin.targets.cloudflare.account import tag_of
from kampkin.targets.cloudflare.migrations import is_settled, migration, state_tag
from kampkin.targets.cloudflare.settings import CloudflareSettings
from tests.provider_inputs import misfits

from .conftest import FILE, Declared

ACCOUNT, ZONE = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
IDENTITIES = {"accountId": ACCOUNT, "workersSubdomain": "acme"}
HOSTED = "{cloudflare: {host: edge.acme.dev}}"
ZONED = {"accountId": ACCOUNT, "zoneId": ZONE}
WORKER = pulumi_cloudflare.WorkersScriptArgs


@pytest.fixture
def declared(declare: Callable[..., Declared]) -> Declared:
    """The stack of a file without a host."""
    return declare(program, config=IDENTITIES)


def modules(inputs: dict[str, Any]) -> dict[str, bytes]:
    """A Worker's modules, from its inputs."""
    others = {name: base64.b64decode(part["contentBase64"]) for name, part in inputs["files"].items()}
    return {inputs["mainModule"]: inputs["content"].encode(), **others}


def test_both_workers_carry_the_bundles_bytes(declared: Declared) -> None:
    """What is uploaded is what was compiled, module by module."""
    plan = load(Path("kampkin.yaml")).plan
    assert plan is not None
    made = bundle(plan)
    assert modules(declared.inputs["kampkin-worker"]) == made.worker
    assert modules(declared.inputs["kampkin-state"]) == made.state


def test_the_workers_run_as_they_were_tested(declared: Declared) -> None:
    """Both Workers have the runtime's date and flags that the local edges have, and structured logs."""
    for name in ("kampkin-worker", "kampkin-state"):
        inputs = declared.inputs[name]
        assert inputs["compatibilityDate"] == COMPATIBILITY_DATE
        assert inputs["compatibilityFlags"] == ["enable_request_signal"]
        assert inputs["observability"]["enabled"] is True
        assert inputs["accountId"] == ACCOUNT


def test_the_edge_worker_is_bound_to_the_state_worker(declared: Declared) -> None:
    """The Durable Object is bound by class and by the Worker that has it: the class name alone can be ambiguous."""
    assert declared.inputs["kampkin-worker"]["bindings"] == [
        {
            "name": "STATE",
            "type": "durable_object_namespace",
            "className": "BreakerState",
            "scriptName": "kampkin-acme-state",
        }
    ]
    assert declared.inputs["kampkin-worker"]["scriptName"] == "kampkin-acme"
    assert declared.inputs["kampkin-state"]["scriptName"] == "kampkin-acme-state"


def test_the_admin_token_is_the_edge_workers_alone(declare: Callable[..., Declared], declared: Declared) -> None:
    """Where the stack has one it is a secret of the edge Worker; the state Worker and its migration know nothing of it."""
    with_token = declare(program, config={**IDENTITIES, "adminToken": "open sesame"})
    bindings = with_token.inputs["kampkin-worker"]["bindings"]
    assert bindings[rpc._special_sig_key] == rpc._special_secret_sig  # so it is encrypted in the stack's state
    _, token = bindings["value"]
    assert token == {"name": "KAMPKIN_ADMIN", "type": "secret_text", "text": "open sesame"}
    assert with_token.inputs["kampkin-state"] == declared.inputs["kampkin-state"]
    assert "open sesame" not in str(with_token.exports)


DRESSED = FILE.replace(
    "breaker: {cooldown: 7s}}",
    "breaker: {cooldown: 7s}, headers: {request: {Authorization: secret:CART_TOKEN, X-Key: secret:A_KEY, X-From: edge}}}",
)
TOLD = {"CART_TOKEN": "Bearer t0ken", "A_KEY": "k"}


@pytest.mark.parametrize("store", ["durable-object", "memory"])
def test_what_origins_are_sent_is_bound_to_the_edge_worker_alone(declare: Callable[..., Declared], store: str) -> None:
    """Each secret under its variable, encrypted in the stack's state; neither code nor the state Worker has its value."""
    targets = f"{{cloudflare: {{store: {store}}}}}"
    declared = declare(program, targets, {**IDENTITIES, **TOLD}, text=DRESSED)
    bindings = declared.inputs["kampkin-worker"]["bindings"]
    assert bindings[rpc._special_sig_key] == rpc._special_secret_sig
    assert bindings["value"][-2:] == [
        {"name": "SECRET_A_KEY", "type": "secret_text", "text": "k"},
        {"name": "SECRET_CART_TOKEN", "type": "secret_text", "text": "Bearer t0ken"},
    ]
    assert list(misfits({**declared.inputs["kampkin-worker"], "bindings": bindings["value"]}, WORKER)) == []
    rest = {**declared.inputs, "kampkin-worker": modules(declared.inputs["kampkin-worker"])}
    assert "t0ken" not in str(rest)
    if store == "durable-object":
        without = declare(program, targets, IDENTITIES)
        assert declared.inputs["kampkin-state"] == without.inputs["kampkin-state"]


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (
            {"A_KEY": "k"},
            "CART_TOKEN: is not set: origins are sent it in a header\n  run: pulumi config set --secret CART_TOKEN VALUE",
        ),
        (
            {**TOLD, "A_KEY": "two\nlines"},
            "A_KEY: is not printable ASCII (.|\\n)*run: pulumi config set --secret A_KEY VALUE",
        ),
        ({**TOLD, "A_KEY": "k "}, "A_KEY: is not printable ASCII"),
    ],
)
def test_a_secret_for_an_origin_is_asked_for_before_anything_is_deployed(
    declare: Callable[..., Declared], config: dict[str, str], says: str
) -> None:
    """One that is missing, and one that no header can say."""
    with pytest.raises(pulumi.RunError, match=says):
        declare(program, "{cloudflare: {}}", {**IDENTITIES, **config}, text=DRESSED)


@pytest.fixture
def stored(declare: Callable[..., Declared]) -> Callable[..., Declared]:
    """The stack of a file with another store."""

    def stored(target: str, scripts: list[dict[str, Any]] | None = None, **config: str) -> Declared:
        return declare(program, f"{{cloudflare: {{{target}}}}}", {**IDENTITIES, **config}, scripts)

    return stored


def test_with_kv_the_edge_worker_is_bound_to_a_namespace(stored: Callable[..., Declared]) -> None:
    """A namespace in the place of the state Worker, free to go: what it holds is over in minutes."""
    declared = stored("store: kv")
    assert set(declared.inputs) == {"kampkin", "kampkin-decisions", "kampkin-worker", "kampkin-subdomain"}
    assert declared.inputs["kampkin-decisions"] == {"accountId": ACCOUNT, "title": "kampkin-acme"}
    assert not [name for name, options in declared.options.items() if options.protect]
    assert declared.inputs["kampkin-worker"]["bindings"] == [
        {"name": "DECISIONS", "type": "kv_namespace", "namespaceId": "kampkin-decisions-id"}
    ]
    assert list(misfits(declared.inputs["kampkin-decisions"], pulumi_cloudflare.WorkersKvNamespaceArgs)) == []
    assert list(misfits(declared.inputs["kampkin-worker"], pulumi_cloudflare.WorkersScriptArgs)) == []


def test_with_memory_the_edge_worker_stands_alone(stored: Callable[..., Declared]) -> None:
    """Nothing is bound, and nothing is protected."""
    declared = stored("store: memory")
    assert set(declared.inputs) == {"kampkin", "kampkin-worker", "kampkin-subdomain"}
    assert "bindings" not in declared.inputs["kampkin-worker"]
    assert not [name for name, options in declared.options.items() if options.protect]


@pytest.mark.parametrize(("store", "others"), [("kv", 1), ("memory", 0)])
def test_analytics_are_bound_beside_the_store(stored: Callable[..., Declared], store: str, others: int) -> None:
    """The dataset's name is one that its SQL takes as a table's."""
    *rest, last = stored(f"store: {store}, analytics: true").inputs["kampkin-worker"]["bindings"]
    assert len(rest) == others
    assert last == {"name": "METRICS", "type": "analytics_engine", "dataset": "kampkin_acme"}


@pytest.mark.parametrize("store", ["kv", "memory"])
def test_an_admin_token_without_a_record_to_change_is_refused(stored: Callable[..., Declared], store: str) -> None:
    """Where there is nothing to override, a token that would open nothing is an error."""
    with pytest.raises(pulumi.RunError, match=f"store {store} (.|\\n)*config rm adminToken"):
        stored(f"store: {store}", adminToken="t")


STATE = {"id": "kampkin-acme-state", "migrationTag": "k-older"}


@pytest.mark.parametrize("store", ["kv", "memory"])
def test_state_is_not_left_behind_by_accident(stored: Callable[..., Declared], store: str) -> None:
    """Another store with the state Worker still there is refused before anything is declared, until it is let go of."""
    with pytest.raises(
        pulumi.RunError,
        match=r"nothing was touched(.|\n)*protect: kampkin-acme-state has (.|\n)*forgotten(.|\n)*"
        r"run: pulumi config set protect false && pulumi state unprotect --all --yes",
    ):
        stored(f"store: {store}", [STATE])
    assert "kampkin-worker" in stored(f"store: {store}", [STATE], protect="false").inputs
    assert "kampkin-worker" in stored(f"store: {store}", [{**STATE, "id": "theirs-state"}]).inputs


def test_without_a_host_workers_dev_gives_the_urls(declared: Declared) -> None:
    """A file without a host is reached on workers.dev, with one URL an endpoint."""
    assert declared.inputs["kampkin-subdomain"]["enabled"] is True
    assert "kampkin-route" not in declared.inputs
    assert declared.exports["urls"] == {
        "cart": "https://kampkin-acme.acme.workers.dev/cart",
        "search": "https://kampkin-acme.acme.workers.dev/find",
    }


def test_a_host_is_a_custom_domain(declare: Callable[..., Declared]) -> None:
    """Cloudflare makes its record and its certificate, the new one before an old one goes; workers.dev is closed."""
    declared = declare(program, HOSTED, ZONED)
    assert declared.inputs["kampkin-domain"] == {
        "accountId": ACCOUNT,
        "zoneId": ZONE,
        "hostname": "edge.acme.dev",
        "service": "kampkin-acme",
    }
    assert declared.options["kampkin-domain"].deleteBeforeReplace is False
    assert declared.options["kampkin-domain"].deleteBeforeReplaceDefined is True
    assert routes(declared) == {}
    assert "kampkin-record" not in declared.inputs
    assert declared.inputs["kampkin-subdomain"]["enabled"] is False
    assert declared.exports["urls"]["cart"] == "https://edge.acme.dev/cart"


def test_a_route_leads_to_the_host_where_that_is_asked_for(declare: Callable[..., Declared]) -> None:
    """One for all of its paths, behind a DNS record of the team's own."""
    declared = declare(program, HOSTED, {**ZONED, "route": "true"})
    assert routes(declared) == {"kampkin-route": "edge.acme.dev/*"}
    assert not {"kampkin-domain", "kampkin-record"} & set(declared.inputs)
    assert declared.inputs["kampkin-subdomain"]["enabled"] is False


def test_a_routes_record_can_be_the_stacks(declare: Callable[..., Declared]) -> None:
    """Proxied, to an address with nobody behind it: the Worker answers."""
    declared = declare(program, HOSTED, {**ZONED, "route": "true", "dnsRecord": "true"})
    assert declared.inputs["kampkin-record"] == {
        "zoneId": ZONE,
        "name": "edge.acme.dev",
        "type": "AAAA",
        "content": "100::",
        "proxied": True,
        "ttl": 1,
    }


FRONT = "{cloudflare: {host: shop.acme.dev, in_front_of: true}}"


def routes(declared: Declared) -> dict[str, str]:
    """The patterns of the Worker's routes, by the names that tell them apart in the stack."""
    found = {name: inputs for name, inputs in declared.inputs.items() if name.startswith("kampkin-route")}
    for inputs in found.values():
        assert (inputs["zoneId"], inputs["script"]) == (ZONE, "kampkin-acme")
        assert list(misfits(inputs, pulumi_cloudflare.WorkersRouteArgs)) == []
    return {name: inputs["pattern"] for name, inputs in found.items()}


@pytest.mark.parametrize(
    ("target", "config", "says"),
    [
        (HOSTED, {"route": "true"}, r"route: .*make a proxied record .* pulumi config set dnsRecord true"),
        (HOSTED, {"route": "true", "dnsRecord": "true"}, r"route: .*which dnsRecord has made anew"),
        (
            "{cloudflare: {host: edge.acme.dev, in_front_of: true}}",
            {},
            r"in_front_of: .*the record of its origin, proxied.* take in_front_of out of kampkin\.yaml",
        ),
    ],
)
def test_a_custom_domain_is_not_made_a_route_at_one_stroke(
    declare: Callable[..., Declared], target: str, config: dict[str, str], says: str
) -> None:
    """The host's DNS record would go with the domain: it is told, with the steps, before anything is declared. A domain that is
    another Worker's, or another host's, stays where it is."""
    mine = {"hostname": "edge.acme.dev", "service": "kampkin-acme"}
    with pytest.raises(pulumi.RunError, match=f"(?s){says}.*run: pulumi destroy --target"):
        declare(program, target, {**ZONED, **config}, domains=[mine])
    for other in ({**mine, "service": "theirs"}, {**mine, "hostname": "other.acme.dev"}):
        declared = declare(program, target, {**ZONED, **config}, domains=[other])
        assert [name for name in declared.inputs if name.startswith("kampkin-route")]
    assert "kampkin-domain" in declare(program, HOSTED, ZONED, domains=[mine]).inputs


def test_an_account_that_does_not_tell_its_domains_is_warned_of(
    declare: Callable[..., Declared], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not everybody who may deploy may list them."""
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    declared = declare(program, HOSTED, {**ZONED, "route": "true"}, domains="Authentication error")
    assert "kampkin-route" in declared.inputs
    assert [one for one in warnings if one.startswith("did not look whether edge.acme.dev is a custom domain")]


def test_in_front_of_a_host_only_the_endpoints_paths_lead_to_the_worker(declare: Callable[..., Declared]) -> None:
    """Each once, its query with it, and the Worker's own, with an admin token or without; of other targets' endpoints none."""
    more = FILE.replace(
        "environments:",
        "  carts: {origin: https://c.acme.dev, route: /cart}\n"
        "  elsewhere: {origin: https://e.acme.dev, targets: [aws]}\nenvironments:",
    )
    both = FRONT.replace("}}", "}, aws: {}}")
    expected = {
        "kampkin-route/.kampkin/v1/": "shop.acme.dev/.kampkin/v1/*",
        "kampkin-route/cart": "shop.acme.dev/cart*",
        "kampkin-route/find": "shop.acme.dev/find*",
    }
    declared = declare(program, both, ZONED, text=more)
    assert routes(declared) == expected
    assert declared.inputs["kampkin-subdomain"]["enabled"] is False
    assert declared.exports["urls"]["carts"] == "https://shop.acme.dev/cart"
    assert "kampkin-domain" not in declared.inputs
    for more_settings in ({"adminToken": "t"}, {"route": "true"}):
        assert routes(declare(program, FRONT, {**ZONED, **more_settings})) == expected


def test_in_front_of_a_whole_host_is_one_route_more(declare: Callable[..., Declared]) -> None:
    """For an endpoint that takes everything."""
    text = FILE.replace("route: /find/*", "route: /*")
    assert routes(declare(program, FRONT, ZONED, text=text))["kampkin-route/"] == "shop.acme.dev/*"


def test_a_first_deploy_makes_the_sqlite_class(declared: Declared) -> None:
    """Where there is no state Worker yet, its migration makes a SQLite-backed class and names no old tag."""
    block = declared.inputs["kampkin-state"]["migrations"]
    assert block["newSqliteClasses"] == ["BreakerState"]
    assert "oldTag" not in block


def test_a_later_change_moves_the_tag_from_what_is_live(declare: Callable[..., Declared]) -> None:
    """Where the live tag is another, the block moves from it: Cloudflare refuses any other old tag."""
    live = [{"id": "kampkin-acme-state", "migrationTag": "k-older"}, {"id": "other", "migrationTag": "x"}]
    block = declare(program, config=IDENTITIES, scripts=live).inputs["kampkin-state"]["migrations"]
    assert block["oldTag"] == "k-older"
    assert block["newTag"] != "k-older"
    assert "newSqliteClasses" not in block


def test_an_unchanged_state_worker_keeps_the_migration_it_had(declare: Callable[..., Declared]) -> None:
    """Where the live tag is the Worker's, changes of the block are ignored, so that nothing is uploaded."""
    tag = declare(program, config=IDENTITIES).inputs["kampkin-state"]["migrations"]["newTag"]
    live = [{"id": "kampkin-acme-state", "migrationTag": tag}]
    declared = declare(program, config=IDENTITIES, scripts=live)
    assert list(declared.options["kampkin-state"].ignoreChanges) == ["migrations"]


def test_a_migration_that_is_due_is_not_ignored(declare: Callable[..., Declared]) -> None:
    """A first deploy and a moved tag are uploaded."""
    for scripts in ([], [{"id": "kampkin-acme-state", "migrationTag": "k-older"}]):
        declared = declare(program, config=IDENTITIES, scripts=scripts)
        assert list(declared.options["kampkin-state"].ignoreChanges) == []


def test_only_what_holds_state_is_protected(declared: Declared) -> None:
    """Deleting the state Worker deletes the breakers' state, so it is protected; the rest is free to go."""
    assert {name for name, options in declared.options.items() if options.protect} == {"kampkin-state"}


def test_what_is_protected_is_the_environments_choice(declare: Callable[..., Declared]) -> None:
    """One that is to be thrown away can be."""
    declared = declare(program, config={**IDENTITIES, "protect": "false"})
    assert not [name for name, options in declared.options.items() if options.protect]


def test_every_resource_is_a_child_of_the_component(declare: Callable[..., Declared]) -> None:
    """The component is one node of the stack, all else is under it, and the state Worker comes first."""
    options = declare(program, HOSTED, ZONED).options
    assert options["kampkin"].type == "kampkin:cloudflare:Edge"
    assert {name for name in options if options[name].parent.endswith("kampkin:cloudflare:Edge::kampkin")} == {
        "kampkin-state",
        "kampkin-worker",
        "kampkin-subdomain",
        "kampkin-domain",
    }
    assert any(urn.endswith("::kampkin-state") for urn in options["kampkin-worker"].dependencies)


def test_the_block_of_each_case() -> None:
    """Absent makes the class; whatever is live is moved on from, to another tag even where Pulumi has forgotten the Worker."""
    assert migration(None, "t").new_sqlite_classes == ["BreakerState"]
    assert (migration("s", "t").old_tag, migration("s", "t").new_tag) == ("s", "t")
    assert (migration("t", "t").old_tag, migration("t", "t").new_tag) == ("t", "t-again")
    assert (migration("t-again", "t").old_tag, migration("t-again", "t").new_tag) == ("t-again", "t")
    assert migration("t", "t").new_sqlite_classes is None


def test_a_state_worker_that_somebody_deleted_is_made_anew(declare: Callable[..., Declared]) -> None:
    """Its block is another than the first one's, else Pulumi would see no change; and afterwards it is settled."""
    first = declare(program, config=IDENTITIES).inputs["kampkin-state"]["migrations"]
    edge = [{"id": "kampkin-acme", "migrationTag": ""}]
    anew = declare(program, config=IDENTITIES, scripts=edge).inputs["kampkin-state"]["migrations"]
    assert anew["newSqliteClasses"] == ["BreakerState"]
    assert "oldTag" not in anew
    assert anew["newTag"] != first["newTag"]
    live = [{"id": "kampkin-acme-state", "migrationTag": anew["newTag"]}]
    declared = declare(program, config=IDENTITIES, scripts=edge + live)
    assert list(declared.options["kampkin-state"].ignoreChanges) == ["migrations"]


def test_the_tag_is_the_workers_other_inputs() -> None:
    """A change of any moves the tag, and neither their order nor the account does."""
    tag = state_tag({"content": "1", "files": {"a": "2", "b": "3"}, "account_id": "x"}, "acme")
    assert tag == state_tag({"files": {"b": "3", "a": "2"}, "account_id": "y", "content": "1"}, "acme")
    assert tag != state_tag({"content": "1", "files": {"a": "2", "b": "4"}}, "acme")
    assert is_settled(tag, tag)
    assert not is_settled(None, tag)


SHOPS = FILE.replace("acme\n", "shop\n", 1).replace("prod: {}", "eu-prod: {}"), FILE.replace("acme\n", "shop-eu\n", 1)
"""Two projects whose environments come to one name, kampkin-shop-eu-prod."""


def test_another_deployments_workers_are_not_taken_over(declare: Callable[..., Declared]) -> None:
    """Project and environment are joined by what both may have: the state Worker's tag says whose it is, also of one that was made
    a second time, and whichever store the newcomer has."""
    first, second = SHOPS
    config = {**IDENTITIES, "environment": "eu-prod"}
    state = declare(program, config=config, text=first).inputs["kampkin-state"]
    tag = state["migrations"]["newTag"]
    assert state["scriptName"] == "kampkin-shop-eu-prod-state"
    for live in (tag, f"{tag}-again"):
        scripts = [{"id": "kampkin-shop-eu-prod-state", "migrationTag": live}]
        assert declare(program, config=config, scripts=scripts, text=first).inputs
        for targets in ("[cloudflare]", "{cloudflare: {store: memory}}"):
            with pytest.raises(
                pulumi.RunError,
                match=r"nothing was touched: the Worker kampkin-shop-eu-prod-state is another deployment's: its mark is shop_eu-prod, "
                "and this deployment's shop-eu_prod",
            ):
                declare(program, targets, {**IDENTITIES, "environment": "prod"}, scripts, second)


@pytest.mark.parametrize("tag", ["k0123456789abcdef", "k0123456789abcdef-again", "v1_by-hand"])
def test_what_has_no_mark_is_ours_by_its_name(declare: Callable[..., Declared], tag: str) -> None:
    """A release from before marked nothing."""
    block = declare(program, config=IDENTITIES, scripts=[{**STATE, "migrationTag": tag}]).inputs["kampkin-state"]
    assert block["migrations"]["oldTag"] == tag


@pytest.mark.parametrize(
    ("name", "tag", "says"),
    [
        (
            "kampkin-acme-state",
            "",
            "the Worker kampkin-acme-state is another deployment's: it holds no breakers' state",
        ),
        ("kampkin-acme", "v1", "the Worker kampkin-acme is another deployment's: it holds Durable Objects"),
    ],
)
def test_an_edge_worker_and_a_state_worker_are_not_made_the_other(
    declare: Callable[..., Declared], name: str, tag: str, says: str
) -> None:
    """As those of the projects acme and acme-state would be."""
    with pytest.raises(pulumi.RunError, match=says):
        declare(program, config=IDENTITIES, scripts=[{"id": name, "migrationTag": tag}])


@pytest.mark.parametrize("name", ["acme.workers.dev", "https://acme.workers.dev", "Acme Corp", "-acme", "a" * 64])
def test_the_accounts_name_is_a_name_alone(declare: Callable[..., Declared], name: str) -> None:
    """Else no URL would lead anywhere."""
    with pytest.raises(pulumi.RunError, match="workersSubdomain: is not written as it should be"):
        declare(program, config={**IDENTITIES, "workersSubdomain": name})


def test_a_mark_is_short_and_says_whose_it_is(declare: Callable[..., Declared]) -> None:
    """Of long names the start and a digest of all."""
    long = FILE.replace("acme\n", f"{'a' * 60}\n", 1).replace("prod: {}", "prod: {}\n  lab: {}")
    tags = [
        declare(program, config={**IDENTITIES, "environment": name}, text=long).inputs["kampkin-state"]["migrations"][
            "newTag"
        ]
        for name in ("prod", "lab")
    ]
    marks = [tag.partition("_")[2] for tag in tags]
    assert len(set(marks)) == 2
    assert all(mark.startswith("a" * 23) and len(mark) == 32 for mark in marks)


def test_an_account_without_the_worker_has_no_tag() -> None:
    """Other Workers' tags, and a Worker without one, are no tag of ours."""

    class Script:
        def __init__(self, id: str, migration_tag: str) -> None:
            self.id, self.migration_tag = id, migration_tag

    assert tag_of("a", []) is None
    assert tag_of("a", [Script("b", "t"), Script("a", "")]) is None
    assert tag_of("a", [Script("b", "s"), Script("a", "t")]) == "t"


def test_a_change_of_one_endpoint_leaves_the_state_worker_alone(declare: Callable[..., Declared]) -> None:
    """The state Worker knows no plan: changing an endpoint uploads the edge Worker's plan and nothing else."""
    before = declare(program, config=IDENTITIES)
    after = declare(program, config=IDENTITIES, text=FILE.replace("7s", "8s"))
    assert before.inputs["kampkin-state"] == after.inputs["kampkin-state"]
    worker, changed = before.inputs["kampkin-worker"], after.inputs["kampkin-worker"]
    assert {key for key in worker if worker[key] != changed[key]} == {"files"}
    assert {name for name in worker["files"] if worker["files"][name] != changed["files"][name]} == {"plan.mjs"}


def test_an_environment_has_names_of_its_own(declare: Callable[..., Declared]) -> None:
    """The environment that the stack names is part of every deployed name."""
    declared = declare(program, config={**IDENTITIES, "environment": "prod"})
    assert declared.inputs["kampkin-worker"]["scriptName"] == "kampkin-acme-prod"


@pytest.mark.parametrize(
    ("config", "targets", "says"),
    [
        ({}, "[cloudflare]", "pulumi config set accountId"),
        ({"accountId": ACCOUNT}, "[cloudflare]", "pulumi config set workersSubdomain"),
        ({"accountId": ACCOUNT}, HOSTED, "pulumi config set zoneId"),
        ({**IDENTITIES, "route": "true"}, "[cloudflare]", "pulumi config rm route"),
        ({**ZONED, "dnsRecord": "true"}, HOSTED, "pulumi config rm dnsRecord"),
        ({**ZONED, "route": "true", "dnsRecord": "true"}, FRONT, "pulumi config rm dnsRecord"),
        ({**IDENTITIES, "logs": "false", "logSampling": "0.5"}, "[cloudflare]", "pulumi config rm logSampling"),
        ({**IDENTITIES, "logSampling": "2"}, "[cloudflare]", "pulumi config set logSampling 0.1"),
        (IDENTITIES, "[aws]", "no target cloudflare"),
        ({**IDENTITIES, "environment": "nope"}, "[cloudflare]", "there is no environment 'nope'"),
        ({**IDENTITIES, "file": "gone.yaml"}, "[cloudflare]", "there is no such file"),
        (IDENTITIES, "[cloudflare, mars]", "there is no key mars"),
    ],
)
def test_what_is_missing_is_one_clear_error(
    declare: Callable[..., Declared], config: dict[str, str], targets: str, says: str
) -> None:
    """A stack that cannot be deployed says what to run or mend, as Pulumi's own error and no traceback."""
    with pytest.raises(pulumi.RunError, match=says):
        declare(program, targets, config)


@pytest.mark.parametrize(
    ("token", "refusal", "says"),
    [
        ("", "401 Unauthorized", "there is no token. Set CLOUDFLARE_API_TOKEN"),
        ("t", '403 {"code":9109,"message":"Invalid access token"}', "none that Cloudflare knows, or it has expired"),
        ("t", '400 {"code":6003,"message":"Invalid request headers"}', "none that Cloudflare knows"),
        (
            "t",
            '403 {"code":10000,"message":"Authentication error"}',
            f"{ACCOUNT}, the token's account\\? If not: pulumi",
        ),
        ("t", "503", "must hold a token that may edit"),
    ],
)
@pytest.mark.parametrize("store", ["durable-object", "kv"])
def test_an_account_that_does_not_tell_is_one_clear_error(
    declare: Callable[..., Declared], monkeypatch: pytest.MonkeyPatch, store: str, token: str, refusal: str, says: str
) -> None:
    """Cloudflare's own words, and what to do: by no token, a wrong one, and one of another account or with less in it."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", token)
    with pytest.raises(pulumi.RunError, match=f"account {ACCOUNT}(.|\n)*{re.escape(refusal)}(.|\n)*hint: .*{says}"):
        declare(program, f"{{cloudflare: {{store: {store}}}}}", IDENTITIES, refusal=refusal)


THEIRS = {"id": ZONE, "name": "acme.dev", "account": {"id": ACCOUNT, "name": "Acme"}, "status": "active"}


@pytest.mark.parametrize(
    ("zone", "says"),
    [
        ({**THEIRS, "name": "other.dev"}, "zoneId: edge.acme.dev is not in this zone, which is other.dev"),
        ({**THEIRS, "name": "cme.dev"}, "zoneId: edge.acme.dev is not in this zone, which is cme.dev"),
        (
            {**THEIRS, "account": {"id": "f" * 32, "name": "X"}},
            "accountId: the zone acme.dev is in another account, f{32}",
        ),
        ("400 Invalid zone identifier", "zoneId: there is no such zone: fedc(.|\n)*pulumi config set zoneId"),
    ],
)
def test_a_zone_that_cannot_be_right_is_told_before_anything(
    declare: Callable[..., Declared], zone: dict[str, Any] | str, says: str
) -> None:
    """Another's, without the host, or none."""
    with pytest.raises(pulumi.RunError, match=f"nothing was touched(.|\n)*{says}"):
        declare(program, HOSTED, ZONED, zone=zone)


@pytest.mark.parametrize(
    ("zone", "warns"),
    [
        (THEIRS, None),
        ({**THEIRS, "name": "edge.acme.dev"}, None),
        ({**THEIRS, "status": "pending"}, "edge.acme.dev will not answer yet: its zone acme.dev is pending"),
        ("403 Unauthorized to access requested resource", "did not look whether edge.acme.dev is in the zone"),
    ],
)
def test_a_zone_that_may_be_right_is_gone_on_with(
    declare: Callable[..., Declared], monkeypatch: pytest.MonkeyPatch, zone: dict[str, Any] | str, warns: str | None
) -> None:
    """What the token may not see is no reason to stop, and is said; so is a zone that is not Cloudflare's yet."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    assert "kampkin-domain" in declare(program, HOSTED, ZONED, zone=zone).inputs
    assert [warns in one for one in said if warns] == ([True] if warns else [])
    assert bool(said) == bool(warns)


def test_what_is_kept_of_the_log_is_the_stacks_choice(declare: Callable[..., Declared]) -> None:
    """All, a share or nothing, of both Workers; and the state Worker's migration moves with it."""
    logs = {"enabled": True, "logs": {"enabled": True, "invocationLogs": False}}
    choices: list[tuple[dict[str, str], dict[str, Any]]] = [
        ({}, logs),
        ({"logSampling": "0.1"}, {**logs, "headSamplingRate": 0.1}),
        ({"logs": "false"}, {"enabled": False}),
    ]
    tags = set()
    for config, expected in choices:
        declared = declare(program, config={**IDENTITIES, **config})
        for name in ("kampkin-worker", "kampkin-state"):
            assert declared.inputs[name]["observability"] == expected
            assert list(misfits(declared.inputs[name], WORKER)) == []
        tags.add(declared.inputs["kampkin-state"]["migrations"]["newTag"])
    assert len(tags) == len(choices)


FREE = {
    "accountId",
    "bindings",
    "compatibilityDate",
    "compatibilityFlags",
    "content",
    "contentType",
    "files",
    "mainModule",
    "migrations",
    "observability",
    "scriptName",
}
"""Inputs that Workers' Free plan takes; CPU limits, Logpush and tail consumers are not among them."""


def test_the_smallest_file_needs_no_paid_plan(declared: Declared) -> None:
    """Two Workers with inputs that the Free plan takes, a class on SQLite, nothing bound but that, and one name on workers.dev."""
    kinds = {kind.rpartition(":")[2] for name, kind in declared.types.items() if name != "kampkin"}
    assert kinds == {"WorkersScript", "WorkersScriptSubdomain"}
    for name in ("kampkin-worker", "kampkin-state"):
        assert set(declared.inputs[name]) <= FREE
    assert set(declared.inputs["kampkin-state"]["migrations"]) == {"newTag", "newSqliteClasses"}
    bound = {one["type"] for name in declared.inputs for one in declared.inputs[name].get("bindings", [])}
    assert bound == {"durable_object_namespace"}


def test_the_stack_tells_what_is_deployed(declare: Callable[..., Declared]) -> None:
    """The plan and each endpoint of this target by its digest, both Workers' modules by theirs, and the environment."""
    more = FILE.replace("environments:", "  elsewhere: {origin: https://e.acme.dev, targets: [aws]}\nenvironments:")
    exports = declare(program, config={**IDENTITIES, "environment": "prod"}, text=more).exports
    plan = load(Path("kampkin.yaml"), "prod").plan
    assert plan is not None
    made = bundle(plan)
    assert (exports["environment"], exports["plan"]) == ("prod", plan.digest)
    assert exports["endpoints"] == {one.name: one.digest for one in plan.endpoints if one.name != "elsewhere"}
    for output, modules in (("modules", made.worker), ("state", made.state)):
        assert exports[output] == {name: hashlib.sha256(code).hexdigest() for name, code in modules.items()}
    assert set(exports) == {"urls", "environment", "plan", "endpoints", "parts", "modules", "state"}
    assert declare(program, "{cloudflare: {store: memory}}", IDENTITIES).exports["state"] == {}


def test_the_settings_are_read_without_pulumi() -> None:
    """The docs' table and the command's tools need no provider."""
    code = (
        "import sys, kampkin.targets.cloudflare.settings;"
        "sys.exit(bool({'pulumi', 'pulumi_cloudflare'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0


def test_every_setting_has_a_command_to_set_it() -> None:
    """So that docs/deploy.md can show one."""
    assert all(field.description and field.examples for field in CloudflareSettings.model_fields.values())


def test_an_input_that_does_not_fit_is_found(declared: Declared) -> None:
    """The check of the inputs sees an unknown word and a missing one, in lists and in maps too."""
    inputs = declared.inputs["kampkin-worker"]
    bindings = [{**inputs["bindings"][0], "class": "X"}]
    files = {"a.mjs": {"contentBase64": ""}}
    wrong = {**inputs, "bindings": bindings, "files": files, "observability": {}, ZONE: "z"}
    assert set(misfits(wrong, pulumi_cloudflare.WorkersScriptArgs)) == {
        ("bindings.class", "is unknown"),
        ("files.contentType", "is missing"),
        ("observability.enabled", "is missing"),
        (ZONE, "is unknown"),
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("kampkin-state", pulumi_cloudflare.WorkersScriptArgs),
        ("kampkin-worker", pulumi_cloudflare.WorkersScriptArgs),
        ("kampkin-subdomain", pulumi_cloudflare.WorkersScriptSubdomainArgs),
        ("kampkin-domain", pulumi_cloudflare.WorkersCustomDomainArgs),
    ],
)
def test_the_provider_takes_every_input(declare: Callable[..., Declared], name: str, kind: type) -> None:
    """No input, at any depth, is a word that the installed provider does not have, and none that it needs is missing."""
    declared = declare(program, HOSTED, ZONED)
    assert list(misfits(declared.inputs[name], kind)) == []


def test_the_provider_takes_a_record(declare: Callable[..., Declared]) -> None:
    """Likewise."""
    inputs = declare(program, HOSTED, {**ZONED, "route": "true", "dnsRecord": "true"}).inputs["kampkin-record"]
    assert list(misfits(inputs, pulumi_cloudflare.DnsRecordArgs)) == []
