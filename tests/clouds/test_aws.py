"""The local AWS: what moto lacks, CloudFront's rules for edge functions, and CloudTrail's memory."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from .aws import LocalAws

EDGE = ("lambda.amazonaws.com", "edgelambda.amazonaws.com")


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    """One account for all; every test uses names of its own."""
    with LocalAws() as running:
        running.ready()
        yield running


def code(text: str) -> bytes:
    """A zip with one module."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("main.mjs"), text)  # of 1980: two of one text are the same
    return buffer.getvalue()


@pytest.fixture
def function(aws: LocalAws) -> Callable[..., str]:
    """Makes a published function whose role the services may assume; its ARN without a version."""

    def function(name: str, services: tuple[str, ...] = EDGE) -> str:
        trust = {
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": list(services)}}]
        }
        role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        made = aws.client("lambda").create_function(
            FunctionName=name,
            Runtime="nodejs24.x",
            Role=role,
            Handler="main.handler",
            Code={"ZipFile": code(name)},
            Publish=True,
        )
        return str(made["FunctionArn"]).removesuffix(":1")

    return function


def config(reference: str, arn: str | None = None) -> dict[str, Any]:
    """A distribution with a function at origin-request."""
    association = {"EventType": "origin-request", "LambdaFunctionARN": arn, "IncludeBody": True}
    origin = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}
    return {
        "CallerReference": reference,
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "acme.dev", "CustomOriginConfig": origin}]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "o",
            "ViewerProtocolPolicy": "allow-all",
            "LambdaFunctionAssociations": {"Quantity": 1, "Items": [association]} if arn else {"Quantity": 0},
        },
    }


def refused(call: Callable[[], Any]) -> str:
    """The code that a call is refused with."""
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


