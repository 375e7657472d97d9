"""Rows of the AWS table for what tells owners: queues, topics, logs, and what feeds the notifier.

Behaviour follows terraform-provider-aws: internal/service/{sqs,sns,logs,lambda}.
"""

from __future__ import annotations

import json

import pulumi_aws as aws

from tests.e2e.providers.aws_client import Clients, found, unchangeable
from tests.e2e.providers.aws_tags import LOGS, SNS, SQS, tagged
from tests.e2e.providers.kind import Json, Kind

QUEUE = {
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "redrivePolicy": "RedrivePolicy",
}
"""A queue's attributes, by input."""


def attributes_of(inputs: Json) -> dict[str, str]:
    """A queue's attributes, as SQS takes them: texts."""
    given = {name: inputs[key] for key, name in QUEUE.items() if key in inputs}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}


def create_queue(clients: Clients, inputs: Json) -> str:
    sqs = clients("sqs", inputs["region"])
    made: str = sqs.create_queue(QueueName=inputs["name"], Attributes=attributes_of(inputs))["QueueUrl"]
    return made


def update_queue(clients: Clients, id: str, old: Json, new: Json) -> None:
    clients("sqs", new["region"]).set_queue_attributes(QueueUrl=id, Attributes=attributes_of(new))


@found
def read_queue(clients: Clients, id: str, inputs: Json) -> Json:
    live = clients("sqs", inputs["region"]).get_queue_attributes(QueueUrl=id, AttributeNames=["All"])["Attributes"]
    facts: Json = {"name": inputs["name"], "arn": live["QueueArn"], "url": id, "region": live["QueueArn"].split(":")[3]}
    for key, name in QUEUE.items():
        declared, value = inputs.get(key), live.get(name)
        if isinstance(declared, str) and value is not None:
            facts[key] = declared if json.loads(declared) == json.loads(value) else value
        elif declared is not None and value is not None:
            facts[key] = value == "true" if isinstance(declared, bool) else int(value)
    return facts


def delete_queue(clients: Clients, id: str, properties: Json) -> None:
    clients("sqs", properties["region"]).delete_queue(QueueUrl=id)


def create_topic(clients: Clients, inputs: Json) -> str:
    made: str = clients("sns", inputs["region"]).create_topic(Name=inputs["name"])["TopicArn"]
    return made


@found
def read_topic(clients: Clients, id: str, inputs: Json) -> Json:
    clients("sns", inputs["region"]).get_topic_attributes(TopicArn=id)
    return {"arn": id, "name": id.split(":")[-1], "region": id.split(":")[3]}


def delete_topic(clients: Clients, id: str, properties: Json) -> None:
    clients("sns", properties["region"]).delete_topic(TopicArn=id)


def subscribe(clients: Clients, inputs: Json) -> str:
    asked = {"TopicArn": inputs["topic"], "Protocol": inputs["protocol"], "Endpoint": inputs["endpoint"]}
    made: str = clients("sns", inputs["region"]).subscribe(**asked, ReturnSubscriptionArn=True)["SubscriptionArn"]
    return made


@found
def read_subscription(clients: Clients, id: str, inputs: Json) -> Json:
    sns = clients("sns", inputs["region"])
    live = sns.get_subscription_attributes(SubscriptionArn=id)["Attributes"]
    facts = {"topic": live["TopicArn"], "protocol": live["Protocol"], "endpoint": live["Endpoint"]}
    return {**facts, "arn": id, "region": live["TopicArn"].split(":")[3]}


def unsubscribe(clients: Clients, id: str, properties: Json) -> None:
    clients("sns", properties["region"]).unsubscribe(SubscriptionArn=id)


def create_log_group(clients: Clients, inputs: Json) -> str:
    clients("logs", inputs["region"]).create_log_group(logGroupName=inputs["name"])
    update_log_group(clients, inputs["name"], {}, inputs)
    made: str = inputs["name"]
    return made


def update_log_group(clients: Clients, id: str, old: Json, new: Json) -> None:
    if old.get("retentionInDays") != new.get("retentionInDays"):
        logs = clients("logs", new["region"])
        logs.put_retention_policy(logGroupName=id, retentionInDays=new["retentionInDays"])


def read_log_group(clients: Clients, id: str, inputs: Json) -> Json | None:
    """An import names the region behind the name: names/importer.go of the provider, since its version 6."""
    name, _, region = id.partition("@")
    region = region or inputs["region"]
    groups = clients("logs", region).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    live = next((one for one in groups if one["logGroupName"] == name), None)
    if live is None:
        return None
    arn = live["arn"].removesuffix(":*")
    return {"id": name, "name": name, "arn": arn, "retentionInDays": live.get("retentionInDays"), "region": region}


