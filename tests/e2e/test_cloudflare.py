"""What Cloudflare's stack meets in a deployment's life: settings, hosts, stores, upgrades, and what goes wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.clouds.cloudflare import MOST_WORKERS, OTHERS_ACCOUNT, READER, TOKEN, ZONELESS

from .conftest import Team
from .project import IDENTITIES, Outcome
from .test_cli import STATE, WORKER
from .uploaded import ask, listed, modules

FILE = """\
version: 1
project: acme
targets: {{cloudflare: {{{target}}}{more}}}
endpoints:
  {endpoint}: {{origin: "http://localhost:9", route: {route}}}
environments:
  prod: {{}}
"""
ACCOUNT = IDENTITIES["cloudflare"]["accountId"]


def declare(team: Team, target: str = "", more: str = "", endpoint: str = "cart", route: str = "/cart/*") -> None:
    """Writes the file that is deployed."""
    team.project.write(FILE.format(target=target, more=more, endpoint=endpoint, route=route))


def run(team: Team, *arguments: str, expect: int | None = 0, **environment: str) -> Outcome:
    """Pulumi in the stack's folder."""
    return team.project.run("cloudflare", *arguments, expect=expect, **environment)


def up(team: Team, expect: int | None = 0, **environment: str) -> Outcome:
    """`pulumi up`, whose preview is another test's."""
    return run(team, "up", "--yes", "--skip-preview", expect=expect, **environment)


def configure(team: Team, **settings: str) -> None:
    """Sets the stack's settings."""
    for key, value in settings.items():
        run(team, "config", "set", *(("--secret",) if key == "adminToken" else ()), key, value)


def settled(team: Team, **environment: str) -> None:
    """Nothing is left to do, and nothing is other than the program says."""
    for command in ("up", "refresh"):
        arguments = (command, "--yes", "--skip-preview", "--expect-no-changes")
        team.project.run("cloudflare", *arguments, expect=0, **environment)


def refused(outcome: Outcome, *words: str) -> None:
    """The command failed, in these words and without a traceback."""
    assert outcome.code != 0
    assert "Traceback" not in outcome.text
    for one in words:
        assert one in outcome.text


def api(team: Team, method: str, path: str, **options: Any) -> Any:
    """A call beside Pulumi, as anybody with the token may make it."""
    answer = requests.request(
        method, f"{team.cloudflare.url}/{path}", headers={"authorization": f"Bearer {TOKEN}"}, timeout=30, **options
    )
    answer.raise_for_status()
    return answer.json()["result"]


def zone(team: Team, name: str) -> str:
    """A zone of the team's account; its id."""
    made: str = api(team, "POST", "zones", json={"name": name, "account": {"id": ACCOUNT}})["id"]
    return made


def domains(team: Team) -> dict[str, str]:
    """The Worker that each custom domain leads to."""
    return {one["hostname"]: one["service"] for one in api(team, "GET", f"accounts/{ACCOUNT}/workers/domains")}


def routes(team: Team, zone: str) -> dict[str, str]:
    """The Worker that each pattern leads to."""
    return {one["pattern"]: one["script"] for one in api(team, "GET", f"zones/{zone}/workers/routes")}


def is_on_workers_dev(team: Team) -> bool:
    """Whether callers reach the Worker by its own name."""
    enabled: bool = ask(team.cloudflare, f"scripts/{WORKER}/subdomain").json()["result"]["enabled"]
    return enabled


def tag(team: Team) -> str:
    """The state Worker's migration tag."""
    found: str = ask(team.cloudflare, f"scripts/{STATE}/settings").json()["result"]["migration_tag"]
    return found


def uploads(team: Team, name: str) -> int:
    """How often a Worker was uploaded."""
    return len(ask(team.cloudflare, f"scripts/{name}/deployments").json()["result"]["deployments"])


def upload(team: Team, name: str) -> None:
    """Somebody uploads a Worker of their own."""
    files = [
        ("metadata", (None, json.dumps({"main_module": "m.mjs"}), "application/json")),
        ("m.mjs", ("m.mjs", "export default 1;", "application/javascript+module")),
    ]
    ask(team.cloudflare, f"scripts/{name}", "PUT", files=files)


