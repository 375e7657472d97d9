"""The local Cloudflare: what it keeps, and what it refuses as the real one does."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from .cloudflare import MOST_WORKERS, OTHERS_ACCOUNT, READER, TOKEN, ZONELESS, LocalCloudflare

SCRIPTS = "accounts/acc/workers/scripts"
HOLDER = {"holder.mjs": "export class Kept {}"}
EDGE = {"main.mjs": "import './part.mjs';", "part.mjs": "export default 1;"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloudflare]:
    """One account for all; every test uses names of its own."""
    with LocalCloudflare() as running:
        running.ready()
        yield running


def call(cloud: LocalCloudflare, method: str, path: str, token: str = TOKEN, **options: Any) -> requests.Response:
    """One call with the account's token."""
    headers = {"authorization": f"Bearer {token}"}
    return requests.request(method, f"{cloud.url}/{path}", headers=headers, timeout=30, **options)


def upload(
    cloud: LocalCloudflare, name: str, modules: Mapping[str, str], part: str = "", **metadata: Any
) -> requests.Response:
    """Uploads a Worker whose main module is the first, or with `part` only its content."""
    about = json.dumps({"main_module": next(iter(modules)), **metadata})
    files: list[Any] = [("metadata", (None, about, "application/json"))]
    files += [(module, (module, code, "application/javascript+module")) for module, code in modules.items()]
    return call(cloud, "PUT", f"{SCRIPTS}/{name}{part}", files=files)


def refusal(answer: requests.Response) -> tuple[int, int]:
    """Status and code of an answer that is an error."""
    body = answer.json()
    assert body["success"] is False
    return answer.status_code, body["errors"][0]["code"]


def binding(holder: str, cls: str = "Kept") -> dict[str, Any]:
    """A binding to another Worker's Durable Object."""
    return {"name": "STATE", "type": "durable_object_namespace", "class_name": cls, "script_name": holder}


@pytest.mark.parametrize(
    ("token", "method", "path", "refused"),
    [
        ("", "GET", SCRIPTS, (400, 9106)),
        ("other", "GET", SCRIPTS, (403, 9109)),
        (READER, "DELETE", f"{SCRIPTS}/any", (403, 10000)),
        (TOKEN, "GET", f"accounts/{OTHERS_ACCOUNT}/workers/scripts", (403, 10000)),
        (ZONELESS, "GET", "zones/any", (403, 9109)),
    ],
)
def test_a_token_reaches_what_is_in_it(
    cloud: LocalCloudflare, token: str, method: str, path: str, refused: tuple[int, int]
) -> None:
    """None, an unknown one, one that may not change, one of another account, and one without a permission."""
    assert refusal(call(cloud, method, path, token=token)) == refused


def test_a_token_that_reads_reads(cloud: LocalCloudflare) -> None:
    """Workers with one, routes without the permission to read zones."""
    assert call(cloud, "GET", SCRIPTS, token=READER).ok
    assert call(cloud, "GET", "zones/any/workers/routes", token=ZONELESS).ok


def test_a_call_fails_once_where_a_test_says_so(cloud: LocalCloudflare) -> None:
    """And the next one is as ever."""
    cloud.fail_once("GET", "/workers/scripts", 429, 971, "Please wait and consider throttling your request speed")
    assert refusal(call(cloud, "GET", SCRIPTS)) == (429, 971)
    assert call(cloud, "GET", SCRIPTS).ok


@pytest.mark.parametrize(("metadata", "refused"), [({"limits": {"cpu_ms": 50}}, 100328), ({"logpush": True}, 100329)])
def test_the_free_plan_has_its_limits(cloud: LocalCloudflare, metadata: dict[str, Any], refused: int) -> None:
    """What costs is refused, whatever else the upload is."""
    assert refusal(upload(cloud, "dear", EDGE, **metadata)) == (400, refused)


def test_an_account_has_so_many_workers(cloud: LocalCloudflare) -> None:
    """One more is refused, another upload of one that is there is not."""
    account = "accounts/full/workers/scripts"
    files = [
        ("metadata", (None, json.dumps({"main_module": "m"}), "application/json")),
        ("m", ("m", "export default 1;", "application/javascript+module")),
    ]
    for number in range(MOST_WORKERS):
        assert call(cloud, "PUT", f"{account}/w{number}", files=files).ok
    assert refusal(call(cloud, "PUT", f"{account}/more", files=files)) == (403, 10037)
    assert call(cloud, "PUT", f"{account}/w0", files=files).ok