def delete_log_group(clients: Clients, id: str, properties: Json) -> None:
    clients("logs", properties["region"]).delete_log_group(logGroupName=id)


MAPPING = {
    "batchSize": "BatchSize",
    "bisectBatchOnFunctionError": "BisectBatchOnFunctionError",
    "maximumRetryAttempts": "MaximumRetryAttempts",
    "maximumRecordAgeInSeconds": "MaximumRecordAgeInSeconds",
    "functionResponseTypes": "FunctionResponseTypes",
    "startingPosition": "StartingPosition",
}
"""A mapping's parameters, by input."""

MOTO_FORGETS = {
    "bisectBatchOnFunctionError",
    "destinationConfig",
    "filterCriteria",
    "functionResponseTypes",
    "maximumRecordAgeInSeconds",
    "maximumRetryAttempts",
    "scalingConfig",
    "startingPosition",
    "tags",
}
"""Inputs that moto's answers do not hold."""


def create_mapping(clients: Clients, inputs: Json) -> str:
    parameters: Json = {name: inputs[key] for key, name in MAPPING.items() if key in inputs}
    if "filterCriteria" in inputs:
        filters = [{"Pattern": one["pattern"]} for one in inputs["filterCriteria"]["filters"]]
        parameters["FilterCriteria"] = {"Filters": filters}
    if "destinationConfig" in inputs:
        to = inputs["destinationConfig"]["onFailure"]["destinationArn"]
        parameters["DestinationConfig"] = {"OnFailure": {"Destination": to}}
    if "scalingConfig" in inputs:
        parameters["ScalingConfig"] = {"MaximumConcurrency": inputs["scalingConfig"]["maximumConcurrency"]}
    if inputs.get("tags"):
        parameters["Tags"] = inputs["tags"]
    made: str = clients("lambda", inputs["region"]).create_event_source_mapping(
        EventSourceArn=inputs["eventSourceArn"], FunctionName=inputs["functionName"], **parameters
    )["UUID"]
    return made


def update_mapping(clients: Clients, id: str, old: Json, new: Json) -> None:
    clients("lambda", new["region"]).update_event_source_mapping(UUID=id, BatchSize=new["batchSize"])


@found
def read_mapping(clients: Clients, id: str, inputs: Json) -> Json:
    live = clients("lambda", inputs["region"]).get_event_source_mapping(UUID=id)
    return {
        "uuid": id,
        "batchSize": live["BatchSize"],
        "eventSourceArn": live["EventSourceArn"],
        "functionName": inputs["functionName"] if f":{inputs['functionName']}" in live["FunctionArn"] else "",
        "region": inputs["region"],
    }


def delete_mapping(clients: Clients, id: str, properties: Json) -> None:
    clients("lambda", properties["region"]).delete_event_source_mapping(UUID=id)


KINDS = {
    "aws:sqs/queue:Queue": tagged(
        Kind(
            aws.sqs.Queue,
            aws.sqs.QueueArgs,
            create_queue,
            read_queue,
            update_queue,
            delete_queue,
            replaces=frozenset({"name", "region"}),  # queue.go
            fills=frozenset({"arn", "url"}),
        ),
        SQS,
    ),
    "aws:sns/topic:Topic": tagged(
        Kind(
            aws.sns.Topic,
            aws.sns.TopicArgs,
            create_topic,
            read_topic,
            unchangeable,
            delete_topic,
            replaces=frozenset({"name", "region"}),  # topic.go
            fills=frozenset({"arn"}),
        ),
        SNS,
    ),
    "aws:sns/topicSubscription:TopicSubscription": Kind(
        aws.sns.TopicSubscription,
        aws.sns.TopicSubscriptionArgs,
        subscribe,
        read_subscription,
        unchangeable,
        unsubscribe,
        replaces=frozenset({"endpoint", "protocol", "topic", "region"}),  # topic_subscription.go
        fills=frozenset({"arn"}),
    ),
    "aws:cloudwatch/logGroup:LogGroup": tagged(
        Kind(
            aws.cloudwatch.LogGroup,
            aws.cloudwatch.LogGroupArgs,
            create_log_group,
            read_log_group,
            update_log_group,
            delete_log_group,
            replaces=frozenset({"name", "region"}),  # group.go
            fills=frozenset({"arn"}),
        ),
        LOGS,
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Kind(
        aws.lambda_.EventSourceMapping,
        aws.lambda_.EventSourceMappingArgs,
        create_mapping,
        read_mapping,
        update_mapping,
        delete_mapping,
        replaces=frozenset({"eventSourceArn", "startingPosition", "region"}),  # event_source_mapping.go
        unread=frozenset(MOTO_FORGETS),
        fills=frozenset({"uuid"}),
    ),
}