def test_the_managed_policies_have_their_known_ids(aws: LocalAws) -> None:
    """The stack's look-ups find what every account has."""
    cloudfront = aws.client("cloudfront")
    policies = [
        one["CachePolicy"] for one in cloudfront.list_cache_policies(Type="managed")["CachePolicyList"]["Items"]
    ]
    caching = {one["CachePolicyConfig"]["Name"]: one["Id"] for one in policies}
    assert caching["Managed-CachingDisabled"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert caching["Managed-CachingOptimized"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
    [forwarding] = cloudfront.list_origin_request_policies(Type="managed")["OriginRequestPolicyList"]["Items"]
    assert forwarding["OriginRequestPolicy"]["Id"] == "216adef6-5c7f-47e4-b989-5492eafa07d3"


def test_a_distribution_keeps_its_function(aws: LocalAws, function: Callable[..., str]) -> None:
    """What was sent comes back, the association too, and the version's zip can be fetched."""
    arn = f"{function('kept')}:1"
    made = aws.client("cloudfront").create_distribution(DistributionConfig=config("kept", arn))["Distribution"]
    live = aws.client("cloudfront").get_distribution(Id=made["Id"])["Distribution"]["DistributionConfig"]
    [association] = live["DefaultCacheBehavior"]["LambdaFunctionAssociations"]["Items"]
    assert association == {"EventType": "origin-request", "LambdaFunctionARN": arn, "IncludeBody": True}
    location = aws.client("lambda").get_function(FunctionName=arn)["Code"]["Location"]
    assert requests.get(location, timeout=30).content == code("kept")


@pytest.mark.parametrize("version", ["", ":$LATEST", ":live", ":7"])
def test_only_a_numbered_version_runs_at_the_edge(aws: LocalAws, function: Callable[..., str], version: str) -> None:
    """No alias, no $LATEST, no version that does not exist."""
    name = f"unnumbered-{version.strip(':$')}"
    arn = function(name) + version
    code = refused(lambda: aws.client("cloudfront").create_distribution(DistributionConfig=config(name, arn)))
    assert code == "InvalidLambdaFunctionAssociation"


def test_the_edge_must_be_able_to_assume_the_role(aws: LocalAws, function: Callable[..., str]) -> None:
    """A role that only Lambda may assume does not do."""
    arn = f"{function('regional', ('lambda.amazonaws.com',))}:1"
    code = refused(lambda: aws.client("cloudfront").create_distribution(DistributionConfig=config("regional", arn)))
    assert code == "InvalidLambdaFunctionAssociation"


def test_a_writer_must_know_the_latest(aws: LocalAws) -> None:
    """The second of two writers with the same ETag is refused, and so is a policy that does not exist."""
    cloudfront = aws.client("cloudfront")
    made = cloudfront.create_distribution(DistributionConfig=config("raced"))
    at = {"Id": made["Distribution"]["Id"], "IfMatch": made["ETag"]}
    cloudfront.update_distribution(**at, DistributionConfig=config("raced"))
    assert (
        refused(lambda: cloudfront.update_distribution(**at, DistributionConfig=config("raced")))
        == "PreconditionFailed"
    )
    wrong = config("other")
    wrong["DefaultCacheBehavior"]["CachePolicyId"] = "nobody's"
    assert refused(lambda: cloudfront.create_distribution(DistributionConfig=wrong)) == "NoSuchCachePolicy"


def test_only_what_is_disabled_is_deleted(aws: LocalAws) -> None:
    """An enabled distribution stays."""
    cloudfront = aws.client("cloudfront")
    made = cloudfront.create_distribution(DistributionConfig=config("deleted"))
    name, etag = made["Distribution"]["Id"], made["ETag"]
    assert refused(lambda: cloudfront.delete_distribution(Id=name, IfMatch=etag)) == "DistributionNotDisabled"
    disabled = config("deleted") | {"Enabled": False}
    etag = cloudfront.update_distribution(Id=name, IfMatch=etag, DistributionConfig=disabled)["ETag"]
    cloudfront.delete_distribution(Id=name, IfMatch=etag)
    assert refused(lambda: cloudfront.get_distribution(Id=name)) == "NoSuchDistribution"


def test_a_replicated_function_stays_for_hours(aws: LocalAws, function: Callable[..., str]) -> None:
    """What an edge has run is not deleted before the edges have let go of it, distribution or not."""
    cloudfront, lambda_ = aws.client("cloudfront"), aws.client("lambda")
    made = cloudfront.create_distribution(DistributionConfig=config("copied", f"{function('copied')}:1"))
    name, etag = made["Distribution"]["Id"], made["ETag"]
    off = config("copied") | {"Enabled": False}
    etag = cloudfront.update_distribution(Id=name, IfMatch=etag, DistributionConfig=off)["ETag"]
    cloudfront.delete_distribution(Id=name, IfMatch=etag)
    assert refused(lambda: lambda_.delete_function(FunctionName="copied")) == "InvalidParameterValueException"
    aws.pass_hours()
    lambda_.delete_function(FunctionName="copied")


def hosted(reference: str, host: str, arn: str) -> dict[str, Any]:
    """A distribution with a host and its certificate."""
    certificate = {"ACMCertificateArn": arn, "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"}
    return config(reference) | {"Aliases": {"Quantity": 1, "Items": [host]}, "ViewerCertificate": certificate}


def test_a_certificate_is_issued_by_its_record_and_taken_for_its_names(aws: LocalAws) -> None:
    """Not before the record is there, not from another region, not for another host, and a host only once; it stays while a distribution has it."""
    cloudfront, acm, route53 = aws.client("cloudfront"), aws.client("acm"), aws.client("route53")
    arn = acm.request_certificate(DomainName="a.acme.dev", ValidationMethod="DNS")["CertificateArn"]
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "PENDING_VALIDATION"
    wanted = hosted("hosted", "a.acme.dev", arn)
    assert refused(lambda: cloudfront.create_distribution(DistributionConfig=wanted)) == "InvalidViewerCertificate"
    zone = route53.create_hosted_zone(Name="acme.dev", CallerReference="certificate")["HostedZone"]["Id"]
    [asked] = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    record = {
        "Name": asked["ResourceRecord"]["Name"],
        "Type": "CNAME",
        "TTL": 60,
        "ResourceRecords": [{"Value": asked["ResourceRecord"]["Value"]}],
    }
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
    other = hosted("other", "b.acme.dev", arn)
    assert refused(lambda: cloudfront.create_distribution(DistributionConfig=other)) == "InvalidViewerCertificate"
    elsewhere = aws.client("acm", "eu-west-1").request_certificate(DomainName="a.acme.dev", ValidationMethod="DNS")
    wrong = hosted("elsewhere", "a.acme.dev", elsewhere["CertificateArn"])
    assert refused(lambda: cloudfront.create_distribution(DistributionConfig=wrong)) == "InvalidViewerCertificate"
    cloudfront.create_distribution(DistributionConfig=wanted)
    assert refused(lambda: acm.delete_certificate(CertificateArn=arn)) == "ResourceInUseException"
    again = hosted("again", "a.acme.dev", arn)
    assert refused(lambda: cloudfront.create_distribution(DistributionConfig=again)) == "CNAMEAlreadyExists"


def test_a_firewall_is_one_of_cloudfronts_scope(aws: LocalAws) -> None:
    """A web ACL of a region, or none at all, is refused."""
    wanted = config("walled") | {"WebACLId": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/x/1"}
    assert refused(lambda: aws.client("cloudfront").create_distribution(DistributionConfig=wanted)) == "InvalidWebACLId"


def test_a_tables_key_is_of_its_region_and_can_be_taken_back(aws: LocalAws) -> None:
    """A key of another region is refused; an update is not forgotten."""
    dynamodb, key = aws.client("dynamodb"), aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    table = {
        "TableName": "locked",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    }
    assert refused(lambda: aws.client("dynamodb", "eu-west-1").create_table(**table)) == "ValidationException"
    dynamodb.create_table(**table)
    assert dynamodb.describe_table(TableName="locked")["Table"]["SSEDescription"]["KMSMasterKeyArn"] == key
    dynamodb.update_table(TableName="locked", SSESpecification={"Enabled": False})
    assert "SSEDescription" not in dynamodb.describe_table(TableName="locked")["Table"]


def test_tags_of_a_distribution_come_and_go(aws: LocalAws) -> None:
    """What was said last is kept."""
    cloudfront = aws.client("cloudfront")
    arn = cloudfront.create_distribution(DistributionConfig=config("tagged"))["Distribution"]["ARN"]
    cloudfront.tag_resource(Resource=arn, Tags={"Items": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]})
    cloudfront.untag_resource(Resource=arn, TagKeys={"Items": ["a"]})
    assert cloudfront.list_tags_for_resource(Resource=arn)["Tags"]["Items"] == [{"Key": "b", "Value": "2"}]


@pytest.mark.parametrize(
    ("service", "operation", "call"),
    [
        ("lambda", "ListFunctions", lambda client: client.list_functions()),
        ("cloudfront", "ListDistributions", lambda client: client.list_distributions()),
        ("dynamodb", "ListTables", lambda client: client.list_tables()),
        ("iam", "ListRoles", lambda client: client.list_roles()),
        ("route53", "ListHostedZones", lambda client: client.list_hosted_zones()),
    ],
)
def test_a_failure_that_was_asked_for_comes_once(
    aws: LocalAws, service: str, operation: str, call: Callable[[Any], Any]
) -> None:
    """In the service's own words, with AWS's code; then all is well again."""
    aws.fail(operation, "AccessDenied", "not you", status=403)
    assert refused(lambda: call(aws.client(service))) == "AccessDenied"
    call(aws.client(service))


def test_the_trail_remembers_what_changed_and_who_did_it(aws: LocalAws, function: Callable[..., str]) -> None:
    """Newest first, by CloudTrail's own names; neither reads, nor failures, nor the items of a table."""
    function("trailed")
    lambda_, dynamodb, trail = aws.client("lambda"), aws.client("dynamodb"), aws.client("cloudtrail")
    lambda_.update_function_code(FunctionName="trailed", ZipFile=code("other"))
    lambda_.get_function(FunctionName="trailed")
    refused(lambda: lambda_.update_function_code(FunctionName="nobody", ZipFile=code("x")))
    dynamodb.create_table(
        TableName="trailed",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    dynamodb.put_item(TableName="trailed", Item={"pk": {"S": "a"}})
    wanted = [{"AttributeKey": "ResourceName", "AttributeValue": "trailed"}]
    events = trail.lookup_events(LookupAttributes=wanted)["Events"]
    assert [event["EventName"] for event in events] == [
        "CreateTable",
        "UpdateFunctionCode20150331v2",
        "CreateFunction20150331",
        "CreateRole",
    ]
    assert {event["Username"] for event in events} == {"local"}
    assert {event["EventSource"] for event in events} == {
        "dynamodb.amazonaws.com",
        "lambda.amazonaws.com",
        "iam.amazonaws.com",
    }
    first = trail.lookup_events(LookupAttributes=wanted, MaxResults=3)
    rest = trail.lookup_events(LookupAttributes=wanted, MaxResults=3, NextToken=first["NextToken"])
    assert [one["EventId"] for one in first["Events"] + rest["Events"]] == [one["EventId"] for one in events]
