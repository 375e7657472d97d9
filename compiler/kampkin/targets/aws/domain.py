"""The hosts' certificate and their records, where their DNS is at Route 53.

What is a host's own is called by the host in the stack. So a host that becomes the former one keeps its records, where one name for
whichever host is the target's would have them replaced, and what is the new host's is made beside them.
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from kampkin.targets.aws.function import EDGE_REGION
from kampkin.targets.aws.place import Host, Place

TTL_S = 60
"""Of the record by which ACM sees whose a host is."""


def certificate_arn(place: Place) -> pulumi.Input[str] | None:
    """The ARN of the hosts' certificate: the user's own, or one that is made and proven in the hosts' zones, and then not
    before ACM has issued it. None without a host.

    Its names are declared even where there is one alone: the provider keeps those that it is not told of, and the certificate
    would still be the former host's too, and its renewal wait for a proof that is gone.
    """
    if place.settings.certificate_arn or not place.hosts or not all(host.zone for host in place.hosts):
        return place.settings.certificate_arn
    certificate = aws.acm.Certificate(
        f"{place.name}-certificate",
        domain_name=place.hosts[0].name,
        subject_alternative_names=[host.name for host in place.hosts],
        validation_method="DNS",
        region=EDGE_REGION,
        tags=place.tags,
        opts=kept(place),
    )
    issued = aws.acm.CertificateValidation(
        f"{place.name}-certificate-issued",
        certificate_arn=certificate.arn,
        validation_record_fqdns=[declare_proof(place, host, certificate).fqdn for host in place.hosts],
        region=EDGE_REGION,
        opts=kept(place),
    )
    return issued.certificate_arn


def declare_proof(place: Place, host: Host, certificate: aws.acm.Certificate) -> aws.route53.Record:
    """The record by which ACM sees whose the host is. ACM tells of the hosts in no order."""
    asked = certificate.domain_validation_options.apply(
        lambda options: next(one for one in options if one.domain_name == host.name)
    )
    return aws.route53.Record(
        f"{place.name}-certificate-record-{host.label}",
        zone_id=host.zone,
        name=asked.resource_record_name,
        type=asked.resource_record_type,
        records=[asked.resource_record_value],
        ttl=TTL_S,
        allow_overwrite=True,  # ACM asks for the same one for every certificate that this account has for the host
        opts=kept(place, host, f"{place.name}-certificate-record"),
    )


def declare_records(place: Place, distribution: aws.cloudfront.Distribution) -> None:
    """The hosts' addresses, in their zones: the distribution's, of both kinds. They come after the distribution has the hosts,
    since they are its outputs, and the engine deletes those of a host that is gone at the end of an update."""
    for host in place.hosts:
        if host.zone:
            for kind in ("A", "AAAA"):
                declare_record(place, host, kind, distribution)


def declare_record(place: Place, host: Host, kind: str, distribution: aws.cloudfront.Distribution) -> None:
    """One of them."""
    former = f"{place.name}-record-{kind.lower()}"
    aws.route53.Record(
        f"{former}-{host.label}",
        zone_id=host.zone,
        name=host.name,
        type=kind,
        aliases=[
            aws.route53.RecordAliasArgs(
                name=distribution.domain_name, zone_id=distribution.hosted_zone_id, evaluate_target_health=False
            )
        ],
        opts=kept(place, host, former),
    )


def kept(place: Place, host: Host | None = None, former: str | None = None) -> pulumi.ResourceOptions:
    """Options of what callers need until there is another: it goes only after that is there. `former` is what releases called it
    that had no host in the name; it was the record of the host that there was first."""
    is_first = host is not None and host == place.hosts[-1]
    aliases = [pulumi.Alias(name=former)] if former and is_first else None
    return place.child.merge(pulumi.ResourceOptions(delete_before_replace=False, aliases=aliases))


def records_to_set(place: Place, distribution: aws.cloudfront.Distribution) -> list[dict[str, pulumi.Input[str]]]:
    """What to set where a host's DNS is somewhere else: name, type and value."""
    return [
        {"name": host.name, "type": "CNAME", "value": distribution.domain_name} for host in place.hosts if not host.zone
    ]


def check_zones(place: Place, lookup: pulumi.InvokeOptions) -> None:
    """Raises `pulumi.RunError` where a host is not in the zone that the settings name for it."""
    for host in place.hosts:
        if host.zone:
            check_zone(host, host.zone, lookup)


def check_zone(host: Host, zone: str, lookup: pulumi.InvokeOptions) -> None:
    """The same of one host."""
    key = host.zone_setting
    try:
        found = aws.route53.get_zone(zone_id=zone, opts=lookup)
    except Exception as problem:  # an invoke raises nothing narrower
        raise pulumi.RunError(
            f"{key}: there is no zone {zone} to be seen with these credentials: {problem}\n"
            "  run: aws route53 list-hosted-zones"
        ) from None
    apex = (found.name or "").rstrip(".")
    if found.private_zone:
        raise pulumi.RunError(f"{key}: the zone {zone} ({apex}) is private: callers could not find {host.name}")
    if apex and host.name != apex and not host.name.endswith(f".{apex}"):
        raise pulumi.RunError(
            f"{key}: the zone {zone} is {apex}'s, and {host.name} is not in it\n  run: aws route53 list-hosted-zones"
        )
