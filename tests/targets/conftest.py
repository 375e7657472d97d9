"""Runs a stack's program under Pulumi's mocks: the real provider classes, no engine and no account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2

FILE = """
version: 1
project: acme
targets: {TARGETS}
endpoints:
  cart: {origin: https://cart.acme.dev, breaker: {cooldown: 7s}}
  search: {origin: https://search.acme.dev, route: /find/*}
environments:
  prod: {}
"""

FILLED = {"fqdn": "_1.edge.acme.dev", "hostedZoneId": "Z2FDTNDATAQYW2"}
"""What AWS fills in for the records of a host."""


def proofs(hosts: Sequence[str]) -> list[dict[str, str]]:
    """What ACM asks for where a certificate is made, in no order."""
    return [
        {
            "domainName": host,
            "resourceRecordName": f"_1.{host}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": "_2.acm-validations.aws.",
        }
        for host in reversed(hosts)
    ]


@dataclass
class Declared(mocks.Mocks):
    """What a program declared: inputs and options by type and name, as the engine would get them."""

    scripts: list[dict[str, Any]] = field(default_factory=list)
    """The Workers that the account has."""
    refusal: str = ""
    """What look-ups fail with, if they do."""
    zone: dict[str, Any] | str = field(default_factory=dict)
    """What the account tells of a zone, or what looking it up fails with."""
    account: str = "123456789012"
    """Whose the credentials are on AWS."""
    hosted_zone: str = "acme.dev"
    """The Route 53 zone that there is, by whatever id."""
    zones: dict[str, str] = field(default_factory=dict)
    """Others, by id."""
    domains: list[dict[str, str]] | str = field(default_factory=list)
    """The custom domains of the account on Cloudflare, or what looking them up fails with."""
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    options: dict[str, resource_pb2.RegisterResourceRequest] = field(default_factory=dict)
    exports: dict[str, Any] = field(default_factory=dict)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Remembers the inputs; fills in what the cloud would."""
        self.inputs[args.name] = dict(args.inputs)
        self.types[args.name] = args.typ
        made = {
            "arn": f"arn:aws:::{args.name}",
            "qualifiedArn": f"arn:aws:::{args.name}:1",
            **({"domainName": "d1.cloudfront.net"} if "distribution" in args.name else {}),
            **FILLED,
            "domainValidationOptions": proofs(args.inputs.get("subjectAlternativeNames", ())),
        }
        return f"{args.name}-id", {**args.inputs, **made}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Answers look-ups: a policy's id is its name; the account's Workers are `scripts`."""
        if self.refusal:
            return {}, [("", self.refusal)]
        if args.token == "cloudflare:index/getWorkersScripts:getWorkersScripts":
            return {"accountId": args.args["accountId"], "results": self.scripts}, []
        if args.token == "cloudflare:index/getZone:getZone":
            return ({}, [("", self.zone)]) if isinstance(self.zone, str) else (self.zone, [])
        if args.token == "aws:index/getCallerIdentity:getCallerIdentity":
            return {"accountId": self.account, "arn": f"arn:aws:iam::{self.account}:user/ci"}, []
        if args.token == "aws:route53/getZone:getZone":
            zone = args.args["zoneId"]
            return {"zoneId": zone, "name": self.zones.get(zone, self.hosted_zone), "privateZone": False}, []
        if args.token == "cloudflare:index/getWorkersCustomDomains:getWorkersCustomDomains":
            if isinstance(self.domains, str):
                return {}, [("", self.domains)]
            return {"results": [one for one in self.domains if one["hostname"] == args.args["hostname"]]}, []
        return {"id": f"id of {args.args['name']}", "name": args.args["name"]}, []


class Monitor(mocks.MockMonitor):
    """Pulumi's mock of the engine, which also keeps the options that mocks are not told."""

    def __init__(self, declared: Declared) -> None:
        super().__init__(declared)
        self.declared = declared

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:  # noqa: N802
        self.declared.options[request.name] = request
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Declared]:
    """Runs a program with a file and a configuration, and what is `live` there; what it declared. Raises what the program raises."""

    def declare(
        program: Callable[[], None],
        targets: str = "[cloudflare, aws]",
        config: dict[str, str] | None = None,
        scripts: list[dict[str, Any]] | None = None,
        text: str = FILE,
        refusal: str = "",
        zone: dict[str, Any] | str | None = None,
        **live: Any,
    ) -> Declared:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "kampkin.yaml").write_text(text.replace("{TARGETS}", targets))
        declared = Declared(scripts=scripts or [], refusal=refusal, zone=zone or {}, **live)
        exports: dict[str, Any] = {}
        monkeypatch.setattr(pulumi, "export", exports.__setitem__)
        pulumi.runtime.set_mocks(declared, project="stack", stack="prod", preview=False, monitor=Monitor(declared))
        settings = {"file": "kampkin.yaml", **(config or {})}
        pulumi.runtime.set_all_config({f"stack:{key}": value for key, value in settings.items()})

        @pulumi.runtime.test  # type: ignore[untyped-decorator]
        def run() -> pulumi.Output[None]:
            program()
            return pulumi.Output.from_input(exports).apply(declared.exports.update)

        run()
        return declared

    return declare
