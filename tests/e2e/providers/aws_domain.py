"""Rows of the AWS table for a host: its certificate, the proof of whose it is, and its records.

Behaviour follows terraform-provider-aws: internal/service/{acm,route53}.
"""

from __future__ import annotations

from typing import Any

import pulumi_aws as aws

from tests.e2e.providers.aws_client import Clients, found, unchangeable
from tests.e2e.providers.aws_tags import ACM, tagged
from tests.e2e.providers.kind import Json, Kind, Refused


def create_certificate(clients: Clients, inputs: Json) -> str:
    acm = clients("acm", inputs.get("region"))
    names = (
        {"SubjectAlternativeNames": inputs["subjectAlternativeNames"]} if "subjectAlternativeNames" in inputs else {}
    )
    answer = acm.request_certificate(
        DomainName=inputs["domainName"], ValidationMethod=inputs["validationMethod"], **names
    )
    made: str = answer["CertificateArn"]
    return made


@found
def read_certificate(clients: Clients, id: str, inputs: Json) -> Json:
    live = clients("acm", id.split(":")[3]).describe_certificate(CertificateArn=id)["Certificate"]
    asked = live["DomainValidationOptions"]
    return {
        "arn": id,
        "region": id.split(":")[3],
        "domainName": live["DomainName"],
        "subjectAlternativeNames": live["SubjectAlternativeNames"],  # which ACM puts the domain itself among
        "validationMethod": asked[0]["ValidationMethod"],
        "status": live["Status"],
        "domainValidationOptions": [
            {
                "domainName": one["DomainName"],
                "resourceRecordName": one["ResourceRecord"]["Name"],
                "resourceRecordType": one["ResourceRecord"]["Type"],
                "resourceRecordValue": one["ResourceRecord"]["Value"],
            }
            for one in asked
        ],
    }


def delete_certificate(clients: Clients, id: str, properties: Json) -> None:
    clients("acm", id.split(":")[3]).delete_certificate(CertificateArn=id)


def validate(clients: Clients, inputs: Json) -> str:
    """Waits until ACM has issued the certificate; here it has at once, or never will."""
    acm = clients("acm", inputs.get("region"))
    live = acm.describe_certificate(CertificateArn=inputs["certificateArn"])["Certificate"]
    asked = {one["ResourceRecord"]["Name"].rstrip(".") for one in live["DomainValidationOptions"]}
    if missing := asked - {name.rstrip(".") for name in inputs.get("validationRecordFqdns", asked)}:
        raise Refused(f"missing {live['DomainName']} DNS validation record: {', '.join(sorted(missing))}")
    if live["Status"] != "ISSUED":
        raise Refused(f"waiting for ACM Certificate ({live['CertificateArn']}) to be issued: timeout")
    return str(live["IssuedAt"])


def read_validation(clients: Clients, id: str, inputs: Json) -> Json | None:
    live = read_certificate(clients, inputs["certificateArn"], {})
    if live is None or live["status"] != "ISSUED":
        return None
    return {"certificateArn": live["arn"], "region": live["region"]}


def keep_certificate(clients: Clients, id: str, properties: Json) -> None:
    """Nothing: what was validated stays so."""


def record_of(inputs: Json) -> Json:
    """A record as Route 53 takes it."""
    record: Json = {"Name": inputs["name"], "Type": inputs["type"]}
    if aliases := inputs.get("aliases"):
        [alias] = aliases
        target = {"HostedZoneId": alias["zoneId"], "DNSName": alias["name"]}
        return record | {"AliasTarget": target | {"EvaluateTargetHealth": alias["evaluateTargetHealth"]}}
    return record | {"TTL": inputs["ttl"], "ResourceRecords": [{"Value": value} for value in inputs["records"]]}


def change(clients: Clients, action: str, inputs: Json) -> None:
    """Has Route 53 do something with a record."""
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record_of(inputs)}]}
    clients("route53").change_resource_record_sets(HostedZoneId=inputs["zoneId"], ChangeBatch=batch)


