"""Cloudflare's API on this machine: the calls about Workers, routes and KV namespaces, with its envelope and refusals.

What it refuses is what has cost others a deploy, and names where that is known from; a code without a source is
only ours. Its accounts are on Workers' Free plan.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import requests
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from tests.clouds.cloud import LocalCloud, child
from tests.clouds.cloudflare_zones import Zones
from tests.clouds.refusal import Refusal, no_such

TOKEN = "local-token"
"""The API token that may do everything."""

READER = "local-token-that-reads"
"""One that may change nothing."""

ZONELESS = "local-token-without-zones"
"""One that may not read zones, and do all else."""

OTHERS_ACCOUNT = "f" * 32
"""An account that none of them reaches."""

MOST_WORKERS = 100
"""Of an account on the Free plan."""

PAID = ("logpush", "tail_consumers")
"""What an upload may ask for on a paid plan."""

FAULTS = "/faults"
"""Where tests say what is to fail; no path of Cloudflare's."""

MODULE = "application/javascript+module"
Json = dict[str, Any]


class LocalCloudflare(LocalCloud):
    """A Cloudflare in a child process; `url` is what CLOUDFLARE_BASE_URL names."""

    def __init__(self) -> None:
        super().__init__("Cloudflare", __name__, "/client/v4")

    def fail_once(self, method: str, path: str, status: int, code: int, message: str) -> None:
        """Has the next such call refused; `path` is how the call's ends."""
        fault = {"method": method, "path": path, "status": status, "code": code, "message": message}
        requests.post(self.url.removesuffix("/client/v4") + FAULTS, json=fault, timeout=30).raise_for_status()


NO_ACCESS = Refusal(403, 10000, "Authentication error")


def no_worker() -> Refusal:
    """Asked for a Worker that is not there."""
    return Refusal(404, 10007, "This Worker does not exist on your account.")


