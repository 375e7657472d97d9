"""The host's certificate and its records, where its DNS is at Route 53."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from kampkin.targets.aws.function import EDGE_REGION
from kampkin.targets.aws.place import Place

TTL_S = 60
"""Of the record by which ACM sees whose the host is."""


def certificate_arn(place: Place) -> pulumi.Input[str] | None:
    """The ARN of the host's certificate: the user's own, or one that is made and proven in the host's zone, and then not
    before ACM has issued it. None without a host."""
    host, zone = place.plan.targets["aws"].host, place.settings.hosted_zone_id
    if not host or place.settings.certificate_arn or not zone:
        return place.settings.certificate_arn
    certificate = aws.acm.Certificate(
        f"{place.name}-certificate",
        domain_name=host,
        validation_method="DNS",
        region=EDGE_REGION,
        tags=place.tags,
        opts=place.child,
    )
    asked = certificate.domain_validation_options[0]
    record = aws.route53.Record(
        f"{place.name}-certificate-record",
        zone_id=zone,
        name=asked.resource_record_name,
        type=asked.resource_record_type,
        records=[asked.resource_record_value],
        ttl=TTL_S,
        allow_overwrite=True,  # ACM asks for the same one for every certificate that this account has for the host
        opts=place.child,
    )
    issued = aws.acm.CertificateValidation(
        f"{place.name}-certificate-issued",
        certificate_arn=certificate.arn,
        validation_record_fqdns=[record.fqdn],
        region=EDGE_REGION,
        opts=place.child,
    )
    return issued.certificate_arn


def declare_records(place: Place, distribution: aws.cloudfront.Distribution) -> None:
    """The host's addresses, in its zone: the distribution's, of both kinds."""
    host, zone = place.plan.targets["aws"].host, place.settings.hosted_zone_id
    if not host or not zone:
        return
    for kind in ("A", "AAAA"):
        aws.route53.Record(
            f"{place.name}-record-{kind.lower()}",
            zone_id=zone,
            name=host,
            type=kind,
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=distribution.domain_name, zone_id=distribution.hosted_zone_id, evaluate_target_health=False
                )
            ],
            opts=place.child,
        )


def records_to_set(place: Place, distribution: aws.cloudfront.Distribution) -> list[dict[str, pulumi.Input[str]]]:
    """What to set where the host's DNS is somewhere else: name, type and value."""
    host = place.plan.targets["aws"].host
    if not host or place.settings.hosted_zone_id:
        return []
    return [{"name": host, "type": "CNAME", "value": distribution.domain_name}]


def check_zone(place: Place, lookup: pulumi.InvokeOptions) -> None:
    """Raises `pulumi.RunError` where the host is not in the zone that the settings name."""
    host, zone = place.plan.targets["aws"].host, place.settings.hosted_zone_id
    if not host or not zone:
        return
    try:
        found = aws.route53.get_zone(zone_id=zone, opts=lookup)
    except Exception as problem:  # an invoke raises nothing narrower
        raise pulumi.RunError(
            f"hostedZoneId: there is no zone {zone} to be seen with these credentials: {problem}\n"
            "  run: aws route53 list-hosted-zones"
        ) from None
    apex = (found.name or "").rstrip(".")
    if found.private_zone:
        raise pulumi.RunError(f"hostedZoneId: the zone {zone} ({apex}) is private: callers could not find {host}")
    if apex and host != apex and not host.endswith(f".{apex}"):
        raise pulumi.RunError(
            f"hostedZoneId: the zone {zone} is {apex}'s, and {host} is not in it\n  run: aws route53 list-hosted-zones"
        )
