"""The table of `pulumi-resource-aws`: what the AWS stack declares. The client is boto3, which AWS_ENDPOINT_URL sends to
the cloud on this machine.

Behaviour follows terraform-provider-aws, which pulumi-aws wraps: internal/service/{dynamodb,iam,lambda,sts}.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi_aws as aws

from tests.e2e.providers import aws_cloudfront, aws_domain, aws_messages, bootstrap
from tests.e2e.providers.aws_client import Clients, connect, found, unusable
from tests.e2e.providers.aws_tags import DYNAMODB, IAM_ROLE, LAMBDA, tagged
from tests.e2e.providers.kind import Json, Kind, Provider
from tests.e2e.providers.plugin import serve


def as_declared(live: Any, declared: Any) -> str:
    """A JSON document as it was declared where it says the same; the provider compares them so too."""
    document = live if isinstance(live, dict) else json.loads(live)
    if isinstance(declared, str) and json.loads(declared) == document:
        return declared
    return json.dumps(document, sort_keys=True)


def create_table(clients: Clients, inputs: Json) -> str:
    dynamodb = clients("dynamodb", inputs.get("region"))
    keys = [("HASH", inputs["hashKey"]), *([("RANGE", inputs["rangeKey"])] if "rangeKey" in inputs else [])]
    dynamodb.create_table(
        TableName=inputs["name"],
        BillingMode=inputs.get("billingMode", "PROVISIONED"),
        KeySchema=[{"AttributeName": name, "KeyType": kind} for kind, name in keys],
        AttributeDefinitions=[
            {"AttributeName": one["name"], "AttributeType": one["type"]} for one in inputs["attributes"]
        ],
        StreamSpecification=stream_of(inputs),
        **({"SSESpecification": encryption_of(inputs)} if "serverSideEncryption" in inputs else {}),
    )
    update_table(clients, inputs["name"], {}, inputs)
    made: str = inputs["name"]
    return made


def stream_of(inputs: Json) -> Json:
    """A table's stream, or none."""
    if not inputs.get("streamEnabled"):
        return {"StreamEnabled": False}
    return {"StreamEnabled": True, "StreamViewType": inputs["streamViewType"]}


def encryption_of(inputs: Json) -> Json:
    """How a table is encrypted; not at all means by AWS's own key."""
    declared = inputs.get("serverSideEncryption", {"enabled": False})
    key = {"SSEType": "KMS", "KMSMasterKeyId": declared["kmsKeyArn"]} if declared.get("kmsKeyArn") else {}
    return {"Enabled": declared["enabled"], **key}


def recovery_of(inputs: Json) -> bool:
    """Whether a table can be put back."""
    return bool(inputs.get("pointInTimeRecovery", {}).get("enabled"))


def update_table(clients: Clients, id: str, old: Json, new: Json) -> None:
    dynamodb = clients("dynamodb", new.get("region"))
    if old and old.get("billingMode") != new.get("billingMode"):
        dynamodb.update_table(TableName=id, BillingMode=new["billingMode"])
    if old and stream_of(old) != stream_of(new):
        dynamodb.update_table(TableName=id, StreamSpecification=stream_of(new))
    if old and encryption_of(old) != encryption_of(new):
        dynamodb.update_table(TableName=id, SSESpecification=encryption_of(new))
    if recovery_of(old) != recovery_of(new):
        specification = {"PointInTimeRecoveryEnabled": recovery_of(new)}
        dynamodb.update_continuous_backups(TableName=id, PointInTimeRecoverySpecification=specification)
    if (ttl := new.get("ttl")) != old.get("ttl") and ttl:
        specification = {"Enabled": ttl["enabled"], "AttributeName": ttl["attributeName"]}
        dynamodb.update_time_to_live(TableName=id, TimeToLiveSpecification=specification)