@pytest.mark.parametrize(
    ("target", "settings"),
    [
        ("host: a.acme.dev, analytics: true", {"logSampling": "0.1", "adminToken": "sesame", "protect": "false"}),
        ("host: a.acme.dev, location: weur", {"route": "true", "dnsRecord": "true", "logs": "false"}),
        ("host: a.acme.dev, in_front_of: true, store: memory", {"route": "true"}),
    ],
    ids=["domain", "route", "in-front-of"],
)
def test_whatever_is_set_a_second_update_is_empty(team: Team, target: str, settings: dict[str, str]) -> None:
    """Nor does a refresh find anything; with nothing set that is so in test_cli.py, with KV in test_stores.py."""
    declare(team, target)
    team.project.init("cloudflare")
    configure(team, zoneId=zone(team, "acme.dev"), **settings)
    up(team)
    settled(team)
    assert team.project.changes("cloudflare") == {}


def test_a_host_comes_moves_and_goes(team: Team) -> None:
    """First none; then one; then one in another zone, which the setting must follow; then none again. The Worker is not uploaded
    for it, and by its own name it is reached only while it has no host."""
    first, second = zone(team, "acme.dev"), zone(team, "acme.io")
    declare(team)
    team.up("cloudflare")
    assert (domains(team), is_on_workers_dev(team)) == ({}, True)

    declare(team, "host: edge.acme.dev")
    refused(up(team, expect=None), "edge.acme.dev is in a zone", "pulumi config set zoneId")
    configure(team, zoneId=first)
    up(team)
    assert (domains(team), is_on_workers_dev(team)) == ({"edge.acme.dev": WORKER}, False)
    assert "https://edge.acme.dev/cart" in run(team, "stack", "output", "--json").out

    declare(team, "host: edge.acme.io")
    refused(up(team, expect=None), "edge.acme.io is not in this zone, which is acme.dev", "pulumi config set zoneId")
    configure(team, zoneId=second)
    team.cloudflare.fail_once("PUT", "/workers/domains", 500, 10013, "An unknown error has occurred")
    refused(up(team, expect=None), "An unknown error")
    assert domains(team) == {"edge.acme.dev": WORKER}, "the old one goes only after the new one is there"
    up(team)
    assert domains(team) == {"edge.acme.io": WORKER}
    assert api(team, "GET", f"zones/{first}/dns_records") == []

    declare(team)
    up(team)
    assert (domains(team), is_on_workers_dev(team)) == ({}, True)
    settled(team)


def test_a_route_becomes_a_custom_domain(team: Team) -> None:
    """In one update where nothing is in the way. A record of the team's is: the update says so, the route goes on leading to
    the Worker, and once the record is gone the same command finishes the job."""
    home = zone(team, "acme.dev")
    record = {"name": "a.acme.dev", "type": "AAAA", "content": "100::", "proxied": True}
    mine = api(team, "POST", f"zones/{home}/dns_records", json=record)["id"]
    declare(team, "host: a.acme.dev")
    team.project.init("cloudflare")
    configure(team, zoneId=home, route="true")
    up(team)
    assert routes(team, home) == {"a.acme.dev/*": WORKER}

    run(team, "config", "rm", "route")
    refused(up(team, expect=None), "100117", "a.acme.dev' already has externally managed DNS records")
    assert routes(team, home) == {"a.acme.dev/*": WORKER}
    api(team, "DELETE", f"zones/{home}/dns_records/{mine}")
    up(team)
    assert (routes(team, home), domains(team)) == ({}, {"a.acme.dev": WORKER})
    settled(team)


