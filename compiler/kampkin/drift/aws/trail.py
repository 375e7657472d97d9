"""Who changed something, as CloudTrail's history of events has it: 90 days of what was managed, in the region where it was."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from kampkin.drift.aws import readers
from kampkin.drift.aws.account import Account
from kampkin.drift.compare import texts
from kampkin.drift.model import By, Cause, Unseen
from kampkin.preview.declared import Resource
from kampkin.regions import HOME

SOURCE = "CloudTrail"
PAGES = 4
"""Of 50 events, newest first, for each kind of event; CloudTrail answers twice a second."""

LAMBDA, LAMBDA_2 = "20150331", "20150331v2"
"""CloudTrail has the version of Lambda's API in the names of its operations."""

CODE, CONFIGURATION = f"UpdateFunctionCode{LAMBDA_2}", f"UpdateFunctionConfiguration{LAMBDA_2}"
GONE = ""
ANY = "*"

EVENTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    readers.DISTRIBUTION: {GONE: ("DeleteDistribution",), ANY: ("UpdateDistribution",)},
    readers.FUNCTION: {
        GONE: (f"DeleteFunction{LAMBDA}",),
        "codeSha256": (CODE,),
        "$LATEST.codeSha256": (CODE,),
        "reservedConcurrentExecutions": ("PutFunctionConcurrency20171031",),
        "eventSourceMappings": (f"CreateEventSourceMapping{LAMBDA}",),
        "permissions": (f"AddPermission{LAMBDA_2}",),
        "functionUrl": ("CreateFunctionUrlConfig", "UpdateFunctionUrlConfig"),
        "tags": ("TagResource20170331v2", "UntagResource20170331v2"),
        ANY: (CONFIGURATION,),
    },
    readers.ROLE: {
        GONE: ("DeleteRole",),
        "assumeRolePolicy": ("UpdateAssumeRolePolicy",),
        "inlinePolicies": ("PutRolePolicy",),
        "managedPolicyArns": ("AttachRolePolicy",),
        "permissionsBoundary": ("PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"),
        "tags": ("TagRole", "UntagRole"),
        ANY: ("UpdateRole",),
    },
    readers.POLICY: {GONE: ("DeleteRolePolicy",), ANY: ("PutRolePolicy",)},
    readers.TABLE: {
        GONE: ("DeleteTable",),
        "ttl": ("UpdateTimeToLive",),
        "pointInTimeRecovery": ("UpdateContinuousBackups",),
        "triggers": (f"CreateEventSourceMapping{LAMBDA}",),
        "resourcePolicy": ("PutResourcePolicy",),
        ANY: ("UpdateTable", "CreateTable"),
    },
    readers.LOG_GROUP: {
        GONE: ("DeleteLogGroup",),
        "kmsKeyId": ("AssociateKmsKey", "DisassociateKmsKey"),
        ANY: ("PutRetentionPolicy", "DeleteRetentionPolicy"),
    },
    readers.QUEUE: {
        GONE: ("DeleteQueue",),
        "tags": ("TagQueue", "UntagQueue"),
        ANY: ("SetQueueAttributes", "CreateQueue"),
    },
    readers.TOPIC: {
        GONE: ("DeleteTopic",),
        "subscriptions": ("Subscribe",),
        "policy": ("SetTopicAttributes", "AddPermission"),
        ANY: ("SetTopicAttributes",),
    },
    readers.SUBSCRIPTION: {GONE: ("Unsubscribe", "DeleteTopic"), ANY: ("SetSubscriptionAttributes",)},
    readers.MAPPING: {
        GONE: (f"DeleteEventSourceMapping{LAMBDA}",),
        "tags": ("TagResource20170331v2", "UntagResource20170331v2"),
        ANY: (f"UpdateEventSourceMapping{LAMBDA}",),
    },
    readers.CERTIFICATE: {
        GONE: ("DeleteCertificate",),
        "tags": ("AddTagsToCertificate", "RemoveTagsFromCertificate"),
        ANY: ("UpdateCertificateOptions",),
    },
    readers.VALIDATION: {ANY: ("DeleteCertificate",)},
    readers.RECORD: {ANY: ("ChangeResourceRecordSets",)},
}
"""What may change a resource, by type and the input in which the setting is; `GONE` is the whole resource."""

