"""What a change of a resource brings about: which inputs it cannot change in place, so that it is made anew and the old one
deleted, and which outputs are others after any change.

The providers' schemas say so; an engine knows it from them, a comparison without one from here.
"""

from __future__ import annotations

from collections.abc import Mapping

FORCING: Mapping[str, frozenset[str]] = {
    "aws:acm/certificate:Certificate": frozenset(
        {"domainName", "region", "subjectAlternativeNames", "validationMethod"}
    ),
    "aws:acm/certificateValidation:CertificateValidation": frozenset(
        {"certificateArn", "region", "validationRecordFqdns"}
    ),
    "aws:cloudwatch/logGroup:LogGroup": frozenset({"name", "region"}),
    "aws:dynamodb/table:Table": frozenset({"hashKey", "name", "rangeKey", "region"}),
    "aws:iam/role:Role": frozenset({"name"}),
    "aws:iam/rolePolicy:RolePolicy": frozenset({"name", "role"}),
    "aws:lambda/eventSourceMapping:EventSourceMapping": frozenset({"eventSourceArn", "region", "startingPosition"}),
    "aws:lambda/function:Function": frozenset({"name", "region"}),
    "aws:route53/record:Record": frozenset({"name", "type", "zoneId"}),
    "aws:sns/topic:Topic": frozenset({"name", "region"}),
    "aws:sns/topicSubscription:TopicSubscription": frozenset({"endpoint", "protocol", "region", "topic"}),
    "aws:sqs/queue:Queue": frozenset({"name", "region"}),
    "cloudflare:index/dnsRecord:DnsRecord": frozenset({"zoneId"}),
    "cloudflare:index/workersCustomDomain:WorkersCustomDomain": frozenset(
        {"accountId", "hostname", "service", "zoneId"}
    ),
    "cloudflare:index/workersKvNamespace:WorkersKvNamespace": frozenset({"accountId"}),
    "cloudflare:index/workersRoute:WorkersRoute": frozenset({"zoneId"}),
    "cloudflare:index/workersScript:WorkersScript": frozenset({"accountId", "scriptName"}),
    "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain": frozenset({"accountId", "scriptName"}),
}

RENEWED: Mapping[str, frozenset[str]] = {
    "aws:lambda/function:Function": frozenset({"qualifiedArn", "qualifiedInvokeArn", "version"}),
}
"""A function that is published has a new version with each change. What is made anew has all its outputs anew."""
