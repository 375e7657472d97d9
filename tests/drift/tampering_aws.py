"""What people and programs do to what is deployed on AWS, and where that is to be found; and what is nobody's business."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kampkin.bundle import deterministic_zip, module
from tests.clouds.cloudfront import POLICIES
from tests.drift.conftest import Stack
from tests.drift.deployed_aws import HOST

OPTIMIZED = POLICIES["cache-policy"]["Managed-CachingOptimized"]
HOME, AWAY = "us-east-1", "eu-central-1"
OPEN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

Do = Callable[[Stack], None]


@dataclass(frozen=True)
class Tampering:
    """Something done to a deployment with every setting set; `at` is everything that is to be found, and nothing else: names in
    the stack behind `kampkin-`, and settings."""

    what: str
    do: Do
    at: tuple[tuple[str, str], ...]
    by: str = ""
    """The event in which CloudTrail has it; empty where the local one does not know whose it was."""


def distribution(change: Callable[[dict[str, Any]], None]) -> Do:
    """A change of the distribution's configuration."""

    def do(stack: Stack) -> None:
        cloudfront, ours = stack.cloud.client("cloudfront"), stack["distribution"]["id"]
        live = cloudfront.get_distribution_config(Id=ours)
        change(live["DistributionConfig"])
        cloudfront.update_distribution(Id=ours, IfMatch=live["ETag"], DistributionConfig=live["DistributionConfig"])

    return do


def put(*path: str | int, value: Any) -> Do:
    """A value put into the distribution's configuration."""

    def change(config: dict[str, Any]) -> None:
        place: Any = config
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return distribution(change)


def call(service: str, operation: str, region: str = HOME, **parameters: Any) -> Do:
    """One call; in its texts `{base}` and `{NAME.key}` stand for the plan's name and a resource's property."""

    def do(stack: Stack) -> None:
        getattr(stack.cloud.client(service, region), operation)(**told(stack, parameters))

    return do


def anybody_may_call(function: str) -> Do:
    """A function's own policy lets everybody in."""
    return call(
        "lambda",
        "add_permission",
        FunctionName=function,
        StatementId="other",
        Action="lambda:InvokeFunction",
        Principal="*",
    )


def told(stack: Stack, value: Any) -> Any:
    """A value with what its braces stand for."""
    if isinstance(value, dict):
        return {key: told(stack, one) for key, one in value.items()}
    if isinstance(value, list):
        return [told(stack, one) for one in value]
    if isinstance(value, str) and value.startswith("{") and value.endswith("}") and "." in value and " " not in value:
        name, _, key = value[1:-1].partition(".")
        return stack[name][key]
    return value.replace("{base}", base_of(stack)) if isinstance(value, str) else value


def base_of(stack: Stack) -> str:
    """What everything's name begins with."""
    return stack.live.account.names.base


def document(change: Callable[[Any], None], of: str = "policy") -> Do:
    """A change of what the edge's role may do, or of who may be it."""

    def do(stack: Stack) -> None:
        iam = stack.cloud.client("iam")
        if of == "role":
            said = json.loads(stack["role"]["assumeRolePolicy"])
            change(said)
            iam.update_assume_role_policy(RoleName=stack["role"]["id"], PolicyDocument=json.dumps(said))
            return
        role, _, name = stack[of]["id"].partition(":")
        said = json.loads(stack[of]["policy"])
        change(said)
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(said))

    return do


def edited(archive: bytes) -> bytes:
    """A zip with one byte more in a module."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (b"\n" if name == "breaker.mjs" else b""))
    return made.getvalue()


def attributed(stack: Stack) -> None:
    """The notifier as an update makes it, which asks git who changed an endpoint last; a preview does not."""
    name = f"{base_of(stack)}-notify"
    with zipfile.ZipFile(io.BytesIO(code_of(stack, name))) as old:
        modules = {one: old.read(one) for one in old.namelist()}
    changes = module("changes", {"cart": {"commit": "4f1c9e2", "author": "Dana"}})
    archive = deterministic_zip(modules | {"changes.mjs": changes})
    stack.cloud.client("lambda").update_function_code(FunctionName=name, ZipFile=archive)


def code_of(stack: Stack, name: str, region: str = HOME) -> bytes:
    """A function's zip."""
    import requests

    at = stack.cloud.client("lambda", region).get_function(FunctionName=name)["Code"]["Location"]
    return requests.get(at, timeout=30).content


def edit_code(stack: Stack) -> None:
    """As the console's editor does."""
    name = base_of(stack)
    stack.cloud.client("lambda").update_function_code(FunctionName=name, ZipFile=edited(code_of(stack, name)))


def publish(stack: Stack) -> str:
    """Another version of what is latest; its ARN."""
    return str(stack.cloud.client("lambda").publish_version(FunctionName=base_of(stack))["FunctionArn"])


def call_version(stack: Stack, arn: str, *events: str) -> None:
    """Has the distribution call a version."""

    def change(config: dict[str, Any]) -> None:
        for one in config["DefaultCacheBehavior"]["LambdaFunctionAssociations"]["Items"]:
            if one["EventType"] in events:
                one["LambdaFunctionARN"] = arn

    distribution(change)(stack)


