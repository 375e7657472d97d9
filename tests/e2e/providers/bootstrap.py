"""Rows of the AWS table for what CI itself needs: GitHub's OIDC provider, managed policies, a bucket of state.

Behaviour follows terraform-provider-aws: internal/service/{iam,s3,sts}.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi_aws as aws

from tests.e2e.providers.kind import Json, Kind, Refused

Clients = Callable[..., Any]


def or_none(read: Callable[[Clients, str, Json], Json]) -> Callable[[Clients, str, Json], Json | None]:
    """A read that answers None for what is gone."""

    def read_or_none(clients: Clients, id: str, inputs: Json) -> Json | None:
        try:
            return read(clients, id, inputs)
        except Refused as refused:
            if "NoSuch" in str(refused) or "NotFound" in str(refused):
                return None
            raise

    return read_or_none


def same_json(live: Any, declared: Any) -> str:
    """A policy as it was declared where it says the same; the provider compares them so too."""
    document = live if isinstance(live, dict) else json.loads(live)
    return declared if isinstance(declared, str) and json.loads(declared) == document else json.dumps(document)


def create_oidc(clients: Clients, inputs: Json) -> str:
    asked = {"Url": inputs["url"], "ClientIDList": inputs["clientIdLists"]}
    made: str = clients("iam").create_open_id_connect_provider(**asked)["OpenIDConnectProviderArn"]
    return made


@or_none
def read_oidc(clients: Clients, id: str, inputs: Json) -> Json:
    live = clients("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=id)
    return {"arn": id, "url": f"https://{live['Url']}", "clientIdLists": live["ClientIDList"]}


def delete_oidc(clients: Clients, id: str, properties: Json) -> None:
    clients("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=id)


def unchangeable(clients: Clients, id: str, old: Json, new: Json) -> None:
    """No update: every input that can change makes another resource."""


def create_policy(clients: Clients, inputs: Json) -> str:
    asked = {"PolicyName": inputs["name"], "Description": inputs["description"], "PolicyDocument": inputs["policy"]}
    made: str = clients("iam").create_policy(**asked)["Policy"]["Arn"]
    return made


def update_policy(clients: Clients, id: str, old: Json, new: Json) -> None:
    """Another version, in the place of the one before."""
    iam = clients("iam")
    before = iam.get_policy(PolicyArn=id)["Policy"]["DefaultVersionId"]
    iam.create_policy_version(PolicyArn=id, PolicyDocument=new["policy"], SetAsDefault=True)
    iam.delete_policy_version(PolicyArn=id, VersionId=before)


@or_none
def read_policy(clients: Clients, id: str, inputs: Json) -> Json:
    iam = clients("iam")
    live = iam.get_policy(PolicyArn=id)["Policy"]
    version = iam.get_policy_version(PolicyArn=id, VersionId=live["DefaultVersionId"])["PolicyVersion"]
    said = same_json(version["Document"], inputs.get("policy"))
    return {"arn": id, "name": live["PolicyName"], "description": live["Description"], "policy": said}


def delete_policy(clients: Clients, id: str, properties: Json) -> None:
    clients("iam").delete_policy(PolicyArn=id)


def s3(clients: Clients) -> Any:
    """A client in the provider's own region."""
    return clients("s3")


def create_bucket(clients: Clients, inputs: Json) -> str:
    region = inputs["region"]
    there = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    clients("s3", region).create_bucket(Bucket=inputs["bucket"], **there)
    made: str = inputs["bucket"]
    return made


def read_bucket(clients: Clients, id: str, inputs: Json) -> Json | None:
    if id not in {one["Name"] for one in s3(clients).list_buckets()["Buckets"]}:
        return None
    region = s3(clients).get_bucket_location(Bucket=id)["LocationConstraint"] or "us-east-1"
    return {"bucket": id, "arn": f"arn:aws:s3:::{id}", "region": region}


def delete_bucket(clients: Clients, id: str, properties: Json) -> None:
    s3(clients).delete_bucket(Bucket=id)


def put_versioning(clients: Clients, inputs: Json) -> str:
    status = inputs["versioningConfiguration"]["status"]
    s3(clients).put_bucket_versioning(Bucket=inputs["bucket"], VersioningConfiguration={"Status": status})
    made: str = inputs["bucket"]
    return made


@or_none
def read_versioning(clients: Clients, id: str, inputs: Json) -> Json:
    live = s3(clients).get_bucket_versioning(Bucket=id)
    return {"bucket": id, "versioningConfiguration": {"status": live.get("Status", "Disabled")}}


def suspend_versioning(clients: Clients, id: str, properties: Json) -> None:
    s3(clients).put_bucket_versioning(Bucket=id, VersioningConfiguration={"Status": "Suspended"})


DEFAULT = "applyServerSideEncryptionByDefault"


def put_encryption(clients: Clients, inputs: Json) -> str:
    rules = [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": one[DEFAULT]["sseAlgorithm"]}}
        for one in inputs["rules"]
    ]
    asked = {"Rules": rules}
    s3(clients).put_bucket_encryption(Bucket=inputs["bucket"], ServerSideEncryptionConfiguration=asked)
    made: str = inputs["bucket"]
    return made


