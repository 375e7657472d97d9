"""A plan's part of an account, as it is: `kampkin.drift.model.Live`."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from kampkin.drift.cloudflare.api import Api
from kampkin.drift.cloudflare.readers import (
    DOMAIN,
    NAMESPACE,
    READERS,
    RECORD,
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
from kampkin.drift.cloudflare.resting import RESTING, UNDEPLOYED
from kampkin.drift.cloudflare.ways import parts_of, takes
from kampkin.drift.compare import texts, undeclared
from kampkin.drift.generated import PLAN, held_by, is_just
from kampkin.drift.model import Blind, By, Cause, Drift, Unseen
from kampkin.drift.paths import endpoint_of
from kampkin.drift.references import linked
from kampkin.names import names_for
from kampkin.plan import MINUTE_MS, Plan, TargetName
from kampkin.preview.declared import Resource
from kampkin.preview.stackfile import StackFile

ACCOUNT, TOKEN, BASE = "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_BASE_URL"
AUDIT = "Account Settings: Read"
LOOKED_BACK = 100
"""Entries of the audit log, newest first."""

CALLED = {
    SCRIPT: ("scriptName",),
    SUBDOMAIN: ("scriptName",),
    ROUTE: ("pattern",),
    DOMAIN: ("hostname",),
    NAMESPACE: ("title",),
    RECORD: ("name",),
}
"""The input by which an entry names a resource, beside its id."""

STANDS_MS = 24 * 60 * MINUTE_MS
"""A gradual deployment that has stood for longer is none that somebody is at."""

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

    def __init__(self, plan: Plan, place: Place, clock: Callable[[], float] = time.time) -> None:
        self.desired = plan
        self.place = place
        self.clock = clock
        """Seconds since 1970."""
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

    def reaches(self, resource: Resource, live: Any) -> str | None:
        """The endpoint that a route is for, where it is for one alone."""
        if resource.type != ROUTE:
            return None
        return endpoint_of(parts_of(resource.inputs["pattern"])[1], self.desired, self.target)

    def extras(self, resources: Sequence[Resource]) -> Iterator[Drift | Blind]:
        """What is there and nobody declared: modules and bindings of our Workers, triggers, what else leads to them, and what takes
        their requests. What one cannot tell hides nothing of the others."""
        workers = [one for one in resources if one.type == SCRIPT]
        names = {one.inputs["scriptName"] for one in workers}
        looks: dict[str, Iterator[Drift | Blind]] = {
            f"what {one.inputs['scriptName']} has": self._beside(one) for one in workers
        }
        looks |= {f"how {one.inputs['scriptName']} is deployed": self._versions(one) for one in workers}
        looks |= {f"what {one.name} is given": self._given(one, resources) for one in workers}
        looks["what else is routed"] = self._routes(names, resources)
        looks["what else has a domain"] = self._domains(names, resources)
        for what, look in looks.items():
            try:
                yield from look
            except Unseen as problem:
                yield Blind("live", self.target, what, problem.message, problem.needs)

    def _routes(self, names: set[str], resources: Sequence[Resource]) -> Iterator[Drift]:
        host = self.desired.targets[self.target].host
        if host is None:
            return
        declared = {one.inputs["pattern"] for one in resources if one.type == ROUTE}
        for route in routes_of(self.place):
            if route["pattern"] in declared:
                continue
            is_taking = takes(route, host, declared)
            if is_taking or route.get("script") in names:
                by = self._audited({route["pattern"], str(route.get("id"))})
                found = self._extra(f"route {route['pattern']}", "script", route.get("script") or "no Worker", by)
                reached = endpoint_of(parts_of(route["pattern"])[1], self.desired, self.target) if is_taking else None
                yield replace(found, reaches=reached)

    def _domains(self, names: set[str], resources: Sequence[Resource]) -> Iterator[Drift]:
        hosts = {one.inputs["hostname"] for one in resources if one.type == DOMAIN}
        for domain in domains_of(self.place):
            if domain["service"] in names and domain["hostname"] not in hosts:
                by = self._audited({domain["hostname"], str(domain.get("id"))})
                yield self._extra(f"custom domain {domain['hostname']}", "service", domain["service"], by)

    def _versions(self, worker: Resource) -> Iterator[Drift | Blind]:
        """Cloudflare gives the code and settings of one version; whichever others have requests are not seen. That they have any is
        drift once nobody is at it any more."""
        name = worker.inputs["scriptName"]
        versions = self._newest(name).get("versions") or []
        if len(versions) > 1:
            shares = ", ".join(f"{one.get('percentage')} % {one.get('version_id')}" for one in versions)
            by = self._deployed(name)
            if not self._is_rolling(name):
                yield Drift("live", self.target, self.title(worker), "versions", "one", shares, name=worker.name, by=by)
            why = f"{len(versions)} versions share the requests: {shares}{f', by {by.who}' if by.who else ''}"
            yield Blind("live", self.target, f"all that Worker {name} runs", why, "the gradual deployment to be over")

    def _given(self, worker: Resource, resources: Sequence[Resource]) -> Iterator[Drift]:
        """What another resource gives: the namespace that a binding is of."""
        live = script(self.place, worker)
        by_name = {one.name: one for one in resources}
        if live is None:
            return
        for path, desired, is_ in linked(
            worker, live, lambda name: self.read(by_name[name]) if name in by_name else None
        ):
            drift = Drift("live", self.target, self.title(worker), path, desired, is_, name=worker.name)
            yield replace(drift, by=self.by(drift, worker))

    def _beside(self, worker: Resource) -> Iterator[Drift]:
        live = script(self.place, worker)
        if live is None:
            return
        for path, resting, is_ in undeclared(RESTING, worker.inputs, live):
            drift = Drift("live", self.target, self.title(worker), path, resting, is_, name=worker.name)
            yield replace(drift, by=self.by(drift, worker))
        title, by = self.title(worker), self._deployed(worker.inputs["scriptName"])
        for name in live["files"]:
            if name not in worker.inputs.get("files", {}):
                yield self._extra(title, f'files["{name}"]', "a module", by, worker.name)
        if not worker.inputs.get("bindings"):
            for binding in live.get("bindings") or []:
                yield self._extra(title, "bindings[]", binding, by, worker.name)
        triggers = self.place.api.result(f"{self.place.scripts(worker.inputs['scriptName'])}/schedules", SCRIPTS)
        for one in (triggers or {}).get("schedules", []):
            yield self._extra(
                title, "schedules[]", one.get("cron"), self._audited({worker.inputs["scriptName"]}), worker.name
            )

    def _extra(self, title: str, setting: str, live: Any, by: By, name: str | None = None) -> Drift:
        return Drift("live", self.target, title, setting, None, live, name=name, by=by)

    def plan(self) -> Mapping[str, Any] | None:
        """The plan in the edge Worker; None where it is not there or holds none."""
        return held_by(self._plan_module())

    def is_plan_alone(self, resource: Resource) -> bool:
        """Whether the plan's module is that alone; each other module is told by itself."""
        return is_just("plan", self._plan_module())

    def _plan_module(self) -> bytes:
        live = script(self.place, Resource(SCRIPT, "", inputs={"scriptName": self.worker})) or {}
        return base64.b64decode(live.get("files", {}).get(PLAN, {}).get("contentBase64", ""))

    def settled(self) -> bool:
        """Whether one version has all the requests, or a day has gone by; a gradual deployment is a roll-out."""
        return not self._is_rolling(self.worker)

    def is_rolled_out(self, resource: Resource) -> bool:
        """The edge Worker is, by a gradual deployment."""
        return resource.type == SCRIPT and resource.inputs["scriptName"] == self.worker

    def by(self, drift: Drift, resource: Resource) -> By:
        """Who deployed the Worker last. A Worker that is gone has no deployments, and to put one on workers.dev or to send its logs
        elsewhere, as to change a route, a domain or a record, is none: who did that is in the audit log."""
        if resource.type == SCRIPT and drift.setting and not drift.setting.startswith(UNDEPLOYED):
            return self._deployed(resource.inputs["scriptName"])
        told = {str(resource.inputs[key]) for key in CALLED.get(resource.type, ()) if key in resource.inputs}
        live = self.read(resource) or {}
        return self._audited(told | ({str(live["id"])} if live.get("id") else set()))

    def _is_rolling(self, worker: str) -> bool:
        newest = self._newest(worker)
        since = at(newest.get("created_on"))
        is_recent = since is None or self.clock() * 1000 - since < STANDS_MS
        return len(newest.get("versions") or []) > 1 and is_recent

    def _newest(self, worker: str) -> Mapping[str, Any]:
        """The deployment that runs; nothing where there is none."""
        return next(iter(self._deployments(worker)), {})

    def _deployments(self, worker: str) -> list[Any]:
        found = self.place.api.result(f"{self.place.scripts(worker)}/deployments", SCRIPTS)
        return list((found or {}).get("deployments") or [])

    def _deployed(self, name: str) -> By:
        try:
            one = self._newest(name)
        except Unseen as problem:
            return unknown(problem)
        if not one:
            return By("unknown")
        source = str(one.get("source") or "").lower()
        cause: Cause = "console" if source in PERSONS else "pipeline"
        who = one.get("author_email") or (source or None)
        return By(cause, who, at(one.get("created_on")), f"Workers deployments: {source or 'no source'}")

    def _audited(self, told: set[str]) -> By:
        """Who is in the audit log with one of the names; what every entry has, as the account's id, is none."""
        try:
            entries = self.place.api.result(
                f"accounts/{self.place.account}/audit_logs", AUDIT, per_page=str(LOOKED_BACK)
            )
        except Unseen as problem:
            return unknown(problem)
        for entry in entries or []:
            if told & set(texts(entry)):
                actor = entry.get("actor") or {}
                interface = str(entry.get("interface") or "")
                cause: Cause = "console" if interface.upper() == "UI" else "pipeline"
                return By(cause, actor.get("email"), at(entry.get("when")), "audit log")
        return By("unknown", where=f"the last {LOOKED_BACK} entries of the audit log have nothing of it")


def unknown(problem: Unseen) -> By:
    """Nobody could be asked; what is missing is named, where something is."""
    return By("unknown", where=f"needs {problem.needs}" if problem.needs else problem.message)


def at(text: Any) -> int | None:
    """A time as the API writes it, ms since 1970."""
    try:
        return int(datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp() * 1000)
    except ValueError:
        return None
