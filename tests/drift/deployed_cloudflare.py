"""A plan deployed on the local Cloudflare without an engine: what the stack would declare, made by the provider's own rows."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from kampkin.bundle import Bundle, bundle
from kampkin.drift.cloudflare import CloudflareLive, connect
from kampkin.drift.look import look
from kampkin.drift.model import Blind, Drift
from kampkin.load import load
from kampkin.names import names_for
from kampkin.plan import Plan
from kampkin.preview.declared import Resource
from kampkin.preview.run import resources
from kampkin.preview.shown import SECRET
from kampkin.preview.stackfile import StackFile
from tests.clouds.cloudflare import TOKEN, LocalCloudflare
from tests.e2e.providers.cloudflare import PROVIDER, Api

NOWHERE = "100::"
"""Of the one record; a preview shows its digest."""

ACCOUNT = "0123456789abcdef0123456789abcdef"
FILE = """\
version: 1
project: acme
targets: {{cloudflare: {target}}}
endpoints:
  cart: {{origin: https://cart.acme.dev, timeout: 3s{more}}}
  search: {{origin: https://search.acme.dev}}
"""


SHORT, LONG = b'timeoutMs\\":3000', b'timeoutMs\\":9000'
"""The cart's time-out in a `plan.mjs`, as it is and as somebody makes it."""


@dataclass
class Deployed:
    """One deployment, and looks at it."""

    cloud: LocalCloudflare
    plan: Plan
    bundle: Bundle
    stack: StackFile
    declared: tuple[Resource, ...]
    ids: dict[str, str] = field(default_factory=dict)
    zone: str = ""

    @property
    def worker(self) -> str:
        """The edge Worker's name."""
        return names_for(self.plan).worker

    def live(self, token: str = TOKEN) -> CloudflareLive:
        """Another look."""
        return connect(self.plan, self.stack, {"CLOUDFLARE_API_TOKEN": token, "CLOUDFLARE_BASE_URL": self.cloud.url})

    def found(self, token: str = TOKEN) -> tuple[list[Drift], list[Blind]]:
        """What is other, and what could not be seen."""
        every = list(look(self.live(token), self.declared, self.plan))
        return [one for one in every if isinstance(one, Drift)], [one for one in every if isinstance(one, Blind)]

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """A call as anybody with the token may make it."""
        headers = {"authorization": f"Bearer {TOKEN}"}
        answer = requests.request(method, f"{self.cloud.url}/{path}", headers=headers, timeout=30, **options)
        answer.raise_for_status()
        return answer.json()["result"]

    def script(self, name: str = "") -> str:
        """A Worker's path."""
        return f"accounts/{ACCOUNT}/workers/scripts/{name or self.worker}"

    def upload(self, change: Mapping[str, bytes | None], name: str = "") -> None:
        """Saves other code, as the dashboard's editor does: modules by name, None takes one away."""
        name = name or self.worker
        code = dict(self.bundle.state if name.endswith("-state") else self.bundle.worker)
        code |= {module: text for module, text in change.items() if text is not None}
        main = "state.mjs" if name.endswith("-state") else "main.mjs"
        parts: list[tuple[str, Any]] = [("metadata", (None, json.dumps({"main_module": main}), "application/json"))]
        kept = [(module, text) for module, text in code.items() if change.get(module, b"") is not None]
        parts += [(module, (module, text, "application/javascript+module")) for module, text in kept]
        self.ask("PUT", f"{self.script(name)}/content", files=parts)

    def settings(self, name: str = "", **change: Any) -> None:
        """Changes settings, as the dashboard does."""
        files = {"settings": (None, json.dumps(change), "application/json")}
        self.ask("PATCH", f"{self.script(name)}/settings", files=files)


def deploy(
    cloud: LocalCloudflare, folder: Path, target: str = "{}", more: str = "", owners: str = "", **settings: str
) -> Deployed:
    """Makes all of it, in a zone of its own where there is a host."""
    plan = plan_of(folder, target, more, owners)
    headers = {"authorization": f"Bearer {TOKEN}"}
    zone = requests.post(
        f"{cloud.url}/zones", json={"name": "acme.dev", "account": {"id": ACCOUNT}}, headers=headers, timeout=30
    ).json()["result"]["id"]
    host = plan.targets["cloudflare"].host
    values = {"accountId": ACCOUNT, **({"zoneId": zone} if host else {"workersSubdomain": "acme"}), **settings}
    stack = StackFile("kampkin-cloudflare", "prod", values)
    made = Deployed(cloud, plan, bundle(plan), stack, declared(plan, stack), zone=zone)
    api = api_of(cloud)
    for resource in in_their_order(made.declared):
        kind = PROVIDER.kinds[resource.type]
        made.ids[resource.name] = kind.create(api, raw(resource, made))
    return made


def plan_of(folder: Path, target: str = "{}", more: str = "", owners: str = "") -> Plan:
    """The plan of the file."""
    file = folder / "kampkin.yaml"
    file.write_text(FILE.format(target=target, more=more) + owners)
    plan = load(file).plan
    assert plan is not None
    return plan


KNOWN: dict[tuple[str, str], tuple[Resource, ...]] = {}


def declared(plan: Plan, stack: StackFile) -> tuple[Resource, ...]:
    """What the stack would declare; a preview takes seconds, so each is asked for once."""
    key = plan.digest, json.dumps(dict(stack.values), sort_keys=True)
    if key not in KNOWN:
        KNOWN[key] = resources(plan, "cloudflare", stack)
    return KNOWN[key]


def api_of(cloud: LocalCloudflare) -> Api:
    """The provider's own client."""
    api = Api.__new__(Api)
    api.base, api.session = cloud.url, requests.Session()
    api.session.headers["authorization"] = f"Bearer {TOKEN}"
    return api


def in_their_order(declared: tuple[Resource, ...]) -> list[Resource]:
    """State before the edge, the edge before what leads to it."""
    order = {"kampkin-state": 0, "kampkin-decisions": 0, "kampkin-worker": 1}
    mine = [one for one in declared if one.type in PROVIDER.kinds]
    return sorted(mine, key=lambda one: order.get(one.name, 2))


def raw(resource: Resource, made: Deployed) -> dict[str, Any]:
    """The inputs with their contents, a value for each secret, and what others have given."""
    inputs: dict[str, Any] = json.loads(json.dumps(resource.inputs))
    if "files" in inputs:
        code = made.bundle.state if resource.name.endswith("-state") else made.bundle.worker
        inputs["content"] = code[inputs["mainModule"]].decode()
        for name, one in inputs["files"].items():
            one["contentBase64"] = base64.b64encode(code[name]).decode()
    elif "content" in inputs:
        inputs["content"] = NOWHERE
    for binding in inputs.get("bindings") or []:
        for key, value in binding.items():
            if value == SECRET:
                binding[key] = "s3cret"
            elif isinstance(value, str) and value.startswith("${"):
                binding[key] = made.ids[value[2:].partition(".")[0]]
    return inputs
