"""The bundle: the modules that run at each edge, as bytes.

The breaker's modules are the same files on both clouds; beside them stand one adapter, a `main.mjs` of a few
lines, and two generated modules: `plan.mjs`, the same on both, and `site.mjs`, the names of what is deployed.
No build step and no bundler: what is in `runtime/` is what runs.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

from kampkin import __version__
from kampkin.audience import audience_of, emails_of, secret_variable, secrets_of
from kampkin.blame import Change
from kampkin.names import ANALYTICS_BINDING, STATE_CLASS, STORE_BINDINGS, names_for
from kampkin.plan import PLAN_VERSION, Endpoint, Plan, TargetName, canonical_json, digest_of

COMPATIBILITY_DATE = "2026-07-01"
"""The Workers runtime the bundle is written for. Fixed: a date of today's would change what runs by itself."""

COMPATIBILITY_FLAGS = ("enable_request_signal",)
LAMBDA_RUNTIME = "nodejs24.x"
LAMBDA_HANDLER = "main.handler"

BREAKER = (
    "breaker.mjs",
    "cooldown.mjs",
    "ledger.mjs",
    "merge.mjs",
    "metrics.mjs",
    "outcome.mjs",
    "overrides.mjs",
    "trip.mjs",
    "window.mjs",
    "wire.mjs",
)
MIDDLEWARE = (
    *BREAKER,
    "answers.mjs",
    "attempt.mjs",
    "cors.mjs",
    "fallbacks.mjs",
    "gate.mjs",
    "headers.mjs",
    "locations.mjs",
    "log.mjs",
    "middleware.mjs",
    "node.mjs",
    "paths.mjs",
    "replies.mjs",
    "retry-after.mjs",
    "routes.mjs",
    "running.mjs",
    "stores/memory.mjs",
    "talk.mjs",
    "within.mjs",
)
WORKER = (
    *MIDDLEWARE,
    "admin.mjs",
    "analytics.mjs",
    "cloudflare.mjs",
    "copies.mjs",
    "secrets.mjs",
    "stores/durable-object.mjs",
    "stores/kv.mjs",
    "upload.mjs",
    "worker-call.mjs",
)
NOTICE = (
    "audience.mjs",
    "channels.mjs",
    "delivery.mjs",
    "message.mjs",
    "notify.mjs",
    "retry-after.mjs",
    "secrets.mjs",
)
STATE = (*BREAKER, *NOTICE, "events.mjs", "outbox.mjs", "state.mjs")
NOTIFIER = (*NOTICE, "aws-call.mjs", "notifier.mjs", "stores/sigv4.mjs")
LAMBDA = (
    *MIDDLEWARE,
    "events.mjs",
    "exchange.mjs",
    "hand-back.mjs",
    "lambda-call.mjs",
    "lambda.mjs",
    "regions.mjs",
    "stores/dynamodb.mjs",
    "stores/item.mjs",
    "stores/sigv4.mjs",
)

NO_CHANGES: Mapping[str, Change] = {}

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
ZIP_MODE = 0o100644


@dataclass(frozen=True)
class Bundle:
    """What is deployed for a plan. A target that the plan lacks has no modules."""

    plan: Plan
    worker: dict[str, bytes]
    """Modules of the edge Worker; its entry is `main.mjs`."""
    state: dict[str, bytes]
    """Modules of the state Worker; its entry is `state.mjs`. None where nothing is kept in a Durable Object."""
    aws: dict[str, bytes]
    """Modules of the Lambda@Edge function; its entry is `main.mjs`."""
    notifier: dict[str, bytes] = field(default_factory=dict)
    """Modules of the notifier on AWS; its entry is `main.mjs`. None where nobody wants to hear of anything there."""

    @property
    def notifier_archive(self) -> bytes:
        """The notifier's zip."""
        return deterministic_zip(self.notifier) if self.notifier else b""

    @property
    def archive(self) -> bytes:
        """The function's zip: the same bytes for the same modules."""
        return deterministic_zip(self.aws) if self.aws else b""

    def files(self) -> dict[str, bytes]:
        """Everything `kampkin compile` writes, by path: the modules, the plan, and a manifest of them all."""
        written = {"plan.json": self.plan.canonical()}
        written |= {f"cloudflare/{name}": code for name, code in (self.worker | self.state).items()}
        written |= {f"aws/{name}": code for name, code in self.aws.items()}
        if self.aws:
            written["aws/bundle.zip"] = self.archive
        written |= {f"notifier/{name}": code for name, code in self.notifier.items()}
        if self.notifier:
            written["notifier/bundle.zip"] = self.notifier_archive
        manifest = json.dumps(manifest_of(self, written), indent=2, sort_keys=True) + "\n"
        return dict(sorted(written.items())) | {"manifest.json": manifest.encode()}


