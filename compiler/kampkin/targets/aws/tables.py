"""The breakers' tables: one of one name in each of the plan's regions, replicated by nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from kampkin.targets.aws.place import Place


def declare_tables(place: Place, with_stream: bool) -> dict[str, aws.dynamodb.Table]:
    """The tables by region; none where the store is memory."""
    regions = place.plan.targets["aws"].regions
    return {region: declare_table(place, region, with_stream, is_first=region == regions[0]) for region in regions}


def declare_table(place: Place, region: str, with_stream: bool, is_first: bool) -> aws.dynamodb.Table:
    """A region's table. Its name in the stack is its region's, so that none becomes another where the order of the regions
    changes; the first region's had none, and is found again by that.

    What is off is declared to be: the provider leaves what it is not told of as it is, and a setting taken back would stay.
    """
    former = [pulumi.Alias(name=f"{place.name}-table")] if is_first else None
    return aws.dynamodb.Table(
        f"{place.name}-table-{region}",
        name=place.names.table,
        region=region,
        billing_mode="PAY_PER_REQUEST",
        hash_key="pk",
        range_key="sk",
        attributes=[{"name": key, "type": "S"} for key in ("pk", "sk")],
        ttl={"attribute_name": "ttl", "enabled": True},
        point_in_time_recovery={"enabled": place.settings.point_in_time_recovery},
        server_side_encryption=encryption(place.settings.table_keys.get(region)),
        stream_enabled=True if with_stream else None,
        stream_view_type="NEW_IMAGE" if with_stream else None,
        tags=place.tags,
        opts=place.child.merge(pulumi.ResourceOptions(protect=place.settings.protect, aliases=former)),
    )


def encryption(key: str | None) -> aws.dynamodb.TableServerSideEncryptionArgs:
    """By a key of the user's, or by AWS's own, which is what DynamoDB calls not enabled."""
    return aws.dynamodb.TableServerSideEncryptionArgs(enabled=key is not None, kms_key_arn=key)


def key_statement(keys: Mapping[str, str]) -> list[dict[str, Any]]:
    """What whoever reads and writes a table needs of its key, and through DynamoDB only."""
    if not keys:
        return []
    statement = {
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        "Resource": sorted(set(keys.values())),
        "Condition": {"StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"}},
    }
    return [statement]
