"""What the AWS stack declares, made on the local AWS without the engine: by the rows of the e2e provider."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3

from kampkin.drift.aws import AwsLive
from kampkin.drift.aws.calls import Calls
from kampkin.drift.compare import differences
from kampkin.drift.model import Drift, Unseen
from kampkin.load import load
from kampkin.local.dynamodb import CREDENTIALS
from kampkin.plan import Plan
from kampkin.preview.declared import Resource
from kampkin.preview.run import Asked, previews
from kampkin.preview.shown import without
from kampkin.preview.stackfile import StackFile
from tests.clouds.aws import LocalAws
from tests.clouds.cloudfront import POLICIES
from tests.e2e.providers.aws import PROVIDER
from tests.e2e.providers.aws_client import Refusing

PROJECT = "pluto"
"""Stands in every name, host too, so that another project is one word away."""

FILE = """\
version: 1
project: pluto
targets: {aws: %s}
owners:
  shop: {notify: {email: oncall@acme.dev}}
  ops: {notify: {slack: secret:OPS}}
endpoints:
  cart: {owner: shop, origin: "https://cart.acme.dev"}
  pay: {owner: ops, origin: "https://pay.acme.dev"}
environments:
  prod: {}
"""
WITH_HOST = "{host: pluto.acme.dev, regions: [us-east-1, eu-central-1]}"
HOST = "pluto_acme_dev"
"""As it stands in the names of its records in the stack, in every project."""

BARE = "{}"
FOREVER = 1_000_000
LAST = ("aws:cloudfront/distribution:Distribution", "aws:lambda/eventSourceMapping:EventSourceMapping")
"""The distribution's certificate is to be issued before, and what a trigger is of goes by its name alone."""

REFERENCE = re.compile(r"\$\{([^}]+)\}")


@dataclass
class Cloud:
    """The local AWS, with one client for each service and region."""

    running: LocalAws
    session: Any = field(
        default_factory=lambda: boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
    )

    failing: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._client = functools.cache(self._made)

    def client(self, service: str, region: str | None = None) -> Any:
        """A client, made once."""
        return self._client(service, region or "us-east-1")

    def fail(self, operation: str, code: str, message: str = "", **how: Any) -> None:
        """Has an operation refused, until it is said that it answers again."""
        self.failing.add(operation)
        self.running.fail(operation, code, message, **({"times": FOREVER} | how))

    def answer(self) -> None:
        """Has all of them answer again."""
        for operation in self.failing:
            self.running.fail(operation, "None", times=0)
        self.failing.clear()

    def _made(self, service: str, region: str) -> Any:
        return self.session.client(service, region_name=region, endpoint_url=self.running.url)

    def refusing(self, service: str, region: str | None = None) -> Any:
        """As the rows want one."""
        return Refusing(self.client(service, region))

    def live(self, plan: Plan) -> AwsLive:
        """A look at it, with the clients that there are."""
        return AwsLive(plan, Calls(Shared(self), {}))


@dataclass(frozen=True)
class Shared:
    """A session of boto3's whose clients are the cloud's own: to make them takes longer than to ask."""

    cloud: Cloud

    def client(self, service: str, region_name: str, **settings: Any) -> Any:
        """One of them."""
        return self.cloud.client(service, region_name)


def plan_of(folder: Path, target: str = WITH_HOST, text: str | None = None) -> Plan:
    """The plan of a file with the target."""
    path = folder / "kampkin.yaml"
    path.write_text(text or FILE % target)
    loaded = load(path, "prod")
    assert loaded.plan, loaded.diagnostics
    return loaded.plan


def declared(asked: Sequence[tuple[Plan, Mapping[str, str]]]) -> list[tuple[Resource, ...]]:
    """What the stack would declare for each plan with its settings."""
    found = previews({"aws": [Asked(plan, StackFile("acme-aws", "prod", values)) for plan, values in asked]})["aws"]
    for one in found:
        assert one.problem is None, one.problem
    return [one.resources for one in found]


