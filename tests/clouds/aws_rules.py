"""What AWS does by itself or refuses, and moto does not: the local AWS asks here before moto answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from werkzeug.wrappers import Response

ACCOUNT = "123456789012"
"""moto's."""

JSON_SERVICES = ("acm", "cloudtrail", "dynamodb", "kms", "lambda", "logs", "sqs")
"""Whose errors are JSON; the others' are XML."""


class Refusal(Exception):
    """An answer that is an error: an HTTP status and AWS's code, which is all that its text says here."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message or code

    def answer(self, service: str) -> Response:
        """As the service words it."""
        if service in JSON_SERVICES:
            body = json.dumps({"__type": self.code, "message": self.message})
            return Response(body, self.status, {"x-amzn-errortype": self.code}, "application/x-amz-json-1.1")
        root = ElementTree.Element("ErrorResponse")
        error = ElementTree.SubElement(root, "Error")
        for name, value in (("Type", "Sender"), ("Code", self.code), ("Message", self.message)):
            ElementTree.SubElement(error, name).text = value
        return Response(ElementTree.tostring(root), self.status, mimetype="text/xml")


@dataclass
class Failure:
    """A refusal that was asked for, and for how many calls more."""

    refusal: Refusal
    times: int


class Rules:
    """Failures that were asked for, and the rules of single services."""

    def __init__(self) -> None:
        self.failures: dict[str, Failure] = {}
        """By operation."""
        self.replicated: set[str] = set()
        """Functions that edges have copies of: for hours after the last distribution let go of them."""
        self.certificates: Callable[[], set[str]] = set
        """The ARNs of the certificates that distributions have."""
        self.rolling = False
        """Whether distributions are still on their way to CloudFront's places."""

    def ask(self, wanted: dict[str, Any]) -> Response:
        """A test's wish: that an operation fails for a while, that hours have gone by, or that a roll-out takes its time."""
        if wanted.get("hours"):
            self.replicated.clear()
        elif "rolling" in wanted:
            self.rolling = wanted["rolling"]
        else:
            refusal = Refusal(wanted["status"], wanted["code"], wanted["message"])
            self.failures[wanted["operation"]] = Failure(refusal, wanted["times"])
        return Response(status=204)

    def apply(self, operation: str, region: str, parameters: dict[str, Any]) -> None:
        """Before moto answers. Raises `Refusal` where AWS would refuse."""
        if (failure := self.failures.get(operation)) and failure.times > 0:
            failure.times -= 1
            raise failure.refusal
        if operation == "DeleteFunction":
            self.may_be_deleted(parameters["FunctionName"])
        if operation == "DeleteCertificate" and parameters["CertificateArn"] in self.certificates():
            raise Refusal(400, "ResourceInUseException", f"Certificate {parameters['CertificateArn']} in use.")
        if operation == "DescribeCertificate":
            issue_certificates()
        if operation == "UpdateFunctionConfiguration":
            configure(region, parameters)
        if operation in ("CreateTable", "UpdateTable") and (wanted := parameters.get("SSESpecification")):
            encrypt(operation, region, parameters["TableName"], wanted)

    def may_be_deleted(self, function: str) -> None:
        """Lambda keeps what edges still run."""
        if function in self.replicated:
            arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}:1"
            raise Refusal(
                400,
                "InvalidParameterValueException",
                f"Lambda was unable to delete {arn} because it is a replicated function. Please see our documentation for "
                "Deleting Lambda@Edge Functions and Replicas.",
            )


def encrypt(operation: str, region: str, table: str, wanted: dict[str, Any]) -> None:
    """A table's key must be one of its region; moto forgets an update's."""
    from moto.dynamodb.models import dynamodb_backends
    from moto.kms.models import kms_backends

    key = wanted.get("KMSMasterKeyId")
    if key and key.rpartition("/")[2] not in kms_backends[ACCOUNT][region].keys:
        raise Refusal(400, "ValidationException", f"KMS key {key} is not in {region}")
    if operation == "UpdateTable":
        dynamodb_backends[ACCOUNT][region].get_table(table).sse_specification = wanted


FORGOTTEN = ("DeadLetterConfig", "EphemeralStorage", "KMSKeyArn", "TracingConfig")
"""Settings of a function that moto lets nobody change."""


def configure(region: str, wanted: dict[str, Any]) -> None:
    """Changes them all the same."""
    from moto.awslambda.models import lambda_backends

    changed = {key: wanted[key] for key in FORGOTTEN if key in wanted}
    if changed:
        function: Any = lambda_backends[ACCOUNT][region].get_function(wanted["FunctionName"])
        before = function.get_configuration
        function.get_configuration = lambda *how, **options: before(*how, **options) | changed


def issue_certificates() -> None:
    """ACM issues a certificate once the record that it asks for is in the domain's zone."""
    from moto.acm.models import acm_backends

    names = set(record_names())
    for certificate in acm_backends[ACCOUNT]["us-east-1"]._certificates.values():
        asked = certificate.describe()["Certificate"].get("DomainValidationOptions", [])
        if asked and all(one["ResourceRecord"]["Name"] in names for one in asked):
            certificate.status = "ISSUED"


def record_names() -> Iterator[str]:
    """Every CNAME record of the account's zones."""
    from moto.route53.models import route53_backends

    for zone in route53_backends[ACCOUNT]["aws"].zones.values():
        yield from (record.name for record in zone.rrsets if record.type == "CNAME")


def unfit_certificate(arn: str, aliases: list[str]) -> str:
    """Why CloudFront would not take a certificate; empty where it would: it is issued, in us-east-1, for each alias."""
    from moto.acm.models import acm_backends

    issue_certificates()
    certificate = acm_backends[ACCOUNT]["us-east-1"]._certificates.get(arn)
    if certificate is None or certificate.status != "ISSUED":
        return (
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid "
            "certificate chain."
        )
    names = {*certificate.sans, certificate.common_name}
    if any(alias not in names and f"*.{alias.partition('.')[2]}" not in names for alias in aliases):
        return "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME)."
    return ""


def is_firewall(arn: str) -> bool:
    """Whether there is such a web ACL, of CloudFront's scope."""
    from moto.wafv2.models import wafv2_backends

    return bool(re.match(r"arn:aws:wafv2:us-east-1:\d+:global/webacl/", arn)) and any(
        arn in backend.wacls for backend in wafv2_backends[ACCOUNT].values()
    )