@found
def read_table(clients: Clients, id: str, inputs: Json) -> Json:
    dynamodb = clients("dynamodb", inputs.get("region"))
    table = dynamodb.describe_table(TableName=id)["Table"]
    ttl = dynamodb.describe_time_to_live(TableName=id)["TimeToLiveDescription"]
    keys = {one["KeyType"]: one["AttributeName"] for one in table["KeySchema"]}
    backups = dynamodb.describe_continuous_backups(TableName=id)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    key = table.get("SSEDescription", {}).get("KMSMasterKeyArn")
    return {
        "name": table["TableName"],
        "arn": table["TableArn"],
        "region": table["TableArn"].split(":")[3],
        "billingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "hashKey": keys["HASH"],
        **(
            {
                "streamEnabled": True,
                "streamViewType": table["StreamSpecification"]["StreamViewType"],
                "streamArn": table["LatestStreamArn"],
            }
            if table.get("StreamSpecification", {}).get("StreamEnabled")
            else {}
        ),
        "rangeKey": keys.get("RANGE"),
        "attributes": [
            {"name": one["AttributeName"], "type": one["AttributeType"]} for one in table["AttributeDefinitions"]
        ],
        "pointInTimeRecovery": {"enabled": recovery},
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": key} if key else {"enabled": False},
        "ttl": {"enabled": ttl["TimeToLiveStatus"] == "ENABLED", "attributeName": ttl.get("AttributeName", "")},
    }


def delete_table(clients: Clients, id: str, properties: Json) -> None:
    clients("dynamodb", properties.get("region")).delete_table(TableName=id)


def look_up_caller(clients: Clients, args: Json) -> Json:
    found = clients("sts").get_caller_identity()
    return {"id": found["Account"], "accountId": found["Account"], "arn": found["Arn"], "userId": found["UserId"]}


def create_role(clients: Clients, inputs: Json) -> str:
    clients("iam").create_role(RoleName=inputs["name"], AssumeRolePolicyDocument=inputs["assumeRolePolicy"])
    made: str = inputs["name"]
    return made


def update_role(clients: Clients, id: str, old: Json, new: Json) -> None:
    clients("iam").update_assume_role_policy(RoleName=id, PolicyDocument=new["assumeRolePolicy"])


@found
def read_role(clients: Clients, id: str, inputs: Json) -> Json:
    role = clients("iam").get_role(RoleName=id)["Role"]
    trusted = as_declared(role["AssumeRolePolicyDocument"], inputs.get("assumeRolePolicy"))
    return {"name": id, "arn": role["Arn"], "uniqueId": role["RoleId"], "assumeRolePolicy": trusted}


def delete_role(clients: Clients, id: str, properties: Json) -> None:
    clients("iam").delete_role(RoleName=id)


def create_role_policy(clients: Clients, inputs: Json) -> str:
    made = f"{inputs['role']}:{inputs['name']}"
    update_role_policy(clients, made, {}, inputs)
    return made


