"""AWS as it is now, read from AWS itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kampkin.bundle import module, slim
from kampkin.drift.aws.account import Account
from kampkin.drift.aws.calls import Calls, Gone, session_of
from kampkin.drift.aws.code import digest_of
from kampkin.drift.aws.domain import proven_by
from kampkin.drift.aws.extras import beside
from kampkin.drift.aws.messages import topic_of
from kampkin.drift.aws.readers import (
    CERTIFICATE,
    DISTRIBUTION,
    FUNCTION,
    LOG_GROUP,
    MAPPING,
    NOT_READ,
    POLICY,
    QUEUE,
    READERS,
    RECORD,
    ROLE,
    SUBSCRIPTION,
    TABLE,
    TOPIC,
    VALIDATION,
    is_of_the_cloud,
)
from kampkin.drift.aws.resting import touched
from kampkin.drift.aws.roles import role_of
from kampkin.drift.aws.trail import changed_by
from kampkin.drift.generated import PLAN, held_by, is_just
from kampkin.drift.model import Blind, By, Drift, Unseen
from kampkin.drift.paths import endpoint_of
from kampkin.drift.references import linked
from kampkin.plan import Plan, TargetName
from kampkin.preview.declared import Resource
from kampkin.regions import HOME

WORDS = {
    FUNCTION: "function",
    ROLE: "role",
    TABLE: "table",
    LOG_GROUP: "log group",
    QUEUE: "queue",
    TOPIC: "topic",
    CERTIFICATE: "certificate",
    RECORD: "record",
}
"""What a person calls them."""

DEPLOYED = "Deployed"


def connect(plan: Plan, environ: Mapping[str, str], account: str | None = None) -> AwsLive:
    """The account that the environment's credentials are of. Raises `Unseen` where there can be no look at it, and where it is
    not the stack's: nothing of the stack's would be there."""
    live = AwsLive(plan, Calls(session_of(environ), environ))
    if account and (found := live.account.number()) != account:
        raise Unseen(
            f"these credentials are of the account {found}, and this stack's is {account}", f"credentials of {account}"
        )
    return live


class AwsLive:
    """A plan's part of an account, `kampkin.drift.model.Live`. It is one look: what was read once is not read again."""

    target: TargetName = "aws"

    def __init__(self, plan: Plan, calls: Calls) -> None:
        self.account = Account(plan, calls)

    @property
    def calls(self) -> int:
        """How often AWS was asked; it goes by regions and by owners who want email, not by endpoints."""
        return self.account.calls.count + self.account.downloads

    def read(self, resource: Resource) -> Mapping[str, Any] | None:
        """The inputs that the resource has now; what tells the provider alone is as declared. Raises `Unseen`."""
        if not is_of_the_cloud(resource):
            return dict(resource.inputs)
        if resource.type not in READERS:
            raise Unseen(f"Kampkin does not know how to look at {resource.type}")
        try:
            live = READERS[resource.type](self.account, resource)
        except Gone:  # or what it is in: a record's zone
            return None
        if live is None:
            return None
        return {**live, **{key: resource.inputs[key] for key in NOT_READ if key in resource.inputs}}

    def title(self, resource: Resource) -> str:
        """As a person finds it in a console."""
        if resource.type == DISTRIBUTION:
            return f"distribution {self._distribution_id() or self.account.names.base}"
        if resource.type == POLICY:
            return f"policy of role {role_of(self.account, resource)}"
        if resource.type == MAPPING:
            source = "stream" if "startingPosition" in resource.inputs else "queue"
            return (
                f"trigger of function {resource.inputs['functionName']} by its {source} in {resource.inputs['region']}"
            )
        if resource.type == SUBSCRIPTION:
            return f"subscription of {resource.inputs['endpoint']} in {resource.inputs['region']}"
        if resource.type == VALIDATION:
            return f"certificate of {self.account.plan.targets['aws'].host}"
        if resource.type == RECORD:
            return self._record_title(resource)
        name = resource.inputs.get("name") or resource.inputs.get("domainName") or resource.name
        region = f" in {resource.inputs['region']}" if "region" in resource.inputs else ""
        return f"{WORDS.get(resource.type, resource.type)} {name}{region}"

    def reaches(self, resource: Resource, live: Any) -> str | None:
        """The endpoint of a path that a distribution has beside the one behaviour that is declared."""
        path = live.get("pathPattern") if isinstance(live, Mapping) else None
        return endpoint_of(f"/{path.removeprefix('/')}", self.account.plan, self.target) if path else None

    def extras(self, resources: Sequence[Resource]) -> Iterator[Drift | Blind]:
        """What is there and nobody declared; and what one resource gives another, where that is other than it is. Each with who
        did it.

        What cannot be seen of one resource is left out: reading it says so.
        """
        for resource in resources:
            if is_of_the_cloud(resource):
                for look in self._extras(resource, resources):
                    try:
                        yield from look
                    except Unseen as problem:
                        yield Blind("live", "aws", f"what is beside {resource.name}", problem.message, problem.needs)

    def is_rolled_out(self, resource: Resource) -> bool:
        """The distribution and its function are; the notifier is changed at once."""
        is_function = resource.type == FUNCTION and resource.inputs["name"] == self.account.names.function
        return resource.type == DISTRIBUTION or is_function

    def _extras(self, resource: Resource, resources: Sequence[Resource]) -> list[Iterator[Drift]]:
        live = self._seen(resource)
        if live is None:
            return []
        by_name = {one.name: one for one in resources}

        def read(name: str) -> Mapping[str, Any] | None:
            return self._seen(by_name[name]) if name in by_name else None

        found = (*linked(resource, live, read), *touched(resource, live))
        looks = beside(self.account, resource, live, resources)
        return [
            (self._attributed(resource, *one) for one in found),
            *((self._attributed(resource, path, None, is_) for path, is_ in look) for look in looks),
        ]

    def plan(self) -> Mapping[str, Any] | None:
        """The plan in the code that the distribution calls; None where it calls none, or that holds none."""
        arn = self.account.called()
        if arn is None:
            return None
        name, _, version = arn.rpartition(":")
        try:
            modules = self.account.code(HOME, name, version)
        except Gone:
            return None
        return held_by(modules[PLAN]) if PLAN in modules else None

    def is_plan_alone(self, resource: Resource) -> bool:
        """Whether the code that the distribution calls is the declared one with another plan in it, and nothing beside that."""
        name, _, version = str(self.account.called()).rpartition(":")
        try:
            modules = self.account.code(HOME, name, version)
        except Gone:
            return False
        ours = modules | {PLAN: module("plan", slim(self.account.plan))}
        return is_just("plan", modules.get(PLAN, b"")) and digest_of(ours) == str(resource.inputs["codeSha256"])

    def settled(self) -> bool:
        """Whether CloudFront has brought the distribution to all of its places, which takes it minutes."""
        live = self.account.distribution()
        return live is None or live.get("Status", DEPLOYED) == DEPLOYED

    def by(self, drift: Drift, resource: Resource) -> By:
        """Who changed it, as CloudTrail says."""
        return changed_by(self.account, resource, drift.setting, self._told(drift, resource))

    def _told(self, drift: Drift, resource: Resource) -> set[str]:
        """By what an event may name the resource: as nothing else is named."""
        live = self._seen(resource) or {}
        if drift.setting == "inlinePolicies[]":
            said = {drift.live}
        elif resource.type == POLICY:
            said = {live.get("name") or role_of(self.account, resource)}
        elif resource.type == SUBSCRIPTION:
            said = {topic_of(self.account, resource)}
        elif resource.type == RECORD:
            said = {f"{name}{dot}" for name in (live.get("fqdn"), resource.inputs["name"]) if name for dot in ("", ".")}
        else:
            said = {live.get(key) for key in ("id", "arn", "name", "url", "uuid", "streamArn")}
            said |= {resource.inputs.get(key) for key in ("name", "domainName")}
            said |= {None if live else resource.inputs.get("functionName")}
        return {one for one in said if isinstance(one, str) and one}

    def _attributed(self, resource: Resource, path: str, desired: Any, live: Any) -> Drift:
        drift = Drift("live", self.target, self.title(resource), path, desired, live, name=resource.name)
        if resource.type == DISTRIBUTION and not self.settled():
            return replace(drift, by=By("roll-out", where="CloudFront has not brought it to all of its places yet"))
        return replace(drift, by=self.by(drift, resource))

    def _seen(self, resource: Resource) -> Mapping[str, Any] | None:
        """What is live; None also where it cannot be seen."""
        try:
            return self.read(resource)
        except Unseen:
            return None

    def _record_title(self, resource: Resource) -> str:
        kind, name = resource.inputs["type"], resource.inputs["name"]
        return (
            f"record by which ACM knows {proven_by(resource)}" if name.startswith("${") else f"record {kind} of {name}"
        )

    def _distribution_id(self) -> str | None:
        try:
            live = self.account.distribution()
        except Unseen:
            return None
        return str(live["Id"]) if live else None
