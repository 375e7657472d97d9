"""What the AWS stack declares."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_aws
import pytest

from kampkin.targets.aws import program
from tests.provider_inputs import misfits

from .conftest import FILE, Declared

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
HOSTED = "{aws: {host: edge.acme.dev}}"
PARTS = {
    "table": pulumi_aws.dynamodb.TableArgs,
    "role": pulumi_aws.iam.RoleArgs,
    "policy": pulumi_aws.iam.RolePolicyArgs,
    "function": pulumi_aws.lambda_.FunctionArgs,
    "distribution": pulumi_aws.cloudfront.DistributionArgs,
}


@pytest.fixture
def declared(declare: Callable[..., Declared]) -> Declared:
    """The stack of a file without a host."""
    return declare(program)


def test_the_function_is_the_compiled_zip(declared: Declared) -> None:
    """The function's code is the zip that was compiled, by a path that is the same on every machine."""
    inputs = declared.inputs["kampkin-function"]
    path = Path(".kampkin/prod.zip")
    assert inputs["code"].path == path.as_posix()
    assert inputs["codeSha256"] == base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
    with zipfile.ZipFile(path) as archive:
        assert "main.mjs" in archive.namelist()


def test_the_function_is_one_that_lambda_edge_takes(declared: Declared) -> None:
    """A numbered version in us-east-1, on Node 24, that a destroy leaves to AWS to clear away."""
    inputs = declared.inputs["kampkin-function"]
    assert (inputs["runtime"], inputs["handler"]) == ("nodejs24.x", "main.handler")
    assert inputs["publish"] is True
    assert inputs["skipDestroy"] is True
    assert inputs["timeout"] == 30
    assert "environment" not in inputs
    assert declared.inputs["kampkin-us-east-1"]["region"] == "us-east-1"


def test_the_role_may_do_what_the_store_does_and_no_more(declared: Declared) -> None:
    """The function's role reads and writes its own table, logs where it runs, and is Lambda@Edge's to assume."""
    policy = json.loads(declared.inputs["kampkin-policy"]["policy"])
    table, logs = policy["Statement"]
    assert table["Action"] == ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    assert table["Resource"] == ["arn:aws:::kampkin-table"]
    assert logs["Resource"] == "arn:aws:logs:*:*:log-group:/aws/lambda/us-east-1.kampkin-acme:*"
    trust = json.loads(declared.inputs["kampkin-role"]["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"]["Service"] == ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]


def test_the_table_is_the_one_the_store_writes(declared: Declared) -> None:
    """Key, billing and time to live are what stores/dynamodb.mjs relies on."""
    inputs = declared.inputs["kampkin-table"]
    assert inputs["name"] == "kampkin-acme"
    assert (inputs["hashKey"], inputs["rangeKey"], inputs["billingMode"]) == ("pk", "sk", "PAY_PER_REQUEST")
    assert inputs["ttl"] == {"attributeName": "ttl", "enabled": True}
    assert inputs["region"] == "us-east-1"


def test_each_region_has_a_table_of_its_own(declare: Callable[..., Declared]) -> None:
    """Each is named alike and protected, none is a replica, and the role may reach all; a region more leaves the first
    table in its place."""
    declared = declare(program, "{aws: {regions: [eu-west-1, us-west-2]}}")
    tables = {name: inputs for name, inputs in declared.inputs.items() if "table" in name}
    assert {name: (one["name"], one["region"]) for name, one in tables.items()} == {
        "kampkin-table": ("kampkin-acme", "eu-west-1"),
        "kampkin-table-us-west-2": ("kampkin-acme", "us-west-2"),
    }
    assert not any("replicas" in one for one in tables.values())
    assert {name for name, options in declared.options.items() if options.protect} == set(tables)
    policy = json.loads(declared.inputs["kampkin-policy"]["policy"])
    assert policy["Statement"][0]["Resource"] == ["arn:aws:::kampkin-table", "arn:aws:::kampkin-table-us-west-2"]
    alone = declare(program, "{aws: {regions: [eu-west-1]}}").inputs
    assert alone["kampkin-table"] == tables["kampkin-table"]


def test_without_a_store_there_is_no_table_and_no_right_to_one(declare: Callable[..., Declared]) -> None:
    """With `memory` the function may write its log and nothing else."""
    declared = declare(program, "{aws: {store: memory}}")
    assert not [name for name in declared.inputs if "table" in name]
    [logs] = json.loads(declared.inputs["kampkin-policy"]["policy"])["Statement"]
    assert logs["Action"][0] == "logs:CreateLogGroup"


def test_cloudfront_keeps_nothing_and_hands_everything_on(declared: Declared) -> None:
    """Caching is disabled, the viewer's request is forwarded whole, bodies and all methods reach the function."""
    behaviour = declared.inputs["kampkin-distribution"]["defaultCacheBehavior"]
    assert behaviour["cachePolicyId"] == "id of Managed-CachingDisabled"
    assert behaviour["originRequestPolicyId"] == "id of Managed-AllViewer"
    assert set(behaviour["allowedMethods"]) == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
    assert behaviour["compress"] is False
    assert behaviour["lambdaFunctionAssociations"] == [
        {"eventType": "origin-request", "lambdaArn": "arn:aws:::kampkin-function:1", "includeBody": True},
        {"eventType": "origin-response", "lambdaArn": "arn:aws:::kampkin-function:1", "includeBody": False},
    ]


