"""The program: the file's environments, and what CI needs to deploy them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from kampkin.names import names_for
from kampkin.plan import Plan
from kampkin.targets.bootstrap.bucket import StateBucket
from kampkin.targets.bootstrap.settings import ALONE, BootstrapSettings
from kampkin.targets.permissions import (
    INLINE_CHARACTERS,
    Level,
    Scope,
    length,
    policy,
    state_policy,
    token_scopes,
    token_table,
)
from kampkin.targets.settings import read
from kampkin.targets.stack import configured, loaded_from, told

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"

PREVIEW = "kampkin-preview"
"""The GitHub environment of jobs that look. It is open to the default branch alone, and so to no workflow that a pull request
brings along: `pull_request` as the subject would be any of them."""


class Bootstrap(pulumi.ComponentResource):
    """The roles of CI, one that looks and for each environment one that deploys; and a policy of each environment's operators."""

    def __init__(self, name: str, plans: Sequence[Plan], settings: BootstrapSettings) -> None:
        super().__init__("kampkin:bootstrap:Ci", name)
        self.name = name
        self.settings = settings
        provider = aws.Provider(f"{name}-provider", region=settings.region, opts=pulumi.ResourceOptions(parent=self))
        self.child = pulumi.ResourceOptions(parent=self, provider=provider)
        account = account_of(pulumi.InvokeOptions(parent=self, provider=provider))
        scopes = [scope_of(plan, account, settings) for plan in plans]
        project = scope_of(plans[0].model_copy(update={"environment": None}), account, settings)
        looks = allowed(project.names.previewer, "read", scopes, settings.state_bucket)
        deploys = [allowed(one.names.deployer, "deploy", [one], settings.state_bucket) for one in scopes]
        self.bucket = StateBucket(f"{name}-state", settings, self.child) if settings.state_bucket else None
        self.provider = self.oidc_provider()
        self.preview = self.role("preview", project.names.previewer, f"environment:{PREVIEW}", looks)
        self.deploy: dict[str, pulumi.Output[str]] = {}
        self.operate: dict[str, pulumi.Output[str]] = {}
        for scope, policies in zip(scopes, deploys, strict=True):
            place = settings.github_environment or scope.environment or ""
            self.deploy[place] = self.role(f"deploy-{place}", scope.names.deployer, f"environment:{place}", policies)
            self.operate[place] = aws.iam.Policy(
                f"{name}-operate-{place}",
                name=scope.names.operator,
                description=f"Operate the breakers of {scope.names.base}",
                policy=json.dumps(policy("operate", [scope])),
                opts=self.child,
            ).arn
        self.register_outputs({"preview": self.preview, "deploy": self.deploy})

    def oidc_provider(self) -> pulumi.Input[str]:
        """The ARN of what vouches for GitHub's jobs: the account's own, or one that is made."""
        if self.settings.oidc_provider_arn:
            return self.settings.oidc_provider_arn
        return aws.iam.OpenIdConnectProvider(
            f"{self.name}-github", url=f"https://{ISSUER}", client_id_lists=[AUDIENCE], opts=self.child
        ).arn

    def role(self, part: str, name: str, of: str, policies: Mapping[str, Any]) -> pulumi.Output[str]:
        """A role that the repository's jobs of one kind take on, and what it may do."""
        subject = f"repo:{self.settings.repository}:{of}"
        trusted = pulumi.Output.from_input(self.provider).apply(lambda provider: json.dumps(trust(provider, subject)))
        role = aws.iam.Role(f"{self.name}-{part}", name=name, assume_role_policy=trusted, opts=self.child)
        for key, document in policies.items():
            aws.iam.RolePolicy(
                f"{self.name}-{part}-{key}", name=key, role=role.id, policy=json.dumps(document), opts=self.child
            )
        return role.arn


def allowed(role: str, level: Level, scopes: Sequence[Scope], bucket: str | None) -> dict[str, Any]:
    """What a role may do, by what it is about. Raises `pulumi.RunError` where that is more than a role can hold."""
    policies = {"stacks": policy(level, scopes)}
    if bucket:
        policies["state"] = state_policy(bucket, writes=level == "deploy")
    if (size := sum(map(length, policies.values()))) > INLINE_CHARACTERS:
        raise pulumi.RunError(
            f"nothing was touched: what the role {role} may do takes {size} characters, and IAM takes {INLINE_CHARACTERS}. "
            "Choose one environment with: pulumi config set environment NAME"
        )
    return policies


def trust(provider: str, subject: str) -> dict[str, Any]:
    """Who may take on a role: jobs that the provider vouches for, with this subject and no other."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": provider},
                "Condition": {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": subject}},
            }
        ],
    }


def declare() -> None:
    """Declares the stack. Raises `pulumi.RunError` before anything is declared where it cannot be as it is asked for."""
    settings, plans = read_settings()
    if on_aws := [plan for plan in plans if "aws" in plan.targets]:
        ci = Bootstrap("kampkin", on_aws, settings)
        pulumi.export("previewRole", ci.preview)
        pulumi.export("deployRoles", ci.deploy)
        pulumi.export("operatePolicies", ci.operate)
        if ci.bucket:
            pulumi.export("backend", ci.bucket.url)
    if scopes := token_scopes(plans):
        pulumi.export("cloudflareToken", token_table(scopes))


def read_settings() -> tuple[BootstrapSettings, list[Plan]]:
    """The settings, and the plan of each environment. Raises `pulumi.RunError` with all that is wrong with either."""
    values = configured(pulumi.Config().name)
    settings, problems = read(BootstrapSettings, values)
    plans = [] if settings is None else plans_of(Path(settings.file), settings.environment)
    if settings is not None:
        problems += settings.unfit(plans)
    if problems or settings is None:
        raise pulumi.RunError(told(problems))
    return settings, plans


def plans_of(path: Path, environment: str | None) -> list[Plan]:
    """The file's plan in each environment, or in the one; without environments the file's own."""
    if environment:
        names: Sequence[str | None] = [environment]
    else:
        typed = loaded_from(path, None).typed
        names = sorted(typed.document.environments) if typed and typed.document.environments else [None]
    return [plan for name in names if (plan := loaded_from(path, name).plan)]


def account_of(lookup: pulumi.InvokeOptions) -> str:
    """Whose the credentials are. Raises `pulumi.RunError` where AWS does not say."""
    try:
        return str(aws.get_caller_identity(opts=lookup).account_id)
    except Exception as problem:  # an invoke raises nothing narrower
        raise pulumi.RunError(
            f"nothing was touched: AWS does not say whose these credentials are: {problem}\n"
            "  hint: they are read as the AWS CLI reads them; this must answer: aws sts get-caller-identity"
        ) from None


def scope_of(plan: Plan, account: str, settings: BootstrapSettings) -> Scope:
    """What the plan's things are called in the account."""
    host = plan.targets["aws"].host
    former = settings.former_hosts.get(plan.environment or ALONE)
    hosts = tuple(one for one in (host, former if host else None) if one)
    zones = (settings.hosted_zone_id, settings.former_hosted_zone_id if former else None) if host else ()
    return Scope(
        account, plan.project, plan.environment, names_for(plan), hosts, tuple(dict.fromkeys(filter(None, zones)))
    )