def renamed(plan: Plan, resources: Sequence[Resource], project: str) -> tuple[Plan, tuple[Resource, ...]]:
    """The same for another project; what resources are called stays, and so do references to them."""
    other = Plan.model_validate(json.loads(json.dumps(plan.to_json()).replace(PROJECT, project)))
    names = {PROJECT: project, HOST.replace(PROJECT, project): HOST}
    return other, tuple(replace(one, inputs=without(one.inputs, names)) for one in resources)


def deploy(cloud: Cloud, resources: Sequence[Resource], archives: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
    """Makes everything, each after what it uses; the properties by name. `archives` are the zips by `codeSha256`."""
    made: dict[str, dict[str, Any]] = {}
    left = [one for one in resources if one.type in PROVIDER.kinds]
    while left:
        ready = [one for one in left if all(name in made for name in uses(one))]
        resource = min(ready, key=lambda one: one.type in LAST)
        left.remove(resource)
        made[resource.name] = create(cloud, resource, archives, made)
    return made


def create(
    cloud: Cloud, resource: Resource, archives: Mapping[str, Path], made: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """One resource."""
    kind = PROVIDER.kinds[resource.type]
    inputs: dict[str, Any] = filled(dict(resource.inputs), made)
    if kind.names and kind.names not in inputs:
        inputs[kind.names] = f"{resource.name}-0a1b2c3"
    if "codeSha256" in inputs:
        inputs["code"] = {"path": str(archives[inputs["codeSha256"]])}
    made_id = kind.create(cloud.refusing, inputs)
    read = {**inputs, **(kind.read(cloud.refusing, made_id, inputs) or {}), "id": made_id}
    if asked := read.get("domainValidationOptions"):  # ACM has no order; references count from the host's
        read["domainValidationOptions"] = sorted(asked, key=lambda one: str(one["domainName"] != inputs["domainName"]))
    return read


def uses(resource: Resource) -> Iterator[str]:
    """The names of what a resource refers to."""
    for reference in REFERENCE.findall(json.dumps(resource.inputs)):
        if not reference.startswith("get"):
            yield reference.partition(".")[0]


def filled(value: Any, made: Mapping[str, dict[str, Any]]) -> Any:
    """A value with what its references stand for."""
    if isinstance(value, dict):
        return {key: filled(one, made) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, made) for one in value]
    return REFERENCE.sub(lambda found: output(found[1], made), value) if isinstance(value, str) else value


def output(reference: str, made: Mapping[str, dict[str, Any]]) -> str:
    """What a resource, or a look-up of a policy, gives."""
    if reference.startswith("get"):
        known = {name: one for policies in POLICIES.values() for name, one in policies.items()}
        return next(one for name, one in known.items() if name in reference)
    name, _, path = reference.partition(".")
    value: Any = made[name]
    for step in re.findall(r"\w+", path):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return str(value)


@dataclass
class Look:
    """What a look came to."""

    drifts: list[Drift] = field(default_factory=list)
    blind: dict[str, Unseen] = field(default_factory=dict)

    @property
    def settings(self) -> set[tuple[str, str]]:
        """Where there is drift: the resource's name in the stack and the setting."""
        return {(str(one.name), one.setting) for one in self.drifts}


def look(live: AwsLive, resources: Sequence[Resource]) -> Look:
    """All of it, as the command looks."""
    found = Look()
    for one in resources:
        try:
            is_ = live.read(one)
        except Unseen as problem:
            found.blind[one.name] = problem
            continue
        if is_ is None:
            found.drifts.append(Drift("live", "aws", live.title(one), "", one.inputs, None, name=one.name))
            continue
        for path, desired, value in differences(one, is_):
            found.drifts.append(Drift("live", "aws", live.title(one), path, desired, value, name=one.name))
    for extra in live.extras(resources):
        if isinstance(extra, Drift):
            found.drifts.append(extra)
        else:
            found.blind[extra.what] = Unseen(extra.why, extra.needs)
    return found