def update_role_policy(clients: Clients, id: str, old: Json, new: Json) -> None:
    role, _, name = id.partition(":")
    clients("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=new["policy"])


@found
def read_role_policy(clients: Clients, id: str, inputs: Json) -> Json:
    role, _, name = id.partition(":")
    policy = clients("iam").get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    return {"name": name, "role": role, "policy": as_declared(policy, inputs.get("policy"))}


def delete_role_policy(clients: Clients, id: str, properties: Json) -> None:
    role, _, name = id.partition(":")
    clients("iam").delete_role_policy(RoleName=role, PolicyName=name)


SETTINGS = {
    "description": "Description",
    "handler": "Handler",
    "memorySize": "MemorySize",
    "role": "Role",
    "runtime": "Runtime",
    "timeout": "Timeout",
}
"""A function's configuration, by input."""

CODE = ("code", "codeSha256", "sourceCodeHash")


def settings_of(inputs: Json) -> Json:
    environment = {"Environment": {"Variables": inputs["environment"]["variables"]}} if "environment" in inputs else {}
    return {parameter: inputs[name] for name, parameter in SETTINGS.items() if name in inputs} | environment


def create_function(clients: Clients, inputs: Json) -> str:
    clients("lambda", inputs.get("region")).create_function(
        FunctionName=inputs["name"],
        Code={"ZipFile": Path(inputs["code"]["path"]).read_bytes()},
        Publish=inputs.get("publish", False),
        **settings_of(inputs),
    )
    made: str = inputs["name"]
    return made


def update_function(clients: Clients, id: str, old: Json, new: Json) -> None:
    """A published function gets a new version with a change of its settings too, not only of its code."""
    lambda_ = clients("lambda", new.get("region"))
    if settings_of(old) != settings_of(new):
        lambda_.update_function_configuration(FunctionName=id, **settings_of(new))
    if any(old.get(name) != new.get(name) for name in CODE):
        lambda_.update_function_code(FunctionName=id, ZipFile=Path(new["code"]["path"]).read_bytes())
    if new.get("publish") and any(old.get(name) != new.get(name) for name in (*SETTINGS, *CODE)):
        lambda_.publish_version(FunctionName=id)


@found
def read_function(clients: Clients, id: str, inputs: Json) -> Json:
    lambda_ = clients("lambda", inputs.get("region"))
    function = lambda_.get_function(FunctionName=id)["Configuration"]
    versions = lambda_.list_versions_by_function(FunctionName=id)["Versions"]
    version = max((one["Version"] for one in versions if one["Version"] != "$LATEST"), key=int, default="$LATEST")
    environment = function.get("Environment", {}).get("Variables")
    return {name: function[parameter] for name, parameter in SETTINGS.items() if parameter in function} | {
        **({"environment": {"variables": environment}} if environment else {}),
        "region": function["FunctionArn"].split(":")[3],
        "name": id,
        "arn": function["FunctionArn"],
        "codeSha256": function["CodeSha256"],
        "lastModified": function["LastModified"],
        "sourceCodeSize": function["CodeSize"],
        "version": version,
        "qualifiedArn": f"{function['FunctionArn']}:{version}",
    }


def delete_function(clients: Clients, id: str, properties: Json) -> None:
    if not properties.get("skipDestroy"):
        clients("lambda", properties.get("region")).delete_function(FunctionName=id)


PROVIDER = Provider(
    package="pulumi-aws",
    connect=connect,
    kinds={
        **aws_cloudfront.KINDS,
        **aws_domain.KINDS,
        **aws_messages.KINDS,
        **bootstrap.KINDS,
        "aws:dynamodb/table:Table": tagged(
            Kind(
                aws.dynamodb.Table,
                aws.dynamodb.TableArgs,
                create_table,
                read_table,
                update_table,
                delete_table,
                # table.go: ForceNew on the keys and the name; `region` since v6, on every resource
                replaces=frozenset({"name", "hashKey", "rangeKey", "region"}),
                keeps=frozenset(
                    {"pointInTimeRecovery", "serverSideEncryption", "streamViewType", "region"}
                ),  # table.go
                fills=frozenset({"arn", "streamArn"}),
                renews={"streamArn": frozenset({"streamEnabled"})},  # table.go, SetNewComputed
            ),
            DYNAMODB,
        ),
        "aws:iam/role:Role": tagged(
            Kind(
                aws.iam.Role,
                aws.iam.RoleArgs,
                create_role,
                read_role,
                update_role,
                delete_role,
                replaces=frozenset({"name"}),  # role.go
                fills=frozenset({"arn", "uniqueId"}),
            ),
            IAM_ROLE,
        ),
        "aws:iam/rolePolicy:RolePolicy": Kind(
            aws.iam.RolePolicy,
            aws.iam.RolePolicyArgs,
            create_role_policy,
            read_role_policy,
            update_role_policy,
            delete_role_policy,
            replaces=frozenset({"name", "role"}),  # role_policy.go
            names="name",
        ),
        "aws:lambda/function:Function": tagged(
            Kind(
                aws.lambda_.Function,
                aws.lambda_.FunctionArgs,
                create_function,
                read_function,
                update_function,
                delete_function,
                replaces=frozenset({"name", "region"}),  # function.go
                keeps=frozenset({"codeSha256", "region", "sourceCodeHash"}),  # function.go
                # function.go keeps all of these as they were: an edit of the code shows in codeSha256 alone
                unread=frozenset({"code", "sourceCodeHash", "publish", "skipDestroy"}),
                fills=frozenset({"arn", "lastModified", "sourceCodeSize", "version", "qualifiedArn"}),
                # function.go, updateComputedAttributesOnPublish
                renews=dict.fromkeys(("version", "qualifiedArn", "lastModified"), frozenset({*SETTINGS, *CODE})),
            ),
            LAMBDA,
        ),
    },
    invokes={
        **bootstrap.INVOKES,
        **aws_cloudfront.INVOKES,
        **aws_domain.INVOKES,
        "aws:index/getCallerIdentity:getCallerIdentity": look_up_caller,
    },
    unusable=unusable,
)


if __name__ == "__main__":
    serve(PROVIDER)
