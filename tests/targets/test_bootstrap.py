"""What CI itself needs: the stack that an account's owner runs once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from kampkin.targets.bootstrap import program
from tests.provider_inputs import misfits

from .conftest import Declared

TWO = """
version: 1
project: acme
targets: {TARGETS}
endpoints:
  cart: {origin: https://cart.acme.dev}
environments:
  prod: {}
  staging: {}
"""
NONE = TWO.partition("environments:")[0]
CONFIG = {"repository": "acme/shop"}
CALLER = "aws:index/getCallerIdentity:getCallerIdentity"
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
ARGS = {
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": aws.iam.OpenIdConnectProviderArgs,
    "aws:iam/role:Role": aws.iam.RoleArgs,
    "aws:iam/rolePolicy:RolePolicy": aws.iam.RolePolicyArgs,
    "aws:iam/policy:Policy": aws.iam.PolicyArgs,
    "aws:s3/bucket:Bucket": aws.s3.BucketArgs,
    "aws:s3/bucketVersioning:BucketVersioning": aws.s3.bucket_versioning.BucketVersioningInitArgs,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": aws.s3.bucket_server_side_encryption_configuration.BucketServerSideEncryptionConfigurationInitArgs,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": aws.s3.BucketPublicAccessBlockArgs,
    "aws:s3/bucketPolicy:BucketPolicy": aws.s3.BucketPolicyArgs,
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of an account."""
    call = Declared.call

    def answer(self: Declared, args: Any) -> Any:
        if args.token == CALLER and not self.refusal:
            return {"accountId": "123456789012"}, []
        return call(self, args)

    monkeypatch.setattr(Declared, "call", answer)


def subject(declared: Declared, role: str) -> str:
    """Whose jobs may take on the role."""
    [statement] = json.loads(declared.inputs[role]["assumeRolePolicy"])["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    said = statement["Condition"]
    assert set(said) == {"StringEquals"}
    assert said["StringEquals"]["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    found: str = said["StringEquals"]["token.actions.githubusercontent.com:sub"]
    return found


def test_pull_requests_look_and_environments_deploy(declare: Callable[..., Declared]) -> None:
    """One role for previews, one for each environment: no job takes one on outside of the GitHub environment of its name. None
    has a pull request for its subject: a workflow that one brings along would have it."""
    declared = declare(program, config=CONFIG, text=TWO)
    roles = {name for name, kind in declared.types.items() if kind == "aws:iam/role:Role"}
    assert {name: subject(declared, name) for name in roles} == {
        "kampkin-preview": "repo:acme/shop:environment:kampkin-preview",
        "kampkin-deploy-prod": "repo:acme/shop:environment:prod",
        "kampkin-deploy-staging": "repo:acme/shop:environment:staging",
    }
    assert declared.inputs["kampkin-preview"]["name"] == "kampkin-acme-preview"
    assert declared.inputs["kampkin-deploy-prod"]["name"] == "kampkin-acme-prod-deploy"
    assert declared.exports["deployRoles"] == {
        "prod": "arn:aws:::kampkin-deploy-prod",
        "staging": "arn:aws:::kampkin-deploy-staging",
    }


def test_a_role_reaches_its_own_environment_alone(declare: Callable[..., Declared]) -> None:
    """What staging may do names nothing of production; who looks sees both."""
    declared = declare(program, config=CONFIG, text=TWO)
    staging = declared.inputs["kampkin-deploy-staging-stacks"]["policy"]
    assert "kampkin-acme-staging" in staging
    assert "kampkin-acme-prod" not in staging
    look = declared.inputs["kampkin-preview-stacks"]["policy"]
    assert "kampkin-acme-staging" in look
    assert "kampkin-acme-prod" in look


def test_a_role_cannot_change_itself(declare: Callable[..., Declared]) -> None:
    """None of CI's own roles is among the roles that they may write."""
    declared = declare(program, config=CONFIG, text=TWO)
    own = {inputs["name"] for name, inputs in declared.inputs.items() if declared.types[name] == "aws:iam/role:Role"}
    for name, kind in declared.types.items():
        if kind == "aws:iam/rolePolicy:RolePolicy":
            assert not [role for role in own if f"role/{role}" in declared.inputs[name]["policy"]]


def test_a_provider_that_is_there_is_used(declare: Callable[..., Declared]) -> None:
    """An account has one of GitHub's: where there is one, none is made."""
    declared = declare(program, config={**CONFIG, "oidcProviderArn": PROVIDER})
    assert "aws:iam/openIdConnectProvider:OpenIdConnectProvider" not in declared.types.values()
    [statement] = json.loads(declared.inputs["kampkin-preview"]["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Federated": PROVIDER}
    made = declare(program, config=CONFIG).inputs["kampkin-github"]
    assert made == {"url": "https://token.actions.githubusercontent.com", "clientIdLists": ["sts.amazonaws.com"]}


def test_a_bucket_of_state_is_closed(declare: Callable[..., Declared]) -> None:
    """Versioned, encrypted, closed to the public and to whoever comes without TLS, and protected; previews read it, deploys
    write it."""
    declared = declare(program, config={**CONFIG, "stateBucket": "acme-state"})
    inputs = declared.inputs
    assert inputs["kampkin-state-versions"]["versioningConfiguration"] == {"status": "Enabled"}
    [rule] = inputs["kampkin-state-encryption"]["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    closed = {key: value for key, value in inputs["kampkin-state-closed"].items() if key != "bucket"}
    assert list(closed.values()) == [True] * 4
    [deny] = json.loads(inputs["kampkin-state-tls"]["policy"])["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert {name for name, options in declared.options.items() if options.protect} == {"kampkin-state"}
    assert declared.exports["backend"] == "s3://acme-state?region=us-east-1"
    assert "s3:PutObject" in inputs["kampkin-deploy-prod-state"]["policy"]
    assert "s3:GetObject" in inputs["kampkin-preview-state"]["policy"]
    assert "s3:PutObject" not in inputs["kampkin-preview-state"]["policy"]


def test_without_a_bucket_none_is_made_and_none_may_be_used(declare: Callable[..., Declared]) -> None:
    """State may be with Pulumi Cloud, or in a file."""
    declared = declare(program, config=CONFIG)
    assert not [kind for kind in declared.types.values() if kind.startswith("aws:s3/")]
    assert "backend" not in declared.exports
    assert not [name for name in declared.inputs if name.endswith("-state")]


def test_a_protected_bucket_can_be_let_go(declare: Callable[..., Declared]) -> None:
    """By the setting that the other stacks have too."""
    declared = declare(program, config={**CONFIG, "stateBucket": "acme-state", "protect": "false"})
    assert not [name for name, options in declared.options.items() if options.protect]


def test_without_aws_only_the_token_is_told(declare: Callable[..., Declared]) -> None:
    """Nothing is made, nor asked of AWS, for a file that goes to Cloudflare alone."""
    declared = declare(program, "[cloudflare]", {}, refusal="no credentials", text=NONE)
    assert not declared.inputs
    assert set(declared.exports) == {"cloudflareToken"}
    assert declared.exports["cloudflareToken"].splitlines()[1].split("  ")[:2] == ["Account", "Workers Scripts: Edit"]


def test_without_aws_a_bucket_is_refused(declare: Callable[..., Declared]) -> None:
    """It would be made by nobody."""
    with pytest.raises(pulumi.RunError, match=r"stateBucket: is set, and(.|\n)*pulumi config rm stateBucket"):
        declare(program, "[cloudflare]", {"stateBucket": "acme-state"})


def test_without_cloudflare_no_token_is_told(declare: Callable[..., Declared]) -> None:
    """There is none to make."""
    assert "cloudflareToken" not in declare(program, "[aws]", CONFIG).exports


def test_a_file_without_environments_names_githubs(declare: Callable[..., Declared]) -> None:
    """A role for deploys belongs to an environment of GitHub, whatever the file has."""
    declared = declare(program, config={**CONFIG, "githubEnvironment": "production"}, text=NONE)
    assert subject(declared, "kampkin-deploy-production") == "repo:acme/shop:environment:production"
    assert declared.inputs["kampkin-deploy-production"]["name"] == "kampkin-acme-deploy"
    with pytest.raises(pulumi.RunError, match="pulumi config set githubEnvironment production"):
        declare(program, config=CONFIG, text=NONE)


def test_one_environment_may_have_the_account(declare: Callable[..., Declared]) -> None:
    """Production in an account of its own, under whatever name GitHub has it."""
    config = {**CONFIG, "environment": "prod", "githubEnvironment": "production"}
    declared = declare(program, config=config, text=TWO)
    assert set(declared.exports["deployRoles"]) == {"production"}
    assert "kampkin-acme-staging" not in json.dumps({name: str(one) for name, one in declared.inputs.items()})


def test_a_former_host_is_its_own_environments_role_to_change(declare: Callable[..., Declared]) -> None:
    """Where the stack of AWS keeps one, in its zone too: a certificate for both names, and the records of both. Another
    environment's role may do nothing with it; without it the host that was is out of reach."""
    text = TWO.replace("prod: {}", "prod: {targets: {aws: {host: new.acme.dev}}}")
    former = {"formerHosts": json.dumps({"prod": "old.acme.io"}), "formerHostedZoneId": "Z02"}
    inputs = declare(program, config={**CONFIG, "hostedZoneId": "Z01", **former}, text=text).inputs
    prod = inputs["kampkin-deploy-prod-stacks"]["policy"]
    statements = json.loads(prod)["Statement"]
    [asks] = [one for one in statements if one["Action"] == ["acm:RequestCertificate"]]
    assert asks["Condition"] == {"ForAllValues:StringEquals": {"acm:DomainNames": ["new.acme.dev", "old.acme.io"]}}
    [changes] = [one for one in statements if one["Action"] == ["route53:ChangeResourceRecordSets"]]
    assert changes["Resource"] == ["arn:aws:route53:::hostedzone/Z01", "arn:aws:route53:::hostedzone/Z02"]
    [names] = changes["Condition"]["ForAllValues:StringLike"].values()
    assert names == ["_*.new.acme.dev", "new.acme.dev", "_*.old.acme.io", "old.acme.io"]
    assert "old.acme.io" not in inputs["kampkin-deploy-staging-stacks"]["policy"]
    alone = declare(program, config={**CONFIG, "hostedZoneId": "Z01"}, text=text).inputs
    assert "old.acme.io" not in alone["kampkin-deploy-prod-stacks"]["policy"]


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({}, "repository: is not set"),
        ({"repository": "shop"}, "repository: is not written as it should be"),
        ({**CONFIG, "githubEnvironment": "production"}, "githubEnvironment: is one for 2 environments"),
        (
            {**CONFIG, "hostedZoneId": "Z0123456789"},
            "hostedZoneId: is set, and targets.aws in kampkin.yaml has no host",
        ),
        (
            {**CONFIG, "formerHosts": '{"prod": "old.acme.dev"}'},
            "formerHosts.prod: is of no environment with a host on AWS: there is none\n"
            "  run: pulumi config rm --path formerHosts.prod",
        ),
        ({**CONFIG, "formerHosts": '{"prod": "x"}'}, "formerHosts.prod: is not written as it should be"),
        ({**CONFIG, "formerHostedZoneId": "Z02"}, "formerHostedZoneId: is set, and formerHosts is not"),
        ({**CONFIG, "region": "us-east-9"}, "region: is no region of AWS"),
        ({**CONFIG, "environment": "canary"}, "there is no environment 'canary'"),
        ({**CONFIG, "stateBucket": "Acme_State"}, "stateBucket: is not written as it should be"),
    ],
)
def test_what_is_wrong_is_one_clear_error(declare: Callable[..., Declared], config: dict[str, str], says: str) -> None:
    """Before anything is declared."""
    with pytest.raises(pulumi.RunError, match=says):
        declare(program, config=config, text=TWO)


def test_without_credentials_there_is_one_clear_error(declare: Callable[..., Declared]) -> None:
    """With what to run."""
    with pytest.raises(pulumi.RunError, match="aws sts get-caller-identity"):
        declare(program, config=CONFIG, refusal="no credentials")


def test_too_many_environments_for_a_role_are_refused(declare: Callable[..., Declared]) -> None:
    """IAM would refuse the policy in the middle of the update."""
    names = "".join(f"  environment-number-{number:02}: {{}}\n" for number in range(60))
    with pytest.raises(pulumi.RunError, match=r"IAM takes 10240\. Choose one environment"):
        declare(program, config=CONFIG, text=f"{NONE}environments:\n{names}")


def test_the_provider_takes_every_input(declare: Callable[..., Declared]) -> None:
    """No input, at any depth, is a word that the installed provider does not have, and none that it needs is missing."""
    declared = declare(program, config={**CONFIG, "stateBucket": "acme-state"}, text=TWO)
    types = {name: kind for name, kind in declared.types.items() if not kind.startswith(("kampkin:", "pulumi:"))}
    assert set(types.values()) == set(ARGS)
    for name, kind in types.items():
        assert list(misfits(declared.inputs[name], ARGS[kind])) == [], name
