"""The breakers' tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kampkin.drift.aws.account import Account, statements_of, tags_of
from kampkin.drift.aws.calls import Gone
from kampkin.preview.declared import Resource

NO_LIMIT = -1


def read_table(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """A region's table. What is about to be on, is."""
    name, region = resource.inputs["name"], resource.inputs["region"]
    try:
        live = account.calls.ask("dynamodb", region, "describe_table", TableName=name)["Table"]
        lifetime = account.calls.ask("dynamodb", region, "describe_time_to_live", TableName=name)
        backups = account.calls.ask("dynamodb", region, "describe_continuous_backups", TableName=name)
        tags = account.calls.all("dynamodb", region, "list_tags_of_resource", "Tags", ResourceArn=live["TableArn"])
    except Gone:
        return None
    ttl = lifetime["TimeToLiveDescription"]
    recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    keys = {one["KeyType"]: one["AttributeName"] for one in live["KeySchema"]}
    stream = live.get("StreamSpecification") or {}
    sse = live.get("SSEDescription") or {}
    limits = live.get("OnDemandThroughput") or {}
    key = sse.get("KMSMasterKeyArn")
    stream_arn = live.get("LatestStreamArn") if stream.get("StreamEnabled") else None
    return {
        "name": name,
        "region": region,
        "arn": live["TableArn"],
        "billingMode": live.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "hashKey": keys.get("HASH"),
        "rangeKey": keys.get("RANGE"),
        "attributes": [
            {"name": one["AttributeName"], "type": one["AttributeType"]} for one in live["AttributeDefinitions"]
        ],
        "streamEnabled": stream.get("StreamEnabled", False),
        "streamViewType": stream.get("StreamViewType") if stream.get("StreamEnabled") else None,
        "streamArn": stream_arn,
        "consumers": consumers(account, region, stream_arn) if stream_arn else [],
        "pointInTimeRecovery": {"enabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED"},
        "serverSideEncryption": {
            "enabled": bool(key) and sse.get("Status") not in ("DISABLED", "DISABLING"),
            "kmsKeyArn": key,
        },
        "ttl": {
            "enabled": ttl.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"),
            "attributeName": ttl.get("AttributeName"),
        },
        "deletionProtectionEnabled": live.get("DeletionProtectionEnabled"),
        "tableClass": live.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        "replicas": [one["RegionName"] for one in live.get("Replicas", ())],
        "globalSecondaryIndexes": [one["IndexName"] for one in live.get("GlobalSecondaryIndexes", ())],
        "onDemandThroughput": {
            "maxReadRequestUnits": limits.get("MaxReadRequestUnits", NO_LIMIT),
            "maxWriteRequestUnits": limits.get("MaxWriteRequestUnits", NO_LIMIT),
        },
        "tags": tags_of(tags),
    }


def resource_policy(account: Account, region: str, arn: str) -> list[Mapping[str, Any]]:
    """What a table's own policy says; nothing without one."""
    try:
        answer = account.calls.ask("dynamodb", region, "get_resource_policy", ResourceArn=arn)
    except Gone:
        return []
    return statements_of(answer["Policy"])


def consumers(account: Account, region: str, stream: str) -> list[str]:
    """The ARNs of the functions that a stream feeds."""
    found = account.calls.all(
        "lambda", region, "list_event_source_mappings", "EventSourceMappings", EventSourceArn=stream
    )
    return [one["FunctionArn"] for one in found]