BOTH = ("origin-request", "origin-response")


def edit_and_deploy(stack: Stack) -> None:
    """Edited, published, and put in front of everybody."""
    edit_code(stack)
    call_version(stack, publish(stack), *BOTH)


def call_an_old_version(stack: Stack) -> None:
    """A deployment later, somebody turns back to a version from before: here it is made afterwards and has other code."""
    name = base_of(stack)
    ours = code_of(stack, name)
    edit_code(stack)
    arn = publish(stack)
    stack.cloud.client("lambda").update_function_code(FunctionName=name, ZipFile=ours)
    publish(stack)
    call_version(stack, arn, "origin-response")


def more_memory(stack: Stack) -> None:
    """At the console, where nothing comes of it before a version is published."""
    stack.cloud.client("lambda").update_function_configuration(FunctionName=base_of(stack), MemorySize=512)


def more_memory_and_deploy(stack: Stack) -> None:
    """And then for everybody."""
    more_memory(stack)
    call_version(stack, publish(stack), *BOTH)


def remove_trigger(stack: Stack) -> None:
    """The stream's."""
    uuid = stack["notifier-us-east-1-stream-mapping"]["id"]
    stack.cloud.client("lambda").delete_event_source_mapping(UUID=uuid)


def disable_trigger(stack: Stack) -> None:
    """The console's button."""
    uuid = stack["notifier-us-east-1-stream-mapping"]["id"]
    stack.cloud.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=False, BatchSize=10)


def smaller_batches(stack: Stack) -> None:
    """Of the queue's."""
    uuid = stack["notifier-us-east-1-queue-mapping"]["id"]
    stack.cloud.client("lambda").update_event_source_mapping(UUID=uuid, BatchSize=1)


def another_function(stack: Stack) -> str:
    """Somebody's own; its name."""
    name = f"{base_of(stack)}-other"
    stack.cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="nodejs24.x",
        Role=stack["role"]["arn"],
        Handler="main.handler",
        Code={"ZipFile": code_of(stack, base_of(stack))},
        Publish=True,
    )
    return name


def another_trigger(stack: Stack) -> None:
    """Somebody's own function gets the table's events too."""
    name = another_function(stack)
    stream = stack["table-us-east-1"]["streamArn"]
    stack.cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=stream, FunctionName=name, StartingPosition="LATEST"
    )


def another_source(stack: Stack) -> None:
    """The notifier gets what somebody else sends."""
    sqs = stack.cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"{base_of(stack)}-other")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    stack.cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName=f"{base_of(stack)}-notify"
    )


def another_function_in_front(stack: Stack) -> None:
    """At viewer-request, before everything."""
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{another_function(stack)}:1"

    def change(config: dict[str, Any]) -> None:
        found = config["DefaultCacheBehavior"]["LambdaFunctionAssociations"]
        found["Items"].append({"EventType": "viewer-request", "LambdaFunctionARN": arn, "IncludeBody": False})
        found["Quantity"] = len(found["Items"])

    distribution(change)(stack)


def another_behaviour(config: dict[str, Any]) -> None:
    """One that goes past the function."""
    own = {key: value for key, value in config["DefaultCacheBehavior"].items() if key != "LambdaFunctionAssociations"}
    config["CacheBehaviors"] = {"Quantity": 1, "Items": [{"PathPattern": "/pay/*", **own}]}


def own_certificate(stack: Stack) -> str:
    """The ARN of the wildcard certificate that somebody has besides."""
    acm = stack.cloud.client("acm")
    return next(
        str(one["CertificateArn"])
        for page in acm.get_paginator("list_certificates").paginate()
        for one in page["CertificateSummaryList"]
        if one["DomainName"] == "*.acme.dev"
    )


def other_certificate(stack: Stack) -> None:
    """The wildcard in the place of the host's own."""
    put("ViewerCertificate", "ACMCertificateArn", value=own_certificate(stack))(stack)


def alias_added(stack: Stack) -> None:
    """Another name of the distribution, which the wildcard certificate is for."""
    host = stack.plan.targets["aws"].host

    def change(config: dict[str, Any]) -> None:
        config["ViewerCertificate"]["ACMCertificateArn"] = own_certificate(stack)
        config["Aliases"] = {"Quantity": 2, "Items": [host, f"also-{host}"]}

    distribution(change)(stack)


def origin_added(config: dict[str, Any]) -> None:
    """Beside the one that is never called."""
    one = config["Origins"]["Items"][0]
    config["Origins"] = {"Quantity": 2, "Items": [one, one | {"Id": "other", "DomainName": "other.acme.dev"}]}


def errors_kept(config: dict[str, Any]) -> None:
    """As CloudFront does by default."""
    for one in config["CustomErrorResponses"]["Items"]:
        if one["ErrorCode"] == 503:
            one["ErrorCachingMinTTL"] = 10


