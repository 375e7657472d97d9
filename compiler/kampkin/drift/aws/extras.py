"""What stands beside what is declared, and changes it all the same: it is among what was read of the resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kampkin.drift.aws import readers
from kampkin.drift.aws.account import Account
from kampkin.drift.aws.functions import is_source
from kampkin.drift.aws.messages import is_reader, topic_of
from kampkin.drift.aws.roles import is_ours
from kampkin.preview.declared import Resource

Extra = tuple[str, Any]
"""The setting where it belongs, and what is there."""


def beside(
    account: Account, resource: Resource, live: Mapping[str, Any], resources: Sequence[Resource]
) -> Iterator[Extra]:
    """What is beside a resource."""
    if resource.type == readers.ROLE:
        yield from policies(live, [one for one in resources if one.type == readers.POLICY])
    elif resource.type == readers.TABLE:
        yield from consumers(account, live)
    elif resource.type == readers.TOPIC:
        yield from other_readers(account, live, of_region(resources, readers.SUBSCRIPTION, live["region"]))
    elif resource.type == readers.FUNCTION:
        yield from triggers(account, live, of_region(resources, readers.MAPPING, live["region"]))


def of_region(resources: Sequence[Resource], type_: str, region: str) -> list[Resource]:
    """The resources of a type in a region."""
    return [one for one in resources if one.type == type_ and one.inputs["region"] == region]


def policies(live: Mapping[str, Any], ours: Sequence[Resource]) -> Iterator[Extra]:
    """What else a role may do."""
    for name in live["inlinePolicies"]:
        if not any(is_ours(one, name) for one in ours):
            yield "inlinePolicies[]", name
    for arn in live["managedPolicyArns"]:
        yield "managedPolicyArns[]", arn


def consumers(account: Account, live: Mapping[str, Any]) -> Iterator[Extra]:
    """Who else gets what is written to a table; a stream has room for two."""
    for arn in live["consumers"]:
        if arn.split(":")[6] != account.names.notifier:
            yield "triggers[]", arn


def triggers(account: Account, live: Mapping[str, Any], declared: Sequence[Resource]) -> Iterator[Extra]:
    """What else feeds the notifier."""
    for one in live["mappings"]:
        if not any(is_source(account, resource, one) for resource in declared):
            yield "eventSourceMappings[]", one.get("EventSourceArn")


def other_readers(account: Account, live: Mapping[str, Any], declared: Sequence[Resource]) -> Iterator[Extra]:
    """Who else reads an owner's topic."""
    ours = [one for one in declared if topic_of(account, one) == live["arn"]]
    for one in live["readers"]:
        if not any(is_reader(resource, one) for resource in ours):
            yield "subscriptions[]", one["Endpoint"]
