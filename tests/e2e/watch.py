"""Stands in front of the local AWS and notes, after each call that changes anything, at which hosts the distribution answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from werkzeug.wrappers import Request

from tests.clouds.aws import LocalAws

from .guard import Guard, call_of

EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
READS = ("Describe", "Get", "List")


class Watch(Guard):
    """A proxy that refuses nothing; `url` is what AWS_ENDPOINT_URL names."""

    def __init__(self, aws: LocalAws, zone: str) -> None:
        super().__init__(aws.url, [EVERYTHING])
        self.aws = aws
        self.zone = zone
        self.seen: list[frozenset[str]] = [self.answering()]
        """Before everything and after each call that changed something: the hosts that led to the distribution and were its."""

    def app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Hands the call on, and looks."""
        body = Request(environ).get_data()
        environ["wsgi.input"] = BytesIO(body)  # which is read once only, and is the guard's to read
        _, operation, _, _ = call_of(Request(environ), body)
        answer = super().app(environ, start_response)
        if not operation.startswith(READS):
            self.seen.append(self.answering())
        return answer

    def answering(self) -> frozenset[str]:
        """The hosts that lead callers to the distribution now, and that it takes."""
        listed = self.aws.client("cloudfront").list_distributions()["DistributionList"].get("Items", [])
        aliases = {alias for one in listed for alias in one.get("Aliases", {}).get("Items", [])}
        records = self.aws.client("route53").list_resource_record_sets(HostedZoneId=self.zone)["ResourceRecordSets"]
        kinds = {(one["Name"].rstrip("."), one["Type"]) for one in records}
        return frozenset(host for host in aliases if {(host, "A"), (host, "AAAA")} <= kinds)