def page_put(config: dict[str, Any]) -> None:
    """A page of somebody's for every 502, as if all were well."""
    for one in config["CustomErrorResponses"]["Items"]:
        if one["ErrorCode"] == 502:
            one |= {"ResponsePagePath": "/sorry.html", "ResponseCode": "200"}


def error_dropped(config: dict[str, Any]) -> None:
    """One of the codes is CloudFront's own again."""
    left = [one for one in config["CustomErrorResponses"]["Items"] if one["ErrorCode"] != 504]
    config["CustomErrorResponses"] = {"Quantity": len(left), "Items": left}


def body_left_out(config: dict[str, Any]) -> None:
    """The function does not get what callers send."""
    for one in config["DefaultCacheBehavior"]["LambdaFunctionAssociations"]["Items"]:
        one["IncludeBody"] = False


def function_taken_away(config: dict[str, Any]) -> None:
    """No breaker at all."""
    config["DefaultCacheBehavior"]["LambdaFunctionAssociations"] = {"Quantity": 0}


def fewer_methods(config: dict[str, Any]) -> None:
    """Nobody may send anything."""
    methods = config["DefaultCacheBehavior"]["AllowedMethods"]
    methods["Items"], methods["Quantity"] = ["GET", "HEAD"], 2


def origin(**change: Any) -> Do:
    """Something set at the one origin."""
    return distribution(lambda config: config["Origins"]["Items"][0].update(change))


def origin_timeouts(config: dict[str, Any]) -> None:
    """A second each."""
    custom = config["Origins"]["Items"][0]["CustomOriginConfig"]
    custom |= {"OriginReadTimeout": 1, "OriginKeepaliveTimeout": 1}


def configured(**change: Any) -> Do:
    """Something set at the notifier."""
    return call("lambda", "update_function_configuration", FunctionName="{base}-notify", **change)


def anybody_may(action: str, resource: str = "*") -> str:
    """The policy that lets in everybody."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def attached(stack: Stack) -> None:
    """A managed policy, as the console's button attaches one."""
    iam = stack.cloud.client("iam")
    arn = iam.create_policy(PolicyName=f"{base_of(stack)}-all", PolicyDocument=json.dumps(OPEN))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=stack["role"]["id"], PolicyArn=arn)


def also(part: str, value: str) -> Callable[[Any], None]:
    """More in the first statement's list."""

    def change(said: Any) -> None:
        said["Statement"][0][part].append(value)

    return change


def anybody(said: Any) -> None:
    """Another account may be the role."""
    said["Statement"][0]["Principal"]["AWS"] = "arn:aws:iam::999999999999:root"


def someone_else(said: Any) -> None:
    """Another service in the place of the edge."""
    said["Statement"][0]["Principal"]["Service"][1] = "ec2.amazonaws.com"


def other_tables(said: Any) -> None:
    """Every table in the place of our own."""
    said["Statement"][0]["Resource"] = ["*"]


def record_elsewhere(stack: Stack) -> None:
    """The host is somebody else's distribution."""
    alias = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "dother.cloudfront.net", "EvaluateTargetHealth": False}
    change_record(stack, "UPSERT", {"Name": stack.plan.targets["aws"].host, "Type": "A", "AliasTarget": alias})


def record_weighted(stack: Stack) -> None:
    """Ninety-nine of a hundred callers go elsewhere; the record that was there has a share."""
    host = stack.plan.targets["aws"].host
    ours = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": stack["distribution"]["domainName"]}
    alias = {"Name": host, "Type": "A", "AliasTarget": ours | {"EvaluateTargetHealth": False}}
    other = {"Name": host, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "203.0.113.9"}]}
    change_record(stack, "DELETE", alias)
    change_record(stack, "CREATE", other | {"SetIdentifier": "other", "Weight": 99})
    change_record(stack, "CREATE", alias | {"SetIdentifier": "ours", "Weight": 1})


def record_checked(stack: Stack) -> None:
    """By somebody's health check."""
    config = {"IPAddress": "192.0.2.1", "Port": 443, "Type": "TCP"}
    route53 = stack.cloud.client("route53")
    check = route53.create_health_check(CallerReference=base_of(stack), HealthCheckConfig=config)["HealthCheck"]["Id"]
    alias = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": stack["distribution"]["domainName"]}
    record = {"Name": stack.plan.targets["aws"].host, "Type": "AAAA", "HealthCheckId": check}
    change_record(stack, "UPSERT", record | {"AliasTarget": alias | {"EvaluateTargetHealth": False}})


def https_record(stack: Stack) -> None:
    """Browsers ask for it first."""
    host, value = stack.plan.targets["aws"].host, "1 other.acme.dev. alpn=h3"
    record = {"Name": host, "Type": "HTTPS", "TTL": 60, "ResourceRecords": [{"Value": value}]}
    change_record(stack, "CREATE", record)


def record_gone(stack: Stack) -> None:
    """IPv6 finds the host no more."""
    alias = {
        "HostedZoneId": "Z2FDTNDATAQYW2",
        "DNSName": stack["distribution"]["domainName"],
        "EvaluateTargetHealth": False,
    }
    change_record(stack, "DELETE", {"Name": stack.plan.targets["aws"].host, "Type": "AAAA", "AliasTarget": alias})