TAGS = ("TagResource", "UntagResource")
"""What changes tags, where a type has nothing of its own."""

PROGRAMS = ("pulumi", "terraform", "cloudformation", "opentofu", "github", "gitlab")
"""What the user agent of a pipeline's tool has in it."""

SIGNED_IN = "AWSReservedSSO_"
"""How the role of a person begins who came through IAM Identity Center."""


def changed_by(account: Account, resource: Resource, setting: str, told: set[str]) -> By:
    """Who changed a resource's setting last; `told` are texts by which an event may name the resource."""
    region = resource.inputs.get("region", HOME)
    names = events_of(resource, setting)
    try:
        found = [one for name in names for one in looked_up(account, region, name) if is_about(one, told)]
    except Unseen as problem:
        return By("unknown", where=f"needs {problem.needs}" if problem.needs else problem.message)
    if not found:
        return By("unknown", where=f"{SOURCE} has no such change within 90 days")
    return by(max(found, key=lambda one: one["EventTime"]))


def events_of(resource: Resource, setting: str) -> tuple[str, ...]:
    """What may have changed a setting."""
    events = EVENTS.get(resource.type, {})
    top = re.split(r"[.\[]", setting)[0]
    if top == "tags":
        return events.get(top, TAGS)
    return events.get(setting) or events.get(top) or events.get(ANY, ())


def looked_up(account: Account, region: str, name: str) -> list[Mapping[str, Any]]:
    """The latest events of a name, asked once for all resources."""
    found: list[Mapping[str, Any]] = []
    place: dict[str, Any] = {}
    wanted = [{"AttributeKey": "EventName", "AttributeValue": name}]
    for _ in range(PAGES):
        answer = account.calls.ask(
            "cloudtrail", region, "lookup_events", LookupAttributes=wanted, MaxResults=50, **place
        )
        found += answer.get("Events", ())
        if not answer.get("NextToken"):
            break
        place = {"NextToken": answer["NextToken"]}
    return found


def is_about(event: Mapping[str, Any], told: set[str]) -> bool:
    """Whether an event names a resource, by its name, id or ARN: as what it was about, or in what was asked or answered."""
    detail = detail_of(event)
    about = {str(one.get("ResourceName")) for one in event.get("Resources", ())}
    about |= {*texts(detail.get("requestParameters")), *texts(detail.get("responseElements"))}
    return any(name in told for one in about for name in (one, one.rpartition(":")[2], one.rpartition("/")[2]))


def detail_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """All that CloudTrail has of an event."""
    try:
        detail = json.loads(event.get("CloudTrailEvent") or "{}")
    except ValueError:
        return {}
    return detail if isinstance(detail, dict) else {}


def by(event: Mapping[str, Any]) -> By:
    """Who an event was."""
    detail = detail_of(event)
    identity = detail.get("userIdentity") or {}
    at = int(event["EventTime"].timestamp() * 1000)
    return By(cause_of(detail, identity), who(event, identity), at, f"{SOURCE} {event['EventName']}")


def who(event: Mapping[str, Any], identity: Mapping[str, Any]) -> str | None:
    """As AWS names them: of a role that was taken on its name and the session's."""
    if identity.get("type") == "AssumedRole" and isinstance(arn := identity.get("arn"), str):
        return arn.partition(":assumed-role/")[2] or arn
    if identity.get("type") == "Root":
        return "root"
    return identity.get("userName") or identity.get("invokedBy") or event.get("Username")


def cause_of(detail: Mapping[str, Any], identity: Mapping[str, Any]) -> Cause:
    """A person or a pipeline. A person's own key is a person, whatever tool it was; a role is a pipeline's, unless one signed in
    at the console for it or through Identity Center."""
    agent = str(detail.get("userAgent", "")).lower()
    if any(program in agent for program in PROGRAMS) or identity.get("invokedBy"):
        return "pipeline"
    if str(detail.get("sessionCredentialFromConsole", "")).lower() == "true" or "console" in agent or "signin" in agent:
        return "console"
    kind = identity.get("type")
    if kind in ("IAMUser", "Root", "IdentityCenterUser"):
        return "console"
    if kind == "AssumedRole":
        return "console" if SIGNED_IN in str(identity.get("arn", "")) else "pipeline"
    return "pipeline" if kind in ("AWSService", "WebIdentityUser", "AWSAccount") else "unknown"