@pytest.mark.parametrize("record", [True, False], ids=["stack's", "own"])
def test_a_custom_domain_becomes_a_route_in_two_steps(team: Team, record: bool) -> None:
    """In one update the host would lose its DNS record: it is refused, by `preview` too, before anything is touched, and says what
    to run. That is what takes it over, and nothing is left to do then."""
    home = zone(team, "acme.dev")
    declare(team, "host: a.acme.dev")
    team.project.init("cloudflare")
    configure(team, zoneId=home)
    up(team)
    configure(team, route="true", **({"dnsRecord": "true"} if record else {}))
    said = "a.acme.dev is a custom domain now", "its DNS record would go with it", "pulumi config rm route"
    refused(run(team, "preview", expect=None), *said)
    refused(up(team, expect=None), *said)
    assert (routes(team, home), domains(team)) == ({}, {"a.acme.dev": WORKER})
    assert len(api(team, "GET", f"zones/{home}/dns_records")) == 1

    run(team, "destroy", "--target", "**WorkersCustomDomain::kampkin-domain", "--yes", "--skip-preview")
    if not record:
        mine = {"name": "a.acme.dev", "type": "AAAA", "content": "100::", "proxied": True}
        api(team, "POST", f"zones/{home}/dns_records", json=mine)
    up(team)
    assert (routes(team, home), domains(team)) == ({"a.acme.dev/*": WORKER}, {})
    assert [one["name"] for one in api(team, "GET", f"zones/{home}/dns_records")] == ["a.acme.dev"]
    settled(team)


def test_a_custom_domain_is_not_put_behind_itself(team: Team) -> None:
    """`in_front_of` is routes too, and needs the record of an origin; of another Worker's custom domain the routes are in front."""
    home = zone(team, "acme.dev")
    declare(team, "host: a.acme.dev")
    team.project.init("cloudflare")
    configure(team, zoneId=home)
    up(team)
    declare(team, "host: a.acme.dev, in_front_of: true")
    refused(up(team, expect=None), "in_front_of: a.acme.dev is a custom domain now", "take in_front_of out of")
    assert domains(team) == {"a.acme.dev": WORKER}

    upload(team, "theirs")
    theirs = {"hostname": "b.acme.dev", "service": "theirs", "zone_id": home}
    api(team, "PUT", f"accounts/{ACCOUNT}/workers/domains", json=theirs)
    declare(team, "host: b.acme.dev, in_front_of: true")
    up(team)
    assert domains(team) == {"b.acme.dev": "theirs"}
    assert "b.acme.dev/cart*" in routes(team, home)


def test_in_front_of_a_host_routes_follow_the_endpoints(team: Team) -> None:
    """A changed path is a route more and one less, and what the host's owners route themselves stays theirs. A pattern that
    another Worker has is told in Cloudflare's words, and once it is free the same command finishes the job."""
    home = zone(team, "acme.dev")
    upload(team, "theirs")
    whole = {"pattern": "shop.acme.dev/*", "script": "theirs"}
    api(team, "POST", f"zones/{home}/workers/routes", json=whole)
    taken = api(
        team, "POST", f"zones/{home}/workers/routes", json={"pattern": "shop.acme.dev/cart*", "script": "theirs"}
    )
    declare(team, "host: shop.acme.dev, in_front_of: true")
    team.project.init("cloudflare")
    configure(team, zoneId=home)
    refused(up(team, expect=None), "10020", "A route with the same pattern already exists")
    api(team, "DELETE", f"zones/{home}/workers/routes/{taken['id']}")
    up(team)
    own = {"shop.acme.dev/.kampkin/v1/*": WORKER, "shop.acme.dev/*": "theirs"}
    assert routes(team, home) == {**own, "shop.acme.dev/cart*": WORKER}

    declare(team, "host: shop.acme.dev, in_front_of: true", route="/basket")
    changes = team.project.changes("cloudflare")
    assert {name: list(step) for name, step in changes.items()} == {
        "kampkin-worker": ["update"],
        "kampkin-route/basket": ["create"],
        "kampkin-route/cart": ["delete"],
    }
    up(team)
    assert routes(team, home) == {**own, "shop.acme.dev/basket*": WORKER}