def create_record(clients: Clients, inputs: Json) -> str:
    """What is there already is only overwritten where the program says so: record.go, resourceRecordCreate."""
    if not inputs.get("allowOverwrite") and live_record(clients, inputs["zoneId"], inputs["name"], inputs["type"]):
        raise Refused(
            f"InvalidChangeBatch: [Tried to create resource record set [name='{inputs['name']}.', type='{inputs['type']}'] "
            "but it already exists]"
        )
    change(clients, "UPSERT", inputs)
    return f"{inputs['zoneId']}_{inputs['name'].rstrip('.')}_{inputs['type']}"


def update_record(clients: Clients, id: str, old: Json, new: Json) -> None:
    change(clients, "UPSERT", new)


@found
def read_record(clients: Clients, id: str, inputs: Json) -> Json | None:
    live = live_record(clients, inputs["zoneId"], inputs["name"], inputs["type"])
    if live is None:
        return None
    facts: Json = {
        "fqdn": live["Name"].rstrip("."),
        # record.go normalizes both, so that a dot at the end is no difference
        "name": inputs["name"],
        "type": live["Type"],
        "zoneId": inputs["zoneId"],
    }
    if target := live.get("AliasTarget"):
        alias = {"zoneId": target["HostedZoneId"], "name": target["DNSName"].rstrip(".")}
        return facts | {"aliases": [alias | {"evaluateTargetHealth": target["EvaluateTargetHealth"]}]}
    return facts | {"ttl": live["TTL"], "records": [one["Value"] for one in live["ResourceRecords"]]}


def live_record(clients: Clients, zone: str, name: str, kind: str) -> Any:
    """The record; None where there is none."""
    place = {"StartRecordName": name, "StartRecordType": kind}
    records = clients("route53").list_resource_record_sets(HostedZoneId=zone, **place)["ResourceRecordSets"]
    return next((one for one in records if one["Name"].rstrip(".") == name.rstrip(".") and one["Type"] == kind), None)


def delete_record(clients: Clients, id: str, properties: Json) -> None:
    change(clients, "DELETE", properties)


def look_up_zone(clients: Clients, args: Json) -> Json:
    live = clients("route53").get_hosted_zone(Id=args["zoneId"])["HostedZone"]
    private = live.get("Config", {}).get("PrivateZone", False)
    return {"id": args["zoneId"], "zoneId": args["zoneId"], "name": live["Name"].rstrip("."), "privateZone": private}


KINDS = {
    "aws:acm/certificate:Certificate": tagged(
        Kind(
            aws.acm.Certificate,
            aws.acm.CertificateArgs,
            create_certificate,
            read_certificate,
            unchangeable,
            delete_certificate,
            replaces=frozenset(
                {"domainName", "subjectAlternativeNames", "validationMethod", "region"}
            ),  # certificate.go
            keeps=frozenset({"subjectAlternativeNames"}),
            fills=frozenset({"arn", "domainValidationOptions", "status"}),
        ),
        ACM,
    ),
    "aws:acm/certificateValidation:CertificateValidation": Kind(
        aws.acm.CertificateValidation,
        aws.acm.CertificateValidationArgs,
        validate,
        read_validation,
        unchangeable,
        keep_certificate,
        replaces=frozenset({"certificateArn", "validationRecordFqdns", "region"}),  # certificate_validation.go
        unread=frozenset({"validationRecordFqdns"}),
    ),
    "aws:route53/record:Record": Kind(
        aws.route53.Record,
        aws.route53.RecordArgs,
        create_record,
        read_record,
        update_record,
        delete_record,
        replaces=frozenset({"name", "type", "zoneId"}),  # record.go
        unread=frozenset({"allowOverwrite"}),
        fills=frozenset({"fqdn"}),
    ),
}
INVOKES = {"aws:route53/getZone:getZone": look_up_zone}
