"""The settings of the AWS stack on the engine: what is set goes up, is the same the second time, and is the same by what AWS
says of it. What is taken back is gone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from kampkin.targets.aws.settings import AwsSettings
from kampkin.targets.settings import alias_of

from .conftest import Team
from .test_cli import WORKER

FILE = """\
version: 1
project: acme
targets: {{aws: {aws}}}
owners:
  shop: {{notify: {{email: oncall@acme.dev}}}}
endpoints:
  cart: {{owner: shop, origin: "http://localhost:9"}}
environments:
  prod: {{}}
"""
HOST = "{host: edge.acme.dev}"


def zone_of(team: Team) -> str:
    """A hosted zone, made by somebody before."""
    made = team.aws.client("route53").create_hosted_zone(Name="acme.dev", CallerReference="1")
    return str(made["HostedZone"]["Id"]).rpartition("/")[2]


def certificate_of(team: Team) -> str:
    """A certificate, requested and proven by somebody before."""
    acm, route53, zone = team.aws.client("acm"), team.aws.client("route53"), zone_of(team)
    arn: str = acm.request_certificate(DomainName="*.acme.dev", ValidationMethod="DNS")["CertificateArn"]
    asked = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    for one in asked:
        record = one["ResourceRecord"]
        change = {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": change}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    return arn


def key_of(team: Team) -> str:
    """A KMS key of the table's region."""
    return str(team.aws.client("kms").create_key()["KeyMetadata"]["Arn"])


def firewall_of(team: Team) -> str:
    """A web ACL of CloudFront's scope."""
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "edge"}
    made = team.aws.client("wafv2").create_web_acl(
        Name="edge", Scope="CLOUDFRONT", DefaultAction={"Allow": {}}, VisibilityConfig=seen
    )
    return str(made["Summary"]["ARN"])


VALUES: dict[str, Callable[[Team], list[str]]] = {
    "file": lambda team: ["file", "../../kampkin.yaml"],
    "environment": lambda team: ["environment", "prod"],
    "protect": lambda team: ["protect", "false"],
    "account": lambda team: ["account", "123456789012"],
    "certificateArn": lambda team: ["certificateArn", certificate_of(team)],
    "hostedZoneId": lambda team: ["hostedZoneId", zone_of(team)],
    "formerHost": lambda team: ["formerHost", "old.acme.dev"],
    "formerHostedZoneId": lambda team: ["formerHostedZoneId", zone_of(team)],
    "logDays": lambda team: ["logDays", "90"],
    "logRegions": lambda team: ["--path", "logRegions[0]", "eu-central-1"],
    "pointInTimeRecovery": lambda team: ["pointInTimeRecovery", "true"],
    "tableKeys": lambda team: ["--path", "tableKeys.us-east-1", key_of(team)],
    "tags": lambda team: ["--path", "tags.team", "checkout"],
    "priceClass": lambda team: ["priceClass", "PriceClass_100"],
    "webAclArn": lambda team: ["webAclArn", firewall_of(team)],
}
"""How each is set, as the docs tell a user to."""

NEED_HOST = {"certificateArn", "hostedZoneId", "formerHost", "formerHostedZoneId"}


NEEDS = {"formerHost": ["hostedZoneId"], "formerHostedZoneId": ["hostedZoneId", "formerHost"]}
"""What else must be set for it."""


def up(team: Team) -> None:
    """It goes up; once more it is empty, and so is what AWS says of it."""
    team.project.run("aws", "up", "--yes", "--skip-preview")
    team.project.run("aws", "up", "--yes", "--skip-preview", "--expect-no-changes")
    team.project.run("aws", "refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert team.project.changes("aws") == {}


def test_every_setting_is_tried() -> None:
    """A setting that is new is to be tried too."""
    assert set(VALUES) == {alias_of(name) for name in AwsSettings.model_fields}


@pytest.mark.skipif(
    "KAMPKIN_EACH" not in os.environ,
    reason="each setting alone takes five minutes more: make each; the next test tries all of them at once",
)
@pytest.mark.parametrize("key", VALUES)
def test_a_second_up_is_empty_with_one_setting(team: Team, key: str) -> None:
    """And with the others left out."""
    team.project.write(FILE.format(aws=HOST if key in NEED_HOST else "{}"))
    team.project.init("aws")
    for one in (*NEEDS.get(key, ()), key):
        team.project.run("aws", "config", "set", *VALUES[one](team))
    up(team)


def test_a_second_up_is_empty_with_all_of_them_and_after_they_are_taken_back(team: Team) -> None:
    """All at once on top of none, and none again: no table is made anew, and nothing of what was set stays."""
    project, dynamodb = team.project, team.aws.client("dynamodb")
    project.write(FILE.format(aws=HOST))
    project.init("aws")
    project.run("aws", "config", "set", *VALUES["hostedZoneId"](team))
    up(team)
    none = described(team)
    made = dynamodb.describe_table(TableName=WORKER)["Table"]["CreationDateTime"]
    optional = [key for key in VALUES if key not in {"file", "environment", *NEED_HOST}]
    for key in optional:
        project.run("aws", "config", "set", *VALUES[key](team))
    up(team)
    every = described(team)
    assert every["tags"]["team"] == "checkout"
    assert (every["price"], every["recovery"], every["logs"]) == ("PriceClass_100", "ENABLED", {"eu-central-1": 90})
    assert every["key"] and every["firewall"]
    for key in optional:
        project.run("aws", "config", "rm", key)
    up(team)
    assert described(team) == none
    assert dynamodb.describe_table(TableName=WORKER)["Table"]["CreationDateTime"] == made


def described(team: Team) -> dict[str, Any]:
    """What AWS says of what the settings change."""
    dynamodb, cloudfront = team.aws.client("dynamodb"), team.aws.client("cloudfront")
    table = dynamodb.describe_table(TableName=WORKER)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=WORKER)["ContinuousBackupsDescription"]
    [one] = cloudfront.list_distributions()["DistributionList"]["Items"]
    distribution = cloudfront.get_distribution_config(Id=one["Id"])["DistributionConfig"]
    tags = cloudfront.list_tags_for_resource(Resource=one["ARN"])["Tags"]["Items"]
    name = f"/aws/lambda/us-east-1.{WORKER}"
    logs = {}
    for region in ("eu-central-1", "sa-east-1"):
        for group in team.aws.client("logs", region).describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
            logs[region] = group["retentionInDays"]
    policy = team.aws.client("iam").get_role_policy(RoleName=f"{WORKER}-edge", PolicyName=policy_of(team))
    return {
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
        "price": distribution["PriceClass"],
        "firewall": distribution["WebACLId"],
        "recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        "key": table.get("SSEDescription", {}).get("KMSMasterKeyArn"),
        "logs": logs,
        "rights": json.dumps(policy["PolicyDocument"], sort_keys=True),
    }


def policy_of(team: Team) -> str:
    """The name of the role's one policy."""
    [name] = team.aws.client("iam").list_role_policies(RoleName=f"{WORKER}-edge")["PolicyNames"]
    return str(name)