def test_kv_becomes_a_durable_object_and_not_back_by_accident(team: Team) -> None:
    """One update takes the Worker over to the new store and drops the old. Back it goes only once the state is let go of:
    before that nothing is touched."""
    declare(team, "store: kv")
    team.up("cloudflare")
    declare(team)
    up(team)
    assert api(team, "GET", f"accounts/{ACCOUNT}/storage/kv/namespaces") == []
    assert {one["id"] for one in listed(team.cloudflare)} == {WORKER, STATE}
    settled(team)

    declare(team, "store: kv")
    before = uploads(team, WORKER)
    command = "pulumi config set protect false && pulumi state unprotect --all --yes"
    refused(up(team, expect=None), f"{STATE} has the breakers' state", command)
    assert uploads(team, WORKER) == before
    configure(team, protect="false")
    team.project.unprotect("cloudflare")
    up(team)
    assert {one["id"] for one in listed(team.cloudflare)} == {WORKER}
    settled(team)


def test_runtime_upgrades_move_the_migration_tag(team: Team) -> None:
    """Another state Worker goes up, and another after it, although the provider sends a migration with every upload; its class
    stays."""
    declare(team)
    team.up("cloudflare")
    tags = [tag(team)]
    release = team.project.with_runtime("state.mjs", b"\n// of the next release\n")
    up(team, PYTHONPATH=str(release))
    tags.append(tag(team))
    with (release / "kampkin" / "runtime" / "state.mjs").open("ab") as file:
        file.write(b"// and of the one after it\n")
    up(team, PYTHONPATH=str(release))
    tags.append(tag(team))
    assert len(set(tags)) == 3
    assert modules(team.cloudflare, STATE)["state.mjs"].endswith("// and of the one after it\n")
    settled(team, PYTHONPATH=str(release))


def test_a_state_worker_that_is_gone_comes_back(team: Team) -> None:
    """Whether somebody deleted it, or Pulumi has lost sight of one that is live: `up` puts that right, and then nothing is left."""
    declare(team)
    team.up("cloudflare")
    ask(team.cloudflare, f"scripts/{STATE}", "DELETE", params={"force": "true"})
    up(team)
    assert STATE in {one["id"] for one in listed(team.cloudflare)}
    settled(team)

    [urn] = [one["urn"] for one in team.project.resources("cloudflare") if one["urn"].endswith("::kampkin-state")]
    before = tag(team)
    team.project.unprotect("cloudflare")
    run(team, "state", "delete", urn, "--force", "--yes", "--target-dependents")
    assert urn not in {one["urn"] for one in team.project.resources("cloudflare")}
    up(team)
    assert tag(team) != before
    settled(team)


def test_an_upload_that_pulumi_did_not_hear_the_end_of(team: Team) -> None:
    """A first one is taken over by the next `up`. A later one cannot be told from one that Pulumi has on record, and Cloudflare
    refuses the block on record: any change of the Worker's inputs gets past it, one that means nothing too."""
    declare(team)
    team.project.init("cloudflare")
    lost = ("GET", f"/scripts/{STATE}/settings", 502, 10013, "Bad gateway")
    team.cloudflare.fail_once(*lost)
    refused(up(team, expect=None), "Bad gateway")
    up(team)
    settled(team)

    release = str(team.project.with_runtime("state.mjs", b"\n// of the next release\n"))
    team.cloudflare.fail_once(*lost)
    refused(up(team, expect=None, PYTHONPATH=release), "Bad gateway")
    refused(up(team, expect=None, PYTHONPATH=release), "412", "Migration tag precondition failed")
    configure(team, logSampling="1")
    up(team, PYTHONPATH=release)
    settled(team, PYTHONPATH=release)


def test_a_renamed_endpoint_leaves_the_state_worker_alone(team: Team) -> None:
    """So what the others' breakers know is kept: only the edge Worker's plan goes up."""
    declare(team)
    team.up("cloudflare")
    before = uploads(team, STATE)
    declare(team, endpoint="basket")
    assert list(team.project.changes("cloudflare")) == ["kampkin-worker"]
    up(team)
    assert uploads(team, STATE) == before


