"""What no stack of ours declares, and what it is as long as nobody touches it: a person at a console could."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kampkin.drift.aws import readers
from kampkin.drift.compare import undeclared
from kampkin.preview.declared import Resource
from kampkin.preview.shown import SECRET

RESTING: Mapping[str, Mapping[str, Any]] = {
    readers.DISTRIBUTION: {
        "priceClass": "PriceClass_All",
        "webAclId": None,
        "originGroups": [],
        "orderedCacheBehaviors": [],
        "defaultRootObject": None,
        "loggingConfig": None,
        "continuousDeploymentPolicyId": None,
        "restrictions": {"geoRestriction": {"locations": []}},
        "defaultCacheBehavior": {
            "responseHeadersPolicyId": None,
            "functionAssociations": [],
            "realtimeLogConfigArn": None,
            "fieldLevelEncryptionId": None,
            "trustedKeyGroups": [],
            "trustedSigners": [],
            "smoothStreaming": False,
        },
    },
    readers.FUNCTION: {
        "layers": [],
        "vpcConfig": None,
        "deadLetterConfig": {"targetArn": None},
        "tracingConfig": {"mode": "PassThrough"},
        "ephemeralStorage": {"size": 512},
        "kmsKeyArn": None,
    },
    readers.MAPPING: {"enabled": True},
    readers.TABLE: {
        "streamEnabled": False,
        "streamViewType": None,
        "deletionProtectionEnabled": False,
        "tableClass": "STANDARD",
        "replicas": [],
        "globalSecondaryIndexes": [],
        "onDemandThroughput": {"maxReadRequestUnits": -1, "maxWriteRequestUnits": -1},
    },
    readers.ROLE: {"path": "/", "maxSessionDuration": 3600, "permissionsBoundary": None},
    readers.QUEUE: {
        "visibilityTimeoutSeconds": 30,
        "delaySeconds": 0,
        "kmsMasterKeyId": None,
        "receiveWaitTimeSeconds": 0,
        "maxMessageSize": None,
        "redrivePolicy": None,
        "policy": None,
    },
    readers.TOPIC: {"kmsMasterKeyId": None, "policy": {"Statement": []}},
    readers.RECORD: {"routing": [], "healthCheckId": None},
    readers.LOG_GROUP: {"kmsKeyId": None},
}
"""By type: inputs and their values. What an organisation sets by itself on all that it has is not among them."""

ORIGIN: Mapping[str, Any] = {
    "originPath": None,
    "customHeaders": [],
    "originShield": {"enabled": False},
    "customOriginConfig": {"originReadTimeout": 30, "originKeepaliveTimeout": 5},
}
"""Of an origin the same."""


def touched(resource: Resource, live: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Path, resting and live value of what nobody declared and somebody set."""
    yield from undeclared(RESTING.get(resource.type, {}), resource.inputs, live)
    if resource.type == readers.FUNCTION:
        yield from of_function(resource, live)
    elif resource.type == readers.DISTRIBUTION:
        yield from pages(resource, live)
        yield from of_origins(resource, live)


def pages(resource: Resource, live: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Pages of somebody's that stand in for errors: callers would get one in the place of what a breaker answers."""
    places = {one["errorCode"]: at for at, one in enumerate(resource.inputs["customErrorResponses"])}
    for one in live["customErrorResponses"]:
        for key in ("responsePagePath", "responseCode"):
            if key in one and one["errorCode"] in places:
                yield f"customErrorResponses[{places[one['errorCode']]}].{key}", None, one[key]


def of_origins(resource: Resource, live: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What somebody set at an origin that is declared."""
    there = {one["originId"]: one for one in live["origins"]}
    for at, declared in enumerate(resource.inputs["origins"]):
        if one := there.get(declared["originId"]):
            for path, resting, is_ in undeclared(ORIGIN, declared, one):
                yield f"origins[{at}].{path}", resting, is_


def of_function(resource: Resource, live: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Variables by name alone, a limit on how many run, zero too; and what would run with the next version that is published."""
    declared = set((resource.inputs.get("environment") or {}).get("variables") or {})
    there = set(live["environment"]["variables"])
    yield from ((f"environment.variables.{name}", None, SECRET) for name in sorted(there - declared))
    yield from ((f"environment.variables.{name}", SECRET, None) for name in sorted(declared - there))
    if (limit := live["reservedConcurrentExecutions"]) is not None:
        yield "reservedConcurrentExecutions", None, limit
    for key, is_ in live["$LATEST"].items():
        desired = live["role"] if key == "role" else resource.inputs.get(key)
        if key in resource.inputs and is_ not in (desired, live[key]):
            yield f"$LATEST.{key}", desired, is_