def bundle(plan: Plan) -> Bundle:
    """The modules for each of the plan's targets."""
    code = module("plan", slim(plan))
    worker: dict[str, bytes] = {}
    state: dict[str, bytes] = {}
    aws: dict[str, bytes] = {}
    notifier: dict[str, bytes] = {}
    if "cloudflare" in plan.targets:
        site = module("site", worker_site(plan))
        worker = runtime(WORKER, "main.cloudflare.mjs") | {"plan.mjs": code, "site.mjs": site}
        if plan.targets["cloudflare"].store == "durable-object":
            state = runtime(STATE) | told(audience_of(plan, "cloudflare"))
    if "aws" in plan.targets:
        site = module("site", function_site(plan))
        aws = runtime(LAMBDA, "main.aws.mjs") | {"plan.mjs": code, "site.mjs": site}
        notifier = notifier_of(plan)
    return Bundle(plan, *(dict(sorted(modules.items())) for modules in (worker, state, aws, notifier)))


def notifier_of(plan: Plan) -> dict[str, bytes]:
    """The notifier's modules, where somebody wants to hear of something."""
    audience = audience_of(plan, "aws")
    if not audience["owners"]:
        return {}
    return runtime(NOTIFIER, "main.notifier.mjs") | {"site.mjs": module("site", notifier_site(plan))} | told(audience)


def told(audience: dict[str, Any], changes: Mapping[str, Change] = NO_CHANGES) -> dict[str, bytes]:
    """The modules that say who hears of what, and who changed an endpoint last."""
    known = {name: asdict(change) for name, change in changes.items() if name in audience["endpoints"]}
    return {"owners.mjs": module("owners", audience), "changes.mjs": module("changes", known)}


def with_changes(bundle: Bundle, changes: Mapping[str, Change]) -> Bundle:
    """The bundle with each endpoint's last change for those who hear of it. The edges' modules stay what they are."""
    state = bundle.state and bundle.state | told(audience_of(bundle.plan, "cloudflare"), changes)
    notifier = bundle.notifier and bundle.notifier | told(audience_of(bundle.plan, "aws"), changes)
    return replace(bundle, state=state, notifier=notifier)


def worker_site(plan: Plan) -> dict[str, Any]:
    """The host that the edge Worker is in front of, its store and where that is, and as what that and analytics are bound."""
    target = plan.targets["cloudflare"]
    return {
        "store": target.store,
        "binding": STORE_BINDINGS.get(target.store),
        "inFrontOf": target.host if target.in_front_of else None,
        "location": target.location,
        "analytics": ANALYTICS_BINDING if target.analytics else None,
    }


def function_site(plan: Plan) -> dict[str, Any]:
    """What the function's store is: a table of one name in each region, or none."""
    target = plan.targets["aws"]
    table = names_for(plan).table if target.store == "dynamodb" else None
    return {"store": target.store, "table": table, "regions": list(target.regions)}


def notifier_site(plan: Plan) -> dict[str, Any]:
    """What the notifier reads, takes its work from and sends email through, in each region."""
    names = names_for(plan)
    topics = {owner: names.topic(owner) for owner in emails_of(audience_of(plan, "aws"))}
    return {"table": names.table, "queue": names.queue, "topics": topics}


def runtime(modules: tuple[str, ...], main: str | None = None) -> dict[str, bytes]:
    """The named files of the runtime, and one of them as `main.mjs`."""
    folder = files("kampkin") / "runtime"
    code = {name: folder.joinpath(name).read_bytes() for name in modules}
    return code | ({"main.mjs": folder.joinpath(main).read_bytes()} if main else {})


@cache
def runtime_digest() -> str:
    """What names the modules that are the same on both clouds: of this release."""
    return digest_of({name: hashlib.sha256(code).hexdigest() for name, code in runtime(MIDDLEWARE).items()})


def module(what: str, value: Any) -> bytes:
    """A generated module with the value as its default export; JSON.parse is read faster than a literal."""
    text = json.dumps(canonical_json(value).decode(), ensure_ascii=True)
    return f"/** The {what}, generated by Kampkin. */\nexport default JSON.parse({text});\n".encode()