def test_a_target_that_is_gone_is_taken_down_by_hand(team: Team) -> None:
    """`up` makes no empty stack of it: it says what does, and that works."""
    declare(team, more=", aws: {}")
    team.up("cloudflare")
    team.project.write(FILE.format(target="", more="", endpoint="cart", route="/cart/*").replace("cloudflare", "aws"))
    refused(up(team, expect=None), "has no target cloudflare in the environment prod", "pulumi destroy")
    assert len(listed(team.cloudflare)) == 2
    team.project.unprotect("cloudflare")
    run(team, "destroy", "--yes", "--skip-preview")
    assert listed(team.cloudflare) == []


def test_what_broke_off_is_finished_by_running_up_again(team: Team) -> None:
    """The account is full, Cloudflare is busy, Cloudflare is ill: each is told in its words, what went up stays, and the same
    command goes on from there."""
    declare(team)
    team.project.init("cloudflare")
    for number in range(MOST_WORKERS - 1):
        upload(team, f"other-{number}")
    refused(up(team, expect=None), "10037", "limit of 100 Workers")
    assert STATE in {one["id"] for one in listed(team.cloudflare)}
    ask(team.cloudflare, "scripts/other-0", "DELETE")
    team.cloudflare.fail_once(
        "PUT", f"/scripts/{WORKER}", 429, 971, "Please wait and consider throttling your requests"
    )
    refused(up(team, expect=None), "429", "consider throttling")
    team.cloudflare.fail_once("POST", f"/scripts/{WORKER}/subdomain", 500, 10013, "An unknown error has occurred")
    refused(up(team, expect=None), "500", "An unknown error")
    up(team)
    assert uploads(team, STATE) == uploads(team, WORKER) == 1
    settled(team)


def test_a_token_that_cannot_do_it_is_one_clear_message(team: Team) -> None:
    """None, an unknown one, another account, and one that only reads; without the permission to read zones it goes on."""
    declare(team, "host: a.acme.dev")
    team.project.init("cloudflare")
    configure(team, zoneId=zone(team, "acme.dev"))
    nothing = f"nothing was touched: could not list the Workers of the account {ACCOUNT}"
    refused(up(team, expect=None, CLOUDFLARE_API_TOKEN=""), nothing, "there is no token. Set CLOUDFLARE_API_TOKEN")
    refused(up(team, expect=None, CLOUDFLARE_API_TOKEN="x"), nothing, "Invalid access token", "or it has expired")
    refused(up(team, expect=None, CLOUDFLARE_API_TOKEN=READER), f"PUT accounts/{ACCOUNT}", "Authentication error")
    configure(team, accountId=OTHERS_ACCOUNT)
    refused(up(team, expect=None), "Authentication error", "pulumi config set accountId")
    assert listed(team.cloudflare) == []
    configure(team, accountId=ACCOUNT)
    outcome = up(team, CLOUDFLARE_API_TOKEN=ZONELESS)
    assert "did not look whether a.acme.dev is in the zone" in outcome.text
    assert domains(team) == {"a.acme.dev": WORKER}


def test_another_deployments_workers_are_not_taken_over(team: Team) -> None:
    """Two projects come to the same names: the second is refused before anything is touched, and the first goes on changing."""
    text = FILE.format(target="", more="", endpoint="cart", route="/cart/*")
    first, second = (
        text.replace("acme", project).replace("prod", environment)
        for project, environment in (("shop", "eu-prod"), ("shop-eu", "prod"))
    )
    team.project.init("cloudflare", "first")
    team.project.write(first)
    configure(team, environment="eu-prod")
    up(team)
    settled(team)
    before = ask(team.cloudflare, "scripts").json()["result"]
    team.project.init("cloudflare", "second")
    team.project.write(second)
    configure(team, environment="prod")
    refused(up(team, expect=None), "kampkin-shop-eu-prod-state is another deployment's", "nothing was touched")
    assert ask(team.cloudflare, "scripts").json()["result"] == before
    run(team, "stack", "select", "first")
    team.project.write(first.replace("/cart/*", "/carts/*"))
    up(team)
