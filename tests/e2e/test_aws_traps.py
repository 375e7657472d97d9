"""What AWS and its provider do to those who do not know them, on the engine: each is gone through, not around."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Team
from .test_aws_settings import zone_of
from .test_cli import WORKER

FILE = """\
version: 1
project: acme
targets: {targets}
endpoints:
  {name}: {{origin: "http://localhost:9", route: /cart, breaker: {{cooldown: {cooldown}}}}}
  search: {{origin: "http://localhost:9"}}
environments:
  prod: {{}}
"""
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
"""Those of nobody."""


def declare(team: Team, targets: str = "[aws]", name: str = "cart", cooldown: str = "7s") -> None:
    """Writes the file that is deployed."""
    team.project.write(FILE.format(targets=targets, name=name, cooldown=cooldown))


def refused(team: Team, *arguments: str, says: str, **environment: str) -> str:
    """A command that ends badly, and says why without a traceback; what it says."""
    outcome = team.project.run("aws", *arguments, expect=None, **environment)
    assert outcome.code != 0
    assert "Traceback" not in outcome.text
    assert says in outcome.text, outcome.text
    return outcome.text


def up(team: Team) -> None:
    """Puts up what is declared, and nothing is left to do."""
    team.project.run("aws", "up", "--yes", "--skip-preview")
    assert team.project.changes("aws") == {}


def note(team: Team, region: str = "us-east-1") -> None:
    """A breaker's record."""
    item = {"pk": {"S": "search"}, "sk": {"S": "state"}}
    team.aws.client("dynamodb", region).put_item(TableName=WORKER, Item=item)


def noted(team: Team, region: str = "us-east-1") -> bool:
    """Whether it is still there."""
    key = {"pk": {"S": "search"}, "sk": {"S": "state"}}
    return "Item" in team.aws.client("dynamodb", region).get_item(TableName=WORKER, Key=key)


def distribution(team: Team) -> dict[str, Any]:
    """The one distribution's configuration."""
    cloudfront = team.aws.client("cloudfront")
    [one] = cloudfront.list_distributions()["DistributionList"]["Items"]
    found: dict[str, Any] = cloudfront.get_distribution_config(Id=one["Id"])["DistributionConfig"]
    return found


def urn(team: Team, name: str) -> str:
    """A resource's URN."""
    [found] = [one["urn"] for one in team.project.resources("aws") if one["urn"].endswith(f"::{name}")]
    return str(found)


def adopt(team: Team, kind: str, name: str, id: str, parent: str) -> None:
    """Takes into the stack what is there already, as docs/deploy.md says."""
    above, provider = f"parent={urn(team, parent)}", f"provider={urn(team, 'kampkin-us-east-1')}"
    where = ["--parent", above, "--provider", provider, "--protect=false", "--generate-code=false"]
    team.project.run("aws", "import", kind, name, id, *where, "--yes", "--skip-preview")


def test_a_destroy_ends_well_although_edges_hold_on_to_the_function(team: Team) -> None:
    """AWS deletes no function that edges have copies of; destroy leaves it. What is left is in the way of the next `up`, until
    it is deleted, hours later."""
    declare(team)
    team.project.init("aws")
    team.project.run("aws", "config", "set", "protect", "false")
    up(team)
    team.project.run("aws", "destroy", "--yes", "--skip-preview")
    assert team.project.resources("aws") == []
    lambda_ = team.aws.client("lambda")
    with pytest.raises(ClientError, match="because it is a replicated function"):
        lambda_.delete_function(FunctionName=WORKER)
    refused(team, "up", "--yes", "--skip-preview", says="Function already exist")
    team.aws.pass_hours()
    lambda_.delete_function(FunctionName=WORKER)
    up(team)


def test_a_function_that_a_destroy_left_is_taken_back(team: Team) -> None:
    """Nobody has to wait: it is imported, and the next `up` publishes another version of it."""
    declare(team)
    team.project.init("aws")
    team.project.run("aws", "config", "set", "protect", "false")
    up(team)
    team.project.run("aws", "destroy", "--yes", "--skip-preview")
    refused(team, "up", "--yes", "--skip-preview", says="Function already exist")
    adopt(team, "aws:lambda/function:Function", "kampkin-function", WORKER, "kampkin")
    up(team)
    [association] = {
        one["LambdaFunctionARN"]
        for one in distribution(team)["DefaultCacheBehavior"]["LambdaFunctionAssociations"]["Items"]
    }
    assert association.endswith(f":function:{WORKER}:2")


