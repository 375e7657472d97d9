"""What stands beside what is declared, and changes it all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kampkin.drift.aws import readers
from kampkin.drift.aws.account import Account
from kampkin.drift.aws.functions import address, invokers, is_source
from kampkin.drift.aws.messages import is_reader, topic_of
from kampkin.drift.aws.roles import is_ours
from kampkin.drift.aws.tables import resource_policy
from kampkin.preview.declared import Resource

Extra = tuple[str, Any]
"""The setting where it belongs, and what is there."""


def beside(
    account: Account, resource: Resource, live: Mapping[str, Any], resources: Sequence[Resource]
) -> Sequence[Iterator[Extra]]:
    """What is beside a resource: looks, of which each may raise `Unseen` and hides nothing of the others."""
    if resource.type == readers.ROLE:
        return [policies(live, [one for one in resources if one.type == readers.POLICY])]
    if resource.type == readers.TABLE:
        return [consumers(account, live), allowed(account, live)]
    if resource.type == readers.TOPIC:
        return [other_readers(account, live, of_region(resources, readers.SUBSCRIPTION, live["region"]))]
    if resource.type == readers.FUNCTION:
        fed = triggers(account, live, of_region(resources, readers.MAPPING, live["region"]))
        return [fed, invoked(account, live), addressed(account, live)]
    if resource.type == readers.RECORD:
        return [hinted(resource, live)]
    return []


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


def allowed(account: Account, live: Mapping[str, Any]) -> Iterator[Extra]:
    """Who may use a table whatever its roles say; with us nobody."""
    for one in resource_policy(account, live["region"], live["arn"]):
        yield "resourcePolicy[]", one


def invoked(account: Account, live: Mapping[str, Any]) -> Iterator[Extra]:
    """Who else may call a function, and tell it what they like; CloudFront's right is its version's."""
    for one in invokers(account, live["name"], live["region"]):
        yield "permissions[]", one


def addressed(account: Account, live: Mapping[str, Any]) -> Iterator[Extra]:
    """A function's own URL."""
    if known := address(account, live["name"], live["region"]):
        yield "functionUrl", known


def hinted(resource: Resource, live: Mapping[str, Any]) -> Iterator[Extra]:
    """The host's HTTPS record, by which browsers go elsewhere whatever its addresses are."""
    if resource.inputs["type"] == "A":
        for one in live["https"]:
            yield "httpsRecords[]", one


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
