"""The table of `pulumi-resource-cloudflare`: what the Cloudflare stack declares. CLOUDFLARE_BASE_URL names the cloud on
this machine, as it would for the real provider.

Behaviour follows terraform-provider-cloudflare, which pulumi-cloudflare wraps: internal/services.
"""

from __future__ import annotations

import base64
import email
import email.policy
import json
import os
import re
from typing import Any

import pulumi_cloudflare as cloudflare
import requests

from tests.e2e.providers.kind import Json, Kind, Provider, Refused
from tests.e2e.providers.plugin import serve

MAIN_PARTS = ("accountId", "scriptName", "content", "contentType", "files")
"""Inputs that are not the upload's metadata."""


class Api:
    """Cloudflare's API. Raises `Refused` with its words."""

    def __init__(self, config: Json) -> None:
        self.base = os.environ["CLOUDFLARE_BASE_URL"]
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {os.environ.get('CLOUDFLARE_API_TOKEN', '')}"

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """The result of a call."""
        answer = self.raw(method, path, **options)
        return answer.json()["result"]

    def raw(self, method: str, path: str, **options: Any) -> requests.Response:
        """The whole answer of a call."""
        answer = self.session.request(method, f"{self.base}/{path}", timeout=30, **options)
        if not answer.ok:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer

    def found(self, path: str) -> Any:
        """The result of a read; None for what is gone."""
        try:
            return self.ask("GET", path)
        except Refused as refused:
            if ": 404 " in str(refused):
                return None
            raise


def snake(name: str) -> str:
    """The API's name for one of the provider's."""
    return re.sub(r"(?<!^)([A-Z])", lambda found: f"_{found[1].lower()}", name)