def record_ttl(stack: Stack) -> None:
    """Of the record that ACM looks at."""
    live = stack[f"certificate-record-{HOST}"]
    record = {"Name": live["name"], "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": live["records"][0]}]}
    change_record(stack, "UPSERT", record)


def change_record(stack: Stack, action: str, record: dict[str, Any]) -> None:
    """Has Route 53 do something."""
    stack.cloud.client("route53").change_resource_record_sets(
        HostedZoneId=stack[f"record-a-{HOST}"]["zoneId"],
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
    )


def queue_attribute(name: str, value: str, queue: str = "notifier-us-east-1-queue") -> Do:
    """An attribute of a queue in us-east-1."""
    return call("sqs", "set_queue_attributes", QueueUrl=f"{{{queue}.url}}", Attributes={name: value})


def dead_letters_elsewhere(stack: Stack) -> None:
    """What nobody took goes to another queue."""
    sqs = stack.cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"{base_of(stack)}-lost")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    said = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 15})
    queue_attribute("RedrivePolicy", said)(stack)


TABLE = "{base}"
EDGE_LOGS = "/aws/lambda/us-east-1.{base}"
D, F, R, P = "distribution", "function", "role", "policy"
TABLE_AT = "table-us-east-1"
NOTIFY = "notifier-us-east-1-function"
B = "defaultCacheBehavior"

CALLS = tuple((D, f"{B}.lambdaFunctionAssociations[{at}].lambdaArn") for at in (0, 1))
"""Another version is called than the one that is as declared."""

