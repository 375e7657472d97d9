"""What the stack of CI's own needs can be told. Importing this does not load Pulumi."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from kampkin.plan import Plan
from kampkin.regions import HOME, REGIONS
from kampkin.targets.settings import HOSTNAME, Problem, Settings, lacking, useless

ALONE = "default"
"""What `formerHosts` calls the one environment of a file that has none."""


class BootstrapSettings(Settings):
    """What the stack of CI's own needs can be told. There is one such stack for each AWS account."""

    repository: str | None = Field(
        None,
        description="The repository on GitHub whose jobs deploy, as GitHub's tokens name it: the roles on AWS are for it.",
        pattern=r"^[\w.@-]+/[\w.@-]+$",
        examples=["acme/shop"],
    )
    environment: str | None = Field(
        None,
        description="The one of the file's environments that is deployed in this account; without it all are.",
        examples=["prod"],
    )
    github_environment: str | None = Field(
        None,
        description="The GitHub environment whose jobs deploy, where it is not called as the file's.",
        pattern=r"^[^:*?]{1,255}$",
        examples=["production"],
    )
    oidc_provider_arn: str | None = Field(
        None,
        description="GitHub's OIDC provider, where the account has one already: it can have no second. Without it it is made.",
        pattern=r"^arn:aws:iam::\d{12}:oidc-provider/token\.actions\.githubusercontent\.com$",
        examples=["arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"],
    )
    hosted_zone_id: str | None = Field(
        None,
        description="The Route 53 zone of the target's host, where the stack of AWS is told it too.",
        pattern=r"^[0-9A-Z]{2,32}$",
        examples=["Z0123456789ABCDEFGHIJ"],
    )
    former_hosts: dict[str, Annotated[str, Field(pattern=HOSTNAME)]] = Field(
        default_factory=dict,
        description="By the file's environment the host before its own, where the stack of AWS keeps that as `formerHost`: the "
        f"roles may do with it what they may with the host. Of a file without environments it is `{ALONE}`'s.",
        examples=["formerHosts.prod edge.acme.dev"],
    )
    former_hosted_zone_id: str | None = Field(
        None,
        description="The Route 53 zone of `formerHosts`, where the stack of AWS is told it too.",
        pattern=r"^[0-9A-Z]{2,32}$",
        examples=["Z9876543210ABCDEFGHIJ"],
    )
    state_bucket: str | None = Field(
        None,
        description="What to call a bucket for Pulumi's state: a name that nobody has. Without it none is made.",
        pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$",
        examples=["acme-kampkin-state"],
    )
    region: str = Field(
        HOME, description="Where the bucket is; all else here is in no region.", examples=["eu-central-1"]
    )
    protect: bool = Field(
        True,
        description="Whether the bucket is kept from being deleted until it is let go: `pulumi state unprotect`.",
        examples=["false"],
    )

    def unfit(self, plans: Sequence[Plan]) -> Iterator[Problem]:
        """What these plans need of the settings and do not have, or have no use for."""
        if self.region not in REGIONS:
            yield lacking(type(self), "region", "is no region of AWS that Kampkin knows")
        on_aws = [plan for plan in plans if "aws" in plan.targets]
        if on_aws and not self.repository:
            yield lacking(type(self), "repository", "is not set: the roles that are made on AWS are for its jobs")
        if self.state_bucket and not on_aws:
            yield useless("stateBucket", "is set, and kampkin.yaml has no target on AWS: nothing would be made there")
        if self.github_environment and len(plans) > 1:
            message = f"is one for {len(plans)} environments: choose one of them with environment"
            yield useless("githubEnvironment", message)
        if not self.github_environment and any(plan.environment is None for plan in on_aws):
            message = "is not set: the file has no environments, and a job must be in one to deploy"
            yield lacking(type(self), "githubEnvironment", message)
        if self.hosted_zone_id and not any(plan.targets["aws"].host for plan in on_aws):
            yield useless("hostedZoneId", "is set, and targets.aws in kampkin.yaml has no host")
        yield from self.about_former_hosts(plans)

    def about_former_hosts(self, plans: Sequence[Plan]) -> Iterator[Problem]:
        """Each is of an environment that has a host on AWS; and a zone of theirs is one of some."""
        hosted = {plan.environment or ALONE for plan in plans if "aws" in plan.targets and plan.targets["aws"].host}
        for environment in self.former_hosts:
            if environment not in hosted:
                message = f"is of no environment with a host on AWS: {', '.join(sorted(hosted)) or 'there is none'}"
                key = f"formerHosts.{environment}"
                yield Problem(key, message, f"pulumi config rm --path {key}")
        if self.former_hosted_zone_id and not self.former_hosts:
            yield useless("formerHostedZoneId", "is set, and formerHosts is not")
