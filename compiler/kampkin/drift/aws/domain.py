"""The host's certificate and records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kampkin.drift.aws.account import Account, tags_of
from kampkin.drift.compare import is_placeholder
from kampkin.drift.model import Unseen
from kampkin.preview.declared import Resource
from kampkin.regions import HOME

OWN = "kampkin:"
"""How the tags begin that say whose something is."""

MOST_SETS = 300
"""As many as Route 53 gives in one answer."""

PLACE = re.compile(r"\[(\d+)\]")
"""Of one among several, in a reference."""


def read_certificate(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """The host's certificate that is tagged as ours. A renewal keeps its ARN."""
    host, tags = resource.inputs["domainName"], resource.inputs.get("tags", {})
    return certificate(account, host, {key: value for key, value in tags.items() if key.startswith(OWN)})


def certificate(account: Account, host: str, tags: Mapping[str, str] | None = None) -> Mapping[str, Any] | None:
    """The host's certificate with these tags, by default those of the plan's."""
    wanted = tags if tags is not None else own_tags(account)
    everything = account.calls.all("acm", HOME, "list_certificates", "CertificateSummaryList")
    found = []
    for one in everything:
        if one["DomainName"] == host:
            arn = one["CertificateArn"]
            answer = account.calls.ask("acm", HOME, "list_tags_for_certificate", CertificateArn=arn)
            if wanted.items() <= (said := tags_of(answer.get("Tags"))).items():
                found.append((arn, said))
    if len(found) > 1:
        raise Unseen(f"{len(found)} certificates of {host} are tagged as this plan's", "one certificate of these tags")
    if not found:
        return None
    arn, said = found[0]
    live = account.calls.ask("acm", HOME, "describe_certificate", CertificateArn=arn)["Certificate"]
    # ACM has no order. References name what it asks for by its place among the certificate's names: the host, the former one.
    asked = sorted(live.get("DomainValidationOptions") or [], key=lambda one: one["DomainName"] != host)
    return {
        "arn": arn,
        "region": HOME,
        "domainName": live["DomainName"],
        "subjectAlternativeNames": live.get("SubjectAlternativeNames", []),
        "status": live["Status"],
        "validationMethod": next((one.get("ValidationMethod") for one in asked), None),
        "domainValidationOptions": [
            {
                "domainName": one["DomainName"],
                "resourceRecordName": one.get("ResourceRecord", {}).get("Name"),
                "resourceRecordType": one.get("ResourceRecord", {}).get("Type"),
                "resourceRecordValue": one.get("ResourceRecord", {}).get("Value"),
            }
            for one in asked
        ],
        "tags": said,
    }


def own_tags(account: Account) -> dict[str, str]:
    """The tags that say whose something is."""
    environment = {f"{OWN}environment": account.plan.environment} if account.plan.environment else {}
    return {f"{OWN}project": account.plan.project, **environment}


def read_validation(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """That the certificate was issued."""
    live = certificate(account, str(account.plan.targets["aws"].host))
    if live is None or live["status"] != "ISSUED":
        return None
    return {
        "certificateArn": live["arn"],
        "region": HOME,
        "validationRecordFqdns": [
            str(one["resourceRecordName"]).rstrip(".") for one in live["domainValidationOptions"]
        ],
    }


def read_record(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """A record of the host's, or the one that ACM asks for."""
    zone, name, kind = (str(resource.inputs[key]) for key in ("zoneId", "name", "type"))
    if is_placeholder(zone):
        raise Unseen("this machine does not know the zone of the host", "the stack's setting hostedZoneId")
    if name.startswith("${"):
        asked = asked_for(account, resource)
        if asked is None:
            return None
        name, kind = asked["resourceRecordName"], asked["resourceRecordType"]
    there = sets_at(account, zone, name)
    found = [one for one in there if one["Type"] == kind]
    if not found:
        return None
    record = next((one for one in found if ("AliasTarget" in one) == ("aliases" in resource.inputs)), found[0])
    facts = {
        "zoneId": zone,
        "name": name,
        "fqdn": bare(name),
        "type": kind,
        "healthCheckId": record.get("HealthCheckId"),
    }
    facts["routing"] = [routed(one) for one in found if "SetIdentifier" in one]
    facts["https"] = [one["Value"] for each in there if each["Type"] == "HTTPS" for one in each["ResourceRecords"]]
    if target := record.get("AliasTarget"):
        alias = {"zoneId": target["HostedZoneId"], "name": bare(target["DNSName"])}
        return facts | {"aliases": [alias | {"evaluateTargetHealth": target["EvaluateTargetHealth"]}]}
    return facts | {"ttl": record.get("TTL"), "records": [one["Value"] for one in record["ResourceRecords"]]}


def sets_at(account: Account, zone: str, name: str) -> list[Mapping[str, Any]]:
    """All that a zone has of a name; of whatever else is in it nothing is asked."""
    answer = account.calls.ask(
        "route53",
        HOME,
        "list_resource_record_sets",
        HostedZoneId=zone,
        StartRecordName=name,
        MaxItems=str(MOST_SETS),
    )
    if answer.get("IsTruncated") and bare(answer["NextRecordName"]) == bare(name):
        raise Unseen(f"{name} has more than {MOST_SETS} record sets", "fewer of them")
    return [one for one in answer["ResourceRecordSets"] if bare(one["Name"]) == bare(name)]


def routed(record: Mapping[str, Any]) -> dict[str, Any]:
    """One of several record sets of a name, of which Route 53 answers with one: by weight, place, health."""
    return {key: value for key, value in record.items() if key not in ("Name", "Type")}


def asked_for(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """What ACM asks for where a record takes its name from there; None where it asks for nothing."""
    live = certificate(account, str(account.plan.targets["aws"].host))
    options = live["domainValidationOptions"] if live else []
    at = PLACE.search(str(resource.inputs["name"]))
    return options[int(at[1])] if at and int(at[1]) < len(options) else None


def proven_by(resource: Resource) -> str:
    """The host whose proof a record is: the last part of its name in the stack."""
    return resource.name.partition("-certificate-record-")[2].replace("_", ".")


def bare(name: str) -> str:
    """A name in DNS, in one spelling."""
    return name.rstrip(".").lower()