def slim(plan: Plan) -> dict[str, Any]:
    """The plan as the runtime reads it: what equals `defaults` is left out of each endpoint."""
    defaults = Endpoint.model_construct(name="", targets=tuple(sorted(plan.targets)), digest="").to_json()
    shared = {key: value for key, value in defaults.items() if key not in ("name", "owner", "digest")}
    return {
        "version": PLAN_VERSION,
        "project": plan.project,
        "environment": plan.environment,
        "digest": plan.digest,
        "runtime": runtime_digest(),
        "safety": plan.safety.to_json(),
        "defaults": shared,
        "endpoints": [without(endpoint.to_json(), shared, drop=("digest", "owner")) for endpoint in plan.endpoints],
    }


def without(value: dict[str, Any], defaults: dict[str, Any], drop: tuple[str, ...] = ()) -> dict[str, Any]:
    """The value less what is in `defaults`, one level of maps deep."""
    kept: dict[str, Any] = {}
    for key, own in value.items():
        default = defaults.get(key, ...)
        if key in drop or own == default:
            continue
        kept[key] = without(own, default) if isinstance(own, dict) and isinstance(default, dict) else own
    return kept


def manifest_of(bundle: Bundle, written: dict[str, bytes]) -> dict[str, Any]:
    """What was written, and how it is deployed: what a reader needs to run the files without the compiler."""
    plan, names = bundle.plan, names_for(bundle.plan)
    deploy: dict[str, Any] = {}
    if bundle.worker:
        deploy["cloudflare"] = {
            "worker": {"name": names.worker, "main": "main.mjs", "modules": list(bundle.worker)}
            | bound(plan.header_secrets),
            **worker_site(plan),
            **stores_of(bundle),
            "compatibilityDate": COMPATIBILITY_DATE,
            "compatibilityFlags": list(COMPATIBILITY_FLAGS),
        }
    if bundle.aws:
        deploy["aws"] = {
            "function": names.function,
            "handler": LAMBDA_HANDLER,
            "runtime": LAMBDA_RUNTIME,
            "archive": "aws/bundle.zip",
            **function_site(plan),
        }
    if bundle.notifier:
        deploy["aws"]["notifier"] = {
            "function": names.notifier,
            "handler": LAMBDA_HANDLER,
            "runtime": LAMBDA_RUNTIME,
            "archive": "notifier/bundle.zip",
            "deadLetters": names.dead_letters,
            **notifier_site(plan),
            **secrets_wanted(plan, "aws"),
        }
    return {
        "version": 1,
        "kampkin": __version__,
        "project": plan.project,
        "environment": plan.environment,
        "plan": plan.digest,
        "files": {path: hashlib.sha256(data).hexdigest() for path, data in sorted(written.items())},
        "deploy": deploy,
    }


def stores_of(bundle: Bundle) -> dict[str, Any]:
    """What stands beside the edge Worker: the state Worker, the KV namespace and the dataset that it has."""
    target, names = bundle.plan.targets["cloudflare"], names_for(bundle.plan)
    found: dict[str, Any] = {}
    if bundle.state:
        modules = list(bundle.state)
        found["state"] = {"name": names.state_worker, "main": "state.mjs", "class": STATE_CLASS, "modules": modules}
        found["state"] |= secrets_wanted(bundle.plan, "cloudflare")
    if target.store == "kv":
        found["namespace"] = names.namespace
    if target.analytics:
        found["dataset"] = names.dataset
    return found


def secrets_wanted(plan: Plan, target: TargetName) -> dict[str, Any]:
    """The secrets that telling owners needs on a target, and as what each is bound; nothing where it needs none."""
    return bound(secrets_of(audience_of(plan, target)))


def bound(secrets: Iterable[str]) -> dict[str, Any]:
    """The secrets as the manifest has them; nothing where there are none."""
    named = {name: secret_variable(name) for name in secrets}
    return {"secrets": named} if named else {}


def deterministic_zip(modules: dict[str, bytes]) -> bytes:
    """A zip with fixed times, order and modes; stored, since a zlib of another version gives other bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, code in sorted(modules.items()):
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.create_system = 3
            entry.external_attr = ZIP_MODE << 16
            archive.writestr(entry, code)
    return buffer.getvalue()