def test_no_error_is_kept(declared: Declared) -> None:
    """Each error code whose caching can be set is kept for 0 s: kept errors would starve the breaker."""
    kept = declared.inputs["kampkin-distribution"]["customErrorResponses"]
    assert {entry["errorCode"] for entry in kept} == {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
    assert {entry["errorCachingMinTtl"] for entry in kept} == {0}
    assert all("responseCode" not in entry for entry in kept)


def test_the_declared_origin_is_tried_once(declared: Declared) -> None:
    """The origin that a distribution must have is tried once; its name is neither an endpoint's nor the store's, whose
    outage would be every endpoint's."""
    (origin,) = declared.inputs["kampkin-distribution"]["origins"]
    assert origin["connectionAttempts"] == 1
    assert origin["domainName"] == "cloudfront.amazonaws.com"
    assert origin["customOriginConfig"]["originProtocolPolicy"] == "https-only"


def test_without_a_host_cloudfront_gives_the_urls(declared: Declared) -> None:
    """A file without a host is reached on the distribution's own name, with its certificate."""
    assert declared.inputs["kampkin-distribution"]["viewerCertificate"] == {"cloudfrontDefaultCertificate": True}
    assert declared.exports["urls"] == {
        "cart": "https://d1.cloudfront.net/cart",
        "search": "https://d1.cloudfront.net/find",
    }


def test_with_a_host_its_certificate_is_used(declare: Callable[..., Declared]) -> None:
    """A host is an alias of the distribution, with its own certificate and modern TLS only."""
    inputs = declare(program, HOSTED, {"certificateArn": CERTIFICATE}).inputs["kampkin-distribution"]
    assert inputs["aliases"] == ["edge.acme.dev"]
    assert inputs["viewerCertificate"] == {
        "acmCertificateArn": CERTIFICATE,
        "sslSupportMethod": "sni-only",
        "minimumProtocolVersion": "TLSv1.2_2021",
    }


def test_a_change_of_one_endpoint_touches_the_function_only(declare: Callable[..., Declared]) -> None:
    """Changing an endpoint's cooldown changes the function's code and description, and no other resource."""
    before = declare(program).inputs
    after = declare(program, text=FILE.replace("7s", "8s")).inputs
    changed = {name for name in before if name != "kampkin-function" and before[name] != after[name]}
    assert changed == set()
    one, other = before["kampkin-function"], after["kampkin-function"]
    assert {key for key in one if key != "code" and one[key] != other[key]} == {"codeSha256", "description"}


def test_a_zip_that_cannot_be_written_is_one_clear_error(declare: Callable[..., Declared], tmp_path: Path) -> None:
    """Where the stack's folder cannot take the zip, Pulumi's own error names the file."""
    (tmp_path / ".kampkin").write_text("a file where the folder should be")
    with pytest.raises(pulumi.RunError, match=r"could not write .*\.kampkin/prod\.zip"):
        declare(program)


@pytest.mark.parametrize(
    ("config", "targets", "says"),
    [({}, HOSTED, "pulumi config set certificateArn"), ({}, "[cloudflare]", "no target aws")],
)
def test_what_is_missing_is_one_clear_error(
    declare: Callable[..., Declared], config: dict[str, str], targets: str, says: str
) -> None:
    """A stack that cannot be deployed says what to run or mend."""
    with pytest.raises(pulumi.RunError, match=says):
        declare(program, targets, config)


def test_only_what_holds_state_is_protected(declared: Declared) -> None:
    """The table is protected from deletion; the rest is free to go."""
    assert {name for name, options in declared.options.items() if options.protect} == {"kampkin-table"}


def test_every_resource_is_a_child_of_the_component(declared: Declared) -> None:
    """The component is one node of the stack; all else is under it, on the provider of us-east-1."""
    options = declared.options
    assert options["kampkin"].type == "kampkin:aws:Edge"
    children = {name for name in options if options[name].parent.endswith("kampkin:aws:Edge::kampkin")}
    assert children == {f"kampkin-{part}" for part in PARTS} | {"kampkin-us-east-1"}
    assert {options[f"kampkin-{part}"].provider.rpartition("::")[2] for part in PARTS} == {"kampkin-us-east-1-id"}


def test_the_function_waits_for_its_permissions(declared: Declared) -> None:
    """The function is made after the policy: its first request is allowed what it does."""
    assert any(urn.endswith("::kampkin-policy") for urn in declared.options["kampkin-function"].dependencies)


@pytest.mark.parametrize("part", PARTS)
def test_the_provider_takes_every_input(declare: Callable[..., Declared], part: str) -> None:
    """No input, at any depth, is a word that the installed provider does not have, and none that it needs is missing."""
    declared = declare(program, HOSTED, {"certificateArn": CERTIFICATE})
    assert list(misfits(declared.inputs[f"kampkin-{part}"], PARTS[part])) == []
