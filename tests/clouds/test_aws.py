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
    [caching] = cloudfront.list_cache_policies(Type="managed")["CachePolicyList"]["Items"]
    assert caching["CachePolicy"]["Id"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
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