class Cloudflare:
    """The accounts as a WSGI app. Everything is in memory."""

    def __init__(self) -> None:
        self.scripts: dict[tuple[str, str], Json] = {}
        """By account and name: metadata, modules (name to type and bytes, as uploaded), tag, classes, deployments."""
        self.routes: dict[tuple[str, str], Json] = {}
        """By zone and id."""
        self.namespaces: dict[tuple[str, str], Json] = {}
        """By account and id."""
        self.noted: list[Json] = []
        """The audit log."""
        self.faults: list[Json] = []
        """Calls that are refused, each once."""
        self.numbers = count(1)
        self.zones = Zones(self.script, self.number)
        self.lock = threading.Lock()
        script = "/accounts/<account>/workers/scripts/<name>"
        table: list[tuple[str, str, Callable[..., Any]]] = [
            ("GET", "/accounts/<account>/workers/scripts", self.list_scripts),
            ("PUT", script, self.upload),
            ("DELETE", script, self.delete),
            ("GET", f"{script}/settings", self.settings),
            ("PATCH", f"{script}/settings", self.change_settings),
            ("PUT", f"{script}/content", self.change_content),
            ("GET", f"{script}/content/v2", self.content),
            ("GET", f"{script}/subdomain", self.subdomain),
            ("POST", f"{script}/subdomain", self.change_subdomain),
            ("DELETE", f"{script}/subdomain", self.reset_subdomain),
            ("GET", f"{script}/deployments", self.deployments),
            ("POST", f"{script}/deployments", self.deploy_versions),
            ("GET", "/accounts/<account>/audit_logs", self.audit_logs),
            ("POST", "/accounts/<account>/audit_logs", self.note),
            ("GET", "/accounts/<account>/workers/services/<name>", self.service),
            ("GET", "/zones/<zone>/workers/routes", self.list_routes),
            ("POST", "/zones/<zone>/workers/routes", self.add_route),
            ("GET", "/zones/<zone>/workers/routes/<id>", self.route),
            ("PUT", "/zones/<zone>/workers/routes/<id>", self.change_route),
            ("DELETE", "/zones/<zone>/workers/routes/<id>", self.delete_route),
            ("GET", "/accounts/<account>/storage/kv/namespaces", self.list_namespaces),
            ("POST", "/accounts/<account>/storage/kv/namespaces", self.add_namespace),
            ("GET", "/accounts/<account>/storage/kv/namespaces/<id>", self.namespace),
            ("PUT", "/accounts/<account>/storage/kv/namespaces/<id>", self.rename_namespace),
            ("DELETE", "/accounts/<account>/storage/kv/namespaces/<id>", self.delete_namespace),
            *self.zones.table(),
        ]
        self.map = Map([Rule(f"/client/v4{path}", methods=[method], endpoint=call) for method, path, call in table])

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        if request.path == FAULTS:
            self.faults.append(request.get_json())
            return envelope(None)(environ, start_response)
        try:
            call, where = self.map.bind_to_environ(environ).match()
            check_token(request)
            with self.lock:
                self.check_faults(request)
                result = call(request, **where)
            response = result if isinstance(result, Response) else envelope(result)
        except Refusal as refusal:
            response = envelope(None, refusal)
        except HTTPException as problem:
            response = envelope(None, Refusal(problem.code or 400, 7003, f"Could not route to {request.path}"))
        return response(environ, start_response)

    def check_faults(self, request: Request) -> None:
        """Raises `Refusal` where this call was to be refused."""
        for fault in self.faults:
            if request.method == fault["method"] and request.path.endswith(fault["path"]):
                self.faults.remove(fault)
                raise Refusal(fault["status"], fault["code"], fault["message"])

    def list_scripts(self, request: Request, account: str) -> list[Json]:
        """Every Worker of the account, with its migration tag."""
        return [self.summary(owner, name) for owner, name in sorted(self.scripts) if owner == account]

    def upload(self, request: Request, account: str, name: str) -> Json:
        """A new version of a Worker, live at once: a part `metadata` of JSON, and a part for each module."""
        old = self.scripts.get((account, name))
        metadata = self.metadata_of(request)
        modules = modules_of(request)
        if metadata.get("main_module") not in modules:
            raise Refusal(400, 10021, f"No such module: {metadata.get('main_module')!r}")
        self.check_plan(account, name, metadata)
        tag, classes = migrated(old, metadata.pop("migrations", None))
        code = b"\n".join(modules[module]["code"] for module in modules)
        for missing in (one for one in classes if one.encode() not in code):
            # wrangler-legacy #1781
            message = (
                f"new version of script does not implement class '{missing}' which is depended on by Durable Objects"
            )
            raise Refusal(400, 10064, message)
        for binding in metadata.get("bindings", []):
            self.check_binding(account, name, binding, classes)
        script = {"tag": tag, "classes": classes, "created": (old or {}).get("created") or now(), "settings": metadata}
        script |= {"modules": modules, "subdomain": (old or {}).get("subdomain", closed_subdomain())}
        script["deployments"] = (old or {}).get("deployments", [])
        self.scripts[account, name] = script
        return self.deployed(account, name)

    def check_plan(self, account: str, name: str, metadata: Json) -> None:
        """Raises `Refusal` where the Free plan has no more, or none: for CPU limits 100328, workers-sdk #8756."""
        if metadata.get("limits"):
            raise Refusal(
                400, 100328, "CPU limits are not supported for the Free plan. Switch to a paid plan to set them."
            )
        if asked := [one for one in PAID if metadata.get(one)]:
            raise Refusal(400, 100329, f"{asked[0]} is not on the Free plan")
        others = [other for owner, other in self.scripts if owner == account and other != name]
        if len(others) >= MOST_WORKERS:
            raise Refusal(403, 10037, f"You have exceeded the limit of {MOST_WORKERS} Workers on your account.")

    def check_binding(self, account: str, name: str, binding: Json, classes: list[str]) -> None:
        """A KV namespace must be there, and a Durable Object's class be one that a migration has made: 10061, workers-sdk
        #10034."""
        if binding["type"] == "kv_namespace" and (account, binding["namespace_id"]) not in self.namespaces:
            raise Refusal(400, 10041, f"KV namespace '{binding['namespace_id']}' is not valid.")
        if binding["type"] != "durable_object_namespace":
            return
        holder = binding.get("script_name", name)
        held = classes if holder == name else self.scripts.get((account, holder), {}).get("classes")
        if held is None:
            raise no_worker()
        if binding["class_name"] not in held:
            raise Refusal(
                400,
                10061,
                f"Cannot create binding for class '{binding['class_name']}' because it is not currently configured to "
                "implement Durable Objects. Ensure a --new-class migration has been applied to it.",
            )

    def delete(self, request: Request, account: str, name: str) -> None:
        """Takes a Worker away, and with it what its Durable Objects hold. Not one that others bind to, unless `force`:
        workers-sdk #3426."""
        self.script(account, name)
        for other, binding in self.bindings_to(account, name):
            if other != name and request.args.get("force") != "true":
                raise Refusal(409, 10064, f"{name} is depended on by the binding {binding['name']} of {other}")
        del self.scripts[account, name]

    def bindings_to(self, account: str, name: str) -> Iterable[tuple[str, Json]]:
        """Which Workers of the account bind to the named one, and how."""
        for (owner, other), script in self.scripts.items():
            if owner == account:
                yield from (
                    (other, one) for one in script["settings"].get("bindings", []) if one.get("script_name") == name
                )

    def settings(self, request: Request, account: str, name: str) -> Json:
        """What was uploaded beside the code."""
        script = self.script(account, name)
        settings = {"bindings": [], **script["settings"], "migration_tag": script["tag"]}
        return settings | {"bindings": [without_secret(one) for one in settings["bindings"]]}

    def change_settings(self, request: Request, account: str, name: str) -> Json:
        """Changes settings and keeps the code, as the dashboard does."""
        self.script(account, name)["settings"] |= self.metadata_of(request, "settings")
        self.deployed(account, name)
        return self.settings(request, account, name)

    def content(self, request: Request, account: str, name: str) -> Response:
        """The modules, the main one first, as the parts of a form."""
        script = self.script(account, name)
        main = script["settings"]["main_module"]
        modules = {main: script["modules"][main], **script["modules"]}
        boundary = hashlib.sha256(repr(modules).encode()).hexdigest()[:32]
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{module}"; filename="{module}"\r\n'
            f"Content-Type: {part['type']}\r\n\r\n".encode()
            + part["code"]
            + b"\r\n"
            for module, part in modules.items()
        )
        headers = {"content-type": f"multipart/form-data; boundary={boundary}", "cf-entrypoint": main}
        return Response(body + f"--{boundary}--\r\n".encode(), headers=headers)

    def change_content(self, request: Request, account: str, name: str) -> Json:
        """Changes the code and keeps the settings, as the dashboard's editor does."""
        script = self.script(account, name)
        script["settings"]["main_module"] = self.metadata_of(request)["main_module"]
        script["modules"] = modules_of(request)
        return self.deployed(account, name)

    def subdomain(self, request: Request, account: str, name: str) -> Json:
        """Whether the Worker is on workers.dev."""
        return dict(self.script(account, name)["subdomain"])

    def change_subdomain(self, request: Request, account: str, name: str) -> Json:
        """Puts the Worker on workers.dev, or takes it off."""
        self.script(account, name)["subdomain"] |= request.get_json()
        return self.subdomain(request, account, name)

    def reset_subdomain(self, request: Request, account: str, name: str) -> Json:
        """Takes the Worker off workers.dev."""
        self.script(account, name)["subdomain"] = closed_subdomain()
        return self.subdomain(request, account, name)

    def deployments(self, request: Request, account: str, name: str) -> Json:
        """What was deployed, newest first."""
        return {"deployments": self.script(account, name)["deployments"]}

    def deploy_versions(self, request: Request, account: str, name: str) -> Json:
        """Shares the requests out among versions."""
        asked = request.get_json()
        deployment = {"id": self.number("deployment"), "created_on": now(), "source": "wrangler", **asked}
        self.script(account, name)["deployments"].insert(0, deployment)
        return deployment

    def audit_logs(self, request: Request, account: str) -> list[Json]:
        """What was noted, newest first. Each entry has the account's id, as Cloudflare's have."""
        return [one for one in self.noted if one["owner"]["id"] == account]

    def note(self, request: Request, account: str) -> Json:
        """An entry; Cloudflare writes its own, and here a test does."""
        entry = {"id": self.number("entry"), "when": now(), "owner": {"id": account}, **request.get_json()}
        self.noted.insert(0, entry)
        return entry

    def service(self, request: Request, account: str, name: str) -> Json:
        """The Worker as the provider looks whether it is there."""
        return {"id": name, "default_environment": {"script": self.summary(account, name)}}

    def list_routes(self, request: Request, zone: str) -> list[Json]:
        """Every route of the zone."""
        return [route for (owner, _), route in self.routes.items() if owner == zone]

    def add_route(self, request: Request, zone: str) -> Json:
        """Sends a pattern of the zone to a Worker. One Worker for one pattern: 10020."""
        route = request.get_json()
        if any(one["pattern"] == route["pattern"] for one in self.list_routes(request, zone)):
            raise Refusal(409, 10020, "A route with the same pattern already exists.")
        made = {**route, "id": self.number("route")}
        self.routes[zone, made["id"]] = made
        return made

    def route(self, request: Request, zone: str, id: str) -> Json:
        """One route."""
        if (zone, id) not in self.routes:
            raise no_such("route")
        return self.routes[zone, id]

    def change_route(self, request: Request, zone: str, id: str) -> Json:
        """Another pattern, or another Worker."""
        self.route(request, zone, id).update(request.get_json())
        return self.routes[zone, id]

    def delete_route(self, request: Request, zone: str, id: str) -> Json:
        """Takes the route away."""
        self.route(request, zone, id)
        return {"id": self.routes.pop((zone, id))["id"]}

    def list_namespaces(self, request: Request, account: str) -> list[Json]:
        """Every KV namespace of the account."""
        return [namespace for (owner, _), namespace in self.namespaces.items() if owner == account]

    def add_namespace(self, request: Request, account: str) -> Json:
        """A KV namespace. One for one title: 10014."""
        title = request.get_json()["title"]
        if any(one["title"] == title for one in self.list_namespaces(request, account)):
            raise Refusal(400, 10014, f"a namespace with the title {title!r} already exists")
        made = {"id": self.number("namespace"), "title": title, "supports_url_encoding": True}
        self.namespaces[account, made["id"]] = made
        return made

    def namespace(self, request: Request, account: str, id: str) -> Json:
        """One KV namespace."""
        if (account, id) not in self.namespaces:
            raise no_such("namespace")
        return self.namespaces[account, id]

    def rename_namespace(self, request: Request, account: str, id: str) -> Json:
        """Another title."""
        self.namespace(request, account, id)["title"] = request.get_json()["title"]
        return self.namespaces[account, id]

    def delete_namespace(self, request: Request, account: str, id: str) -> None:
        """Takes the namespace away, and all that it holds."""
        self.namespace(request, account, id)
        del self.namespaces[account, id]

    def script(self, account: str, name: str) -> Json:
        """The named Worker. Raises `Refusal` where there is none."""
        if (account, name) not in self.scripts:
            raise no_worker()
        return self.scripts[account, name]

    def summary(self, account: str, name: str) -> Json:
        """What a list and an upload say of a Worker."""
        script = self.script(account, name)
        return {
            "id": name,
            "etag": etag_of(script["modules"]),
            "handlers": ["fetch"],
            "has_assets": False,
            "has_modules": True,
            "created_on": script["created"],
            "modified_on": script["deployments"][0]["created_on"],
            "last_deployed_from": "api",
            "migration_tag": script["tag"],
            "startup_time_ms": 1,
            "compatibility_date": script["settings"].get("compatibility_date", ""),
        }

    def deployed(self, account: str, name: str) -> Json:
        """Notes a deployment; the Worker's summary."""
        deployment = {"id": self.number("deployment"), "created_on": now(), "source": "api", "strategy": "percentage"}
        self.script(account, name)["deployments"].insert(0, deployment)
        return self.summary(account, name)

    def metadata_of(self, request: Request, part: str = "metadata") -> Json:
        """The part of an upload that is JSON; clients send it as a field or as a file."""
        given: str | FileStorage | None = request.form.get(part) or request.files.get(part)
        text = given.read().decode() if isinstance(given, FileStorage) else given
        if not text:
            raise Refusal(400, 10003, f"the part {part} is missing")
        metadata: Json = json.loads(text)
        return metadata

    def number(self, what: str) -> str:
        """An id, as Cloudflare's: 32 hexadecimal digits."""
        return hashlib.sha256(f"{what} {next(self.numbers)}".encode()).hexdigest()[:32]


