"""AWS: what tells owners. In each of the table's regions a function that the table's stream feeds and a queue, what nobody
took, and a topic for the email of each owner who wants that."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi
import pulumi_aws as aws

from kampkin.audience import audience_of, emails_of
from kampkin.bundle import LAMBDA_HANDLER, LAMBDA_RUNTIME, notifier_site
from kampkin.names import Names
from kampkin.targets.aws.place import Place

TIMEOUT_S = 30
"""An attempt is given up after 10 s, and there are calls of AWS before and after it."""

VISIBILITY_S = 6 * TIMEOUT_S
"""As AWS advises; the function itself sets how long a message that failed stays away."""

MEMORY_MB = 128
BATCH = 10
CONCURRENCY = 5
RECEIVES = 15
"""As often as runtime/delivery.mjs tries."""

STREAM_ATTEMPTS = -1
STREAM_AGE_S = 3600
"""How often, without end, and how long a record of the stream is tried that could not be put on the queue."""

DEAD_S = 14 * 24 * 3600
"""The longest that SQS keeps anything: longer than any message can wait for its last try."""

EVENTS_ONLY = {"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "event#"}]}}}}
"""What of the table's stream the function gets: events, not each count. That they are new it looks at itself: AWS documents
filters on the key `dynamodb` alone."""


@dataclass(frozen=True)
class Letters:
    """The queues of a region."""

    queue: aws.sqs.Queue
    dead: aws.sqs.Queue


class AwsNotifier(pulumi.ComponentResource):
    """Everything that tells owners on AWS. `streams` are the tables' by region, `archive` is the path of the function's
    zip and `code_hash` its sha256, `secrets` are the function's variables."""

    def __init__(
        self,
        edge: Place,
        streams: Mapping[str, pulumi.Input[str]],
        archive: str,
        code_hash: str,
        secrets: Mapping[str, pulumi.Input[str]],
    ) -> None:
        name = f"{edge.name}-notifier"
        super().__init__("kampkin:aws:Notifier", name, None, edge.child)
        self.place = replace(edge, name=name, child=pulumi.ResourceOptions(parent=self))
        self.names, self.child, self.tags = edge.names, self.place.child, edge.tags
        self.role = aws.iam.Role(
            f"{name}-role",
            name=self.names.notifier,
            assume_role_policy=json.dumps(trust()),
            tags=self.tags,
            opts=self.child,
        )
        topics = list(notifier_site(edge.plan)["topics"].values())
        self.policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=self.role.id,
            policy=json.dumps(permissions(self.names, topics, list(edge.settings.table_keys.values()))),
            opts=self.child,
        )
        self.dead_letters: dict[str, pulumi.Output[str]] = {}
        for region, stream in streams.items():
            letters = self.letters(region)
            self.topics(region)
            function = self.function(region, archive, code_hash, secrets)
            self.mappings(region, stream, letters, function)
            self.dead_letters[region] = letters.dead.url
        self.register_outputs({"deadLetters": self.dead_letters})

    def letters(self, region: str) -> Letters:
        """What is still to be told, and what nobody took."""
        dead = aws.sqs.Queue(
            f"{self.place.name}-{region}-dead",
            name=self.names.dead_letters,
            region=region,
            message_retention_seconds=DEAD_S,
            sqs_managed_sse_enabled=True,
            tags=self.tags,
            opts=self.child,
        )
        queue = aws.sqs.Queue(
            f"{self.place.name}-{region}-queue",
            name=self.names.queue,
            region=region,
            message_retention_seconds=DEAD_S,
            visibility_timeout_seconds=VISIBILITY_S,
            sqs_managed_sse_enabled=True,
            redrive_policy=dead.arn.apply(
                lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": RECEIVES})
            ),
            tags=self.tags,
            opts=self.child,
        )
        return Letters(queue, dead)

    def topics(self, region: str) -> None:
        """Where each owner's email goes through; whoever reads it confirms the subscription once."""
        for owner, address in emails_of(audience_of(self.place.plan, "aws")).items():
            topic = aws.sns.Topic(
                f"{self.place.name}-{region}-topic-{owner}",
                name=self.names.topic(owner),
                region=region,
                tags=self.tags,
                opts=self.child,
            )
            aws.sns.TopicSubscription(
                f"{self.place.name}-{region}-email-{owner}",
                region=region,
                topic=topic.arn,
                protocol="email",
                endpoint=address,
                opts=self.child,
            )

    def function(
        self, region: str, archive: str, code_hash: str, secrets: Mapping[str, pulumi.Input[str]]
    ) -> aws.lambda_.Function:
        """The function, an ordinary one."""
        logs = aws.cloudwatch.LogGroup(
            f"{self.place.name}-{region}-logs",
            name=f"/aws/lambda/{self.names.notifier}",
            region=region,
            retention_in_days=self.place.settings.log_days,
            tags=self.tags,
            opts=self.child,
        )
        return aws.lambda_.Function(
            f"{self.place.name}-{region}-function",
            name=self.names.notifier,
            region=region,
            role=self.role.arn,
            runtime=LAMBDA_RUNTIME,
            handler=LAMBDA_HANDLER,
            code=pulumi.FileArchive(archive),
            code_sha256=code_hash,
            timeout=TIMEOUT_S,
            memory_size=MEMORY_MB,
            environment={"variables": dict(secrets)} if secrets else None,
            tags=self.tags,
            opts=self.child.merge(pulumi.ResourceOptions(depends_on=[self.policy, logs])),
        )

    def mappings(
        self,
        region: str,
        stream: pulumi.Input[str],
        letters: Letters,
        function: aws.lambda_.Function,
    ) -> None:
        """What feeds the function: the table's stream, then the queue. Of a batch only what failed comes again."""
        aws.lambda_.EventSourceMapping(
            f"{self.place.name}-{region}-stream-mapping",
            region=region,
            event_source_arn=stream,
            function_name=function.name,
            starting_position="TRIM_HORIZON",
            batch_size=BATCH,
            filter_criteria={"filters": [{"pattern": json.dumps(EVENTS_ONLY)}]},
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=STREAM_ATTEMPTS,
            maximum_record_age_in_seconds=STREAM_AGE_S,
            destination_config={"on_failure": {"destination_arn": letters.dead.arn}},
            function_response_types=["ReportBatchItemFailures"],
            tags=self.tags,
            opts=self.child,
        )
        aws.lambda_.EventSourceMapping(
            f"{self.place.name}-{region}-queue-mapping",
            region=region,
            event_source_arn=letters.queue.arn,
            function_name=function.name,
            batch_size=BATCH,
            scaling_config={"maximum_concurrency": CONCURRENCY},
            function_response_types=["ReportBatchItemFailures"],
            tags=self.tags,
            opts=self.child,
        )


def trust() -> dict[str, Any]:
    """Who may run as the function's role."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }


def permissions(names: Names, topics: Sequence[str], keys: Sequence[str]) -> dict[str, Any]:
    """What the function may do, in each of the regions: read the table's events, by the table's own key where it has one, work
    off its queue, put aside what nobody took, publish to its topics, and log."""
    allowed = {
        f"arn:aws:dynamodb:*:*:table/{names.table}": ["dynamodb:Query"],
        f"arn:aws:dynamodb:*:*:table/{names.table}/stream/*": [
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
        ],
        f"arn:aws:sqs:*:*:{names.queue}": [
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ],
        f"arn:aws:sqs:*:*:{names.dead_letters}": ["sqs:SendMessage"],
        **{f"arn:aws:sns:*:*:{topic}": ["sns:Publish"] for topic in topics},
        **{key: ["kms:Decrypt"] for key in sorted(set(keys))},
        f"arn:aws:logs:*:*:log-group:/aws/lambda/{names.notifier}:*": ["logs:CreateLogStream", "logs:PutLogEvents"],
    }
    statements = [{"Effect": "Allow", "Action": actions, "Resource": resource} for resource, actions in allowed.items()]
    return {"Version": "2012-10-17", "Statement": statements}
