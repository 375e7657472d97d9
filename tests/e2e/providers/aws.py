"""The table of `pulumi-resource-aws`: what the AWS stack declares. The client is boto3, which AWS_ENDPOINT_URL sends to
the cloud on this machine.

Behaviour follows terraform-provider-aws, which pulumi-aws wraps: internal/service/{dynamodb,iam,lambda,cloudfront}.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pulumi_aws as aws
from botocore.exceptions import ClientError

from tests.e2e.providers import aws_messages, bootstrap
from tests.e2e.providers.kind import Json, Kind, Provider, Refused
from tests.e2e.providers.plugin import serve

Clients = Callable[..., Any]
"""Of a service, and a region where it is not the provider's."""


def connect(config: Json) -> Clients:
    """boto3's clients in the provider's region, refusing in AWS's words."""

    def client(service: str, region: str | None = None) -> Any:
        return Refusing(boto3.client(service, region_name=region or config.get("region")))

    return client


class Refusing:
    """A boto3 client whose errors are `Refused`."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> Any:
            try:
                return getattr(self.client, operation)(**parameters)
            except ClientError as error:
                raise Refused(str(error)) from None

        return call


def found(read: Callable[[Clients, str, Json], Json]) -> Callable[[Clients, str, Json], Json | None]:
    """A read that answers None for what is gone."""

    def read_or_none(clients: Clients, id: str, inputs: Json) -> Json | None:
        try:
            return read(clients, id, inputs)
        except Refused as refused:
            if "NoSuch" in str(refused) or "NotFound" in str(refused):
                return None
            raise

    return read_or_none


def as_declared(live: Any, declared: Any) -> str:
    """A JSON document as it was declared where it says the same; the provider compares them so too."""
    document = live if isinstance(live, dict) else json.loads(live)
    if isinstance(declared, str) and json.loads(declared) == document:
        return declared
    return json.dumps(document, sort_keys=True)


def create_table(clients: Clients, inputs: Json) -> str:
    dynamodb = clients("dynamodb", inputs.get("region"))
    keys = [("HASH", inputs["hashKey"]), *([("RANGE", inputs["rangeKey"])] if "rangeKey" in inputs else [])]
    dynamodb.create_table(
        TableName=inputs["name"],
        BillingMode=inputs.get("billingMode", "PROVISIONED"),
        KeySchema=[{"AttributeName": name, "KeyType": kind} for kind, name in keys],
        AttributeDefinitions=[
            {"AttributeName": one["name"], "AttributeType": one["type"]} for one in inputs["attributes"]
        ],
        StreamSpecification=stream_of(inputs),
    )
    update_table(clients, inputs["name"], {}, inputs)
    made: str = inputs["name"]
    return made


def stream_of(inputs: Json) -> Json:
    """A table's stream, or none."""
    if not inputs.get("streamEnabled"):
        return {"StreamEnabled": False}
    return {"StreamEnabled": True, "StreamViewType": inputs["streamViewType"]}


def update_table(clients: Clients, id: str, old: Json, new: Json) -> None:
    dynamodb = clients("dynamodb", new.get("region"))
    if old and old.get("billingMode") != new.get("billingMode"):
        dynamodb.update_table(TableName=id, BillingMode=new["billingMode"])
    if old and stream_of(old) != stream_of(new):
        dynamodb.update_table(TableName=id, StreamSpecification=stream_of(new))
    if (ttl := new.get("ttl")) != old.get("ttl") and ttl:
        specification = {"Enabled": ttl["enabled"], "AttributeName": ttl["attributeName"]}
        dynamodb.update_time_to_live(TableName=id, TimeToLiveSpecification=specification)


