"""What tells owners and keeps logs: queues, topics, who reads them, and log groups."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kampkin.drift.aws.account import Account, statements_of, tags_of
from kampkin.drift.aws.calls import Gone
from kampkin.preview.declared import Resource

WHOLE_SIZES = (262_144, 1_048_576)
"""The largest message that a queue takes where nobody said so: AWS raised it in August 2025, and kept it for queues from before."""

OWNERS = ("aws:sourceowner", "aws:sourceaccount")
"""The conditions that let in an account's own alone."""


def read_queue(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """A queue; SQS says all in texts."""
    name, region = resource.inputs["name"], resource.inputs["region"]
    try:
        url = account.calls.ask("sqs", region, "get_queue_url", QueueName=name)["QueueUrl"]
        answer = account.calls.ask("sqs", region, "get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
        tags = account.calls.ask("sqs", region, "list_queue_tags", QueueUrl=url).get("Tags")
    except Gone:
        return None
    live = answer["Attributes"]
    return {
        "name": name,
        "region": region,
        "url": url,
        "arn": live["QueueArn"],
        "messageRetentionSeconds": int(live["MessageRetentionPeriod"]),
        "visibilityTimeoutSeconds": int(live["VisibilityTimeout"]),
        "delaySeconds": int(live.get("DelaySeconds", 0)),
        "receiveWaitTimeSeconds": int(live.get("ReceiveMessageWaitTimeSeconds", 0)),
        "maxMessageSize": narrowed(live.get("MaximumMessageSize")),
        "sqsManagedSseEnabled": live.get("SqsManagedSseEnabled") == "true",
        "kmsMasterKeyId": live.get("KmsMasterKeyId"),
        "redrivePolicy": redrive(live.get("RedrivePolicy")),
        "policy": live.get("Policy"),
        "tags": tags_of(tags),
    }


def narrowed(size: str | None) -> int | None:
    """The largest message that a queue takes, where somebody said so."""
    return None if size is None or int(size) in WHOLE_SIZES else int(size)


def redrive(text: str | None) -> str | None:
    """Where to and when messages are put aside; the count is a number, whoever wrote it as a text."""
    if not text:
        return None
    said = json.loads(text)
    return json.dumps(said | {"maxReceiveCount": int(said.get("maxReceiveCount", 0))})


def read_topic(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """An owner's topic."""
    name, region = resource.inputs["name"], resource.inputs["region"]
    arn = account.arn("sns", region, name)
    try:
        live = account.calls.ask("sns", region, "get_topic_attributes", TopicArn=arn)["Attributes"]
        tags = account.calls.ask("sns", region, "list_tags_for_resource", ResourceArn=arn).get("Tags")
    except Gone:
        return None
    key = live.get("KmsMasterKeyId")
    others = [one for one in statements_of(live.get("Policy")) if not is_of_the_account(one, account.number())]
    facts = {"name": name, "region": region, "arn": arn, "kmsMasterKeyId": key, "tags": tags_of(tags)}
    return facts | {"policy": {"Statement": others}, "readers": readers(account, region, arn)}


def is_of_the_account(statement: Mapping[str, Any], account: str) -> bool:
    """Whether a statement lets in whoever the account lets in, and nobody else, as the one does with which SNS makes a topic."""
    condition = statement.get("Condition", {})
    only = {key.lower(): value for key, value in condition.get("StringEquals", {}).items()}
    return statement.get("Effect") == "Allow" and any(only.get(key) in (account, [account]) for key in OWNERS)


def topic_of(account: Account, subscription: Resource) -> str:
    """The ARN of the topic that a subscription is of: the resource's name ends with its region and owner."""
    region = subscription.inputs["region"]
    owner = subscription.name.partition(f"-{region}-email-")[2]
    return account.arn("sns", region, account.names.topic(owner))


def readers(account: Account, region: str, topic: str) -> list[Mapping[str, Any]]:
    """Who reads a topic; nobody where there is none."""
    try:
        return account.calls.all("sns", region, "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic)
    except Gone:
        return []


def is_reader(resource: Resource, live: Mapping[str, Any]) -> bool:
    """Whether it is who is declared."""
    return (live["Protocol"], live["Endpoint"]) == (resource.inputs["protocol"], resource.inputs["endpoint"])


def read_subscription(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """Who reads an owner's topic, asked or already confirmed."""
    region, topic = resource.inputs["region"], topic_of(account, resource)
    live = next((one for one in readers(account, region, topic) if is_reader(resource, one)), None)
    if live is None:
        return None
    return {"topic": topic, "protocol": live["Protocol"], "endpoint": live["Endpoint"], "region": region}


def read_log_group(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """A log group; without a retention it keeps its logs for ever."""
    name, region = resource.inputs["name"], resource.inputs["region"]
    groups = account.calls.all("logs", region, "describe_log_groups", "logGroups", logGroupNamePrefix=name)
    live = next((one for one in groups if one["logGroupName"] == name), None)
    if live is None:
        return None
    arn = live["arn"].removesuffix(":*")
    tags = account.calls.ask("logs", region, "list_tags_for_resource", resourceArn=arn).get("tags")
    return {
        "name": name,
        "region": region,
        "arn": arn,
        "retentionInDays": live.get("retentionInDays"),
        "kmsKeyId": live.get("kmsKeyId"),
        "tags": tags_of(tags),
    }
