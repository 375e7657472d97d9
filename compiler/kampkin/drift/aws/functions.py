"""Functions, and what feeds them. Of the edge's function it is the version that counts which the distribution calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kampkin.drift.aws.account import Account, statements_of, tags_of
from kampkin.drift.aws.calls import Gone
from kampkin.drift.aws.code import digest_of
from kampkin.drift.generated import unattributed
from kampkin.preview.declared import Resource
from kampkin.regions import HOME

SETTINGS = {
    "description": "Description",
    "handler": "Handler",
    "memorySize": "MemorySize",
    "role": "Role",
    "runtime": "Runtime",
    "timeout": "Timeout",
    "codeSha256": "CodeSha256",
}
"""A version's configuration, by input."""

LATEST = "$LATEST"


def read_function(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """The function as it runs: at the edge the version that is called, else what is latest."""
    name, region = resource.inputs["name"], resource.inputs.get("region", HOME)
    versions = versions_of(account, name, region)
    latest = next((one for one in versions if one["Version"] == LATEST), None)
    if latest is None:
        return None
    arn = latest["FunctionArn"].removesuffix(f":{LATEST}")
    is_edge = name == account.names.function
    if not is_edge and is_declared_but_for_authors(account, resource, latest):
        latest = {**latest, "CodeSha256": resource.inputs["codeSha256"]}
    live = running(account, versions, arn) if is_edge else latest
    tags = account.calls.ask("lambda", region, "list_tags", Resource=arn).get("Tags")
    expected = as_declared(resource, versions, arn, live)
    return settings_of(live) | {
        "name": name,
        "region": region,
        "arn": arn,
        "environment": {"variables": live.get("Environment", {}).get("Variables") or {}},
        "layers": [one["Arn"] for one in live.get("Layers", ())],
        "reservedConcurrentExecutions": reserved(account, name, region),
        "vpcConfig": live.get("VpcConfig", {}).get("SubnetIds") or None,
        "deadLetterConfig": {"targetArn": (live.get("DeadLetterConfig") or {}).get("TargetArn")},
        "tracingConfig": {"mode": (live.get("TracingConfig") or {}).get("Mode", "PassThrough")},
        "ephemeralStorage": {"size": (live.get("EphemeralStorage") or {}).get("Size", 512)},
        "kmsKeyArn": live.get("KMSKeyArn"),
        "qualifiedArn": expected,
        "version": live["Version"],
        "tags": tags_of(tags),
        LATEST: settings_of(latest),
        "mappings": [] if is_edge else mappings(account, region),
    }


def is_declared_but_for_authors(account: Account, resource: Resource, latest: Mapping[str, Any]) -> bool:
    """Whether the notifier's code is other only in who changed an endpoint last."""
    desired = resource.inputs.get("codeSha256")
    if desired in (None, latest.get("CodeSha256")):
        return False
    modules = account.code(resource.inputs.get("region", HOME), resource.inputs["name"], LATEST)
    return digest_of(unattributed(modules)) == str(desired)


def settings_of(live: Mapping[str, Any]) -> dict[str, Any]:
    """A version's settings by their inputs."""
    return {key: live.get(name) for key, name in SETTINGS.items()}


def versions_of(account: Account, name: str, region: str) -> Sequence[Mapping[str, Any]]:
    """Every version that there is, and the latest; none where there is no function."""
    try:
        return account.calls.all("lambda", region, "list_versions_by_function", "Versions", FunctionName=name)
    except Gone:
        return []


def running(account: Account, versions: Sequence[Mapping[str, Any]], arn: str) -> Mapping[str, Any]:
    """The version that the distribution calls; where it calls none of this function's, the newest."""
    called = account.called()
    found = next((one for one in versions if called == f"{arn}:{one['Version']}"), None)
    return found or newest(versions)


def newest(versions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The last that was published; the latest where none was."""
    return max(versions, key=lambda one: 0 if one["Version"] == LATEST else int(one["Version"]))


def as_declared(
    resource: Resource, versions: Sequence[Mapping[str, Any]], arn: str, live: Mapping[str, Any]
) -> str | None:
    """The version that ought to be called: what is declared is published as that; None where no version is so. Of several it is
    the one that runs, else the newest."""
    keys = [key for key in SETTINGS if key in resource.inputs and key != "role"]
    fit = [
        one
        for one in versions
        if one["Version"] != LATEST and all(one.get(SETTINGS[key]) == resource.inputs[key] for key in keys)
    ]
    if not fit:
        return None
    chosen = live if live in fit else newest(fit)
    return f"{arn}:{chosen['Version']}"


def reserved(account: Account, name: str, region: str) -> int | None:
    """How many of it may run at once, where somebody said so: none at all is the console's "throttle"."""
    answer = account.calls.ask("lambda", region, "get_function_concurrency", FunctionName=name)
    found: int | None = answer.get("ReservedConcurrentExecutions")
    return found


def invokers(account: Account, name: str, region: str) -> list[Mapping[str, Any]]:
    """What the function's own policy says, by which others than this account's roles may call it; nothing without one."""
    try:
        answer = account.calls.ask("lambda", region, "get_policy", FunctionName=name)
    except Gone:
        return []
    return statements_of(answer["Policy"])


def address(account: Account, name: str, region: str) -> str | None:
    """How who calls the function's own URL is known, `NONE` where anybody may; None where it has no URL."""
    try:
        return str(account.calls.ask("lambda", region, "get_function_url_config", FunctionName=name)["AuthType"])
    except Gone:
        return None


def mappings(account: Account, region: str) -> list[Mapping[str, Any]]:
    """All that feeds the notifier in a region."""
    try:
        return account.calls.all(
            "lambda",
            region,
            "list_event_source_mappings",
            "EventSourceMappings",
            FunctionName=account.names.notifier,
        )
    except Gone:
        return []


def read_mapping(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """What feeds the notifier, known by its source: the table's stream, or the queue."""
    region = resource.inputs["region"]
    live = next((one for one in mappings(account, region) if is_source(account, resource, one)), None)
    if live is None:
        return None
    arn = live.get("EventSourceMappingArn") or account.arn("lambda", region, f"event-source-mapping:{live['UUID']}")
    tags = account.calls.ask("lambda", region, "list_tags", Resource=arn).get("Tags")
    to = live.get("DestinationConfig") or {}
    return {
        "uuid": live["UUID"],
        "region": region,
        "eventSourceArn": live.get("EventSourceArn"),
        "functionName": account.names.notifier,
        "batchSize": live.get("BatchSize"),
        "enabled": live.get("State") not in ("Disabled", "Disabling"),
        "startingPosition": live.get("StartingPosition"),
        "bisectBatchOnFunctionError": live.get("BisectBatchOnFunctionError"),
        "maximumRetryAttempts": live.get("MaximumRetryAttempts"),
        "maximumRecordAgeInSeconds": live.get("MaximumRecordAgeInSeconds"),
        "maximumBatchingWindowInSeconds": live.get("MaximumBatchingWindowInSeconds"),
        "parallelizationFactor": live.get("ParallelizationFactor"),
        "functionResponseTypes": live.get("FunctionResponseTypes") or [],
        "filterCriteria": {
            "filters": [{"pattern": one["Pattern"]} for one in (live.get("FilterCriteria") or {}).get("Filters", ())]
        },
        "destinationConfig": {"onFailure": {"destinationArn": (to.get("OnFailure") or {}).get("Destination")}},
        "scalingConfig": {"maximumConcurrency": (live.get("ScalingConfig") or {}).get("MaximumConcurrency")},
        "tags": tags_of(tags),
    }


def is_source(account: Account, resource: Resource, live: Mapping[str, Any]) -> bool:
    """Whether a mapping's source is the resource's: a stream is what has a position to start at."""
    arn = str(live.get("EventSourceArn"))
    if "startingPosition" in resource.inputs:
        return f":table/{account.names.table}/stream/" in arn
    return arn.endswith(f":{account.names.queue}")