TAMPERINGS = (
    # the distribution
    Tampering("disabled", put("Enabled", value=False), ((D, "enabled"),), "UpdateDistribution"),
    Tampering(
        "caching turned on",
        put("DefaultCacheBehavior", "CachePolicyId", value=OPTIMIZED),
        ((D, f"{B}.cachePolicyId"),),
        "UpdateDistribution",
    ),
    Tampering(
        "errors kept for 10 s",
        distribution(errors_kept),
        ((D, "customErrorResponses[9].errorCachingMinTtl"),),
        "UpdateDistribution",
    ),
    Tampering(
        "a page in the place of a rejection",
        distribution(page_put),
        ((D, "customErrorResponses[8].responsePagePath"), (D, "customErrorResponses[8].responseCode")),
        "UpdateDistribution",
    ),
    Tampering(
        "an error code left to CloudFront",
        distribution(error_dropped),
        ((D, "customErrorResponses[10]"),),
        "UpdateDistribution",
    ),
    Tampering(
        "plain HTTP let through",
        put("DefaultCacheBehavior", "ViewerProtocolPolicy", value="allow-all"),
        ((D, f"{B}.viewerProtocolPolicy"),),
        "UpdateDistribution",
    ),
    Tampering(
        "compression turned on",
        put("DefaultCacheBehavior", "Compress", value=True),
        ((D, f"{B}.compress"),),
        "UpdateDistribution",
    ),
    Tampering(
        "fewer methods",
        distribution(fewer_methods),
        tuple((D, f"{B}.allowedMethods[{at}]") for at in (0, 3, 4, 5, 6)),
        "UpdateDistribution",
    ),
    Tampering(
        "bodies left out",
        distribution(body_left_out),
        ((D, f"{B}.lambdaFunctionAssociations[0].includeBody"),),
        "UpdateDistribution",
    ),
    Tampering(
        "the function taken away",
        distribution(function_taken_away),
        ((D, f"{B}.lambdaFunctionAssociations[0]"), (D, f"{B}.lambdaFunctionAssociations[1]")),
        "UpdateDistribution",
    ),
    Tampering(
        "another function in front",
        another_function_in_front,
        ((D, f"{B}.lambdaFunctionAssociations[]"),),
        "UpdateDistribution",
    ),
    Tampering(
        "a behaviour past the function",
        distribution(another_behaviour),
        ((D, "orderedCacheBehaviors[]"),),
        "UpdateDistribution",
    ),
    Tampering("an origin added", distribution(origin_added), ((D, "origins[]"),), "UpdateDistribution"),
    Tampering(
        "the origin changed",
        put("Origins", "Items", 0, "DomainName", value="other.acme.dev"),
        ((D, "origins[0].domainName"),),
        "UpdateDistribution",
    ),
    Tampering(
        "an alias added",
        alias_added,
        ((D, "aliases[]"), (D, "viewerCertificate.acmCertificateArn")),
        "UpdateDistribution",
    ),
    Tampering(
        "another certificate", other_certificate, ((D, "viewerCertificate.acmCertificateArn"),), "UpdateDistribution"
    ),
    Tampering(
        "older TLS",
        put("ViewerCertificate", "MinimumProtocolVersion", value="TLSv1"),
        ((D, "viewerCertificate.minimumProtocolVersion"),),
        "UpdateDistribution",
    ),
    Tampering("the firewall taken off", put("WebACLId", value=""), ((D, "webAclId"),), "UpdateDistribution"),
    Tampering(
        "another price class", put("PriceClass", value="PriceClass_All"), ((D, "priceClass"),), "UpdateDistribution"
    ),
    Tampering("HTTP/2 alone", put("HttpVersion", value="http2"), ((D, "httpVersion"),), "UpdateDistribution"),
    Tampering("IPv6 turned off", put("IsIPV6Enabled", value=False), ((D, "isIpv6Enabled"),), "UpdateDistribution"),
    Tampering(
        "countries left out",
        put("Restrictions", "GeoRestriction", value={"RestrictionType": "blacklist", "Quantity": 1, "Items": ["CH"]}),
        ((D, "restrictions.geoRestriction.restrictionType"), (D, "restrictions.geoRestriction.locations[]")),
        "UpdateDistribution",
    ),
    Tampering(
        "a page at /", put("DefaultRootObject", value="index.html"), ((D, "defaultRootObject"),), "UpdateDistribution"
    ),
    Tampering(
        "smooth streaming turned on",
        put("DefaultCacheBehavior", "SmoothStreaming", value=True),
        ((D, f"{B}.smoothStreaming"),),
        "UpdateDistribution",
    ),
    Tampering("a path at the origin", origin(OriginPath="/old"), ((D, "origins[0].originPath"),), "UpdateDistribution"),
    Tampering(
        "a header for the origin",
        origin(CustomHeaders={"Quantity": 1, "Items": [{"HeaderName": "x-other", "HeaderValue": "1"}]}),
        ((D, "origins[0].customHeaders[]"),),
        "UpdateDistribution",
    ),
    Tampering(
        "a shield before the origin",
        origin(OriginShield={"Enabled": True, "OriginShieldRegion": "us-east-1"}),
        ((D, "origins[0].originShield.enabled"),),
        "UpdateDistribution",
    ),
    Tampering(
        "other time-outs of the origin",
        distribution(origin_timeouts),
        tuple((D, f"origins[0].customOriginConfig.{one}") for one in ("originReadTimeout", "originKeepaliveTimeout")),
        "UpdateDistribution",
    ),
    # the function
    Tampering(
        "a module edited by one byte", edit_and_deploy, ((F, "codeSha256"), *CALLS), "UpdateFunctionCode20150331v2"
    ),
    Tampering(
        "a module edited, not deployed yet", edit_code, ((F, "$LATEST.codeSha256"),), "UpdateFunctionCode20150331v2"
    ),
    Tampering(
        "a behaviour at an old version",
        call_an_old_version,
        ((D, f"{B}.lambdaFunctionAssociations[1].lambdaArn"),),
        "UpdateDistribution",
    ),
    Tampering(
        "memory changed", more_memory_and_deploy, ((F, "memorySize"), *CALLS), "UpdateFunctionConfiguration20150331v2"
    ),
    Tampering(
        "memory changed, not deployed yet",
        more_memory,
        ((F, "$LATEST.memorySize"),),
        "UpdateFunctionConfiguration20150331v2",
    ),
    Tampering(
        "the notifier's timeout",
        call("lambda", "update_function_configuration", FunctionName="{base}-notify", Timeout=3),
        ((NOTIFY, "timeout"),),
        "UpdateFunctionConfiguration20150331v2",
    ),
    Tampering(
        "a variable for the notifier",
        call(
            "lambda",
            "update_function_configuration",
            FunctionName="{base}-notify",
            Environment={"Variables": {"SECRET_OPS": "x", "NODE_OPTIONS": "--inspect"}},
        ),
        ((NOTIFY, "environment.variables.NODE_OPTIONS"),),
        "UpdateFunctionConfiguration20150331v2",
    ),
    Tampering(
        "a secret of the notifier's gone",
        call("lambda", "update_function_configuration", FunctionName="{base}-notify", Environment={"Variables": {}}),
        ((NOTIFY, "environment.variables.SECRET_OPS"),),
        "UpdateFunctionConfiguration20150331v2",
    ),
    Tampering(
        "the notifier throttled",
        call("lambda", "put_function_concurrency", FunctionName="{base}-notify", ReservedConcurrentExecutions=0),
        ((NOTIFY, "reservedConcurrentExecutions"),),
        "PutFunctionConcurrency20171031",
    ),
    Tampering(
        "what the notifier could not do put elsewhere",
        configured(DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:123456789012:other"}),
        ((NOTIFY, "deadLetterConfig.targetArn"),),
        "UpdateFunctionConfiguration20150331v2",
    ),
    Tampering(
        "the notifier traced",
        configured(TracingConfig={"Mode": "Active"}),
        ((NOTIFY, "tracingConfig.mode"),),
        "UpdateFunctionConfiguration20150331v2",
    ),
    Tampering(
        "more disk for the notifier",
        configured(EphemeralStorage={"Size": 2048}),
        ((NOTIFY, "ephemeralStorage.size"),),
        "UpdateFunctionConfiguration20150331v2",
    ),
    Tampering(
        "another key for the notifier's variables",
        configured(KMSKeyArn="arn:aws:kms:us-east-1:123456789012:key/1"),
        ((NOTIFY, "kmsKeyArn"),),
        "UpdateFunctionConfiguration20150331v2",
    ),
    Tampering(
        "a URL that anybody may call",
        call("lambda", "create_function_url_config", FunctionName="{base}-notify", AuthType="NONE"),
        ((NOTIFY, "functionUrl"),),
    ),
    Tampering(
        "anybody may call the notifier",
        anybody_may_call("{base}-notify"),
        ((NOTIFY, "permissions[]"),),
        "AddPermission20150331v2",
    ),
    Tampering(
        "anybody may tell the edge's function what happened",
        anybody_may_call("{base}"),
        ((F, "permissions[]"),),
        "AddPermission20150331v2",
    ),
    # roles
    Tampering(
        "a policy widened",
        document(also("Action", "dynamodb:*")),
        ((P, "policy.Statement[0].Action[]"),),
        "PutRolePolicy",
    ),
    Tampering(
        "a policy for every table",
        document(other_tables),
        ((P, "policy.Statement[0].Resource[0]"), (P, "policy.Statement[0].Resource[1]")),
        "PutRolePolicy",
    ),
    Tampering(
        "another account trusted",
        document(anybody, "role"),
        ((R, "assumeRolePolicy.Statement[0].Principal.AWS"),),
        "UpdateAssumeRolePolicy",
    ),
    Tampering(
        "another service trusted",
        document(someone_else, "role"),
        ((R, "assumeRolePolicy.Statement[0].Principal.Service[1]"),),
        "UpdateAssumeRolePolicy",
    ),
    Tampering(
        "a policy beside ours",
        call("iam", "put_role_policy", RoleName="{role.id}", PolicyName="more", PolicyDocument=json.dumps(OPEN)),
        ((R, "inlinePolicies[]"),),
        "PutRolePolicy",
    ),
    Tampering("a managed policy attached", attached, ((R, "managedPolicyArns[]"),), "AttachRolePolicy"),
    # tables
    Tampering(
        "TTL turned off",
        call(
            "dynamodb",
            "update_time_to_live",
            TableName=TABLE,
            TimeToLiveSpecification={"Enabled": False, "AttributeName": "ttl"},
        ),
        ((TABLE_AT, "ttl.enabled"),),
        "UpdateTimeToLive",
    ),
    Tampering(
        "TTL off in another region",
        call(
            "dynamodb",
            "update_time_to_live",
            AWAY,
            TableName=TABLE,
            TimeToLiveSpecification={"Enabled": False, "AttributeName": "ttl"},
        ),
        (("table-eu-central-1", "ttl.enabled"),),
        "UpdateTimeToLive",
    ),
    Tampering(
        "capacity by hand",
        call(
            "dynamodb",
            "update_table",
            TableName=TABLE,
            BillingMode="PROVISIONED",
            ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        ),
        ((TABLE_AT, "billingMode"),),
        "UpdateTable",
    ),
    Tampering(
        "no way back to any second",
        call(
            "dynamodb",
            "update_continuous_backups",
            TableName=TABLE,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
        ),
        ((TABLE_AT, "pointInTimeRecovery.enabled"),),
        "UpdateContinuousBackups",
    ),
    Tampering(
        "the table's key given up",
        call("dynamodb", "update_table", TableName=TABLE, SSESpecification={"Enabled": False}),
        ((TABLE_AT, "serverSideEncryption.enabled"), (TABLE_AT, "serverSideEncryption.kmsKeyArn")),
        "UpdateTable",
    ),
    Tampering(
        "the stream turned off",
        call("dynamodb", "update_table", TableName=TABLE, StreamSpecification={"StreamEnabled": False}),
        ((TABLE_AT, "streamEnabled"), (TABLE_AT, "streamViewType")),
        "UpdateTable",
    ),
    Tampering(
        "anybody may use a table",
        call(
            "dynamodb",
            "put_resource_policy",
            ResourceArn="{table-us-east-1.arn}",
            Policy=anybody_may("dynamodb:*"),
        ),
        ((TABLE_AT, "resourcePolicy[]"),),
        "PutResourcePolicy",
    ),
    Tampering(
        "a table gone",
        call("dynamodb", "delete_table", AWAY, TableName=TABLE),
        (("table-eu-central-1", ""),),
        "DeleteTable",
    ),
    # what tells owners
    Tampering("the stream's trigger removed", remove_trigger, (("notifier-us-east-1-stream-mapping", ""),)),
    Tampering(
        "the stream's trigger disabled",
        disable_trigger,
        (("notifier-us-east-1-stream-mapping", "enabled"),),
        "UpdateEventSourceMapping20150331",
    ),
    Tampering(
        "smaller batches",
        smaller_batches,
        (("notifier-us-east-1-queue-mapping", "batchSize"),),
        "UpdateEventSourceMapping20150331",
    ),
    Tampering(
        "another trigger at the stream",
        another_trigger,
        ((TABLE_AT, "triggers[]"),),
        "CreateEventSourceMapping20150331",
    ),
    Tampering(
        "another source for the notifier",
        another_source,
        ((NOTIFY, "eventSourceMappings[]"),),
        "CreateEventSourceMapping20150331",
    ),
    Tampering(
        "messages kept for a minute",
        queue_attribute("MessageRetentionPeriod", "60"),
        (("notifier-us-east-1-queue", "messageRetentionSeconds"),),
        "SetQueueAttributes",
    ),
    Tampering(
        "messages held back",
        queue_attribute("DelaySeconds", "900"),
        (("notifier-us-east-1-queue", "delaySeconds"),),
        "SetQueueAttributes",
    ),
    Tampering(
        "dead letters elsewhere",
        dead_letters_elsewhere,
        (("notifier-us-east-1-queue", "redrivePolicy.deadLetterTargetArn"),),
        "SetQueueAttributes",
    ),
    Tampering(
        "messages of a kilobyte at most",
        queue_attribute("MaximumMessageSize", "1024"),
        (("notifier-us-east-1-queue", "maxMessageSize"),),
        "SetQueueAttributes",
    ),
    Tampering(
        "readers of the queue wait",
        queue_attribute("ReceiveMessageWaitTimeSeconds", "20"),
        (("notifier-us-east-1-queue", "receiveWaitTimeSeconds"),),
        "SetQueueAttributes",
    ),
    Tampering(
        "anybody may use the queue",
        queue_attribute("Policy", anybody_may("sqs:*")),
        (("notifier-us-east-1-queue", "policy"),),
        "SetQueueAttributes",
    ),
    Tampering(
        "anybody may use a topic",
        call(
            "sns",
            "set_topic_attributes",
            TopicArn="{notifier-us-east-1-topic-shop.arn}",
            AttributeName="Policy",
            AttributeValue=anybody_may("sns:*"),
        ),
        (("notifier-us-east-1-topic-shop", "policy.Statement[]"),),
        "SetTopicAttributes",
    ),
    Tampering(
        "somebody else reads a topic",
        call(
            "sns",
            "subscribe",
            TopicArn="{notifier-us-east-1-topic-shop.arn}",
            Protocol="email",
            Endpoint="eve@example.com",
        ),
        (("notifier-us-east-1-topic-shop", "subscriptions[]"),),
        "Subscribe",
    ),
    Tampering(
        "nobody reads a topic",
        call("sns", "unsubscribe", SubscriptionArn="{notifier-us-east-1-email-shop.id}"),
        (("notifier-us-east-1-email-shop", ""),),
    ),
    Tampering(
        "a topic gone",
        call("sns", "delete_topic", TopicArn="{notifier-us-east-1-topic-shop.arn}"),
        (("notifier-us-east-1-topic-shop", ""), ("notifier-us-east-1-email-shop", "")),
        "DeleteTopic",
    ),
    # logs
    Tampering(
        "logs kept for a day",
        call("logs", "put_retention_policy", AWAY, logGroupName=EDGE_LOGS, retentionInDays=1),
        (("logs-eu-central-1", "retentionInDays"),),
        "PutRetentionPolicy",
    ),
    Tampering(
        "logs kept for ever",
        call("logs", "delete_retention_policy", AWAY, logGroupName=EDGE_LOGS),
        (("logs-eu-central-1", "retentionInDays"),),
        "DeleteRetentionPolicy",
    ),
    Tampering(
        "a log group gone",
        call("logs", "delete_log_group", AWAY, logGroupName=EDGE_LOGS),
        (("logs-eu-central-1", ""),),
        "DeleteLogGroup",
    ),
    # tags, and the host
    Tampering(
        "whose it is changed",
        call(
            "dynamodb",
            "tag_resource",
            ResourceArn="{table-us-east-1.arn}",
            Tags=[{"Key": "kampkin:project", "Value": "other"}],
        ),
        ((TABLE_AT, 'tags["kampkin:project"]'),),
        "TagResource",
    ),
    Tampering(
        "the user's own tag taken off",
        call("iam", "untag_role", RoleName="{role.id}", TagKeys=["team"]),
        ((R, "tags.team"),),
        "UntagRole",
    ),
    Tampering("the host leads elsewhere", record_elsewhere, ((f"record-a-{HOST}", "aliases[0].name"),)),
    Tampering(
        "most callers led elsewhere, by weight",
        record_weighted,
        ((f"record-a-{HOST}", "routing[]"),),
    ),
    Tampering(
        "a record that is there while a check says so",
        record_checked,
        ((f"record-aaaa-{HOST}", "healthCheckId"),),
    ),
    Tampering("an HTTPS record at the host", https_record, ((f"record-a-{HOST}", "httpsRecords[]"),)),
    Tampering("a record gone", record_gone, ((f"record-aaaa-{HOST}", ""),)),
    Tampering("the proof's record lives longer", record_ttl, ((f"certificate-record-{HOST}", "ttl"),)),
)


def places(tampering: Tampering) -> set[str]:
    """What no other tampering of the same deployment may touch: a resource, of the distribution an input."""
    return {f"{name} {setting.partition('[')[0]}" if name == D else name for name, setting in tampering.at}


def batches() -> Iterator[tuple[Tampering, ...]]:
    """Those that do not get in one another's way, so that there are fewer deployments to make. The distribution's come first:
    CloudFront takes no change of it when nobody may be its role any more."""
    left = sorted(TAMPERINGS, key=lambda one: one.at[0][0] != D)
    while left:
        taken: set[str] = set()
        batch = []
        for one in left:
            if not taken & places(one):
                taken |= places(one)
                batch.append(one)
        left = [one for one in left if one not in batch]
        yield tuple(batch)


BATCHES = tuple(batches())


def reordered(config: dict[str, Any]) -> None:
    """All lists the other way round."""
    behaviour = config["DefaultCacheBehavior"]
    behaviour["AllowedMethods"]["Items"].reverse()
    behaviour["LambdaFunctionAssociations"]["Items"].reverse()
    config["CustomErrorResponses"]["Items"].reverse()


def policy_reordered(said: Any) -> None:
    """Statements and actions the other way round."""
    said["Statement"].reverse()
    for one in said["Statement"]:
        if isinstance(one["Action"], list):
            one["Action"].reverse()


def republished(stack: Stack) -> None:
    """The same code once more as a version, which nobody calls: nothing runs that did not."""
    lambda_, name = stack.cloud.client("lambda"), base_of(stack)
    lambda_.update_function_configuration(FunctionName=name, MemorySize=512)
    publish(stack)
    lambda_.update_function_configuration(FunctionName=name, MemorySize=256)
    publish(stack)


def one_more_item(stack: Stack) -> None:
    """A breaker that is open: state, not settings."""
    item = {"pk": {"S": "cart"}, "sk": {"S": "state"}, "st": {"S": "open"}, "ttl": {"N": "4000000000"}}
    stack.cloud.client("dynamodb").put_item(TableName=base_of(stack), Item=item)


def others_distribution(stack: Stack) -> None:
    """Another environment's, with a comment of its own."""
    cloudfront, ours = stack.cloud.client("cloudfront"), stack["distribution"]["id"]
    config = cloudfront.get_distribution_config(Id=ours)["DistributionConfig"]
    other = {"CallerReference": f"{ours}-other", "Comment": f"{config['Comment']}-2", "Aliases": {"Quantity": 0}}
    cloudfront.create_distribution(
        DistributionConfig=config | other | {"ViewerCertificate": {"CloudFrontDefaultCertificate": True}}
    )


def certificate_renewed(stack: Stack) -> None:
    """Another one of the host's beside it, of somebody else's making."""
    host = str(stack.plan.targets["aws"].host)
    stack.cloud.client("acm").request_certificate(DomainName=host, ValidationMethod="DNS", IdempotencyToken="other")


def rolling(stack: Stack) -> None:
    """CloudFront still brings the distribution to its places."""
    stack.cloud.running.roll_out(True)


HARMLESS: tuple[tuple[str, Do], ...] = (
    ("lists of the distribution in another order", distribution(reordered)),
    ("a policy in another order", document(policy_reordered)),
    ("trust in another order", document(lambda said: said["Statement"][0]["Principal"]["Service"].reverse(), "role")),
    ("a policy with an Id", document(lambda said: said.update(Id="ours"), "notifier-policy")),
    (
        "a tag of the organisation's on a table",
        call(
            "dynamodb",
            "tag_resource",
            ResourceArn="{table-us-east-1.arn}",
            Tags=[{"Key": "cost-center", "Value": "42"}],
        ),
    ),
    (
        "a tag of the organisation's on a role",
        call("iam", "tag_role", RoleName="{role.id}", Tags=[{"Key": "cost-center", "Value": "42"}]),
    ),
    (
        "a tag of the organisation's on the distribution",
        call(
            "cloudfront",
            "tag_resource",
            Resource="{distribution.arn}",
            Tags={"Items": [{"Key": "cost-center", "Value": "42"}]},
        ),
    ),
    (
        "a tag of the organisation's on a queue",
        call("sqs", "tag_queue", QueueUrl="{notifier-us-east-1-queue.url}", Tags={"cost-center": "42"}),
    ),
    ("TTLs of CloudFront's filled in", put("DefaultCacheBehavior", "MinTTL", value=0)),
    ("what the platform fills in", put("DefaultCacheBehavior", "SmoothStreaming", value=False)),
    ("who changed an endpoint last", attributed),
    ("a roll-out", rolling),
    ("an open breaker", one_more_item),
    ("versions that nobody calls", republished),
    ("another environment's distribution", others_distribution),
    ("another certificate of the host", certificate_renewed),
    (
        "a secret turned",
        call(
            "lambda",
            "update_function_configuration",
            FunctionName="{base}-notify",
            Environment={"Variables": {"SECRET_OPS": "another"}},
        ),
    ),
    (
        "a subscription confirmed",
        call(
            "sns",
            "set_subscription_attributes",
            SubscriptionArn="{notifier-us-east-1-email-shop.id}",
            AttributeName="RawMessageDelivery",
            AttributeValue="false",
        ),
    ),
)
"""What must not alarm."""