def camel(name: str) -> str:
    """The provider's name for one of the API's."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def renamed(value: Any, rename: Any) -> Any:
    """The value with all its keys renamed."""
    if isinstance(value, dict):
        return {rename(key): renamed(one, rename) for key, one in value.items()}
    return [renamed(one, rename) for one in value] if isinstance(value, list) else value


def script_path(inputs: Json) -> str:
    return f"accounts/{inputs['accountId']}/workers/scripts/{inputs['scriptName']}"


def upload_script(api: Api, inputs: Json) -> str:
    """Create and update are the same upload, and migrations go with both: workers_script/resource.go."""
    metadata = renamed({key: value for key, value in inputs.items() if key not in MAIN_PARTS}, snake)
    main = inputs["mainModule"]
    modules = {main: (inputs["content"].encode(), inputs["contentType"])} | {
        name: (base64.b64decode(file["contentBase64"]), file["contentType"]) for name, file in inputs["files"].items()
    }
    parts: list[tuple[str, Any]] = [("metadata", (None, json.dumps(metadata), "application/json"))]
    parts += [(name, (name, code, kind)) for name, (code, kind) in modules.items()]
    api.ask("PUT", script_path(inputs), files=parts)
    made: str = inputs["scriptName"]
    return made


def update_script(api: Api, id: str, old: Json, new: Json) -> None:
    upload_script(api, new)


def read_script(api: Api, id: str, inputs: Json) -> Json | None:
    """The service, its settings, and of the content the first part only: workers_script/resource.go."""
    service = api.found(f"accounts/{inputs['accountId']}/workers/services/{id}")
    if service is None:
        return None
    settings = renamed(api.ask("GET", f"{script_path(inputs)}/settings"), camel)
    settings["bindings"] = [with_secret(one, inputs) for one in settings["bindings"]]
    answer = api.raw("GET", f"{script_path(inputs)}/content/v2")
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    form = email.message_from_bytes(head + answer.content, policy=email.policy.HTTP)
    first = next(iter(form.iter_parts())).get_payload(decode=True)
    summary = renamed(service["default_environment"]["script"], camel)
    return {
        "accountId": inputs["accountId"],
        "scriptName": id,
        "content": first.decode() if isinstance(first, bytes) else "",
        **{key: settings[key] for key in READ_SETTINGS if key in settings},
        **{key: summary.get(key) for key in FILLED if summary.get(key) is not None},
    }


def with_secret(binding: Json, inputs: Json) -> Json:
    """A binding as it was read, with the value that the program gave where the API keeps it to itself."""
    given = {one["name"]: one["text"] for one in inputs.get("bindings", []) if one["type"] == "secret_text"}
    return binding | ({"text": given[binding["name"]]} if binding["name"] in given else {})


def delete_script(api: Api, id: str, properties: Json) -> None:
    """Without `force` unless the program asked for it: workers_script/resource.go."""
    options = {"params": {"force": "true"}} if properties.get("force") else {}
    api.ask("DELETE", script_path(properties), **options)


READ_SETTINGS = ("bindings", "compatibilityDate", "compatibilityFlags", "observability")
FILLED = (
    "createdOn",
    "etag",
    "handlers",
    "hasAssets",
    "hasModules",
    "lastDeployedFrom",
    "migrationTag",
    "modifiedOn",
    "startupTimeMs",
)


def set_subdomain(api: Api, inputs: Json) -> str:
    wanted = {"enabled": inputs["enabled"], "previews_enabled": inputs.get("previewsEnabled", False)}
    api.ask("POST", f"{script_path(inputs)}/subdomain", json=wanted)
    made: str = inputs["scriptName"]
    return made


def update_subdomain(api: Api, id: str, old: Json, new: Json) -> None:
    set_subdomain(api, new)


def read_subdomain(api: Api, id: str, inputs: Json) -> Json | None:
    live = api.found(f"{script_path(inputs)}/subdomain")
    return None if live is None else {"accountId": inputs["accountId"], "scriptName": id} | renamed(live, camel)


def delete_subdomain(api: Api, id: str, properties: Json) -> None:
    api.ask("DELETE", f"{script_path(properties)}/subdomain")


def routes(properties: Json) -> str:
    return f"zones/{properties['zoneId']}/workers/routes"


def create_route(api: Api, inputs: Json) -> str:
    made: str = api.ask("POST", routes(inputs), json={"pattern": inputs["pattern"], "script": inputs["script"]})["id"]
    return made


def read_route(api: Api, id: str, inputs: Json) -> Json | None:
    live = api.found(f"{routes(inputs)}/{id}")
    return None if live is None else {"zoneId": inputs["zoneId"], "pattern": live["pattern"], "script": live["script"]}


def update_route(api: Api, id: str, old: Json, new: Json) -> None:
    api.ask("PUT", f"{routes(new)}/{id}", json={"pattern": new["pattern"], "script": new["script"]})


def delete_route(api: Api, id: str, properties: Json) -> None:
    api.ask("DELETE", f"{routes(properties)}/{id}")


def namespaces(properties: Json) -> str:
    return f"accounts/{properties['accountId']}/storage/kv/namespaces"


def create_namespace(api: Api, inputs: Json) -> str:
    made: str = api.ask("POST", namespaces(inputs), json={"title": inputs["title"]})["id"]
    return made


def read_namespace(api: Api, id: str, inputs: Json) -> Json | None:
    live = api.found(f"{namespaces(inputs)}/{id}")
    return None if live is None else {"accountId": inputs["accountId"], "title": live["title"]}


def update_namespace(api: Api, id: str, old: Json, new: Json) -> None:
    api.ask("PUT", f"{namespaces(new)}/{id}", json={"title": new["title"]})


def delete_namespace(api: Api, id: str, properties: Json) -> None:
    api.ask("DELETE", f"{namespaces(properties)}/{id}")


def domains(properties: Json) -> str:
    return f"accounts/{properties['accountId']}/workers/domains"


def attach_domain(api: Api, inputs: Json) -> str:
    """A PUT without `override_…`, so what is in the way stays: workers_custom_domain/resource.go."""
    wanted = {"hostname": inputs["hostname"], "service": inputs["service"], "zone_id": inputs["zoneId"]}
    made: str = api.ask("PUT", domains(inputs), json=wanted)["id"]
    return made


def read_domain(api: Api, id: str, inputs: Json) -> Json | None:
    live = api.found(f"{domains(inputs)}/{id}")
    return None if live is None else {"accountId": inputs["accountId"]} | renamed(live, camel)


def update_domain(api: Api, id: str, old: Json, new: Json) -> None:
    attach_domain(api, new)


def detach_domain(api: Api, id: str, properties: Json) -> None:
    api.ask("DELETE", f"{domains(properties)}/{id}")


def records(properties: Json) -> str:
    return f"zones/{properties['zoneId']}/dns_records"


def record_of(inputs: Json) -> Json:
    return {snake(key): value for key, value in inputs.items() if key != "zoneId"}


def create_record(api: Api, inputs: Json) -> str:
    made: str = api.ask("POST", records(inputs), json=record_of(inputs))["id"]
    return made


def read_record(api: Api, id: str, inputs: Json) -> Json | None:
    live = api.found(f"{records(inputs)}/{id}")
    if live is None:
        return None
    found: Json = renamed(live, camel)
    return {"zoneId": inputs["zoneId"]} | found | {"meta": json.dumps(live["meta"])}


def update_record(api: Api, id: str, old: Json, new: Json) -> None:
    api.ask("PUT", f"{records(new)}/{id}", json=record_of(new))


def delete_record(api: Api, id: str, properties: Json) -> None:
    api.ask("DELETE", f"{records(properties)}/{id}")


def zone(api: Api, args: Json) -> Json:
    """One zone, by its id: zone/data_source.go."""
    live: Json = renamed(api.ask("GET", f"zones/{args['zoneId']}"), camel)
    return live


def custom_domains(api: Api, args: Json) -> Json:
    """The custom domains of an account, of one host where that is asked for: workers_custom_domain/list_data_source.go."""
    asked = {"hostname": args["hostname"]} if "hostname" in args else {}
    return {"results": renamed(api.ask("GET", domains(args), params=asked), camel)}


def scripts(api: Api, args: Json) -> Json:
    """Every Worker of an account."""
    live = api.ask("GET", f"accounts/{args['accountId']}/workers/scripts")
    return {"accountId": args["accountId"], "results": renamed(live, camel)}


PROVIDER = Provider(
    package="pulumi-cloudflare",
    connect=Api,
    kinds={
        "cloudflare:index/workersScript:WorkersScript": Kind(
            cloudflare.WorkersScript,
            cloudflare.WorkersScriptArgs,
            upload_script,
            read_script,
            update_script,
            delete_script,
            replaces=frozenset({"accountId", "scriptName"}),  # workers_script/schema.go, RequiresReplace
            unread=frozenset({"contentType", "files", "force", "mainModule", "migrations"}),
            fills=frozenset(FILLED),
            renews=dict.fromkeys(("etag", "modifiedOn"), frozenset({"content", "files", "bindings"})),
        ),
        "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain": Kind(
            cloudflare.WorkersScriptSubdomain,
            cloudflare.WorkersScriptSubdomainArgs,
            set_subdomain,
            read_subdomain,
            update_subdomain,
            delete_subdomain,
            replaces=frozenset({"accountId", "scriptName"}),  # workers_script_subdomain/schema.go
        ),
        "cloudflare:index/workersKvNamespace:WorkersKvNamespace": Kind(
            cloudflare.WorkersKvNamespace,
            cloudflare.WorkersKvNamespaceArgs,
            create_namespace,
            read_namespace,
            update_namespace,
            delete_namespace,
            replaces=frozenset({"accountId"}),  # workers_kv_namespace/schema.go
        ),
        "cloudflare:index/workersRoute:WorkersRoute": Kind(
            cloudflare.WorkersRoute,
            cloudflare.WorkersRouteArgs,
            create_route,
            read_route,
            update_route,
            delete_route,
            replaces=frozenset({"zoneId"}),  # workers_route/schema.go
        ),
        "cloudflare:index/workersCustomDomain:WorkersCustomDomain": Kind(
            cloudflare.WorkersCustomDomain,
            cloudflare.WorkersCustomDomainArgs,
            attach_domain,
            read_domain,
            update_domain,
            detach_domain,
            replaces=frozenset({"accountId", "hostname", "service", "zoneId"}),  # workers_custom_domain/schema.go
            fills=frozenset({"certId", "zoneName"}),
        ),
        "cloudflare:index/dnsRecord:DnsRecord": Kind(
            cloudflare.DnsRecord,
            cloudflare.DnsRecordArgs,
            create_record,
            read_record,
            update_record,
            delete_record,
            replaces=frozenset({"zoneId"}),  # dns_record/schema.go
            fills=frozenset({"proxiable"}),
        ),
    },
    invokes={
        "cloudflare:index/getWorkersScripts:getWorkersScripts": scripts,
        "cloudflare:index/getWorkersCustomDomains:getWorkersCustomDomains": custom_domains,
        "cloudflare:index/getZone:getZone": zone,
    },
)


if __name__ == "__main__":
    serve(PROVIDER)
