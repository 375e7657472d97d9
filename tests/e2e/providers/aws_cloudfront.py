"""Rows of the AWS table for the distribution.

Behaviour follows terraform-provider-aws: internal/service/cloudfront.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pulumi_aws as aws

from tests.e2e.providers.aws_client import Clients, found
from tests.e2e.providers.aws_tags import CLOUDFRONT, tagged
from tests.e2e.providers.kind import Json, Kind, Refused

ALIAS_ZONE = "Z2FDTNDATAQYW2"
"""The zone that every distribution's own name is in."""


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
        "PriceClass": inputs.get("priceClass", "PriceClass_All"),
        "WebACLId": inputs.get("webAclId", ""),
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
        "hostedZoneId": ALIAS_ZONE,
        "priceClass": config["PriceClass"],
        "webAclId": config["WebACLId"],
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


KINDS = {
    "aws:cloudfront/distribution:Distribution": tagged(
        Kind(
            aws.cloudfront.Distribution,
            aws.cloudfront.DistributionArgs,
            create_distribution,
            read_distribution,
            update_distribution,
            delete_distribution,
            fills=frozenset({"arn", "domainName", "etag", "hostedZoneId", "status"}),
        ),
        CLOUDFRONT,
    ),
}
INVOKES = {
    "aws:cloudfront/getCachePolicy:getCachePolicy": policy("list_cache_policies", "CachePolicy"),
    "aws:cloudfront/getOriginRequestPolicy:getOriginRequestPolicy": policy(
        "list_origin_request_policies", "OriginRequestPolicy"
    ),
}