@found
def read_table(clients: Clients, id: str, inputs: Json) -> Json:
    dynamodb = clients("dynamodb", inputs.get("region"))
    table = dynamodb.describe_table(TableName=id)["Table"]
    ttl = dynamodb.describe_time_to_live(TableName=id)["TimeToLiveDescription"]
    keys = {one["KeyType"]: one["AttributeName"] for one in table["KeySchema"]}
    return {
        "name": table["TableName"],
        "arn": table["TableArn"],
        "region": table["TableArn"].split(":")[3],
        "billingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "hashKey": keys["HASH"],
        **(
            {
                "streamEnabled": True,
                "streamViewType": table["StreamSpecification"]["StreamViewType"],
                "streamArn": table["LatestStreamArn"],
            }
            if table.get("StreamSpecification", {}).get("StreamEnabled")
            else {}
        ),
        "rangeKey": keys.get("RANGE"),
        "attributes": [
            {"name": one["AttributeName"], "type": one["AttributeType"]} for one in table["AttributeDefinitions"]
        ],
        "ttl": {"enabled": ttl["TimeToLiveStatus"] == "ENABLED", "attributeName": ttl.get("AttributeName", "")},
    }


def delete_table(clients: Clients, id: str, properties: Json) -> None:
    clients("dynamodb", properties.get("region")).delete_table(TableName=id)


def create_role(clients: Clients, inputs: Json) -> str:
    clients("iam").create_role(RoleName=inputs["name"], AssumeRolePolicyDocument=inputs["assumeRolePolicy"])
    made: str = inputs["name"]
    return made


def update_role(clients: Clients, id: str, old: Json, new: Json) -> None:
    clients("iam").update_assume_role_policy(RoleName=id, PolicyDocument=new["assumeRolePolicy"])


@found
def read_role(clients: Clients, id: str, inputs: Json) -> Json:
    role = clients("iam").get_role(RoleName=id)["Role"]
    trusted = as_declared(role["AssumeRolePolicyDocument"], inputs.get("assumeRolePolicy"))
    return {"name": id, "arn": role["Arn"], "uniqueId": role["RoleId"], "assumeRolePolicy": trusted}


def delete_role(clients: Clients, id: str, properties: Json) -> None:
    clients("iam").delete_role(RoleName=id)


def create_role_policy(clients: Clients, inputs: Json) -> str:
    made = f"{inputs['role']}:{inputs['name']}"
    update_role_policy(clients, made, {}, inputs)
    return made


