"""AWS: a Lambda@Edge function at a CloudFront distribution, and the breakers' DynamoDB tables, one
in each of the plan's regions."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
from pydantic import Field

from kampkin.audience import secret_variable
from kampkin.bundle import LAMBDA_HANDLER, LAMBDA_RUNTIME, Bundle
from kampkin.names import names_for
from kampkin.plan import Plan
from kampkin.regions import HOME
from kampkin.targets.notifier import AwsNotifier
from kampkin.targets.settings import Problem, Settings, lacking
from kampkin.targets.stack import read_stack
from kampkin.urls import protected_urls

EDGE_REGION = HOME
"""Lambda@Edge functions are made here and copied from here."""

FUNCTION_TIMEOUT_S = 30
MEMORY_MB = 256

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


@dataclass(frozen=True)
class Identities:
    """What only the account's owner knows."""

    certificate_arn: str | None
    """An ACM certificate in us-east-1 for the target's host; None without one."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """What owners are told by: each secret's value by its name."""


@dataclass(frozen=True)
class Archives:
    """Where the functions' zips are, relative to the stack's folder."""

    edge: str
    notifier: str | None
    """None where nobody wants to hear of anything."""


class AwsSettings(Settings):
    """What the stack of AWS can be told."""

    certificate_arn: str | None = Field(
        None,
        description="The ACM certificate for the target's host, in us-east-1 since CloudFront takes no other.",
        pattern=r"^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/[0-9a-f-]+$",
        examples=["arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"],
    )

    def wanting(self, plan: Plan) -> Iterator[Problem]:
        """A host needs a certificate."""
        if (host := plan.targets["aws"].host) and not self.certificate_arn:
            yield lacking(type(self), "certificateArn", f"is not set: {host} needs a certificate")


class AwsEdge(pulumi.ComponentResource):
    """Everything the plan needs on AWS.

    The tables have no point-in-time recovery: a breaker learns its state anew in less time than a restore takes.
    """

    def __init__(
        self,
        name: str,
        plan: Plan,
        bundle: Bundle,
        identities: Identities,
        archives: Archives,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("kampkin:aws:Edge", name, None, opts)
        names = names_for(plan)
        target = plan.targets["aws"]
        provider = aws.Provider(f"{name}-us-east-1", region=EDGE_REGION, opts=pulumi.ResourceOptions(parent=self))
        child = pulumi.ResourceOptions(parent=self, provider=provider)
        lookup = pulumi.InvokeOptions(parent=self, provider=provider)
        self.tables = {
            region: aws.dynamodb.Table(
                table_name(name, region, target.regions),
                name=names.table,
                region=region,
                billing_mode="PAY_PER_REQUEST",
                hash_key="pk",
                range_key="sk",
                attributes=[{"name": key, "type": "S"} for key in ("pk", "sk")],
                ttl={"attribute_name": "ttl", "enabled": True},
                stream_enabled=True if archives.notifier else None,
                stream_view_type="NEW_IMAGE" if archives.notifier else None,
                opts=child.merge(pulumi.ResourceOptions(protect=True)),
            )
            for region in target.regions
        }
        self.role = aws.iam.Role(
            f"{name}-role",
            name=names.role,
            assume_role_policy=json.dumps(trust()),
            opts=child,
        )
        self.policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=self.role.id,
            policy=pulumi.Output.all(*(table.arn for table in self.tables.values())).apply(
                lambda arns: json.dumps(permissions(arns, names.function))
            ),
            opts=child,
        )
        self.function = aws.lambda_.Function(
            f"{name}-function",
            name=names.function,
            description=f"Kampkin, plan {plan.digest}",
            role=self.role.arn,
            runtime=LAMBDA_RUNTIME,
            handler=LAMBDA_HANDLER,
            code=pulumi.FileArchive(archives.edge),
            code_sha256=archive_hash(bundle.archive),
            timeout=FUNCTION_TIMEOUT_S,
            memory_size=MEMORY_MB,
            publish=True,
            skip_destroy=True,
            opts=child.merge(pulumi.ResourceOptions(depends_on=[self.policy])),
        )
        caching = aws.cloudfront.get_cache_policy_output(name="Managed-CachingDisabled", opts=lookup)
        forwarding = aws.cloudfront.get_origin_request_policy_output(name="Managed-AllViewer", opts=lookup)
        self.distribution = aws.cloudfront.Distribution(
            f"{name}-distribution",
            comment=f"Kampkin: {names.base}",
            enabled=True,
            is_ipv6_enabled=True,
            http_version="http2and3",
            aliases=[target.host] if target.host else [],
            viewer_certificate=certificate(identities.certificate_arn),
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
                        event_type=event, lambda_arn=self.function.qualified_arn, include_body=event == "origin-request"
                    )
                    for event in EVENTS
                ],
            ),
            custom_error_responses=[
                aws.cloudfront.DistributionCustomErrorResponseArgs(error_code=code, error_caching_min_ttl=0)
                for code in ERROR_CODES
            ],
            opts=child,
        )
        host = pulumi.Output.from_input(target.host or self.distribution.domain_name)
        self.urls = host.apply(lambda name: protected_urls(plan, "aws", name))
        self.dead_letters: dict[str, pulumi.Output[str]] = {}
        if archives.notifier:
            secrets = {secret_variable(key): pulumi.Output.secret(value) for key, value in identities.secrets.items()}
            streams = {region: table.stream_arn for region, table in self.tables.items()}
            code_hash = archive_hash(bundle.notifier_archive)
            notifier = AwsNotifier(f"{name}-notifier", plan, streams, archives.notifier, code_hash, secrets, child)
            self.dead_letters = notifier.dead_letters
        self.register_outputs({"urls": self.urls, "plan": plan.digest})


