"""Tags, which each service of AWS takes in its own way, put onto the rows of the AWS table.

Behaviour follows terraform-provider-aws, internal/service/*/tags_gen.go: an update takes away what is declared no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.e2e.providers.aws_client import Clients
from tests.e2e.providers.kind import Json, Kind

Tags = dict[str, str]


@dataclass(frozen=True)
class Tagging:
    """How a service is told of tags: by which calls, of which parameters, under which key."""

    service: str
    calls: tuple[str, str, str]
    """To add, to take away, to read."""
    target: str
    """The parameter that names the resource."""
    of: str = "arn"
    """The live property that it is given; `id` for the id."""
    added: tuple[str, Callable[[Tags], Any]] = ("Tags", lambda tags: tags)
    removed: tuple[str, Callable[[list[str]], Any]] = ("TagKeys", lambda keys: keys)
    read: Callable[[Any], Any] = lambda answer: answer.get("Tags")


def pairs(tags: Tags) -> list[Json]:
    """Tags as most services want them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


ACM = Tagging(
    "acm",
    ("add_tags_to_certificate", "remove_tags_from_certificate", "list_tags_for_certificate"),
    "CertificateArn",
    added=("Tags", pairs),
    removed=("Tags", lambda keys: [{"Key": key} for key in keys]),
)
CLOUDFRONT = Tagging(
    "cloudfront",
    ("tag_resource", "untag_resource", "list_tags_for_resource"),
    "Resource",
    added=("Tags", lambda tags: {"Items": pairs(tags)}),
    removed=("TagKeys", lambda keys: {"Items": keys}),
    read=lambda answer: answer["Tags"].get("Items"),
)
DYNAMODB = Tagging(
    "dynamodb", ("tag_resource", "untag_resource", "list_tags_of_resource"), "ResourceArn", added=("Tags", pairs)
)
IAM_ROLE = Tagging("iam", ("tag_role", "untag_role", "list_role_tags"), "RoleName", of="id", added=("Tags", pairs))
LAMBDA = Tagging("lambda", ("tag_resource", "untag_resource", "list_tags"), "Resource")
LOGS = Tagging(
    "logs",
    ("tag_resource", "untag_resource", "list_tags_for_resource"),
    "resourceArn",
    added=("tags", lambda tags: tags),
    removed=("tagKeys", lambda keys: keys),
    read=lambda answer: answer.get("tags"),
)
SNS = Tagging("sns", ("tag_resource", "untag_resource", "list_tags_for_resource"), "ResourceArn", added=("Tags", pairs))
SQS = Tagging("sqs", ("tag_queue", "untag_queue", "list_queue_tags"), "QueueUrl", of="id")


def tagged(kind: Kind, tagging: Tagging) -> Kind:
    """The row, with tags: written after what is made, read with what is there."""
    add, remove, list_tags = tagging.calls

    def call(clients: Clients, name: str, id: str, inputs: Json, **parameters: Any) -> Any:
        live = {"id": id} if tagging.of == "id" else kind.read(clients, id, inputs) or {}
        client = clients(tagging.service, inputs.get("region") or live.get("region"))
        return getattr(client, name)(**{tagging.target: live[tagging.of]}, **parameters)

    def write(clients: Clients, id: str, old: Json, new: Json) -> None:
        before, now = old.get("tags", {}), new.get("tags", {})
        if gone := sorted(set(before) - set(now)):
            call(clients, remove, id, new, **{tagging.removed[0]: tagging.removed[1](gone)})
        if now and now != before:
            call(clients, add, id, new, **{tagging.added[0]: tagging.added[1](now)})

    def create(clients: Clients, inputs: Json) -> str:
        made = kind.create(clients, inputs)
        write(clients, made, {}, inputs)
        return made

    def read(clients: Clients, id: str, inputs: Json) -> Json | None:
        live = kind.read(clients, id, inputs)
        if live is None:
            return None
        said = tagging.read(call(clients, list_tags, id, inputs)) or {}
        tags = said if isinstance(said, dict) else {one["Key"]: one["Value"] for one in said}
        return live | ({"tags": tags} if tags else {})

    def update(clients: Clients, id: str, old: Json, new: Json) -> None:
        kind.update(clients, id, old, new)
        write(clients, id, old, new)

    return replace(kind, create=create, read=read, update=update)
