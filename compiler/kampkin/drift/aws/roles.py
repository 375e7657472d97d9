"""Roles: who may be them, and what they may do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from kampkin.drift.aws.account import Account, tags_of
from kampkin.drift.aws.calls import Gone
from kampkin.preview.declared import Resource
from kampkin.regions import HOME


def read_role(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """A role and who may be it."""
    name = resource.inputs["name"]
    try:
        live = account.calls.ask("iam", HOME, "get_role", RoleName=name)["Role"]
        inline = inline_of(account, name)
        managed = account.calls.all("iam", HOME, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
    except Gone:
        return None
    return {
        "id": name,
        "name": name,
        "arn": live["Arn"],
        "path": live.get("Path"),
        "assumeRolePolicy": said(live["AssumeRolePolicyDocument"]),
        "maxSessionDuration": live.get("MaxSessionDuration"),
        "permissionsBoundary": live.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "inlinePolicies": inline,
        "managedPolicyArns": [one["PolicyArn"] for one in managed],
        "tags": tags_of(live.get("Tags")),
    }


def said(document: Mapping[str, Any]) -> str:
    """A policy's text, without what only names it and its parts."""
    statements = document.get("Statement", ())
    parts = [statements] if isinstance(statements, Mapping) else statements
    unnamed = [{key: value for key, value in one.items() if key != "Sid"} for one in parts]
    return json.dumps({key: value for key, value in document.items() if key != "Id"} | {"Statement": unnamed})


def role_of(account: Account, policy: Resource) -> str:
    """The role that a policy is of: the resource names it by another's."""
    return account.names.notifier if "notifier" in policy.inputs["role"] else account.names.role


def inline_of(account: Account, role: str) -> list[str]:
    """The names of a role's own policies."""
    return account.calls.all("iam", HOME, "list_role_policies", "PolicyNames", RoleName=role)


def is_ours(resource: Resource, name: str) -> bool:
    """Whether a policy has the name that Pulumi gives one: the resource's, and seven digits."""
    return re.fullmatch(rf"{re.escape(resource.name)}-[0-9a-f]{{7}}", name) is not None


def read_policy(account: Account, resource: Resource) -> Mapping[str, Any] | None:
    """What a role may do."""
    role = role_of(account, resource)
    try:
        name = next((one for one in inline_of(account, role) if is_ours(resource, one)), None)
        if name is None:
            return None
        live = account.calls.ask("iam", HOME, "get_role_policy", RoleName=role, PolicyName=name)
    except Gone:
        return None
    return {"name": name, "role": role, "policy": said(live["PolicyDocument"])}
