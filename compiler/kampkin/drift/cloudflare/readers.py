"""What each kind of resource has now, in the shape of the provider's inputs: a table by type."""

from __future__ import annotations

import base64
import email
import email.policy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kampkin.drift.cloudflare.api import Api
from kampkin.drift.generated import unattributed
from kampkin.drift.model import Unseen
from kampkin.preview.declared import Resource

SCRIPT = "cloudflare:index/workersScript:WorkersScript"
SUBDOMAIN = "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain"
ROUTE = "cloudflare:index/workersRoute:WorkersRoute"
DOMAIN = "cloudflare:index/workersCustomDomain:WorkersCustomDomain"
NAMESPACE = "cloudflare:index/workersKvNamespace:WorkersKvNamespace"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"

SCRIPTS, ROUTES, DNS, KV = (
    "Workers Scripts: Read",
    "Workers Routes: Read",
    "DNS: Read",
    "Workers KV Storage: Read",
)
"""What the token must be allowed, as its page calls it."""

SETTINGS = (
    "bindings",
    "cacheOptions",
    "compatibilityDate",
    "compatibilityFlags",
    "limits",
    "logpush",
    "observability",
    "placement",
    "tailConsumers",
)
"""Of a Worker beside its code. Tags and annotations do nothing."""

Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Whose resources these are."""

    api: Api
    account: str
    zone: str | None

    def scripts(self, name: str) -> str:
        """A Worker's path."""
        return f"accounts/{self.account}/workers/scripts/{name}"


def camel(value: Any) -> Any:
    """Keys as the provider has them."""
    if isinstance(value, Mapping):
        return {as_camel(key): camel(one) for key, one in value.items()}
    return [camel(one) for one in value] if isinstance(value, list) else value


def as_camel(name: str) -> str:
    """One of them."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def script(place: Place, resource: Resource) -> Inputs | None:
    """A Worker: every module's bytes, and all that was uploaded beside them. What a migration was is not kept, and a
    secret's value is nobody's to read."""
    path = place.scripts(resource.inputs["scriptName"])
    found = place.api.whole(f"{path}/content/v2", SCRIPTS)
    settings = place.api.result(f"{path}/settings", SCRIPTS)
    if found is None or settings is None:
        return None
    modules = modules_in(found)
    main = found.headers.get("cf-entrypoint") or settings.get("main_module") or next(iter(modules), "")
    content, content_type = modules.pop(main, (b"", ""))
    kinds = {name: kind for name, (_, kind) in modules.items()}
    code = unattributed({name: code for name, (code, _) in modules.items()})
    told = camel(settings)
    kept = ("migrations",)
    return {
        "accountId": place.account,
        "scriptName": resource.inputs["scriptName"],
        "mainModule": main,
        "content": content.decode(errors="replace"),
        "contentType": content_type,
        "files": {
            name: {"contentType": kinds[name], "contentBase64": base64.b64encode(one).decode()}
            for name, one in code.items()
        },
        **{key: told.get(key) for key in SETTINGS},
        **{key: resource.inputs[key] for key in kept if key in resource.inputs},
    }


def modules_in(answer: Any) -> dict[str, tuple[bytes, str]]:
    """The parts of a form: bytes and type by name. A script of one module comes as itself."""
    kind = answer.headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        return {answer.headers.get("cf-entrypoint", "main.mjs"): (answer.content, kind)}
    form = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + answer.content, policy=email.policy.HTTP)
    found: dict[str, tuple[bytes, str]] = {}
    for part in form.iter_parts():
        code = part.get_payload(decode=True)
        name = part.get_filename() or part.get_param("name", header="content-disposition")
        found[str(name)] = (code if isinstance(code, bytes) else b"", part.get_content_type())
    return found


def subdomain(place: Place, resource: Resource) -> Inputs | None:
    """Whether the Worker is on workers.dev."""
    name = resource.inputs["scriptName"]
    live = place.api.result(f"{place.scripts(name)}/subdomain", SCRIPTS)
    return None if live is None else {"accountId": place.account, "scriptName": name, **camel(live)}


def zone_of(place: Place) -> str:
    """The zone. Raises `Unseen` where this machine does not know it."""
    if not place.zone:
        raise Unseen("this machine does not know the zone of the host", "the stack's setting zoneId")
    return place.zone


def routes_of(place: Place) -> list[Any]:
    """Every route of the zone."""
    return place.api.every(f"zones/{zone_of(place)}/workers/routes", ROUTES)


def route(place: Place, resource: Resource) -> Inputs | None:
    """The route of that pattern."""
    live = next((one for one in routes_of(place) if one["pattern"] == resource.inputs["pattern"]), None)
    return live and {
        "id": live.get("id"),
        "zoneId": place.zone,
        "pattern": live["pattern"],
        "script": live.get("script"),
    }


def domains_of(place: Place) -> list[Any]:
    """Every custom domain of the account's Workers."""
    return place.api.every(f"accounts/{place.account}/workers/domains", SCRIPTS)


def domain(place: Place, resource: Resource) -> Inputs | None:
    """The custom domain of that name."""
    live = next((one for one in domains_of(place) if one["hostname"] == resource.inputs["hostname"]), None)
    return live and {"accountId": place.account, **camel(live)}


def namespace(place: Place, resource: Resource) -> Inputs | None:
    """The KV namespace of that title."""
    every = place.api.every(f"accounts/{place.account}/storage/kv/namespaces", KV)
    live = next((one for one in every if one["title"] == resource.inputs["title"]), None)
    return live and {"accountId": place.account, **camel(live)}


def record(place: Place, resource: Resource) -> Inputs | None:
    """The DNS record of that name and type."""
    wanted = name, kind = resource.inputs["name"], resource.inputs["type"]
    every = place.api.every(f"zones/{zone_of(place)}/dns_records", DNS, **{"name.exact": name, "type": kind})
    live = next((one for one in every if (one["name"], one["type"]) == wanted), None)
    return live and {"zoneId": place.zone, **camel(live)}


READERS: Mapping[str, Callable[[Place, Resource], Inputs | None]] = {
    SCRIPT: script,
    SUBDOMAIN: subdomain,
    ROUTE: route,
    DOMAIN: domain,
    NAMESPACE: namespace,
    RECORD: record,
}

TITLES: Mapping[str, Callable[[Inputs], str]] = {
    SCRIPT: lambda inputs: f"Worker {inputs['scriptName']}",
    SUBDOMAIN: lambda inputs: f"workers.dev of {inputs['scriptName']}",
    ROUTE: lambda inputs: f"route {inputs['pattern']}",
    DOMAIN: lambda inputs: f"custom domain {inputs['hostname']}",
    NAMESPACE: lambda inputs: f"KV namespace {inputs['title']}",
    RECORD: lambda inputs: f"record {inputs['type']} of {inputs['name']}",
}
"""What a person calls them."""