def test_what_is_uploaded_is_kept(cloud: LocalCloudflare) -> None:
    """Modules come back byte for byte, the main one first; settings beside them."""
    assert upload(cloud, "kept", EDGE, compatibility_date="2026-07-01").ok
    answer = call(cloud, "GET", f"{SCRIPTS}/kept/content/v2")
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    form = email.message_from_bytes(head + answer.content, policy=email.policy.HTTP)
    parts = [(part.get_filename(), bytes(part.get_payload(decode=True)).decode()) for part in form.iter_parts()]
    assert parts == list(EDGE.items())
    settings = call(cloud, "GET", f"{SCRIPTS}/kept/settings").json()["result"]
    assert (settings["compatibility_date"], settings["bindings"]) == ("2026-07-01", [])


def test_every_change_is_a_deployment_with_an_etag_of_its_own(cloud: LocalCloudflare) -> None:
    """An edit of the code keeps the settings, and the newest deployment comes first."""
    upload(cloud, "edited", EDGE, compatibility_date="2026-07-01")
    first = call(cloud, "GET", f"{SCRIPTS}/edited/deployments").json()["result"]["deployments"]
    etags = [one["etag"] for one in call(cloud, "GET", SCRIPTS).json()["result"] if one["id"] == "edited"]
    changed = upload(cloud, "edited", {**EDGE, "part.mjs": "export default 2;"}, "/content").json()["result"]
    assert changed["etag"] not in etags
    now = call(cloud, "GET", f"{SCRIPTS}/edited/deployments").json()["result"]["deployments"]
    assert now[1:] == first
    assert changed["compatibility_date"] == "2026-07-01"


@pytest.mark.parametrize(
    ("block", "refused"),
    [
        ({"new_tag": "two"}, (412, 10079)),
        ({"old_tag": "none", "new_tag": "two"}, (412, 10079)),
        ({"old_tag": "one", "new_tag": "two", "new_classes": ["Other"]}, (400, 10097)),
        ({"old_tag": "one", "new_tag": "two", "new_sqlite_classes": ["Kept"]}, (400, 10074)),
        ({"old_tag": "one", "new_tag": "two", "new_sqlite_classes": ["Absent"]}, (400, 10064)),
    ],
)
def test_a_migration_that_does_not_follow_is_refused(
    cloud: LocalCloudflare, block: dict[str, Any], refused: tuple[int, int]
) -> None:
    """Nothing changes where the tag is not the live one or a class cannot be made."""
    name = f"migrated-{block.get('old_tag', '')}-{refused[1]}"
    upload(cloud, name, HOLDER, migrations={"new_tag": "one", "new_sqlite_classes": ["Kept"]})
    assert refusal(upload(cloud, name, HOLDER, migrations=block)) == refused
    assert call(cloud, "GET", f"{SCRIPTS}/{name}/settings").json()["result"]["migration_tag"] == "one"


def test_a_migration_that_follows_moves_the_tag(cloud: LocalCloudflare) -> None:
    """From the live tag to another, and an upload without a block leaves tag and classes alone."""
    upload(cloud, "moved", HOLDER, migrations={"new_tag": "one", "new_sqlite_classes": ["Kept"]})
    moved = upload(cloud, "moved", HOLDER, migrations={"old_tag": "one", "new_tag": "two"})
    assert moved.json()["result"]["migration_tag"] == "two"
    assert upload(cloud, "moved", HOLDER).json()["result"]["migration_tag"] == "two"
    assert upload(cloud, "bound-to-moved", EDGE, bindings=[binding("moved")]).ok


def test_a_binding_needs_its_class(cloud: LocalCloudflare) -> None:
    """No Worker, and no class that a migration made: no binding."""
    assert refusal(upload(cloud, "lonely", EDGE, bindings=[binding("nobody")])) == (404, 10007)
    upload(cloud, "plain", HOLDER)
    assert refusal(upload(cloud, "lonely", EDGE, bindings=[binding("plain")])) == (400, 10061)


def test_a_binding_needs_its_namespace(cloud: LocalCloudflare) -> None:
    """A KV namespace is bound by its id, and must be there."""
    made = call(cloud, "POST", "accounts/acc/storage/kv/namespaces", json={"title": "bound"}).json()["result"]
    kv = {"name": "DECISIONS", "type": "kv_namespace", "namespace_id": made["id"]}
    assert upload(cloud, "keeps", EDGE, bindings=[kv]).ok
    assert refusal(upload(cloud, "keeps", EDGE, bindings=[kv | {"namespace_id": "0" * 32}])) == (400, 10041)
    call(cloud, "DELETE", f"accounts/acc/storage/kv/namespaces/{made['id']}")