@or_none
def read_encryption(clients: Clients, id: str, inputs: Json) -> Json:
    live = s3(clients).get_bucket_encryption(Bucket=id)["ServerSideEncryptionConfiguration"]["Rules"]
    found = [{DEFAULT: {"sseAlgorithm": one["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]}} for one in live]
    return {"bucket": id, "rules": found}


def delete_encryption(clients: Clients, id: str, properties: Json) -> None:
    s3(clients).delete_bucket_encryption(Bucket=id)


BLOCKS = {
    "blockPublicAcls": "BlockPublicAcls",
    "blockPublicPolicy": "BlockPublicPolicy",
    "ignorePublicAcls": "IgnorePublicAcls",
    "restrictPublicBuckets": "RestrictPublicBuckets",
}
"""What is closed to the public, by input."""


def put_block(clients: Clients, inputs: Json) -> str:
    asked = {name: inputs[key] for key, name in BLOCKS.items()}
    s3(clients).put_public_access_block(Bucket=inputs["bucket"], PublicAccessBlockConfiguration=asked)
    made: str = inputs["bucket"]
    return made


@or_none
def read_block(clients: Clients, id: str, inputs: Json) -> Json:
    live = s3(clients).get_public_access_block(Bucket=id)["PublicAccessBlockConfiguration"]
    return {"bucket": id, **{key: live[name] for key, name in BLOCKS.items()}}


def delete_block(clients: Clients, id: str, properties: Json) -> None:
    s3(clients).delete_public_access_block(Bucket=id)


def put_bucket_policy(clients: Clients, inputs: Json) -> str:
    s3(clients).put_bucket_policy(Bucket=inputs["bucket"], Policy=inputs["policy"])
    made: str = inputs["bucket"]
    return made


@or_none
def read_bucket_policy(clients: Clients, id: str, inputs: Json) -> Json:
    live = s3(clients).get_bucket_policy(Bucket=id)["Policy"]
    return {"bucket": id, "policy": same_json(live, inputs.get("policy"))}


def delete_bucket_policy(clients: Clients, id: str, properties: Json) -> None:
    s3(clients).delete_bucket_policy(Bucket=id)


def put_again(put: Callable[[Clients, Json], str]) -> Callable[[Clients, str, Json, Json], None]:
    """An update that is the same call as the first."""

    def update(clients: Clients, id: str, old: Json, new: Json) -> None:
        put(clients, new)

    return update


def caller(clients: Clients, args: Json) -> Json:
    """Whose the credentials are."""
    said = clients("sts").get_caller_identity()
    return {"accountId": said["Account"], "arn": said["Arn"], "userId": said["UserId"], "id": said["Account"]}


INVOKES = {"aws:index/getCallerIdentity:getCallerIdentity": caller}

KINDS = {
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Kind(
        aws.iam.OpenIdConnectProvider,
        aws.iam.OpenIdConnectProviderArgs,
        create_oidc,
        read_oidc,
        unchangeable,
        delete_oidc,
        replaces=frozenset({"url", "clientIdLists"}),  # openid_connect_provider.go; its client ids could be updated
        fills=frozenset({"arn"}),
    ),
    "aws:iam/policy:Policy": Kind(
        aws.iam.Policy,
        aws.iam.PolicyArgs,
        create_policy,
        read_policy,
        update_policy,
        delete_policy,
        replaces=frozenset({"name", "description"}),  # policy.go
        fills=frozenset({"arn"}),
    ),
    "aws:s3/bucket:Bucket": Kind(
        aws.s3.Bucket,
        aws.s3.BucketArgs,
        create_bucket,
        read_bucket,
        unchangeable,
        delete_bucket,
        replaces=frozenset({"bucket", "region"}),  # bucket.go
        fills=frozenset({"arn"}),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Kind(
        aws.s3.BucketVersioning,
        aws.s3.bucket_versioning.BucketVersioningInitArgs,
        put_versioning,
        read_versioning,
        put_again(put_versioning),
        suspend_versioning,
        replaces=frozenset({"bucket"}),
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Kind(
        aws.s3.BucketServerSideEncryptionConfiguration,
        aws.s3.bucket_server_side_encryption_configuration.BucketServerSideEncryptionConfigurationInitArgs,
        put_encryption,
        read_encryption,
        put_again(put_encryption),
        delete_encryption,
        replaces=frozenset({"bucket"}),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Kind(
        aws.s3.BucketPublicAccessBlock,
        aws.s3.BucketPublicAccessBlockArgs,
        put_block,
        read_block,
        put_again(put_block),
        delete_block,
        replaces=frozenset({"bucket"}),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Kind(
        aws.s3.BucketPolicy,
        aws.s3.BucketPolicyArgs,
        put_bucket_policy,
        read_bucket_policy,
        put_again(put_bucket_policy),
        delete_bucket_policy,
        replaces=frozenset({"bucket"}),
    ),
}
