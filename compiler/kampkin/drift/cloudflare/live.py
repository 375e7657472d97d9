"""A plan's part of an account, as it is: `kampkin.drift.model.Live`."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from kampkin.drift.cloudflare.api import Api
from kampkin.drift.cloudflare.readers import (
    DOMAIN,
    READERS,
    ROUTE,
    SCRIPT,
    SCRIPTS,
    SUBDOMAIN,
    TITLES,
    Place,
    domains_of,
    routes_of,
    script,
)
from kampkin.drift.compare import texts
from kampkin.drift.generated import PLAN, held_by
from kampkin.drift.model import By, Cause, Drift, Unseen
from kampkin.names import names_for
from kampkin.plan import Plan, TargetName
from kampkin.preview.declared import Resource
from kampkin.preview.stackfile import StackFile

ACCOUNT, TOKEN, BASE = "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_BASE_URL"
AUDIT = "Account Audit Logs: Read"
PERSONS = ("dash", "dashboard", "quick_editor", "wrangler")


def connect(plan: Plan, stack: StackFile, environ: Mapping[str, str]) -> CloudflareLive:
    """The account of the stack's file, by the environment's token. Raises `Unseen` where there can be no look at it."""
    token = environ.get(TOKEN)
    if not token:
        raise Unseen(f"{TOKEN} is not set", SCRIPTS)
    account = known(stack, "accountId") or environ.get(ACCOUNT)
    if not account:
        raise Unseen("which account this is is not known", f"accountId in the stack's file, or {ACCOUNT}")
    return CloudflareLive(plan, Place(Api(token, environ.get(BASE)), account, known(stack, "zoneId")))


def known(stack: StackFile, key: str) -> str | None:
    """A setting of the stack's file, where it is there and not sealed."""
    return None if key in stack.sealed else stack.values.get(key)


class CloudflareLive:
    """One look: what was read once is not read again."""

    target: TargetName = "cloudflare"

    def __init__(self, plan: Plan, place: Place) -> None:
        self.desired = plan
        self.place = place
        self.worker = names_for(plan).worker

    @property
    def calls(self) -> int:
        """How often Cloudflare was asked; it goes by Workers and by pages of routes, not by endpoints."""
        return self.place.api.calls

    def read(self, resource: Resource) -> Mapping[str, Any] | None:
        """The inputs that the resource has now."""
        if resource.type not in READERS:
            raise Unseen(f"Kampkin does not know how to look at {resource.type}")
        return READERS[resource.type](self.place, resource)

    def title(self, resource: Resource) -> str:
        """As a person finds it in the dashboard."""
        return TITLES[resource.type](resource.inputs) if resource.type in TITLES else resource.name

    def extras(self, resources: Sequence[Resource]) -> Sequence[Drift]:
        """What is there and nobody declared: modules and bindings of our Workers, triggers, and what else leads to them."""
        workers = [one for one in resources if one.type == SCRIPT]
        found = [drift for worker in workers for drift in self._beside(worker)]
        names = {one.inputs["scriptName"] for one in workers}
        patterns = {one.inputs["pattern"] for one in resources if one.type == ROUTE}
        hosts = {one.inputs["hostname"] for one in resources if one.type == DOMAIN}
        for route in routes_of(self.place):
            if route.get("script") in names and route["pattern"] not in patterns:
                found.append(self._extra(f"route {route['pattern']}", "script", route["script"]))
        for domain in domains_of(self.place):
            if domain["service"] in names and domain["hostname"] not in hosts:
                found.append(self._extra(f"custom domain {domain['hostname']}", "service", domain["service"]))
        return found

    def _beside(self, worker: Resource) -> Iterator[Drift]:
        live = script(self.place, worker)
        if live is None:
            return
        title = self.title(worker)
        for name in live["files"]:
            if name not in worker.inputs.get("files", {}):
                yield self._extra(title, f'files["{name}"]', "a module", worker.name)
        if not worker.inputs.get("bindings"):
            for binding in live.get("bindings") or []:
                yield self._extra(title, "bindings[]", binding, worker.name)
        triggers = self.place.api.result(f"{self.place.scripts(worker.inputs['scriptName'])}/schedules", SCRIPTS)
        for one in (triggers or {}).get("schedules", []):
            yield self._extra(title, "schedules[]", one.get("cron"), worker.name)

    def _extra(self, title: str, setting: str, live: Any, name: str | None = None) -> Drift:
        return Drift("live", self.target, title, setting, None, live, name=name, by=self._deployed(title))

    def plan(self) -> Mapping[str, Any] | None:
        """The plan in the edge Worker; None where it is not there or holds none."""
        live = script(self.place, Resource(SCRIPT, "", inputs={"scriptName": self.worker}))
        code = ((live or {}).get("files") or {}).get(PLAN, {}).get("contentBase64")
        return held_by(base64.b64decode(code)) if code else None

    def settled(self) -> bool:
        """Whether one version has all the requests; a gradual deployment is a roll-out."""
        newest = self._deployments(self.worker)[:1]
        return not newest or len(newest[0].get("versions") or []) < 2

    def by(self, drift: Drift, resource: Resource) -> By:
        """Who deployed the Worker last; of routes, domains and the like who is in the audit log."""
        if resource.type in (SCRIPT, SUBDOMAIN):
            return self._deployed(f"Worker {resource.inputs['scriptName']}")
        return self._audited(resource)

    def _deployments(self, worker: str) -> list[Any]:
        found = self.place.api.result(f"{self.place.scripts(worker)}/deployments", SCRIPTS)
        return list((found or {}).get("deployments") or [])

    def _deployed(self, title: str) -> By:
        kind, _, name = title.partition(" ")
        newest = self._deployments(name)[:1] if kind == "Worker" else []
        if not newest:
            return By("unknown")
        one = newest[0]
        source = str(one.get("source") or "").lower()
        cause: Cause = "console" if source in PERSONS else "pipeline"
        who = one.get("author_email") or (source or None)
        return By(cause, who, at(one.get("created_on")), f"Workers deployments: {source or 'no source'}")

    def _audited(self, resource: Resource) -> By:
        try:
            entries = self.place.api.result(f"accounts/{self.place.account}/audit_logs", AUDIT, per_page="100")
        except Unseen:
            return By("unknown", where=f"needs {AUDIT}")
        words = {str(value) for value in resource.inputs.values() if isinstance(value, str)}
        for entry in entries or []:
            if words & set(texts(entry)):
                actor = entry.get("actor") or {}
                interface = str(entry.get("interface") or "")
                cause: Cause = "console" if interface.upper() == "UI" else "pipeline"
                return By(cause, actor.get("email"), at(entry.get("when")), "audit log")
        return By("unknown", where="the audit log has nothing of it")


def at(text: Any) -> int | None:
    """A time as the API writes it, ms since 1970."""
    try:
        return int(datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp() * 1000)
    except ValueError:
        return None
