"""What reads each type of resource that the stack declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kampkin.drift.aws.account import Account
from kampkin.drift.aws.distribution import read_distribution
from kampkin.drift.aws.domain import read_certificate, read_record, read_validation
from kampkin.drift.aws.functions import read_function, read_mapping
from kampkin.drift.aws.messages import read_log_group, read_queue, read_subscription, read_topic
from kampkin.drift.aws.roles import read_policy, read_role
from kampkin.drift.aws.tables import read_table
from kampkin.preview.declared import Resource

Reader = Callable[[Account, Resource], Mapping[str, Any] | None]

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
FUNCTION = "aws:lambda/function:Function"
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"
TABLE = "aws:dynamodb/table:Table"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
RECORD = "aws:route53/record:Record"

READERS: Mapping[str, Reader] = {
    DISTRIBUTION: read_distribution,
    FUNCTION: read_function,
    ROLE: read_role,
    POLICY: read_policy,
    TABLE: read_table,
    LOG_GROUP: read_log_group,
    QUEUE: read_queue,
    TOPIC: read_topic,
    SUBSCRIPTION: read_subscription,
    MAPPING: read_mapping,
    CERTIFICATE: read_certificate,
    VALIDATION: read_validation,
    RECORD: read_record,
}

NOT_READ = frozenset({"code", "publish", "skipDestroy", "allowOverwrite"})
"""Inputs that tell the provider what to do, and of which no cloud knows; a code's own is its sha256."""


def is_of_the_cloud(resource: Resource) -> bool:
    """Whether it is something in an account: components and providers are Pulumi's alone."""
    return not resource.type.startswith(("kampkin:", "pulumi:"))