def test_a_log_group_from_before_is_taken_over(team: Team) -> None:
    """One that an older deployment's first call made stops `up`; imported, it keeps its logs, and no longer for ever."""
    name = f"/aws/lambda/us-east-1.{WORKER}"
    logs = team.aws.client("logs", "eu-west-1")
    logs.create_log_group(logGroupName=name)
    declare(team)
    team.project.init("aws")
    refused(team, "up", "--yes", "--skip-preview", says="The specified log group already exists")
    adopt(team, "aws:cloudwatch/logGroup:LogGroup", "kampkin-logs-eu-west-1", f"{name}@eu-west-1", "kampkin-logs")
    up(team)
    [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 30


def test_one_behaviour_keeps_no_error(team: Team) -> None:
    """The function knows the paths, so there is no order to get wrong; and each code whose caching can be set has it at 0 s."""
    declare(team)
    team.project.init("aws")
    up(team)
    live = distribution(team)
    assert "Items" not in live.get("CacheBehaviors", {})
    kept = {one["ErrorCode"]: one["ErrorCachingMinTTL"] for one in live["CustomErrorResponses"]["Items"]}
    assert kept == dict.fromkeys((400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504), 0)


def test_a_certificate_is_made_where_cloudfront_looks(team: Team) -> None:
    """In us-east-1, whatever region the environment names; it is issued before the distribution has it, and the host leads
    there."""
    assert team.project.environment["AWS_REGION"] == "eu-central-1"
    zone = zone_of(team)
    declare(team, "{aws: {host: edge.acme.dev}}")
    team.project.init("aws")
    team.project.run("aws", "config", "set", "hostedZoneId", zone)
    up(team)
    assert team.aws.client("acm", "eu-central-1").list_certificates()["CertificateSummaryList"] == []
    [certificate] = team.aws.client("acm").list_certificates()["CertificateSummaryList"]
    assert distribution(team)["ViewerCertificate"]["ACMCertificateArn"] == certificate["CertificateArn"]
    records = team.aws.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    aliases = {one["Type"]: one["AliasTarget"]["DNSName"] for one in records if one["Name"] == "edge.acme.dev."}
    assert set(aliases) == {"A", "AAAA"}
    assert all(name.rstrip(".").endswith(".cloudfront.net") for name in aliases.values())
    urls = json.loads(team.project.run("aws", "stack", "output", "--json").out)["urls"]
    assert urls["cart"] == "https://edge.acme.dev/cart"


def test_a_zone_of_another_domain_is_told_before_anything_is_made(team: Team) -> None:
    """And so is one that there is not."""
    declare(team, "{aws: {host: edge.other.dev}}")
    team.project.init("aws")
    team.project.run("aws", "config", "set", "hostedZoneId", zone_of(team))
    refused(team, "up", "--yes", "--skip-preview", says="is acme.dev's, and edge.other.dev is not in it")
    team.project.run("aws", "config", "set", "hostedZoneId", "Z404")
    refused(team, "up", "--yes", "--skip-preview", says="there is no zone Z404 to be seen with these credentials")
    assert team.aws.client("iam").list_roles()["Roles"] == []


def test_another_name_of_an_endpoint_leaves_the_others_their_state(team: Team) -> None:
    """The table is not touched: only the function is, and the version that runs."""
    declare(team)
    team.project.init("aws")
    up(team)
    note(team)
    declare(team, name="basket")
    assert set(team.project.changes("aws")) == {"kampkin-function", "kampkin-distribution"}
    up(team)
    assert noted(team)


def test_a_target_that_is_gone_from_the_file_takes_nothing_along(team: Team) -> None:
    """`up` says what to do instead, and the state survives; `destroy` needs no file."""
    declare(team)
    team.project.init("aws")
    up(team)
    note(team)
    declare(team, "[cloudflare]")
    refused(team, "up", "--yes", "--skip-preview", says="goes with: pulumi destroy")
    assert noted(team)
    team.project.unprotect("aws")
    team.project.run("aws", "destroy", "--yes", "--skip-preview")
    assert team.project.resources("aws") == []


def test_a_region_that_is_gone_from_the_file_is_kept_until_it_is_let_go(team: Team) -> None:
    """Its table is protected, also where it was the first; let go, it goes, and the other stays as it is."""
    declare(team, "{aws: {regions: [us-east-1, eu-west-1]}}")
    team.project.init("aws")
    up(team)
    note(team, "us-east-1")
    note(team, "eu-west-1")
    declare(team, "{aws: {regions: [eu-west-1]}}")
    said = refused(team, "up", "--yes", "--skip-preview", says="kampkin-table-us-east-1")
    assert "pulumi state unprotect" in said
    assert noted(team, "us-east-1")
    team.project.run("aws", "state", "unprotect", urn(team, "kampkin-table-us-east-1"), "--yes")
    up(team)
    assert team.aws.client("dynamodb").list_tables()["TableNames"] == []
    assert noted(team, "eu-west-1")


def test_a_table_of_an_older_release_is_found_again(team: Team) -> None:
    """The first region's had no region in its name in the stack: it becomes this one, and is not made anew."""
    declare(team)
    team.project.init("aws")
    up(team)
    exported = team.project.run("aws", "stack", "export").out
    older = team.project.folder / "older.json"
    older.write_text(exported.replace("::kampkin-table-us-east-1", "::kampkin-table"))
    team.project.run("aws", "stack", "import", "--file", str(older))
    assert urn(team, "kampkin-table")
    note(team)
    up(team)
    assert urn(team, "kampkin-table-us-east-1")
    assert noted(team)


FAILURES = {
    "quota": ("CreateDistribution", "TooManyDistributions", "The limit of distributions was reached"),
    "rights": ("PutRolePolicy", "AccessDenied", "User ci is not authorized to perform: iam:PutRolePolicy"),
    "throttling": ("CreateTable", "ThrottlingException", "Rate exceeded"),
    "logs": ("CreateLogGroup", "AccessDeniedException", "User ci is not authorized to perform: logs:CreateLogGroup"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_an_update_that_broke_off_is_finished(team: Team, failure: str) -> None:
    """In the middle of a first `up` AWS refuses something; once it does no more, the same command does what is left."""
    operation, code, message = FAILURES[failure]
    declare(team)
    team.project.init("aws")
    team.aws.fail(operation, code, message, status=429 if failure == "throttling" else 403)
    said = refused(team, "up", "--yes", "--skip-preview", says=message)
    assert code in said
    up(team)
    assert distribution(team)["Enabled"]


@pytest.mark.parametrize("operation", ["UpdateFunctionCode", "PublishVersion", "UpdateDistribution"])
def test_a_change_that_broke_off_is_finished(team: Team, operation: str) -> None:
    """A new number is half-way to the edges: what runs is still the version before, until the same command ends well."""
    declare(team)
    team.project.init("aws")
    up(team)
    declare(team, cooldown="8s")
    team.aws.fail(operation, "TooManyRequestsException", "Rate exceeded", status=429)
    refused(team, "up", "--yes", "--skip-preview", says="Rate exceeded")
    running = distribution(team)["DefaultCacheBehavior"]["LambdaFunctionAssociations"]["Items"][0]["LambdaFunctionARN"]
    assert running.endswith(":1")
    up(team)
    [plan] = [json.loads(team.project.run("aws", "stack", "output", "--json").out)["plan"]]
    running = distribution(team)["DefaultCacheBehavior"]["LambdaFunctionAssociations"]["Items"][0]["LambdaFunctionARN"]
    assert plan in team.aws.client("lambda").get_function(FunctionName=running)["Configuration"]["Description"]


def test_credentials_of_another_account_touch_nothing(team: Team) -> None:
    """Where the stack says whose it is: one error, with both accounts."""
    declare(team)
    team.project.init("aws")
    team.project.run("aws", "config", "set", "account", "999999999999")
    said = refused(team, "up", "--yes", "--skip-preview", says="these credentials are of the account 123456789012")
    assert "pulumi config set account 123456789012" in said
    assert team.aws.client("dynamodb").list_tables()["TableNames"] == []
    assert team.aws.client("iam").list_roles()["Roles"] == []


def test_without_credentials_there_is_one_clear_message(team: Team) -> None:
    """The provider's own, once, and nothing of ours behind it."""
    declare(team)
    team.project.init("aws")
    said = refused(team, "up", "--yes", "--skip-preview", says="No valid credential sources found", **CREDENTIALS)
    assert "aws sts get-caller-identity" not in said
    up(team)
