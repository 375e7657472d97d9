"""The function that runs at CloudFront's edges, and what it may do."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from kampkin.bundle import LAMBDA_HANDLER, LAMBDA_RUNTIME, Bundle
from kampkin.regions import HOME
from kampkin.targets.aws.place import Place
from kampkin.targets.aws.tables import key_statement

EDGE_REGION = HOME
"""Lambda@Edge functions are made here and copied from here."""

FUNCTION_TIMEOUT_S = 30
MEMORY_MB = 256


def declare_role(place: Place, tables: Mapping[str, aws.dynamodb.Table]) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Who the function is, and its rights."""
    role = aws.iam.Role(
        f"{place.name}-role",
        name=place.names.role,
        assume_role_policy=json.dumps(trust()),
        tags=place.tags,
        opts=place.child,
    )
    arns = pulumi.Output.all(*(table.arn for table in tables.values()))
    policy = aws.iam.RolePolicy(
        f"{place.name}-policy",
        role=role.id,
        policy=arns.apply(lambda arns: json.dumps(permissions(arns, place.names.function, place.settings.table_keys))),
        opts=place.child,
    )
    return role, policy


def declare_function(
    place: Place, bundle: Bundle, archive: str, role: aws.iam.Role, after: Sequence[pulumi.Resource]
) -> aws.lambda_.Function:
    """The function, `after` what its first call must find; `archive` is its zip's path.

    Each change publishes another version. Destroy leaves it: AWS deletes no function that edges still have copies of.
    """
    return aws.lambda_.Function(
        f"{place.name}-function",
        name=place.names.function,
        description=f"Kampkin, plan {place.plan.digest}",
        role=role.arn,
        runtime=LAMBDA_RUNTIME,
        handler=LAMBDA_HANDLER,
        code=pulumi.FileArchive(archive),
        code_sha256=archive_hash(bundle.archive),
        timeout=FUNCTION_TIMEOUT_S,
        memory_size=MEMORY_MB,
        publish=True,
        skip_destroy=True,
        tags=place.tags,
        opts=place.child.merge(pulumi.ResourceOptions(depends_on=list(after))),
    )


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


def permissions(table_arns: Sequence[str], function: str, keys: Mapping[str, str]) -> dict[str, Any]:
    """What the function may do: the store's operations on its own tables, and logs, where it runs, in the groups that are
    there. It makes no group: one that it made would keep its logs for ever."""
    logs = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:*:*:log-group:/aws/lambda/{EDGE_REGION}.{function}:*",
    }
    tables = {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
        "Resource": list(table_arns),
    }
    return {"Version": "2012-10-17", "Statement": [*([tables] if table_arns else []), *key_statement(keys), logs]}