def test_what_others_bind_to_is_not_deleted(cloud: LocalCloudflare) -> None:
    """Only `force` takes the state from under a Worker."""
    upload(cloud, "held", HOLDER, migrations={"new_tag": "one", "new_sqlite_classes": ["Kept"]})
    upload(cloud, "holder", EDGE, bindings=[binding("held")])
    assert refusal(call(cloud, "DELETE", f"{SCRIPTS}/held"))[0] == 409
    assert call(cloud, "DELETE", f"{SCRIPTS}/held", params={"force": "true"}).ok
    assert refusal(call(cloud, "GET", f"{SCRIPTS}/held/settings")) == (404, 10007)


@pytest.mark.parametrize(
    ("path", "body", "change"),
    [
        ("zones/zone/workers/routes", {"pattern": "a.dev/*", "script": "x"}, {"pattern": "a.dev/*", "script": "y"}),
        ("accounts/acc/storage/kv/namespaces", {"title": "records"}, {"title": "others"}),
    ],
)
def test_routes_and_namespaces_come_and_go(
    cloud: LocalCloudflare, path: str, body: dict[str, Any], change: dict[str, Any]
) -> None:
    """Made once, changed, listed and taken away."""
    made = call(cloud, "POST", path, json=body).json()["result"]
    assert call(cloud, "POST", path, json=body).status_code in (400, 409)
    call(cloud, "PUT", f"{path}/{made['id']}", json=change)
    assert call(cloud, "GET", f"{path}/{made['id']}").json()["result"].items() >= change.items()
    assert [one["id"] for one in call(cloud, "GET", path).json()["result"]] == [made["id"]]
    call(cloud, "DELETE", f"{path}/{made['id']}")
    assert call(cloud, "GET", f"{path}/{made['id']}").status_code == 404


@pytest.fixture
def zone(cloud: LocalCloudflare) -> str:
    """A zone of the account; its id."""
    made = call(cloud, "POST", "zones", json={"name": "acme.dev", "account": {"id": "acc"}}).json()["result"]
    found: str = made["id"]
    return found


def domain(zone: str, host: str, service: str) -> dict[str, str]:
    """What attaches a host to a Worker."""
    return {"hostname": host, "service": service, "zone_id": zone}


def test_a_custom_domain_comes_and_goes_with_its_record(cloud: LocalCloudflare, zone: str) -> None:
    """Attached twice it is one; its record is nobody's to delete, and goes with it."""
    upload(cloud, "domained", EDGE)
    path, records = "accounts/acc/workers/domains", f"zones/{zone}/dns_records"
    made = call(cloud, "PUT", path, json=domain(zone, "a.acme.dev", "domained")).json()["result"]
    assert call(cloud, "PUT", path, json=domain(zone, "a.acme.dev", "domained")).json()["result"] == made
    [record] = call(cloud, "GET", records).json()["result"]
    assert (record["name"], record["type"], record["content"]) == ("a.acme.dev", "AAAA", "100::")
    assert call(cloud, "DELETE", f"{records}/{record['id']}").status_code == 400
    same = {key: record[key] for key in ("name", "type", "content")}
    assert refusal(call(cloud, "POST", records, json=same)) == (400, 81058)
    assert call(cloud, "DELETE", f"{path}/{made['id']}").ok
    assert call(cloud, "GET", records).json()["result"] == []
    assert call(cloud, "GET", f"{path}/{made['id']}").status_code == 404


def test_what_is_in_the_way_of_a_custom_domain_stays(cloud: LocalCloudflare, zone: str) -> None:
    """A record of the team's, another Worker's domain; and a Worker, a zone and a host there must be."""
    for name in ("one", "two"):
        upload(cloud, f"domained-{name}", EDGE)
    path = "accounts/acc/workers/domains"
    record = {"name": "b.acme.dev", "type": "CNAME", "content": "origin.acme.dev"}
    assert call(cloud, "POST", f"zones/{zone}/dns_records", json=record).ok

    def attach(zone: str, host: str, service: str) -> requests.Response:
        return call(cloud, "PUT", path, json=domain(zone, host, service))

    assert refusal(attach(zone, "b.acme.dev", "domained-one")) == (409, 100117)
    assert attach(zone, "c.acme.dev", "domained-one").ok
    assert refusal(attach(zone, "c.acme.dev", "domained-two")) == (409, 100116)
    assert refusal(attach(zone, "c.acme.dev", "nobody")) == (404, 10007)
    assert refusal(attach(zone, "c.notacme.dev", "domained-one")) == (400, 100119)
    assert refusal(attach("none", "d.acme.dev", "domained-one")) == (400, 1001)
