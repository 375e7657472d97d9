"""An AWS of its own, and what one file declares there with each setting."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from kampkin.bundle import bundle
from kampkin.drift.aws import AwsLive
from kampkin.plan import Plan
from kampkin.preview.declared import Resource
from tests.clouds.aws import LocalAws
from tests.drift.deployed_aws import (
    BARE,
    FILE,
    WITH_HOST,
    Cloud,
    Look,
    declared,
    deploy,
    look,
    plan_of,
    renamed,
)


@dataclass
class Stack:
    """One deployment."""

    cloud: Cloud
    plan: Plan
    resources: tuple[Resource, ...]
    made: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """A resource's properties, by its name behind `kampkin-`."""
        return self.made[f"kampkin-{name}"]

    @property
    def live(self) -> AwsLive:
        """Another look at it."""
        return self.cloud.live(self.plan)

    def resource(self, name: str) -> Resource:
        """A resource, by its name behind `kampkin-`."""
        return next(one for one in self.resources if one.name == f"kampkin-{name}")

    def look(self) -> Look:
        """What is other than declared."""
        return look(self.live, self.resources)


@dataclass
class Account:
    """What may be deployed there: by the names of the settings that are set, `none` and `all`."""

    cloud: Cloud
    plans: dict[str, Plan]
    declared: dict[str, tuple[Resource, ...]]
    archives: dict[str, Path]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def up(self, settings: str = "all") -> Stack:
        """Another deployment, with a project and a host of its own."""
        plan, resources = renamed(self.plans[settings], self.declared[settings], f"pluto{next(self.numbers):03d}")
        return Stack(self.cloud, plan, resources, deploy(self.cloud, resources, self.archives))


@pytest.fixture(scope="session")
def aws_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """The account, with what settings name."""
    folder = tmp_path_factory.mktemp("drift")
    with LocalAws() as running:
        running.ready()
        cloud = Cloud(running)
        values = values_of(cloud)
        asked: dict[str, tuple[Plan, dict[str, str]]] = {}
        with_host, bare = plan_of(folder, WITH_HOST), plan_of(folder, BARE)
        every = {key: value for key, value in values.items() if key != "certificateArn"}
        asked["all"] = (with_host, every)
        asked["none"] = (bare, {})
        kept = {"hostedZoneId": values["hostedZoneId"], "formerHost": "old.pluto.acme.dev"}
        asked["formerHost"] = (with_host, kept)
        elsewhere = cloud.client("route53").create_hosted_zone(Name="acme.io", CallerReference="2")["HostedZone"]["Id"]
        moved = {"formerHost": "old.acme.io", "formerHostedZoneId": elsewhere.rpartition("/")[2]}
        asked["formerHostedZoneId"] = (with_host, kept | moved)
        asked["many"] = (plan_of(folder, text=many(1_000)), {})
        for key, value in values.items():
            is_hosts = key in ("certificateArn", "hostedZoneId")
            asked[key] = (with_host if is_hosts else bare, {key: value})
        archives = {}
        for plan, _ in asked.values():
            made = bundle(plan)
            for archive in (made.archive, made.notifier_archive):
                digest = hashlib.sha256(archive).digest()
                path = folder / f"{digest.hex()[:12]}.zip"
                path.write_bytes(archive)
                archives[base64.b64encode(digest).decode()] = path
        found = dict(zip(asked, declared(list(asked.values())), strict=True))
        yield Account(cloud, {key: plan for key, (plan, _) in asked.items()}, found, archives)


@pytest.fixture
def stack(aws_account: Account) -> Stack:
    """A deployment with every setting set."""
    return aws_account.up()


def many(count: int) -> str:
    """A file with so many endpoints more."""
    more = "".join(f'  more-{number}: {{owner: shop, origin: "https://more.acme.dev"}}\n' for number in range(count))
    return (FILE % BARE).replace("environments:", f"{more}environments:")


def values_of(cloud: Cloud) -> dict[str, str]:
    """A value of each setting, of things that are there."""
    zone = cloud.client("route53").create_hosted_zone(Name="acme.dev", CallerReference="1")["HostedZone"]["Id"]
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "edge"}
    firewall = cloud.client("wafv2").create_web_acl(
        Name="edge", Scope="CLOUDFRONT", DefaultAction={"Allow": {}}, VisibilityConfig=seen
    )["Summary"]["ARN"]
    zone = zone.rpartition("/")[2]
    return {
        "account": "123456789012",
        "certificateArn": certificate_of(cloud, zone),
        "hostedZoneId": zone,
        "logDays": "90",
        "logRegions": json.dumps(["eu-central-1"]),
        "pointInTimeRecovery": "true",
        "tableKeys": json.dumps({"us-east-1": cloud.client("kms").create_key()["KeyMetadata"]["Arn"]}),
        "tags": json.dumps({"team": "checkout"}),
        "priceClass": "PriceClass_100",
        "webAclArn": firewall,
    }


def certificate_of(cloud: Cloud, zone: str) -> str:
    """A certificate of the user's own, issued."""
    acm = cloud.client("acm")
    arn: str = acm.request_certificate(DomainName="*.acme.dev", ValidationMethod="DNS")["CertificateArn"]
    for one in acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]:
        record = one["ResourceRecord"]
        change = {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": change}]}
        cloud.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    return arn