def program() -> None:
    """The Pulumi program of stacks/aws."""
    stack = read_stack("aws", AwsSettings)
    identities = Identities(certificate_arn=stack.settings.certificate_arn, secrets=stack.secrets)
    folder, name, notifier = Path(".kampkin"), pulumi.get_stack(), stack.bundle.notifier_archive
    archives = Archives(
        write_archive(stack.bundle.archive, folder, name),
        write_archive(notifier, folder, f"{name}-notifier") if notifier else None,
    )
    edge = AwsEdge("kampkin", stack.plan, stack.bundle, identities, archives)
    pulumi.export("urls", edge.urls)
    pulumi.export("plan", stack.plan.digest)
    if edge.dead_letters:
        pulumi.export("deadLetters", edge.dead_letters)


def write_archive(archive: bytes, folder: Path, name: str) -> str:
    """Writes a function's zip where the engine reads it: the very bytes that were compiled. The path, relative, so
    that the state is the same on every machine. Raises `pulumi.RunError` where it cannot be written."""
    path = folder / f"{name}.zip"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(archive)
    except OSError as problem:
        raise pulumi.RunError(f"could not write the function's zip, {path}: {problem.strerror}") from None
    return path.as_posix()


def archive_hash(archive: bytes) -> str:
    """The zip's sha256 as Lambda gives it: base64."""
    return base64.b64encode(hashlib.sha256(archive).digest()).decode()


def trust() -> dict[str, Any]:
    """Who may run as the function's role: Lambda, and Lambda@Edge's replicas."""
    principals = {"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]}
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principals}],
    }


def table_name(name: str, region: str, regions: Sequence[str]) -> str:
    """A table's name in the stack. The home's is without its region, so that a second region leaves it in its place."""
    return f"{name}-table" if region == regions[0] else f"{name}-table-{region}"


def permissions(table_arns: Sequence[str], function: str) -> dict[str, Any]:
    """What the function may do: the store's operations on its own tables, and logs, which land where it runs."""
    logs = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:*:*:log-group:/aws/lambda/{EDGE_REGION}.{function}:*",
    }
    tables = {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
        "Resource": list(table_arns),
    }
    return {"Version": "2012-10-17", "Statement": [tables, logs] if table_arns else [logs]}


def certificate(arn: str | None) -> aws.cloudfront.DistributionViewerCertificateArgs:
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