def check_token(request: Request) -> None:
    """Raises `Refusal` as a token's holder may not make the call: none is 9106, workers-sdk #13656; an unknown one 9109,
    wrangler-legacy #2054; one of another account or with less in it 10000, wrangler-legacy #492."""
    token = request.headers.get("authorization", "").removeprefix("Bearer").strip()
    if not token:
        raise Refusal(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
    if token not in (TOKEN, READER, ZONELESS):
        raise Refusal(403, 9109, "Invalid access token")
    if f"/accounts/{OTHERS_ACCOUNT}/" in request.path or (token == READER and request.method != "GET"):
        raise NO_ACCESS
    if token == ZONELESS and re.fullmatch(r"/client/v4/zones/\w+", request.path):
        raise Refusal(403, 9109, "Unauthorized to access requested resource")


def migrated(old: Json | None, migrations: Json | None) -> tuple[str | None, list[str]]:
    """The tag and the Durable Object classes after an upload.

    `old_tag` must be the live tag, and may be left out only where there is none: 412, wrangler-legacy #1992 and
    pulumi-cloudflare #1215. An upload without migrations leaves both as they are, as wrangler relies on.
    """
    tag, classes = (old["tag"], list(old["classes"])) if old else (None, [])
    if migrations is None:
        return tag, classes
    if migrations.get("old_tag") != tag:
        expected, sent = tag or "no tag", migrations.get("old_tag") or "no tag"
        raise Refusal(412, 10079, f"Migration tag precondition failed; expected tag {expected!r}, got {sent!r}")
    if made := migrations.get("new_classes"):
        raise Refusal(400, 10097, f"{made[0]}: create a namespace with a new_sqlite_classes migration, on every plan")
    for one in migrations.get("new_sqlite_classes", []):
        if one in classes:
            raise Refusal(400, 10074, f"Cannot apply new-class migration to class '{one}' that is already depended on")
        classes.append(one)
    gone = migrations.get("deleted_classes", [])
    return migrations.get("new_tag"), [one for one in classes if one not in gone]


def without_secret(binding: Json) -> Json:
    """A binding as the API tells of it: a secret's value it keeps to itself."""
    return {key: value for key, value in binding.items() if key != "text" or binding["type"] != "secret_text"}


def modules_of(request: Request) -> dict[str, Json]:
    """The modules of an upload, by name."""
    files = (file for file in request.files.values() if file.name not in ("metadata", "settings"))
    return {file.filename or file.name or "": {"type": file.mimetype, "code": file.read()} for file in files}


def etag_of(modules: dict[str, Json]) -> str:
    """Another one for other code."""
    return hashlib.sha256(b"".join(name.encode() + part["code"] for name, part in sorted(modules.items()))).hexdigest()


def closed_subdomain() -> Json:
    """A new Worker is not on workers.dev."""
    return {"enabled": False, "previews_enabled": False}


def now() -> str:
    """The time, as the API writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def envelope(result: Any, refusal: Refusal | None = None) -> Response:
    """What every JSON answer is wrapped in."""
    errors = [{"code": refusal.code, "message": refusal.message}] if refusal else []
    body = {"success": not errors, "errors": errors, "messages": [], "result": result}
    return Response(json.dumps(body), status=refusal.status if refusal else 200, mimetype="application/json")


if __name__ == "__main__":
    child(lambda config: Cloudflare())