def update_role_policy(clients: Clients, id: str, old: Json, new: Json) -> None:
    role, _, name = id.partition(":")
    clients("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=new["policy"])


@found
def read_role_policy(clients: Clients, id: str, inputs: Json) -> Json:
    role, _, name = id.partition(":")
    policy = clients("iam").get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    return {"name": name, "role": role, "policy": as_declared(policy, inputs.get("policy"))}


def delete_role_policy(clients: Clients, id: str, properties: Json) -> None:
    role, _, name = id.partition(":")
    clients("iam").delete_role_policy(RoleName=role, PolicyName=name)


SETTINGS = {
    "description": "Description",
    "handler": "Handler",
    "memorySize": "MemorySize",
    "role": "Role",
    "runtime": "Runtime",
    "timeout": "Timeout",
}
"""A function's configuration, by input."""

CODE = ("code", "codeSha256", "sourceCodeHash")


def settings_of(inputs: Json) -> Json:
    environment = {"Environment": {"Variables": inputs["environment"]["variables"]}} if "environment" in inputs else {}
    return {parameter: inputs[name] for name, parameter in SETTINGS.items() if name in inputs} | environment


def create_function(clients: Clients, inputs: Json) -> str:
    clients("lambda", inputs.get("region")).create_function(
        FunctionName=inputs["name"],
        Code={"ZipFile": Path(inputs["code"]["path"]).read_bytes()},
        Publish=inputs.get("publish", False),
        **settings_of(inputs),
    )
    made: str = inputs["name"]
    return made


def update_function(clients: Clients, id: str, old: Json, new: Json) -> None:
    """A published function gets a new version with a change of its settings too, not only of its code."""
    lambda_ = clients("lambda", new.get("region"))
    if settings_of(old) != settings_of(new):
        lambda_.update_function_configuration(FunctionName=id, **settings_of(new))
    if any(old.get(name) != new.get(name) for name in CODE):
        lambda_.update_function_code(FunctionName=id, ZipFile=Path(new["code"]["path"]).read_bytes())
    if new.get("publish"):
        lambda_.publish_version(FunctionName=id)


@found
def read_function(clients: Clients, id: str, inputs: Json) -> Json:
    lambda_ = clients("lambda", inputs.get("region"))
    function = lambda_.get_function(FunctionName=id)["Configuration"]
    versions = lambda_.list_versions_by_function(FunctionName=id)["Versions"]
    version = max((one["Version"] for one in versions if one["Version"] != "$LATEST"), key=int, default="$LATEST")
    environment = function.get("Environment", {}).get("Variables")
    return {name: function[parameter] for name, parameter in SETTINGS.items() if parameter in function} | {
        **({"environment": {"variables": environment}} if environment else {}),
        "region": function["FunctionArn"].split(":")[3],
        "name": id,
        "arn": function["FunctionArn"],
        "codeSha256": function["CodeSha256"],
        "lastModified": function["LastModified"],
        "sourceCodeSize": function["CodeSize"],
        "version": version,
        "qualifiedArn": f"{function['FunctionArn']}:{version}",
    }


def delete_function(clients: Clients, id: str, properties: Json) -> None:
    if not properties.get("skipDestroy"):
        clients("lambda", properties.get("region")).delete_function(FunctionName=id)


def items(values: list[Any]) -> Json:
    """A list as CloudFront wants one."""
    return {"Quantity": len(values), "Items": values} if values else {"Quantity": 0}


def config_of(inputs: Json, reference: str) -> Json:
    """CloudFront's DistributionConfig for the inputs."""
    behaviour, certificate = inputs["defaultCacheBehavior"], inputs["viewerCertificate"]
    associations = [
        {"EventType": one["eventType"], "LambdaFunctionARN": one["lambdaArn"], "IncludeBody": one["includeBody"]}
        for one in behaviour.get("lambdaFunctionAssociations", [])
    ]
    methods = items(behaviour["allowedMethods"]) | {"CachedMethods": items(behaviour["cachedMethods"])}
    own = certificate.get("acmCertificateArn")
    return {
        "CallerReference": reference,
        "Comment": inputs.get("comment", ""),
        "Enabled": inputs["enabled"],
        "IsIPV6Enabled": inputs["isIpv6Enabled"],
        "HttpVersion": inputs["httpVersion"],
        "Aliases": items(inputs["aliases"]),
        "Origins": items([origin_of(one) for one in inputs["origins"]]),
        "DefaultCacheBehavior": {
            "TargetOriginId": behaviour["targetOriginId"],
            "ViewerProtocolPolicy": behaviour["viewerProtocolPolicy"],
            "AllowedMethods": methods,
            "Compress": behaviour["compress"],
            "CachePolicyId": behaviour["cachePolicyId"],
            "OriginRequestPolicyId": behaviour["originRequestPolicyId"],
            "LambdaFunctionAssociations": items(associations),
        },
        "CustomErrorResponses": items(
            [
                {"ErrorCode": one["errorCode"], "ErrorCachingMinTTL": one["errorCachingMinTtl"]}
                for one in inputs["customErrorResponses"]
            ]
        ),
        "Restrictions": {
            "GeoRestriction": {
                "RestrictionType": inputs["restrictions"]["geoRestriction"]["restrictionType"],
                "Quantity": 0,
            }
        },
        "ViewerCertificate": {
            "ACMCertificateArn": own,
            "SSLSupportMethod": certificate["sslSupportMethod"],
            "MinimumProtocolVersion": certificate["minimumProtocolVersion"],
        }
        if own
        else {"CloudFrontDefaultCertificate": True},
    }


def origin_of(origin: Json) -> Json:
    """An origin as CloudFront takes it."""
    custom = origin["customOriginConfig"]
    return {
        "Id": origin["originId"],
        "DomainName": origin["domainName"],
        "ConnectionAttempts": origin["connectionAttempts"],
        "ConnectionTimeout": origin["connectionTimeout"],
        "CustomOriginConfig": {
            "HTTPPort": custom["httpPort"],
            "HTTPSPort": custom["httpsPort"],
            "OriginProtocolPolicy": custom["originProtocolPolicy"],
            "OriginSslProtocols": items(custom["originSslProtocols"]),
        },
    }


def create_distribution(clients: Clients, inputs: Json) -> str:
    config = config_of(inputs, f"pulumi-{time.time_ns()}")
    made: str = clients("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]["Id"]
    return made


def update_distribution(clients: Clients, id: str, old: Json, new: Json) -> None:
    cloudfront = clients("cloudfront")
    live = cloudfront.get_distribution_config(Id=id)
    config = config_of(new, live["DistributionConfig"]["CallerReference"])
    cloudfront.update_distribution(Id=id, IfMatch=live["ETag"], DistributionConfig=config)


@found
def read_distribution(clients: Clients, id: str, inputs: Json) -> Json:
    answer = clients("cloudfront").get_distribution(Id=id)
    distribution = answer["Distribution"]
    config = distribution["DistributionConfig"]
    behaviour, certificate = config["DefaultCacheBehavior"], config["ViewerCertificate"]
    own = certificate.get("ACMCertificateArn")
    return {
        "arn": distribution["ARN"],
        "domainName": distribution["DomainName"],
        "etag": answer["ETag"],
        "status": distribution["Status"],
        "comment": config["Comment"],
        "enabled": config["Enabled"],
        "isIpv6Enabled": config["IsIPV6Enabled"],
        "httpVersion": config["HttpVersion"],
        "aliases": config["Aliases"].get("Items", []),
        "origins": [declared_origin(one) for one in config["Origins"]["Items"]],
        "defaultCacheBehavior": {
            "targetOriginId": behaviour["TargetOriginId"],
            "viewerProtocolPolicy": behaviour["ViewerProtocolPolicy"],
            "allowedMethods": behaviour["AllowedMethods"]["Items"],
            "cachedMethods": behaviour["AllowedMethods"]["CachedMethods"]["Items"],
            "compress": behaviour["Compress"],
            "cachePolicyId": behaviour.get("CachePolicyId", ""),
            "originRequestPolicyId": behaviour.get("OriginRequestPolicyId", ""),
            "lambdaFunctionAssociations": [
                {
                    "eventType": one["EventType"],
                    "lambdaArn": one["LambdaFunctionARN"],
                    "includeBody": one["IncludeBody"],
                }
                for one in behaviour["LambdaFunctionAssociations"].get("Items", [])
            ],
        },
        "customErrorResponses": [
            {"errorCode": one["ErrorCode"], "errorCachingMinTtl": one["ErrorCachingMinTTL"]}
            for one in config["CustomErrorResponses"].get("Items", [])
        ],
        "restrictions": {
            "geoRestriction": {"restrictionType": config["Restrictions"]["GeoRestriction"]["RestrictionType"]}
        },
        "viewerCertificate": {
            "acmCertificateArn": own,
            "sslSupportMethod": certificate["SSLSupportMethod"],
            "minimumProtocolVersion": certificate["MinimumProtocolVersion"],
        }
        if own
        else {"cloudfrontDefaultCertificate": certificate["CloudFrontDefaultCertificate"]},
    }


def declared_origin(origin: Json) -> Json:
    """An origin as the provider declares it."""
    custom = origin["CustomOriginConfig"]
    return {
        "originId": origin["Id"],
        "domainName": origin["DomainName"],
        "connectionAttempts": origin["ConnectionAttempts"],
        "connectionTimeout": origin["ConnectionTimeout"],
        "customOriginConfig": {
            "httpPort": custom["HTTPPort"],
            "httpsPort": custom["HTTPSPort"],
            "originProtocolPolicy": custom["OriginProtocolPolicy"],
            "originSslProtocols": custom["OriginSslProtocols"]["Items"],
        },
    }


def delete_distribution(clients: Clients, id: str, properties: Json) -> None:
    """CloudFront deletes only what is disabled, so it is disabled first."""
    cloudfront = clients("cloudfront")
    live = cloudfront.get_distribution_config(Id=id)
    config = live["DistributionConfig"] | {"Enabled": False}
    etag = cloudfront.update_distribution(Id=id, IfMatch=live["ETag"], DistributionConfig=config)["ETag"]
    cloudfront.delete_distribution(Id=id, IfMatch=etag)


def policy(operation: str, kind: str) -> Callable[[Clients, Json], Json]:
    """A look-up of a managed policy by its name."""

    def look_up(clients: Clients, args: Json) -> Json:
        answer = getattr(clients("cloudfront"), operation)()
        for one in answer[f"{kind}List"].get("Items", []):
            if one[kind][f"{kind}Config"]["Name"] == args["name"]:
                return {"id": one[kind]["Id"], "name": args["name"]}
        raise Refused(f"no {kind} has the name {args['name']}")

    return look_up


PROVIDER = Provider(
    package="pulumi-aws",
    connect=connect,
    kinds={
        **aws_messages.KINDS,
        **bootstrap.KINDS,
        "aws:dynamodb/table:Table": Kind(
            aws.dynamodb.Table,
            aws.dynamodb.TableArgs,
            create_table,
            read_table,
            update_table,
            delete_table,
            # table.go: ForceNew on the keys and the name; `region` since v6, on every resource
            replaces=frozenset({"name", "hashKey", "rangeKey", "region"}),
            fills=frozenset({"arn", "streamArn"}),
            renews={"streamArn": frozenset({"streamEnabled"})},  # table.go, SetNewComputed
        ),
        "aws:iam/role:Role": Kind(
            aws.iam.Role,
            aws.iam.RoleArgs,
            create_role,
            read_role,
            update_role,
            delete_role,
            replaces=frozenset({"name"}),  # role.go
            fills=frozenset({"arn", "uniqueId"}),
        ),
        "aws:iam/rolePolicy:RolePolicy": Kind(
            aws.iam.RolePolicy,
            aws.iam.RolePolicyArgs,
            create_role_policy,
            read_role_policy,
            update_role_policy,
            delete_role_policy,
            replaces=frozenset({"name", "role"}),  # role_policy.go
            names="name",
        ),
        "aws:lambda/function:Function": Kind(
            aws.lambda_.Function,
            aws.lambda_.FunctionArgs,
            create_function,
            read_function,
            update_function,
            delete_function,
            replaces=frozenset({"name", "region"}),  # function.go
            # function.go keeps all of these as they were: an edit of the code shows in codeSha256 alone
            unread=frozenset({"code", "sourceCodeHash", "publish", "skipDestroy"}),
            fills=frozenset({"arn", "lastModified", "sourceCodeSize", "version", "qualifiedArn"}),
            # function.go, updateComputedAttributesOnPublish
            renews=dict.fromkeys(("version", "qualifiedArn", "lastModified"), frozenset({*SETTINGS, *CODE})),
        ),
        "aws:cloudfront/distribution:Distribution": Kind(
            aws.cloudfront.Distribution,
            aws.cloudfront.DistributionArgs,
            create_distribution,
            read_distribution,
            update_distribution,
            delete_distribution,
            fills=frozenset({"arn", "domainName", "etag", "status"}),
        ),
    },
    invokes={
        **bootstrap.INVOKES,
        "aws:cloudfront/getCachePolicy:getCachePolicy": policy("list_cache_policies", "CachePolicy"),
        "aws:cloudfront/getOriginRequestPolicy:getOriginRequestPolicy": policy(
            "list_origin_request_policies", "OriginRequestPolicy"
        ),
    },
)


if __name__ == "__main__":
    serve(PROVIDER)
