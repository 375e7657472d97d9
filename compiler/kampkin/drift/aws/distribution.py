"""The distribution, as the stack declares one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kampkin.drift.aws.account import Account, associations, listed, tags_of
from kampkin.preview.declared import Resource
from kampkin.regions import HOME

ALIAS_ZONE = "Z2FDTNDATAQYW2"
"""The zone that every distribution's own name is in."""

MANAGED = {
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "Managed-CachingDisabled",
    "658327ea-f89d-4fab-a63d-7e88639e58f6": "Managed-CachingOptimized",
    "216adef6-5c7f-47e4-b989-5492eafa07d3": "Managed-AllViewer",
}
"""Policies of AWS's own, which have one id in every account."""


def read_distribution(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """What is declared of it, and what more it can be told."""
    live = account.distribution()
    if live is None:
        return None
    tags = account.calls.ask("cloudfront", HOME, "list_tags_for_resource", Resource=live["ARN"])["Tags"]
    config = live["DistributionConfig"]
    geo = config.get("Restrictions", {}).get("GeoRestriction", {})
    return {
        "id": live["Id"],
        "arn": live["ARN"],
        "domainName": live["DomainName"],
        "hostedZoneId": ALIAS_ZONE,
        "comment": config.get("Comment"),
        "enabled": config.get("Enabled"),
        "isIpv6Enabled": config.get("IsIPV6Enabled"),
        "httpVersion": str(config.get("HttpVersion", "")).lower(),
        "priceClass": config.get("PriceClass"),
        "webAclId": config.get("WebACLId"),
        "aliases": listed(config.get("Aliases")),
        "origins": [origin(one) for one in listed(config.get("Origins"))],
        "originGroups": [one.get("Id") for one in listed(config.get("OriginGroups"))],
        "defaultCacheBehavior": behaviour(config["DefaultCacheBehavior"]),
        "orderedCacheBehaviors": [
            {"pathPattern": one["PathPattern"], **behaviour(one)} for one in listed(config.get("CacheBehaviors"))
        ],
        "customErrorResponses": [error(one) for one in listed(config.get("CustomErrorResponses"))],
        "restrictions": {"geoRestriction": {"restrictionType": geo.get("RestrictionType"), "locations": listed(geo)}},
        "viewerCertificate": certificate(config.get("ViewerCertificate", {})),
        "defaultRootObject": config.get("DefaultRootObject"),
        "loggingConfig": logging(config.get("Logging") or {}),
        "continuousDeploymentPolicyId": config.get("ContinuousDeploymentPolicyId"),
        "tags": tags_of(listed(tags)),
    }


def behaviour(live: Mapping[str, Any]) -> dict[str, Any]:
    """A behaviour, its policies by name where they are AWS's own."""
    methods = live.get("AllowedMethods", {})
    return {
        "targetOriginId": live.get("TargetOriginId"),
        "viewerProtocolPolicy": live.get("ViewerProtocolPolicy"),
        "allowedMethods": listed(methods),
        "cachedMethods": listed(methods.get("CachedMethods")),
        "compress": live.get("Compress"),
        "cachePolicyId": policy(live.get("CachePolicyId")),
        "originRequestPolicyId": policy(live.get("OriginRequestPolicyId")),
        "responseHeadersPolicyId": policy(live.get("ResponseHeadersPolicyId")),
        "lambdaFunctionAssociations": [
            {
                "eventType": one["EventType"],
                "lambdaArn": one["LambdaFunctionARN"],
                "includeBody": one.get("IncludeBody", False),
            }
            for one in associations(live)
        ],
        "functionAssociations": [
            {"eventType": one["EventType"], "functionArn": one["FunctionARN"]}
            for one in listed(live.get("FunctionAssociations"))
        ],
        "minTtl": live.get("MinTTL"),
        "defaultTtl": live.get("DefaultTTL"),
        "maxTtl": live.get("MaxTTL"),
        "realtimeLogConfigArn": live.get("RealtimeLogConfigArn"),
        "fieldLevelEncryptionId": live.get("FieldLevelEncryptionId"),
        "trustedKeyGroups": listed(live.get("TrustedKeyGroups")),
        "trustedSigners": listed(live.get("TrustedSigners")),
        "smoothStreaming": live.get("SmoothStreaming"),
    }


def policy(id: str | None) -> str | None:
    """A policy's name, else its id."""
    return MANAGED.get(id, id) if id else None


def origin(live: Mapping[str, Any]) -> dict[str, Any]:
    """An origin, of the headers that it is given the names alone: a value may be a secret."""
    custom = live.get("CustomOriginConfig")
    own = (
        {
            "httpPort": custom.get("HTTPPort"),
            "httpsPort": custom.get("HTTPSPort"),
            "originProtocolPolicy": custom.get("OriginProtocolPolicy"),
            "originSslProtocols": listed(custom.get("OriginSslProtocols")),
            "originReadTimeout": custom.get("OriginReadTimeout", 30),
            "originKeepaliveTimeout": custom.get("OriginKeepaliveTimeout", 5),
        }
        if custom
        else None
    )
    return {
        "originId": live["Id"],
        "domainName": live["DomainName"],
        "connectionAttempts": live.get("ConnectionAttempts"),
        "connectionTimeout": live.get("ConnectionTimeout"),
        "originPath": live.get("OriginPath"),
        "customHeaders": [one["HeaderName"] for one in listed(live.get("CustomHeaders"))],
        "originShield": {"enabled": (live.get("OriginShield") or {}).get("Enabled")},
        "customOriginConfig": own,
    }


def error(live: Mapping[str, Any]) -> dict[str, Any]:
    """How long an error is kept, and whether another page stands in for it."""
    page = {"responsePagePath": live.get("ResponsePagePath"), "responseCode": live.get("ResponseCode")}
    kept = {"errorCode": live["ErrorCode"], "errorCachingMinTtl": live.get("ErrorCachingMinTTL")}
    return kept | {key: value for key, value in page.items() if value}


def certificate(live: Mapping[str, Any]) -> dict[str, Any]:
    """How viewers' TLS ends. With CloudFront's own certificate the rest says nothing."""
    own = live.get("ACMCertificateArn") or live.get("IAMCertificateId")
    if not own:
        return {"cloudfrontDefaultCertificate": live.get("CloudFrontDefaultCertificate", True)}
    return {
        "acmCertificateArn": own,
        "sslSupportMethod": live.get("SSLSupportMethod"),
        "minimumProtocolVersion": live.get("MinimumProtocolVersion"),
    }


def logging(live: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where requests are logged, if anywhere."""
    return {"bucket": live.get("Bucket"), "prefix": live.get("Prefix")} if live.get("Enabled") else None
