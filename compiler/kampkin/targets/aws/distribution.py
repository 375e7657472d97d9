"""The distribution: one behaviour, which hands everything to the function and keeps nothing."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from kampkin.targets.aws.place import Place

EVENTS = ("origin-request", "origin-response")
"""At the second the function hears what came of the calls that it handed back; what it answered itself does not pass there."""

DECLARED_ORIGIN = "cloudfront.amazonaws.com"
"""CloudFront resolves the declared origin before the function runs and answers 502 where it cannot; it is never called.
CloudFront's own endpoint, so nobody else's outage is ours: not an endpoint's origin, not the store's name, whose DNS
record was empty for hours in October 2025, and nobody's whom a stray request could reach."""

ERROR_CODES = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
"""Every code whose caching can be set. CloudFront keeps errors for 10 s otherwise, no-store or not: the breaker would
see one failure in ten seconds, and its rejections would outlive it."""

METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]


def declare_distribution(
    place: Place,
    function: aws.lambda_.Function,
    certificate_arn: pulumi.Input[str] | None,
    lookup: pulumi.InvokeOptions,
) -> aws.cloudfront.Distribution:
    """The distribution of a function's version. It has one behaviour, whose function knows each endpoint's path: with one
    behaviour for each, CloudFront would choose by their order."""
    caching = aws.cloudfront.get_cache_policy_output(name="Managed-CachingDisabled", opts=lookup)
    forwarding = aws.cloudfront.get_origin_request_policy_output(name="Managed-AllViewer", opts=lookup)
    return aws.cloudfront.Distribution(
        f"{place.name}-distribution",
        comment=f"Kampkin: {place.names.base}",
        enabled=True,
        is_ipv6_enabled=True,
        http_version="http2and3",
        price_class=place.settings.price_class,
        web_acl_id=place.settings.web_acl_arn,
        aliases=[host.name for host in place.hosts],
        viewer_certificate=certificate(certificate_arn),
        restrictions=aws.cloudfront.DistributionRestrictionsArgs(
            geo_restriction=aws.cloudfront.DistributionRestrictionsGeoRestrictionArgs(restriction_type="none")
        ),
        origins=[declared_origin()],
        default_cache_behavior=aws.cloudfront.DistributionDefaultCacheBehaviorArgs(
            target_origin_id="declared",
            viewer_protocol_policy="redirect-to-https",
            allowed_methods=METHODS,
            cached_methods=["GET", "HEAD"],
            compress=False,
            cache_policy_id=caching.id,
            origin_request_policy_id=forwarding.id,
            lambda_function_associations=[
                aws.cloudfront.DistributionDefaultCacheBehaviorLambdaFunctionAssociationArgs(
                    event_type=event, lambda_arn=function.qualified_arn, include_body=event == "origin-request"
                )
                for event in EVENTS
            ],
        ),
        custom_error_responses=[
            aws.cloudfront.DistributionCustomErrorResponseArgs(error_code=code, error_caching_min_ttl=0)
            for code in ERROR_CODES
        ],
        tags=place.tags,
        opts=place.child,
    )


def certificate(arn: pulumi.Input[str] | None) -> aws.cloudfront.DistributionViewerCertificateArgs:
    """How viewers' TLS ends: the host's own certificate, or CloudFront's."""
    if arn is None:
        return aws.cloudfront.DistributionViewerCertificateArgs(cloudfront_default_certificate=True)
    return aws.cloudfront.DistributionViewerCertificateArgs(
        acm_certificate_arn=arn, ssl_support_method="sni-only", minimum_protocol_version="TLSv1.2_2021"
    )


def declared_origin() -> aws.cloudfront.DistributionOriginArgs:
    """The origin a distribution cannot be without."""
    return aws.cloudfront.DistributionOriginArgs(
        origin_id="declared",
        domain_name=DECLARED_ORIGIN,
        connection_attempts=1,
        connection_timeout=10,
        custom_origin_config=aws.cloudfront.DistributionOriginCustomOriginConfigArgs(
            http_port=80, https_port=443, origin_protocol_policy="https-only", origin_ssl_protocols=["TLSv1.2"]
        ),
    )
